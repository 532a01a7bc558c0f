"""Fault injection: rules say when a fault occurs, fault kinds what it does."""
