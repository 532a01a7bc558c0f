"""A run: which requirements it takes, in which order, and what becomes of them."""
