"""What of a body may be kept, by schema: what is declared, described and no secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from mock_server.behaviours.secrets import Secrets, is_secret
from mock_server.contract.operation import Schema
from mock_server.contract.projection import MASKED, mask
from mock_server.contract.schema import follow, parts, types_of
from mock_server.journal.credentials import texts_in
from mock_server.journal.headers import suspect

Show = Callable[[Any, "list[str] | None"], Any]
"""A value to what may be kept of it. The list, for what a client sent, is given every text that is secret or
was sent under a name that sounds so."""

_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_PLAIN = frozenset({str, int, float, bool, type(None)})
_FALSE: tuple[Any, ...] = (False, 0, "0")


class Showing:
    """Compiles the schemas of one contract. Made once per contract: schemas that occur twice are compiled
    once."""

    def __init__(self, schemas: Mapping[str, Schema], secrets: Secrets) -> None:
        self._schemas = schemas
        self._secrets = secrets
        self._cells: dict[int, tuple[Schema, list[Show | None]]] = {}
        self._lock = Lock()

    def compile(self, schema: Schema) -> Show:
        """How values of this schema are kept. Where the schema says nothing of a value, only its kind is."""
        with self._lock:  # a cell that is not filled yet would let a secret pass
            cell = self._cell(schema)

        def shown(value: Any, found: list[str] | None) -> Any:
            show = cell[0]
            return _leaf(value, found) if show is None else show(value, found)

        return shown

    def _cell(self, schema: Schema) -> list[Show | None]:
        """A cell with the way to show it, None for a plain value: filled later, for a schema may contain
        itself."""
        resolved = follow(schema, self._schemas)
        if id(resolved) not in self._cells:
            cell: list[Show | None] = [None]
            self._cells[id(resolved)] = resolved, cell
            cell[0] = self._compiled(resolved)
        return self._cells[id(resolved)][1]

    def _compiled(self, schema: Schema) -> Show | None:
        if is_secret(schema, self._schemas):
            return _secret
        found = list(parts(schema, self._schemas))
        described = any(not _SCALARS.isdisjoint(types_of(part)) or "enum" in part for part in found)
        items = next((part["items"] for part in found if "items" in part), None)
        members: dict[str, Schema] = {}
        for part in reversed(found):
            members.update(part.get("properties", {}))
        extra = next((part.get("additionalProperties") for part in found if _typed(part)), None)
        if not members and items is None and extra is None:
            return None if described else _hidden
        return self._composite(members, items, extra, described=described)

    def _composite(
        self, members: Mapping[str, Schema], items: Schema | None, extra: Schema | None, *, described: bool
    ) -> Show:
        shows = {name: self._member(name, schema) for name, schema in members.items()}
        masks = [
            (name, when)
            for name, when in self._secrets.masks.items()
            if name in members and (when is None or when in members)
        ]
        entry = None if items is None else self._cell(items)
        more = None if extra is None else self._cell(extra)

        def shown(value: Any, found: list[str] | None) -> Any:
            if isinstance(value, dict):
                return _object(value, found, shows, more, masks)
            if isinstance(value, list):
                return _hidden(value, found) if entry is None else _list(value, found, entry)
            return _leaf(value, found) if described else _hidden(value, found)

        return shown

    def _member(self, name: str, schema: Schema) -> list[Show | None]:
        return [_secret] if name in self._secrets.names else self._cell(schema)


def _typed(part: Mapping[str, Any]) -> bool:
    return isinstance(part.get("additionalProperties"), Mapping) and bool(part["additionalProperties"])


def _object(
    value: dict[str, Any],
    found: list[str] | None,
    shows: Mapping[str, list[Show | None]],
    more: list[Show | None] | None,
    masks: list[tuple[str, str | None]],
) -> Any:
    """Undeclared members are left out, names and all; where a schema describes them, a reply's are kept."""
    kept: dict[str, Any] = {}
    for name, item in value.items():
        cell = shows.get(name)
        if cell is not None:
            show = cell[0]
            if show is not None:
                kept[name] = show(item, found)
            else:
                kept[name] = item if type(item) in _PLAIN else _hidden(item, found)
        elif found is not None:
            _suspect(name, item, found)
        elif more is not None:
            kept[name] = _leaf(item, found) if more[0] is None else more[0](item, found)
    for name, when in masks:
        if value.get(name) is not None and (when is None or not _said_false(value, when)):
            kept[name] = _secret(value[name], found)
    return marked(kept, value)


def marked(kept: Any, value: Any) -> Any:
    """What is kept of a value; a mark in its place where nothing is left of an object or list that was not
    empty."""
    return MASKED if value and isinstance(value, dict | list) and not kept else kept


def _said_false(value: dict[str, Any], member: str) -> bool:
    said = value.get(member)
    return said is not None and said in _FALSE


def _list(value: list[Any], found: list[str] | None, entry: list[Show | None]) -> list[Any]:
    show = entry[0]
    return [_leaf(item, found) if show is None else show(item, found) for item in value]


def _leaf(value: Any, found: list[str] | None) -> Any:
    """A plain value where a plain one belongs."""
    return value if type(value) in _PLAIN else _hidden(value, found)


def _hidden(value: Any, found: list[str] | None) -> Any:
    if found is not None:
        _suspect("", value, found)
    return marked(mask(value), value)


def _secret(value: Any, found: list[str] | None) -> Any:
    if found is not None:
        found += texts_in(value)
    return marked(mask(value), value)


def _suspect(name: str, value: Any, found: list[str]) -> None:
    """Note the texts that stand, at any depth, under a name that sounds like a secret's."""
    if suspect(name):
        found += texts_in(value)
    elif isinstance(value, dict):
        for inner, item in value.items():
            _suspect(inner, item, found)
    elif isinstance(value, list):
        for item in value:
            _suspect("", item, found)
