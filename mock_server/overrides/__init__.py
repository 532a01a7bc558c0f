"""Answers on demand: what a client prefers for one request, and what was armed for the next ones."""
