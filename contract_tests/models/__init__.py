"""Reference models that random walks are held against."""
