"""The pytest plugin: each requirement is a test."""
