"""Keeps credentials and canaries out of everything a run shows."""
