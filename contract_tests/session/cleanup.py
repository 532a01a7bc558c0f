"""What a session created, so that it can be deleted again, and only that."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.openapi.resources import Resource

PAUSES = (0.1, 0.5)
"""The seconds before the second and the third attempt at a deletion."""

Delete = Callable[[Resource, Mapping[str, Any], str | None], bool]
"""Deletes an object by its resource, path values and the credential that created it; whether it is gone."""


@dataclass(frozen=True, slots=True)
class CleanupEntry:
    """One thing that was created.

    path: every path value of its item. credential: the label that created it.
    """

    resource: Resource
    path: tuple[tuple[str, Any], ...]
    credential: str | None

    def __str__(self) -> str:
        return self.resource.item.format_map(dict(self.path))


class CleanupRegistry:
    """Things created and not yet deleted, oldest first."""

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._entries: list[CleanupEntry] = []
        self._sleep = sleep

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, resource: Resource, path: Mapping[str, Any], credential: str | None) -> None:
        """Remember a thing; one that cannot be deleted goes with its parent and is not added."""
        entry = CleanupEntry(resource, tuple(path.items()), credential)
        if resource.delete is not None and entry not in self._entries:
            self._entries.append(entry)

    def discard(self, resource: Resource, path: Mapping[str, Any]) -> None:
        """Forget a thing that was deleted."""
        named = {name: str(value) for name, value in path.items()}
        self._entries = [
            entry
            for entry in self._entries
            if entry.resource is not resource or {name: str(value) for name, value in entry.path} != named
        ]

    def clean(self, delete: Delete, *, undeletable: set[str]) -> list[CleanupEntry]:
        """Delete everything, newest first, and return what could not be deleted.

        undeletable: the ids of delete operations that have failed before; each is tried once instead of three
        times, and those that fail now are added.
        """
        left = [entry for entry in reversed(self._entries) if not self._deleted(entry, delete, undeletable)]
        self._entries = []
        return left

    def _deleted(self, entry: CleanupEntry, delete: Delete, undeletable: set[str]) -> bool:
        assert entry.resource.delete is not None  # noqa: S101 - only such things are added
        operation = entry.resource.delete.id
        for pause in (0.0, *(() if operation in undeletable else PAUSES)):
            self._sleep(pause)
            if delete(entry.resource, dict(entry.path), entry.credential):
                return True
        undeletable.add(operation)
        return False
