"""Reports: one masked result in several formats."""
