"""Answers of the real service behind a contract, and recordings of them as scenarios."""
