"""Storage: lost or altered writes, unchecked parents, changes to other records."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from mock_server.clock import from_rfc3339
from mock_server.engine import Response
from mock_server.store.index import Kind
from mock_server.store.protocol import Order, Record, Transaction
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits
from tests.defects.seam import Asked, Passing, PlantedDefect, Plot, Serve
from tests.naive_selection import scan


@kind
def unsaved(_: Plot) -> PlantedDefect:
    """A write succeeds, but is rolled back."""
    return PlantedDefect(saves=False)


class _Putting(Passing):
    """Alters records of one collection on their way in."""

    def __init__(self, state: Transaction, collection: str, alter: Callable[[Record], Record]) -> None:
        super().__init__(state)
        self._collection = collection
        self._alter = alter

    def put(self, collection: str, key: str, record: Record) -> None:
        self.state.put(collection, key, self._alter(record) if collection == self._collection else record)


@kind
def stores(
    plot: Plot, *, collection: str, members: Mapping[str, Any], unless_sent: bool = False
) -> PlantedDefect:
    """Members are saved with other values than they should have. unless_sent: those the body names not."""

    def storage(state: Transaction, asked: Asked) -> Transaction:
        body = asked.body()
        sent = body if unless_sent and isinstance(body, dict) else {}
        wrong = {name: value for name, value in members.items() if name not in sent}
        return _Putting(state, plot.storage_of(collection), lambda record: {**record, **wrong})

    return PlantedDefect(storage=storage)


def _inside(value: Any, make: Callable[[Any], Any]) -> Any:
    """Every value inside a value, changed."""
    if isinstance(value, dict):
        return {name: _inside(one, make) for name, one in value.items()}
    if isinstance(value, list):
        return [_inside(one, make) for one in value]
    return make(value)


def _in_texts(make: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: _inside(value, lambda one: make(one) if isinstance(one, str) else one)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _lower_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _lower_names(one) for name, one in value.items()}
    return [_lower_names(one) for one in value] if isinstance(value, list) else value


def _flat(value: Any, before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, one in value.items():
        flat |= _flat(one, f"{before}{name}.") if isinstance(one, dict) and one else {before + name: one}
    return flat


_MANGLINGS: Mapping[str, Callable[[Any], Any]] = {
    "stringify": lambda value: _inside(value, lambda one: one if isinstance(one, str) else json.dumps(one)),
    "ascii": _in_texts(lambda text: text.encode("ascii", "replace").decode()),
    "html": _in_texts(html.escape),
    "lower": _in_texts(str.lower),
    "no_astral": _in_texts(lambda text: "".join(letter for letter in text if ord(letter) < 0x10000)),
    "cut_20": _in_texts(lambda text: text[:20]),
    "cut_64": _in_texts(lambda text: text[:64]),
    "drop_nulls": _without_nulls,
    "lower_keys": _lower_names,
    "flatten": _flat,
    "first": lambda value: value[:1],
    "modulo_256": lambda value: value % 256 if isinstance(value, int) else value,
}


@kind
def mangles(plot: Plot, *, collection: str, member: str, how: str) -> PlantedDefect:
    """A member is stored with an altered value."""

    def alter(record: Record) -> Record:
        value = record.get(member)
        return record if value is None else {**record, member: _MANGLINGS[how](value)}

    return PlantedDefect(storage=lambda state, _: _Putting(state, plot.storage_of(collection), alter))


@kind
def spreads(plot: Plot, *, collection: str, members: Sequence[str]) -> PlantedDefect:
    """A change of one record changes all of them."""
    name = plot.storage_of(collection)

    class Spreading(Passing):
        def put(self, collection_: str, key: str, record: Record) -> None:
            self.state.put(collection_, key, record)
            if collection_ != name:
                return
            changed = {member: record[member] for member in members if member in record}
            for other in list(self.state.find(name)):
                self.state.put(name, plot.key_of(collection, other), {**other, **changed})

    return PlantedDefect(storage=lambda state, _: Spreading(state))


@kind
def overwrites_newest(plot: Plot, *, collection: str) -> PlantedDefect:
    """A new record takes the place of the one created before it."""
    name = plot.storage_of(collection)

    class Overwriting(Passing):
        def put(self, collection_: str, key: str, record: Record) -> None:
            if collection_ == name and self.state.get(name, key) is None:
                *_, newest = self.state.find(name)
                self.state.delete(name, plot.key_of(collection, newest))
            self.state.put(collection_, key, record)

    return PlantedDefect(storage=lambda state, _: Overwriting(state))


@kind
def touches(plot: Plot, *, collection: str, parameter: str, members: Mapping[str, Any]) -> PlantedDefect:
    """An operation that should leave a record alone changes it."""
    name = plot.storage_of(collection)

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        if fits(response, ()):
            with plot.worlds.find(asked.request.world).store.transaction() as state:
                record = state.get(name, asked.path[parameter])
                if record is not None:
                    state.put(name, asked.path[parameter], {**record, **members})
        return response

    return PlantedDefect(around)


class _Getting(Passing):
    """Answers another record than the one of this key."""

    def __init__(
        self,
        state: Transaction,
        collection: str,
        answer: Callable[[Transaction, str, Record | None], Record | None],
    ) -> None:
        super().__init__(state)
        self._collection = collection
        self._answer = answer

    def get(self, collection: str, key: str) -> Record | None:
        record = self.state.get(collection, key)
        return self._answer(self.state, key, record) if collection == self._collection else record


@kind
def ignores_parents(plot: Plot, *, collection: str, members: Mapping[str, str]) -> PlantedDefect:
    """A record is found below any parent: its members (left) are taken to be the path's values (right)."""

    def storage(state: Transaction, asked: Asked) -> Transaction:
        claimed = {member: asked.path[name] for member, name in members.items() if name in asked.path}
        return _Getting(
            state,
            plot.storage_of(collection),
            lambda _, __, record: {**record, **claimed} if record else None,
        )

    return PlantedDefect(storage=storage)


@kind
def serves_neighbour(plot: Plot, *, collection: str, same: Sequence[str] = ()) -> PlantedDefect:
    """The next record is served instead of the one asked for. same: members both agree on."""
    name = plot.storage_of(collection)

    def answer(state: Transaction, key: str, record: Record | None) -> Record | None:
        return neighbour(state, plot, collection, key, same) if record else None

    return PlantedDefect(storage=lambda state, _: _Getting(state, name, answer))


@kind
def finds_by_first_letter(plot: Plot, *, collection: str) -> PlantedDefect:
    """A key that nothing has shows the last record whose key begins with the same letter."""
    name = plot.storage_of(collection)

    def answer(state: Transaction, key: str, record: Record | None) -> Record | None:
        rows = [] if record else list(state.find(name, {}))
        alike = [row for row in rows if plot.key_of(collection, row)[:1] == key[:1]]
        return alike[-1] if alike else record

    return PlantedDefect(storage=lambda state, _: _Getting(state, name, answer))


def neighbour(
    state: Transaction, plot: Plot, collection: str, key: str, same: Sequence[str]
) -> Record | None:
    """The record after this one among those that agree with it, the first after the last, None if alone."""
    name = plot.storage_of(collection)
    record = state.get(name, key)
    if record is None:
        return None
    rows = list(state.find(name, {member: record[member] for member in same}))
    keys = [plot.key_of(collection, row) for row in rows]
    return rows[(keys.index(key) + 1) % len(rows)] if len(rows) > 1 else None


@kind
def invents(plot: Plot, *, collection: str, members: Mapping[str, str] | None = None) -> PlantedDefect:
    """A record exists that was never created. members: name → `path.` and a parameter."""
    name, declared = plot.storage_of(collection), plot.mounted.behaviours.collections[collection]

    def storage(state: Transaction, asked: Asked) -> Transaction:
        tied = {
            member: asked.path[source.removeprefix("path.")] for member, source in (members or {}).items()
        }

        def answer(_: Transaction, key: str, record: Record | None) -> Record | None:
            return record or {**next(iter(state.find(name))), **tied, declared.key: key}

        return _Getting(state, name, answer)

    return PlantedDefect(storage=storage)


class _Finding(Passing):
    """Answers other records than those of this collection that agree."""

    def __init__(
        self,
        state: Transaction,
        collection: str,
        search: Callable[[Transaction, Mapping[str, Any]], Iterator[Record]],
    ) -> None:
        super().__init__(state)
        self._collection = collection
        self._search = search

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        if collection == self._collection:
            return self._search(self.state, where or {})
        return self.state.find(collection, where)

    def select(
        self,
        collection: str,
        where: Mapping[str, Any] | None = None,
        *,
        texts: Mapping[tuple[str, Kind], Collection[str]] | None = None,
        order: Order | None = None,
        descending: bool = False,
    ) -> Sequence[Record]:
        if collection == self._collection:
            return scan(self._search(self.state, where or {}), texts, order, descending=descending)
        return super().select(collection, where, texts=texts, order=order, descending=descending)


@kind
def finds_everywhere(plot: Plot, *, collection: str, forget: Sequence[str]) -> PlantedDefect:
    """A search lacks a condition: members that are not compared."""
    name = plot.storage_of(collection)

    def search(state: Transaction, where: Mapping[str, Any]) -> Iterator[Record]:
        return state.find(name, {member: value for member, value in where.items() if member not in forget})

    return PlantedDefect(storage=lambda state, _: _Finding(state, name, search))


@kind
def misses_newest(plot: Plot, *, collection: str) -> PlantedDefect:
    """A search ends before the record created last."""
    name, declared = plot.storage_of(collection), plot.mounted.behaviours.collections[collection]

    def search(state: Transaction, where: Mapping[str, Any]) -> Iterator[Record]:
        rows = list(state.find(name, where))
        newest = max(rows, key=lambda row: from_rfc3339(row[declared.created or ""]), default=None)
        return iter([row for row in rows if row is not newest])

    return PlantedDefect(storage=lambda state, _: _Finding(state, name, search))


@kind
def invents_found(plot: Plot, *, collection: str, members: Mapping[str, Any]) -> PlantedDefect:
    """Every connection has a grant that was never created."""
    name, connections = plot.storage_of(collection), plot.storage_of("connections")

    def search(state: Transaction, where: Mapping[str, Any]) -> Iterator[Record]:
        found = list(state.find(name, where))
        granted = {record["connection_id"] for record in found}
        yield from found
        for connection in state.find(connections):
            if connection["id"] not in granted:
                yield {**where, **members, "id": connection["id"], "connection_id": connection["id"]}

    return PlantedDefect(storage=lambda state, _: _Finding(state, name, search))
