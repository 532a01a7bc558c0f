"""What a selection of a store contains, found without an index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from mock_server.store.index import Kind, Order, Part
from mock_server.store.protocol import Record


class Scanned(list[Record]):
    """Records as `store.selection.Selection` offers them. Their identity stands for their keys."""

    def __init__(self, records: Iterable[Record], order: Order | None) -> None:
        super().__init__(records)
        self._order = order

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return Scanned(part, self._order) if isinstance(index, slice) else part

    def ranks_below(self, rank: Any, *, equal: bool = False) -> int:
        """As Selection says."""
        ranks = list(map(self._rank, self))
        return sum(1 for each in ranks if each < rank or (equal and each == rank))

    def keys(self, accepts: Callable[[Any], bool] | None = None) -> set[Any]:
        """As Selection says."""
        return {id(record) for record in self if accepts is None or accepts(self._rank(record))}

    def only(self, keys: AbstractSet[Any]) -> Scanned:
        """As Selection says."""
        return Scanned([record for record in self if id(record) in keys], self._order)

    def _rank(self, record: Record) -> Any:
        assert self._order is not None
        return self._order.rank(record)


def scan(
    records: Iterable[Record],
    texts: Mapping[tuple[str, Kind], Collection[str]] | None = None,
    order: Order | None = None,
    *,
    descending: bool = False,
) -> Scanned:
    """The records with these texts, sorted. records: in the order of creation."""
    wanted = [(Part(member, kind), set(allowed)) for (member, kind), allowed in (texts or {}).items()]
    found = [
        record
        for record in records
        if all(not allowed.isdisjoint(part.tokens(record)) for part, allowed in wanted)
    ]
    found = found if order is None else sorted(found, key=order.rank, reverse=descending)
    return Scanned(found, order)
