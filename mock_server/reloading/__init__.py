"""Reload specs, behaviour files and fixtures while the server runs. Files with errors change nothing."""
