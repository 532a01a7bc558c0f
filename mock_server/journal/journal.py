"""The exchanges of one world, the newest that fit, to be searched and waited for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Condition
from time import monotonic
from typing import Final

from mock_server.journal.entry import Entry

ENTRIES: Final = 1000
TEXT: Final = 1 << 20
LONGEST_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """Which entries are asked for; whatever is None does not matter.

    matched: whether the request found an operation. after: an entry's id; only what was recorded after it
    (everything, when that entry is not there any more).
    """

    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    status: int | None = None
    path: str | None = None
    matched: bool | None = None
    after: str | None = None

    def holds(self, entry: Entry) -> bool:
        """Whether this entry is one of them, `after` left aside."""
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
    """A ring of entries, bounded in number and text: the oldest go first. For any number of threads."""

    def __init__(self, *, entries: int = ENTRIES, text: int = TEXT) -> None:
        """entries: how many are kept at most. text: how many characters they may have together; one that is
        longer by itself is kept alone."""
        self._most = entries
        self._room = text
        self._changed = Condition()
        self._kept: deque[Entry] = deque()
        self._first = 0
        self._places: dict[str, int] = {}
        self._used = 0
        self._closed = False

    def add(self, entry: Entry) -> None:
        """Keep an entry, and wake who waits for one."""
        with self._changed:
            self._places[entry.id] = self._first + len(self._kept)
            self._kept.append(entry)
            self._used += entry.size
            while len(self._kept) > self._most or (self._used > self._room and len(self._kept) > 1):
                self._forget()
            self._changed.notify_all()

    def get(self, id_: str) -> Entry | None:
        """The entry with this id, or None when there is none (any more)."""
        with self._changed:
            place = self._places.get(id_)
            return None if place is None else self._kept[place - self._first]

    def find(self, wanted: RequestQuery = EVERYTHING, *, limit: int | None = None) -> list[Entry]:
        """The entries asked for, oldest first; of more than `limit` the newest."""
        with self._changed:
            found = list(self._found(wanted))
        return found if limit is None else found[max(0, len(found) - limit) :]

    def count(self, wanted: RequestQuery = EVERYTHING) -> int:
        """How many of the kept entries are asked for."""
        with self._changed:
            return sum(1 for _ in self._found(wanted))

    def wait(
        self, wanted: RequestQuery = EVERYTHING, *, count: int = 1, timeout: float = LONGEST_WAIT
    ) -> int:
        """Wait until so many of the entries asked for have been seen, those that are there already included.

        timeout: in seconds of the machine's time, at most LONGEST_WAIT. Returns how many were seen, fewer
        than `count` when the time was up or the journal was closed. One that came and went meanwhile counts.
        """
        ends = monotonic() + min(timeout, LONGEST_WAIT)
        with self._changed:
            seen = sum(1 for _ in self._found(wanted))
            upto = self._first + len(self._kept)
            while seen < count and not self._closed and (left := ends - monotonic()) > 0:
                self._changed.wait(left)
                seen += sum(1 for entry in self._from(upto) if wanted.holds(entry))
                upto = max(upto, self._first + len(self._kept))
            return seen

    def clear(self) -> None:
        """Forget every entry; ids are not used again, so `after` still works."""
        with self._changed:
            while self._kept:
                self._forget()

    def close(self) -> None:
        """Nothing will be added any more: who waits is let go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def forgotten(self) -> int:
        """How many entries were kept once and are no more."""
        with self._changed:
            return self._first

    def _forget(self) -> None:
        gone = self._kept.popleft()
        self._used -= gone.size
        if self._places.get(gone.id) == self._first:
            del self._places[gone.id]
        self._first += 1

    def _found(self, wanted: RequestQuery) -> Iterator[Entry]:
        place = self._places.get(wanted.after, self._first - 1) if wanted.after else self._first - 1
        return (entry for entry in self._from(place + 1) if wanted.holds(entry))

    def _from(self, place: int) -> Iterator[Entry]:
        skipped = max(0, place - self._first)
        return (entry for at, entry in enumerate(self._kept) if at >= skipped)
