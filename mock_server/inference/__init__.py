"""Behaviour inferred for a spec nobody has declared any for: collections from its paths, values from
its schemas."""
