"""Reports: one masked result, told in several ways."""
