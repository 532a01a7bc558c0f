"""What of a record is shown, and what of a request is never quoted, by schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, member, parts

Project = Callable[[Any], Any]
MASKED = "**********"


class Projector:
    """Compiles, for the response schemas of one contract, what they show: declared members in the order of
    the spec.

    An object whose schema declares no members, or says that further ones are welcome, is shown whole.
    writeOnly members are never shown.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._cells: dict[int, tuple[Schema, list[Project | None]]] = {}

    def compile(self, schema: Schema) -> Project | None:
        """The projection of values of this schema, or None when they are shown as they are."""
        return self._cell(schema)[0]

    def _cell(self, schema: Schema) -> list[Project | None]:
        """A cell with the projection. It is handed out before it is filled: a schema may contain itself."""
        resolved = follow(schema, self._schemas)
        if id(resolved) not in self._cells:
            cell: list[Project | None] = [None]
            self._cells[id(resolved)] = resolved, cell
            cell[0] = self._compiled(resolved)
        return self._cells[id(resolved)][1]

    def _compiled(self, schema: Schema) -> Project | None:
        found = list(parts(schema, self._schemas))
        properties: dict[str, Schema] = {}
        for part in found:
            properties.update(part.get("properties", {}))
        items = next((part["items"] for part in found if "items" in part), None)
        if items is not None:
            entry = self._cell(items)
            return lambda value: _entries(value, entry[0])
        if not properties:
            return None
        open_ended = any(part.get("additionalProperties") not in (None, False) for part in found)
        hidden = frozenset(name for name, value in properties.items() if _write_only(value, self._schemas))
        shown = {name: self._cell(value) for name, value in properties.items() if name not in hidden}
        return lambda value: _members(value, shown, hidden if open_ended else None)


def _entries(value: Any, cell: Project | None) -> Any:
    if cell is None or not isinstance(value, list):
        return value
    return [cell(entry) for entry in value]


def _members(value: Any, shown: Mapping[str, list[Project | None]], hidden: frozenset[str] | None) -> Any:
    """hidden: None when only declared members are shown, else the only ones that are not."""
    if not isinstance(value, Mapping):
        return value
    result: dict[str, Any] = {}
    for name, cell in shown.items():
        if name in value:
            project = cell[0]
            result[name] = value[name] if project is None else project(value[name])
    if hidden is not None:
        result.update(
            (name, item) for name, item in value.items() if name not in shown and name not in hidden
        )
    return result


class Quotation:
    """What of a request body may be quoted in an error.

    In a body that has writeOnly members these are masked, and so is all that the schema does not name: a
    secret that was sent under a wrong name, or in the wrong shape, is still a secret.
    """

    def __init__(self, schema: Schema, schemas: Mapping[str, Schema]) -> None:
        self._schema = schema
        self._schemas = schemas
        self._secretive = _has_secrets(schema, schemas, frozenset())

    def quote(self, value: Any, path: tuple[str | int, ...]) -> Any:
        """The value found at this path of the body, its secrets masked."""
        if not self._secretive:
            return value
        schema: Schema | None = self._schema
        for key in path:
            if schema is not None and _write_only(schema, self._schemas):
                return mask(value)
            schema = None if schema is None else member(schema, key, self._schemas)
        return self._masked(value, schema)

    def _masked(self, value: Any, schema: Schema | None) -> Any:
        if schema is None or _write_only(schema, self._schemas):
            return mask(value)
        if isinstance(value, dict):
            return {
                name: self._masked(item, member(schema, name, self._schemas)) for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._masked(item, member(schema, at, self._schemas)) for at, item in enumerate(value)]
        described = any(
            part.get("type") not in (None, "object", "array") for part in parts(schema, self._schemas)
        )
        return value if described else mask(value)


def mask(value: Any) -> Any:
    """The value with every text, number and member name that could tell a secret replaced; its outer kind
    stays."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {}
    return [] if isinstance(value, list) else MASKED


def _write_only(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    return any(part.get("writeOnly") is True for part in parts(schema, schemas))


def _has_secrets(schema: Schema, schemas: Mapping[str, Schema], above: frozenset[int]) -> bool:
    if _write_only(schema, schemas):
        return True
    for part in parts(schema, schemas):
        if id(part) in above:
            continue
        below = [*part.get("properties", {}).values(), part.get("items"), part.get("additionalProperties")]
        if any(_has_secrets(one, schemas, above | {id(part)}) for one in below if isinstance(one, Mapping)):
            return True
    return False
