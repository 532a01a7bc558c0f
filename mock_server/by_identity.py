"""What was worked out of objects that never change, such as the versions of records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

Value = TypeVar("Value")

MOST: Final = 512
"""The number of objects whose values are kept."""


class ByIdentity(Generic[Value]):
    """Values by the identity of what they were worked out of. Safe to use from several threads.

    The objects are kept beside their values, so that an identity is not given to another object.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Any, Value]] = {}

    def get(self, source: Any) -> Value | None:
        """The value for this very object, None where it is not kept."""
        entry = self._entries.get(id(source))
        return entry[1] if entry is not None and entry[0] is source else None

    def get_all(self, sources: Sequence[Any]) -> list[Value | None]:
        """What get() returns for each of these objects."""
        entries = self._entries
        values: list[Value | None] = []
        for source in sources:
            entry = entries.get(id(source))
            values.append(entry[1] if entry is not None and entry[0] is source else None)
        return values

    def keep(self, source: Any, value: Value) -> None:
        """Keep the value for this very object. source: must not change any more."""
        if len(self._entries) >= MOST:
            self._entries.clear()
        self._entries[id(source)] = source, value
