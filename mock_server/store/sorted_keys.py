"""An immutable sorted sequence of entries, cheap to change: a change copies one small part of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import Any, Final

Entry = tuple[Any, ...]
"""What an index sorts: the rank where it has one, the position in the order of creation, and the key."""

_CHUNK: Final = 256
"""Entries in a new chunk; a chunk with twice as many is divided. A change copies the entries of one chunk and
the list of chunks, so this is near the square root of the number of records that should stay cheap."""

_FEW: Final = 8
"""Up to so many changes are made one by one; more of them by building the sequence again."""


class SortedKeys:
    """Entries in ascending order. Methods that change them return another sequence."""

    __slots__ = ("_chunks", "_ends", "_starts")

    def __init__(self, chunks: tuple[tuple[Entry, ...], ...]) -> None:
        """chunks: sorted, none of them empty."""
        self._chunks = chunks
        # The last entry of each chunk, and the positions of the first ones: both made when they are needed.
        self._ends: tuple[Entry, ...] | None = None
        self._starts: list[int] | None = None

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> SortedKeys:
        """A sequence with these entries, which must be sorted."""
        chunks = (tuple(entries[start : start + _CHUNK]) for start in range(0, len(entries), _CHUNK))
        return cls(tuple(chunks))

    def __len__(self) -> int:
        if len(self._chunks) == 1:
            return len(self._chunks[0])
        return self._positions()[-1]

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self._chunks)

    def between(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries from one position to before another, 0 <= start <= stop <= the number of entries."""
        if start >= stop:
            return iter(())
        chunk = bisect_right(self._positions(), start) - 1 if start else 0
        skipped = start - self._positions()[chunk] if chunk else start
        following = chain.from_iterable(islice(self._chunks, chunk, None))
        return islice(following, skipped, skipped + stop - start)

    def position(self, entry: Entry) -> int:
        """The number of entries before this one. A part of an entry stands for the first that begins so."""
        chunk = bisect_left(self._lasts(), entry)
        if chunk == len(self._chunks):
            return len(self)
        inside = bisect_left(self._chunks[chunk], entry)
        return self._positions()[chunk] + inside if chunk else inside

    def position_after(self, rank: Any) -> int:
        """The number of entries with this rank or a smaller one."""
        chunk = bisect_right(self._lasts(), rank, key=_rank)
        if chunk == len(self._chunks):
            return len(self)
        inside = bisect_right(self._chunks[chunk], rank, key=_rank)
        return self._positions()[chunk] + inside if chunk else inside

    def with_entry(self, entry: Entry) -> SortedKeys:
        """These entries and another one."""
        if not self._chunks:
            return SortedKeys(((entry,),))
        chunk = min(bisect_left(self._lasts(), entry), len(self._chunks) - 1)
        entries = self._chunks[chunk]
        inside = bisect_left(entries, entry)
        changed = (*entries[:inside], entry, *entries[inside:])
        if len(changed) < 2 * _CHUNK:
            return self._replaced(chunk, changed)
        return self._replaced(chunk, changed[:_CHUNK], changed[_CHUNK:])

    def without_entry(self, entry: Entry) -> SortedKeys:
        """These entries except one. Raises KeyError where it is not among them."""
        chunk = bisect_left(self._lasts(), entry)
        entries = self._chunks[chunk] if chunk < len(self._chunks) else ()
        inside = bisect_left(entries, entry)
        if inside == len(entries) or entries[inside] != entry:
            raise KeyError(entry)
        changed = entries[:inside] + entries[inside + 1 :]
        return self._replaced(chunk, changed) if changed else self._replaced(chunk)

    def changed(self, removed: Iterable[Entry], added: Iterable[Entry]) -> SortedKeys:
        """These entries without some, which must be among them, and with others."""
        gone, new = set(removed), list(added)
        if len(gone) + len(new) > _FEW:
            return SortedKeys.of(sorted([*(entry for entry in self if entry not in gone), *new]))
        result = self
        for entry in gone:
            result = result.without_entry(entry)
        for entry in new:
            result = result.with_entry(entry)
        return result

    def _replaced(self, chunk: int, *others: tuple[Entry, ...]) -> SortedKeys:
        result = SortedKeys((*self._chunks[:chunk], *others, *self._chunks[chunk + 1 :]))
        ends = self._lasts()
        result._ends = (*ends[:chunk], *(other[-1] for other in others), *ends[chunk + 1 :])
        return result

    def _lasts(self) -> tuple[Entry, ...]:
        if self._ends is None:
            self._ends = tuple(chunk[-1] for chunk in self._chunks)
        return self._ends

    def _positions(self) -> list[int]:
        """The position of the first entry of each chunk, and the number of all entries."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._chunks), initial=0))
        return self._starts


EMPTY: Final = SortedKeys(())
"""No entries."""


def joined(sequences: Iterable[SortedKeys]) -> SortedKeys:
    """The entries of all these sequences, each once. Takes time in proportion to their number."""
    entries = set(chain.from_iterable(sequences))
    return SortedKeys.of(sorted(entries))


def _rank(entry: Entry) -> Any:
    return entry[0]
