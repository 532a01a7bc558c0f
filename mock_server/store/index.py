"""Indexes: how the records of a collection are grouped by values of their members, and sorted."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal

from mock_server.store.sorted_keys import EMPTY, Entry, SortedKeys

if TYPE_CHECKING:
    from mock_server.store.record import Record

Group = tuple[Hashable, ...]
"""What the records of a group have in common: one token for each part of the index."""

Groups = Mapping[Group, SortedKeys]
"""The entries of an index by group."""

MAX_INDEXES: Final = 32
"""The number of indexes that a collection keeps. Others are built for each search, which takes time in
proportion to the records."""

Kind = Literal["value", "text", "entries"]


@dataclass(frozen=True, slots=True)
class Part:
    """A member by which records are grouped.

    kind "value": by equal JSON values. "text": by the text that a query would contain. "entries": by that of
    each entry of a list, or of the value where it is no list.
    """

    member: str
    kind: Kind = "value"

    def tokens(self, record: Record) -> Iterable[Hashable]:
        """What the value of a record is found by."""
        value = record.get(self.member)
        if self.kind == "value":
            return (token(value),)
        if self.kind == "entries" and isinstance(value, list):
            return {query_text(entry) for entry in value}
        return (query_text(value),)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of records by a rank that is comparable with every other.

    name: orders with the same name are the same. Records of the same rank are in the order of creation.
    """

    name: str
    rank: Callable[[Record], Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Index:
    """How the records of a collection are grouped, and the order in each group: that of creation without
    another one."""

    parts: tuple[Part, ...] = ()
    order: Order | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.parts, self.order)))

    def __hash__(self) -> int:
        # Worked out once: an index is looked up for each search.
        return self._hash

    def groups(self, record: Record) -> Iterable[Group]:
        """The groups that a record is in: one, or more where a part has several tokens."""
        if len(self.parts) == 1:
            part = self.parts[0]
            if part.kind == "value":
                return ((token(record.get(part.member)),),)
            return [(single,) for single in part.tokens(record)]
        return product(*(part.tokens(record) for part in self.parts))

    def entry(self, key: str, place: int, record: Record) -> Entry:
        """What is sorted for a record. place: its position in the order of creation."""
        return (place, key) if self.order is None else (self.order.rank(record), place, key)

    def build(self, rows: Iterable[tuple[str, int, Record]]) -> dict[Group, SortedKeys]:
        """All groups of these records. rows: key, place and record, in the order of creation."""
        entries = self.grouped(rows)
        if self.order is not None:
            for listed in entries.values():
                listed.sort()
        return {group: SortedKeys.of(listed) for group, listed in entries.items()}

    def grouped(self, rows: Iterable[tuple[str, int, Record]]) -> dict[Group, list[Entry]]:
        """The entries of these records by group. rows: key, place and record."""
        if not self.parts:
            # Most lists have one group. Others wait while a large collection is listed for the first time.
            if self.order is None:
                return {(): [(place, key) for key, place, _ in rows]}
            rank = self.order.rank
            return {(): [(rank(record), place, key) for key, place, record in rows]}
        entries: dict[Group, list[Entry]] = {}
        for key, place, record in rows:
            entry = self.entry(key, place, record)
            for group in self.groups(record):
                if group in entries:
                    entries[group].append(entry)
                else:
                    entries[group] = [entry]
        return entries


@lru_cache(maxsize=1024)
def index_of(members: tuple[str, ...], texts: tuple[tuple[str, Kind], ...], order: Order | None) -> Index:
    """The index for equal values of these members and equal texts of others."""
    values = tuple(Part(member) for member in members)
    return Index(values + tuple(Part(member, kind) for member, kind in texts), order)


def token(value: Any) -> Hashable:
    """A hashable value that is equal for equal JSON values only: true is not 1, at any depth."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("list", *map(token, value))
    if isinstance(value, Mapping):
        return ("object", frozenset((name, token(member)) for name, member in value.items()))
    hashable: Hashable = value
    return hashable


def query_text(value: Any) -> str:
    """A value as the text that a query would contain."""
    return value if isinstance(value, str) else json.dumps(value)


class IndexChanges:
    """The groups of one index that differ from those of a base."""

    __slots__ = ("_base", "_changed", "_index")

    def __init__(self, index: Index, base: Groups, changed: dict[Group, SortedKeys] | None = None) -> None:
        self._index = index
        self._base = base
        self._changed = {} if changed is None else changed

    def group(self, group: Group) -> SortedKeys:
        """The entries of a group."""
        changed = self._changed.get(group)
        return self._base.get(group, EMPTY) if changed is None else changed

    def replace(self, key: str, before: tuple[int, Record] | None, after: tuple[int, Record] | None) -> None:
        """Move a record to its new groups. before, after: its place and value, None where there is none."""
        removed, added = set(self._entries(key, before)), set(self._entries(key, after))
        for group, entry in removed - added:
            self._set(group, self.group(group).without_entry(entry))
        for group, entry in added - removed:
            self._set(group, self.group(group).with_entry(entry))

    def replace_all(
        self, before: Iterable[tuple[str, int, Record]], after: Iterable[tuple[str, int, Record]]
    ) -> None:
        """Move many records to their new groups at once. before, after: key, place and value of each."""
        removed, added = self._index.grouped(before), self._index.grouped(after)
        for group in {**removed, **added}:
            self._set(group, self.group(group).changed(removed.get(group, ()), added.get(group, ())))

    def copy(self) -> IndexChanges:
        """An independent copy. The entries, which never change, are shared."""
        return IndexChanges(self._index, self._base, dict(self._changed))

    def _entries(self, key: str, placed: tuple[int, Record] | None) -> Iterator[tuple[Group, Entry]]:
        if placed is None:
            return
        entry = self._index.entry(key, *placed)
        for group in self._index.groups(placed[1]):
            yield group, entry

    def _set(self, group: Group, entries: SortedKeys) -> None:
        # An empty group hides that of the base; where there is none it is the same as no group.
        if len(entries) or group in self._base:
            self._changed[group] = entries
        else:
            self._changed.pop(group, None)
