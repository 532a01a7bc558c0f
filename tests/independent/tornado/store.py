"""Rows in memory behind the manners of a database: a call takes a moment, and what it returns is a copy."""

from __future__ import annotations

import asyncio
import copy
from collections import defaultdict
from typing import Any

Row = dict[str, Any]
ROUND_TRIP = 0.001


class Table:
    """Rows by key, in order of insertion."""

    def __init__(self) -> None:
        self._rows: dict[Any, Row] = {}

    def load(self, key: Any, row: Row) -> None:
        """Put a row at once, for what is there at the start."""
        self._rows[key] = copy.deepcopy(row)

    async def get(self, key: Any) -> Row | None:
        """The row, if there is any."""
        await asyncio.sleep(ROUND_TRIP)
        return copy.deepcopy(self._rows.get(key))

    async def put(self, key: Any, row: Row) -> None:
        """Insert or replace a row."""
        await asyncio.sleep(ROUND_TRIP)
        self._rows[key] = copy.deepcopy(row)

    async def drop(self, key: Any) -> None:
        """Delete a row, if it is there."""
        await asyncio.sleep(ROUND_TRIP)
        self._rows.pop(key, None)

    async def where(self, **members: Any) -> list[Row]:
        """The rows whose members have these values, oldest first."""
        await asyncio.sleep(ROUND_TRIP)
        return [
            copy.deepcopy(row)
            for row in self._rows.values()
            if all(row[name] == value for name, value in members.items())
        ]


class Locks:
    """A lock for each thing that must not change under two requests at once."""

    def __init__(self) -> None:
        self._locks: defaultdict[tuple[Any, ...], asyncio.Lock] = defaultdict(asyncio.Lock)

    def of(self, *what: Any) -> asyncio.Lock:
        """The lock of a thing."""
        return self._locks[what]
