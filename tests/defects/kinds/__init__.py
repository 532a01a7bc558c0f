"""Kinds of implementation mistakes, one module per family."""

from tests.defects.kinds import (
    bodies,
    crashes,
    credentials,
    deletions,
    encoding,
    lists,
    memory,
    queries,
    replies,
    secrets,
    storage,
    syncs,
    values,
)
from tests.defects.kinds.registry import KINDS, maker

__all__ = [
    "KINDS",
    "bodies",
    "crashes",
    "credentials",
    "deletions",
    "encoding",
    "lists",
    "maker",
    "memory",
    "queries",
    "replies",
    "secrets",
    "storage",
    "syncs",
    "values",
]
