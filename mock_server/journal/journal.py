"""The exchanges of one world, kept within bounds, to be searched and waited for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Condition
from time import monotonic
from typing import Final

from mock_server.journal.entry import Entry

ENTRIES: Final = 1000
"""So many entries a journal keeps."""

TEXT: Final = 1 << 20
"""So many characters the entries of a journal may have together."""

LONGEST_WAIT: Final = 60.0
"""Seconds that `wait` waits at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """Which entries to select. A criterion that is None selects all.

    matched: whether an operation was found for the request. after: an entry's id; only entries recorded after
    it are selected, or all where it is no longer kept.
    """

    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    status: int | None = None
    path: str | None = None
    matched: bool | None = None
    after: str | None = None

    def selects(self, entry: Entry) -> bool:
        """Whether the entry meets every criterion but `after`."""
        return (
            (self.contract is None or self.contract == entry.contract)
            and (self.operation is None or self.operation == entry.operation)
            and (self.method is None or self.method == entry.method)
            and (self.status is None or self.status == entry.status)
            and (self.path is None or self.path == entry.path)
            and (self.matched is None or self.matched == bool(entry.operation))
        )


EVERYTHING: Final = RequestQuery()


class Journal:
    """A ring of entries, limited in number and text: the oldest are dropped first. Safe to use from many
    threads."""

    def __init__(self, *, entries: int = ENTRIES, text: int = TEXT) -> None:
        """entries: the largest number of entries. text: characters that they may have together; an entry that
        is longer by itself is kept alone."""
        self._entry_limit = entries
        self._text_limit = text
        self._changed = Condition()
        self._entries: deque[Entry] = deque()
        # Entries are numbered from the first one ever added; _dropped is the number of the oldest kept one.
        self._dropped = 0
        self._numbers: dict[str, int] = {}
        self._text = 0
        self._closed = False

    def add(self, entry: Entry) -> None:
        """Add an entry, and wake the threads that wait for one."""
        with self._changed:
            self._numbers[entry.id] = self._dropped + len(self._entries)
            self._entries.append(entry)
            self._text += entry.size
            while self._is_too_large():
                self._drop_oldest()
            self._changed.notify_all()

    def get(self, id_: str) -> Entry | None:
        """The entry with this id, None where it is not kept (any more)."""
        with self._changed:
            number = self._numbers.get(id_)
            return None if number is None else self._entries[number - self._dropped]

    def find(self, query: RequestQuery = EVERYTHING, *, limit: int | None = None) -> list[Entry]:
        """The selected entries, oldest first; of more than `limit` the newest."""
        with self._changed:
            entries = list(self._selected(query))
        return entries if limit is None else entries[max(0, len(entries) - limit) :]

    def count(self, query: RequestQuery = EVERYTHING) -> int:
        """The number of selected entries."""
        with self._changed:
            return sum(1 for _ in self._selected(query))

    def wait(self, query: RequestQuery = EVERYTHING, *, count: int = 1, timeout: float = LONGEST_WAIT) -> int:
        """Wait until `count` selected entries were seen; those that are kept already count.

        timeout: seconds of the machine's time, at most LONGEST_WAIT. Returns how many were seen: fewer than
        `count` where the time was up or the journal was closed. An entry that is added and dropped meanwhile
        counts.
        """
        deadline = monotonic() + min(timeout, LONGEST_WAIT)
        with self._changed:
            seen = sum(1 for _ in self._selected(query))
            next_number = self._dropped + len(self._entries)
            while seen < count and not self._closed and (left := deadline - monotonic()) > 0:
                self._changed.wait(left)
                seen += sum(1 for entry in self._from(next_number) if query.selects(entry))
                next_number = max(next_number, self._dropped + len(self._entries))
            return seen

    def clear(self) -> None:
        """Drop every entry. Ids are not used again, so `after` still works."""
        with self._changed:
            while self._entries:
                self._drop_oldest()

    def close(self) -> None:
        """Nothing will be added any more: threads that wait return."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def forgotten(self) -> int:
        """How many entries were dropped."""
        with self._changed:
            return self._dropped

    def _is_too_large(self) -> bool:
        count = len(self._entries)
        return count > self._entry_limit or (self._text > self._text_limit and count > 1)

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        self._text -= entry.size
        if self._numbers.get(entry.id) == self._dropped:
            del self._numbers[entry.id]
        self._dropped += 1

    def _selected(self, query: RequestQuery) -> Iterator[Entry]:
        first = self._dropped
        if query.after:
            first = self._numbers.get(query.after, first - 1) + 1
        return (entry for entry in self._from(first) if query.selects(entry))

    def _from(self, number: int) -> Iterator[Entry]:
        """The entries from this number on."""
        skipped = max(0, number - self._dropped)
        return (entry for index, entry in enumerate(self._entries) if index >= skipped)
