"""Checks that the modules of contracts share."""
