"""Faults on demand: rules that say when, kinds that say what."""
