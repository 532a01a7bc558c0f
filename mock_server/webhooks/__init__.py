"""Webhooks: signed messages about lifecycle transitions, sent to the target of a world. Off by default."""
