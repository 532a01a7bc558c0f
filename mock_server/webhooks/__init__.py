"""Signed messages about records that moved, sent to an address the world's owner gave. Off by default."""
