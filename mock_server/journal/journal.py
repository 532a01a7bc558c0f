"""The exchanges of one world, kept within bounds, to be searched, counted and waited for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace
from threading import Event, Lock
from typing import Final, Protocol
from weakref import WeakSet

from mock_server.journal.entry import Entry
from mock_server.redaction import MASKED, SecretMemory

ENTRIES: Final = 1000
"""Maximum number of entries of a journal, unless it is set."""

BYTES: Final = 16 << 20
"""Maximum size of a journal in bytes of memory, unless it is set."""

TOTAL_BYTES: Final = 64 << 20
"""Maximum size of all journals of a server together, unless it is set."""

LONGEST_WAIT: Final = 60.0
"""Seconds that `wait` waits at most."""

_KEPT_SHARE: Final = 0.95
"""Share of the ceiling that is left when journals are shortened, so that they are seldom compared."""

METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"}
)
"""The methods of HTTP."""

_FURTHER_METHODS: Final = 50
"""Other methods that are counted by name; a client can invent any number of them."""

OTHER_METHODS: Final = "*"
"""Under this name the methods beyond that number are counted."""

CountKey = tuple[str, str, str, int]
"""Contract, operation, method and status of an exchange."""


class Recorded(Protocol):
    """What a journal holds; a RecordedExchange is one."""

    @property
    def id(self) -> str:
        """The id of the request: `<world>.<n>`."""

    @property
    def count_key(self) -> CountKey:
        """Contract and operation, which are empty where no operation was found; method as sent; status."""

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int:
        """The memory it takes, in bytes."""

    def secrets(self) -> Collection[str]:
        """Secrets that are masked in other exchanges of the world too."""

    def entry(self, memory: SecretMemory) -> Entry:
        """The exchange for users, redacted. memory: the secrets of the world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """Which entries to select. A criterion that is None selects all.

    path: as it was sent, or as entries show it. matched: whether an operation was found for the request.
    after: an entry's id; only entries recorded after it are selected, or all where it is no longer kept.
    """

    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    status: int | None = None
    path: str | None = None
    matched: bool | None = None
    after: str | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the number of such exchanges is known without looking at entries."""
        return self.path is None and not self.after

    def selects(self, recorded: Recorded) -> bool:
        """Whether the entry meets every criterion but `after`."""
        return self.counts(recorded.count_key) and (self.path in {None, recorded.path} or self.is_masked)

    def counts(self, key: CountKey) -> bool:
        """Whether exchanges counted under this key meet every criterion but `path` and `after`."""
        contract, operation, method, status = key
        return (
            (self.contract is None or self.contract == contract)
            and (self.operation is None or self.operation == operation)
            and (self.method is None or self.method == method)
            and (self.status is None or self.status == status)
            and (self.matched is None or self.matched == bool(operation))
        )

    @property
    def is_masked(self) -> bool:
        """Whether the path is one of which a part is masked, so that entries must be redacted to be found."""
        return self.path is not None and MASKED in self.path


EVERYTHING: Final = RequestQuery()


def _add_counts(counts: dict[CountKey, int], further: Mapping[CountKey, int]) -> None:
    for key, count in further.items():
        counts[key] = counts.get(key, 0) + count


class Journals:
    """The journals of all worlds of a server, whose memory is bounded together: the oldest entries of the
    largest ones go first."""

    def __init__(self, *, entries: int = ENTRIES, size: int = BYTES, ceiling: int = TOTAL_BYTES) -> None:
        """entries, size: of each journal, as in Journal. ceiling: bytes of all journals together."""
        self.entries = entries
        self.size = size
        self.ceiling = ceiling
        self._lock = Lock()
        self._total = 0
        # Counts of worlds that are gone, and of journals that were cleared.
        self._past: dict[CountKey, int] = {}
        # Weakly, because a world that was made may never be used.
        self._journals: WeakSet[Journal] = WeakSet()

    def new(self) -> Journal:
        """An empty journal, which is counted until it is closed."""
        journal = Journal(entries=self.entries, size=self.size, journals=self)
        with self._lock:
            self._journals.add(journal)
        return journal

    @property
    def total(self) -> int:
        """Bytes of all journals."""
        return self._total

    def counts(self) -> dict[CountKey, int]:
        """The number of exchanges in all worlds since the server started."""
        with self._lock:
            journals, counts = list(self._journals), dict(self._past)
        for journal in journals:
            _add_counts(counts, journal.counts())
        return counts

    def keep_counts(self, counts: Mapping[CountKey, int]) -> None:
        """Keep the counts of exchanges that a journal no longer counts."""
        with self._lock:
            _add_counts(self._past, counts)

    def remove(self, journal: Journal, size: int) -> None:
        """Count a journal no longer. size: its bytes."""
        with self._lock:
            self._journals.discard(journal)
            self._total -= size
            _add_counts(self._past, journal.counts())

    def change(self, difference: int) -> None:
        """Note by how many bytes a journal has grown, and shorten journals if the ceiling is exceeded.

        Must be called without the lock of a journal.
        """
        with self._lock:
            self._total += difference
            if self._total > self.ceiling:
                self._shorten()

    def _shorten(self) -> None:
        target = int(self.ceiling * _KEPT_SHARE)
        # Numbered, because journals themselves have no order.
        heap = [(-journal.bytes, number, journal) for number, journal in enumerate(self._journals)]
        heapify(heap)
        while heap and heap[0][0] and self._total > target:
            size, number, journal = heap[0]
            # A tenth at a time, so that journals of about the same size are shortened in turn.
            level = max(-size * 9 // 10, -size - (self._total - target))
            self._total -= journal.shorten(level)
            heapreplace(heap, (-journal.bytes, number, journal))


class Journal:
    """A ring of exchanges, limited in number and memory: the oldest are forgotten first. Safe to use from
    many threads.

    Exchanges are counted by operation, method and status, so numbers stay exact when entries are forgotten.
    """

    def __init__(
        self, *, entries: int = ENTRIES, size: int = BYTES, journals: Journals | None = None
    ) -> None:
        """entries: the maximum number of entries. size: bytes of memory that they may take together; an entry
        that is larger by itself is kept alone. journals: those of the server, which it belongs to."""
        self._entry_limit = entries
        self._size_limit = size
        self._journals = journals
        self._lock = Lock()
        self._waits: list[JournalWait] = []
        # By number, counted from the first entry ever added; _first is the number of the oldest one.
        self._entries: dict[int, Recorded] = {}
        self._first = 0
        self._next = 0
        self._numbers: dict[str, int] = {}
        self._counts: dict[CountKey, int] = {}
        self._further_methods: set[str] = set()
        self._cleared = 0
        self._bytes = 0
        # Number of the first entry whose secrets are not in the memory yet.
        self._read = 0
        self._reading = Lock()
        self._memory = SecretMemory()
        self._closed = False

    def add(self, recorded: Recorded) -> None:
        """Add an exchange, and end the waits that have seen enough."""
        key = recorded.count_key
        with self._lock:
            before, number = self._bytes, self._next
            self._entries[number] = recorded
            self._numbers[recorded.id] = number
            self._next = number + 1
            self._bytes = before + recorded.size
            count = self._counts.get(key)
            if count is None:
                key = self._countable(key)
                count = self._counts.get(key, 0)
            self._counts[key] = count + 1
            # The newest entry is kept, however large it is.
            while len(self._entries) > self._entry_limit or (
                self._bytes > self._size_limit and len(self._entries) > 1
            ):
                self._drop_oldest()
            difference = 0 if self._closed else self._bytes - before
            for wait in self._waits[:]:
                self._note(wait, recorded)
        if self._journals is not None and difference:
            self._journals.change(difference)

    def get(self, id_: str) -> Entry | None:
        """The entry with this id, None where it is not kept (any more)."""
        with self._lock:
            recorded = self._entries.get(self._numbers.get(id_, -1))
        return None if recorded is None else self._shown([recorded])[0]

    def recorded(self, id_: str) -> Recorded | None:
        """The exchange with this id as it was, secrets included; None where it is not kept (any more)."""
        with self._lock:
            return self._entries.get(self._numbers.get(id_, -1))

    def find(self, query: RequestQuery = EVERYTHING, *, limit: int | None = None) -> list[Entry]:
        """The selected entries, oldest first; of more than `limit` the newest."""
        with self._lock:
            selected = list(self._selected(query))
        if query.is_masked:
            entries = [entry for entry in self._shown(selected) if entry.path == query.path]
            return entries if limit is None else entries[max(0, len(entries) - limit) :]
        if limit is not None:
            selected = selected[max(0, len(selected) - limit) :]
        return self._shown(selected)

    def count(self, query: RequestQuery = EVERYTHING) -> int:
        """The number of selected exchanges.

        It includes forgotten ones, unless they are selected by path or `after`.
        """
        if query.is_masked:
            return len(self.find(query))
        with self._lock:
            return self._count(query)

    def counts(self) -> dict[CountKey, int]:
        """The number of exchanges by contract, operation, method and status, forgotten ones included."""
        with self._lock:
            return dict(self._counts)

    def wait(self, query: RequestQuery = EVERYTHING, *, count: int = 1, timeout: float = LONGEST_WAIT) -> int:
        """Wait until `count` selected exchanges were seen; earlier ones count as in `count`.

        timeout: seconds of the machine's time, at most LONGEST_WAIT. Returns how many were seen: fewer than
        `count` where the time was up or the journal was closed. An exchange that is added and forgotten
        meanwhile counts.
        """
        reached = Event()
        waiting = self.begin_wait(query, count=count)
        waiting.when_over(reached.set)
        reached.wait(min(timeout, LONGEST_WAIT))
        return waiting.end()

    def begin_wait(self, query: RequestQuery, *, count: int) -> JournalWait:
        """Begin to see exchanges, as `wait` does, without waiting. The wait must be ended."""
        with self._lock:
            waiting = JournalWait(self, query, count, self._count(query))
            if waiting.seen < count and not self._closed:
                self._waits.append(waiting)
            else:
                waiting.is_over = True
            return waiting

    def end_wait(self, waiting: JournalWait) -> None:
        """See no more exchanges for this wait."""
        with self._lock:
            waiting.is_over = True
            if waiting in self._waits:
                self._waits.remove(waiting)

    def wake_when_over(self, waiting: JournalWait, wake: Callable[[], None]) -> None:
        """Call `wake` as soon as the wait is over, which may be now."""
        with self._lock:
            waiting.wake = wake
            if waiting.is_over:
                wake()

    def clear(self) -> None:
        """Drop every entry and count. Ids are not used again, so `after` still works."""
        with self._lock:
            freed = 0 if self._closed else self._bytes
            while self._entries:
                self._drop_oldest()
            counts = dict(self._counts)
            self._counts.clear()
            self._further_methods.clear()
            self._cleared = self._first
        if self._journals is not None:
            self._journals.change(-freed)
            self._journals.keep_counts(counts)

    def shorten(self, size: int) -> int:
        """Drop the oldest entries until the others take at most this many bytes. Returns the bytes freed."""
        with self._lock:
            before = self._bytes
            while self._entries and self._bytes > size:
                self._drop_oldest()
            return before - self._bytes

    def close(self) -> None:
        """Nothing more will be waited for: all waits are over."""
        with self._lock:
            was_closed, self._closed = self._closed, True
            size = self._bytes
            for wait in self._waits:
                wait.is_over = True
                wait.wake()
            self._waits.clear()
        if self._journals is not None and not was_closed:
            self._journals.remove(self, size)

    @property
    def forgotten(self) -> int:
        """The number of entries that were dropped for lack of room, since the journal was last cleared."""
        with self._lock:
            return self._first - self._cleared

    @property
    def kept(self) -> int:
        """The number of entries."""
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """Bytes of memory of the entries."""
        return self._bytes

    def _shown(self, selected: Iterable[Recorded]) -> list[Entry]:
        """The entries for users: each is masked by what all exchanges up to now have shown to be secret."""
        with self._reading:
            with self._lock:
                unread = list(self._from(self._read))
                self._read = self._next
            for recorded in unread:
                self._memory.add(recorded.secrets())
        return [recorded.entry(self._memory) for recorded in selected]

    def _note(self, wait: JournalWait, recorded: Recorded) -> None:
        if wait.query.selects(recorded):
            wait.seen += 1
            if wait.seen >= wait.count:
                wait.is_over = True
                self._waits.remove(wait)
                wait.wake()

    def _countable(self, key: CountKey) -> CountKey:
        """The key under which an exchange is counted: of methods that clients invent only some are named."""
        contract, operation, method, status = key
        if method in METHODS or method in self._further_methods:
            return key
        if len(self._further_methods) < _FURTHER_METHODS:
            self._further_methods.add(method)
            return key
        return contract, operation, OTHER_METHODS, status

    def _count(self, query: RequestQuery) -> int:
        if query.is_counted:
            return sum(count for key, count in self._counts.items() if query.counts(key))
        return sum(1 for _ in self._selected(query))

    def _drop_oldest(self) -> None:
        recorded = self._entries.pop(self._first)
        self._bytes -= recorded.size
        if self._numbers.get(recorded.id) == self._first:
            del self._numbers[recorded.id]
        self._first += 1

    def _selected(self, query: RequestQuery) -> Iterator[Recorded]:
        first = self._numbers.get(query.after, -1) + 1 if query.after else 0
        return (recorded for recorded in self._from(first) if query.selects(recorded))

    def _from(self, number: int) -> Iterator[Recorded]:
        """The entries from this number on."""
        return (self._entries[index] for index in range(max(number, self._first), self._next))


class JournalWait:
    """One wait for a number of exchanges. Its journal changes its members, under the journal's lock."""

    def __init__(self, journal: Journal, query: RequestQuery, count: int, seen: int) -> None:
        """count: of exchanges to wait for. seen: how many there are."""
        self.query = query
        self.count = count
        self.seen = seen
        self.is_over = False
        self.wake: Callable[[], None] = lambda: None
        self._journal = journal

    def when_over(self, wake: Callable[[], None]) -> None:
        """Have this called, by any thread, as soon as enough exchanges were seen or the journal is closed. It
        must not block."""
        self._journal.wake_when_over(self, wake)

    def end(self) -> int:
        """Wait no longer. Returns how many exchanges were seen."""
        self._journal.end_wait(self)
        return self.seen
