"""Infer behaviour for specs without a behaviour file: collections from paths, values from schemas."""
