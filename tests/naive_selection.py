"""What a selection of a store contains, found without an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mock_server.store.index import Kind, Order, Part
from mock_server.store.protocol import Record


def scan(
    records: Iterable[Record],
    texts: Mapping[tuple[str, Kind], str] | None = None,
    order: Order | None = None,
    *,
    descending: bool = False,
) -> Sequence[Record]:
    """The records with these texts, sorted. records: in the order of creation."""
    wanted = [(Part(member, kind), text) for (member, kind), text in (texts or {}).items()]
    found = [record for record in records if all(text in part.tokens(record) for part, text in wanted)]
    return found if order is None else sorted(found, key=order.rank, reverse=descending)
