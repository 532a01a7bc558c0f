"""Responses on demand: a client's preference for one request, and overrides for the next requests."""
