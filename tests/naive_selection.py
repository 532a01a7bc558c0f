"""What a selection of a store contains, found without an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from mock_server.store.index import Kind, Order, Part
from mock_server.store.protocol import Record


def scan(
    records: Iterable[Record],
    texts: Mapping[tuple[str, Kind], Collection[str]] | None = None,
    order: Order | None = None,
    *,
    descending: bool = False,
) -> Sequence[Record]:
    """The records with these texts, sorted. records: in the order of creation."""
    wanted = [(Part(member, kind), set(allowed)) for (member, kind), allowed in (texts or {}).items()]
    found = [
        record
        for record in records
        if all(not allowed.isdisjoint(part.tokens(record)) for part, allowed in wanted)
    ]
    return found if order is None else sorted(found, key=order.rank, reverse=descending)
