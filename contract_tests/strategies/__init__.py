"""Requests made from the contract: valid ones, and ones that break exactly one rule."""
