"""Some records of a collection in an order, read only when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Protocol, overload

from mock_server.store.sorted_keys import Entry, SortedKeys

if TYPE_CHECKING:
    from mock_server.store.index import Index
    from mock_server.store.record import Record


_FEW_OF: Final = 20
"""Of so many records, looking one up takes less time than looking at all of them."""


class Reader(Protocol):
    """Reads the records of a store by the entries of its indexes."""

    def read_each(self, collection: str, entries: Iterator[Entry]) -> Iterator[Record]:
        """The records of these entries, each read when it is reached, without those deleted meanwhile."""

    def read_all(self, collection: str, entries: Iterable[Entry]) -> list[Record]:
        """The records of these entries."""

    def entry(self, collection: str, index: Index, key: str) -> Entry | None:
        """The entry of the record with this key, None without such a record."""


class Selection(Sequence["Record"]):
    """The records of one group of an index.

    Its length, a part of it and the place of a record take the same time for few and many records. Later
    writes do not change which records it contains and their order, but they are read when they are reached,
    and those that were deleted meanwhile are left out. Valid as long as its transaction.
    """

    __slots__ = ("_collection", "_descending", "_entries", "_index", "_reader", "_start", "_stop")

    def __init__(
        self,
        entries: SortedKeys,
        reader: Reader,
        collection: str,
        index: Index,
        *,
        descending: bool = False,
    ) -> None:
        """entries: of a group of the index. reader: reads the records of the collection."""
        self._entries = entries
        self._reader = reader
        self._collection = collection
        self._index = index
        self._descending = descending
        # Positions in the order shown, not in that of the entries.
        self._start = 0
        self._stop = len(entries)

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> Selection: ...

    def __getitem__(self, index: int | slice) -> Record | Selection:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError("a selection has no steps")
            return self._part(self._start + start, self._start + max(start, stop))
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return next(iter(self._part(self._start + place, self._start + place + 1)))

    def __iter__(self) -> Iterator[Record]:
        shown = self._backwards if self._descending else self._entries.between
        return self._reader.read_each(self._collection, shown(self._start, self._stop))

    def listed(self) -> list[Record]:
        """The records, all read at once."""
        shown = self._backwards if self._descending else self._entries.part
        return self._reader.read_all(self._collection, shown(self._start, self._stop))

    def after(self, rank: Any) -> Selection:
        """The records that follow a rank in this order."""
        if self._descending:
            following = len(self._entries) - self._entries.position((rank,))
        else:
            following = self._entries.position_after(rank)
        return self._part(min(max(following, self._start), self._stop), self._stop)

    def ranks_below(self, rank: Any, *, equal: bool = False) -> int:
        """The number of records of the whole group whose rank is smaller, or with `equal` not larger."""
        return self._entries.position_after(rank) if equal else self._entries.position((rank,))

    def keys(self, accepts: Callable[[Any], bool] | None = None) -> set[str]:
        """The storage keys of the records, or of those whose rank is accepted. Reads no record."""
        shown = self._backwards if self._descending else self._entries.part
        entries = shown(self._start, self._stop)
        return {entry[-1] for entry in entries if accepts is None or accepts(entry[0])}

    def only(self, keys: AbstractSet[str]) -> Selection:
        """Those of the whole group that have these keys, in the same order. keys: of records of the group."""
        if len(keys) * _FEW_OF < len(self._entries):
            found = (self._reader.entry(self._collection, self._index, key) for key in keys)
            entries = sorted(entry for entry in found if entry is not None)
        else:
            entries = [entry for entry in self._entries if entry[-1] in keys]
        return Selection(
            SortedKeys.of(entries), self._reader, self._collection, self._index, descending=self._descending
        )

    def place_of(self, key: str) -> int | None:
        """The position of the record with this storage key, None where it is not among them."""
        entry = self._reader.entry(self._collection, self._index, key)
        if entry is None:
            return None
        position = self._entries.position(entry)
        if next(self._entries.between(position, min(position + 1, len(self._entries))), None) != entry:
            return None
        if self._descending:
            first, end = self._run(entry)
            position = len(self._entries) - end + position - first
        return position - self._start if self._start <= position < self._stop else None

    def _part(self, start: int, stop: int) -> Selection:
        part = Selection(
            self._entries, self._reader, self._collection, self._index, descending=self._descending
        )
        part._start, part._stop = start, stop
        return part

    def _run(self, entry: Entry) -> tuple[int, int]:
        """The positions of the entries with the rank of this one, from the first to behind the last."""
        if len(entry) == 2:  # creation order: a rank of its own for each
            position = self._entries.position(entry)
            return position, position + 1
        return self._entries.position(entry[:1]), self._entries.position_after(entry[0])

    def _backwards(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries from one position to before another in descending order.

        Those of equal rank stay in the order of creation.
        """
        count = len(self._entries)
        low, high = count - stop, count - start
        # With the neighbours of both ends, which may be of equal rank.
        near = self._entries.part(max(low - 1, 0), min(high + 1, count))
        if all(before[0] != after[0] for before, after in pairwise(near)):
            first = 1 if low else 0
            yield from near[first : first + high - low][::-1]
            return
        while start < stop:
            last = count - 1 - start
            (entry,) = self._entries.between(last, last + 1)
            first, end = self._run(entry)
            skipped = start - (count - end)
            length = min(end - first - skipped, stop - start)
            yield from self._entries.between(first + skipped, first + skipped + length)
            start += length
