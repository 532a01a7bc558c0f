"""Names in brackets: the objects and lists that the fields of a form or of a query stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.contract.operation import Schema
from mock_server.contract.schema import declared_members, describes, entry_schema, member

Schemas = Mapping[str, Schema]
"""Schemas by component name."""

Pairs = list[tuple[str, Any]]
"""The fields of a form: name and value."""


def from_fields(pairs: Pairs, schema: Schema, schemas: Schemas) -> dict[str, Any]:
    """Return the object that the fields of a form or of a query stand for.

    `a[b]` is the member `b` of `a`, `a[0]` and `a[]` are entries of a list, and so is a repeated field where
    the schema has a list. `a[][b]` adds to the last entry until a member repeats, as Rack reads it.
    """
    fields: _Fields = {}
    for name, value in pairs:
        is_whole = "[" not in name or name in declared_members(schema, schemas)
        _add_field(fields, [name] if is_whole else _steps_of(name), value)
    return {
        name: _field_value(field, member(schema, name, schemas), schemas) for name, field in fields.items()
    }


_Fields = dict[str, Any]
"""The fields of a form by the steps of their names: inside are dictionaries, and lists of values sent."""
_DEEPEST = 32
"""Steps of a name that are read; what is deeper stays in the last one."""
_STEPS = re.compile(r"\[([^\[\]]*)\]")


def _steps_of(name: str) -> list[str]:
    """The steps of a name: a[b][0] has a, b and 0. A name with other brackets has one."""
    first, bracket, rest = name.partition("[")
    steps = _STEPS.findall(bracket + rest)
    is_regular = first and "".join(f"[{step}]" for step in steps) == bracket + rest
    return [first, *steps] if is_regular and len(steps) < _DEEPEST else [name]


def _add_field(fields: _Fields, steps: list[str], value: Any) -> None:
    *outer, last = steps
    for index, named in enumerate(outer):
        step = named or _entry_for(fields, steps[index + 1 :])
        inner = fields.setdefault(step, {})
        if isinstance(inner, list):
            # The same name was sent as a value too: it counts as an entry beside the others.
            inner = fields[step] = {"": inner}
        fields = inner
    held = fields.setdefault(last, [])
    if isinstance(held, dict):
        held.setdefault("", []).append(value)
    else:
        held.append(value)


def _entry_for(fields: _Fields, steps: list[str]) -> str:
    """The step of the entry that a field of a list without indices belongs to: the last or a new one.

    steps: inside the entry.
    """
    numbers = [int(step) for step in fields if step.isdecimal()]
    if not numbers:
        return "0"
    held: Any = fields[str(max(numbers))]
    for step in steps:
        if not isinstance(held, dict) or step not in held:
            return str(max(numbers))
        held = held[step]
    # `a[][b][]` repeats where b itself is a list.
    is_list = steps[-1] == ""
    return str(max(numbers) if is_list else max(numbers) + 1)


def _field_value(field: Any, schema: Schema | None, schemas: Schemas) -> Any:
    """The value of a field. field: the values sent, or the fields inside it by their next step."""
    is_list = describes(schema, "array", schemas)
    if isinstance(field, list):
        if is_list:
            return [entry for sent in field for entry in _list_in_field(sent)]
        return _json_in_field(field[-1]) if describes(schema, "object", schemas) else field[-1]
    is_object = describes(schema, "object", schemas)
    if not is_list and (is_object or not all(step.isdecimal() or not step for step in field)):
        return {
            name: _field_value(inner, member(schema or True, name, schemas), schemas)
            for name, inner in field.items()
        }
    entries: list[Any] = []
    for step in sorted(field, key=lambda step: int(step) if step.isdecimal() else len(field)):
        inner, items = field[step], entry_schema(schema, schemas)
        # `a[]=1&a[]=2` are two entries.
        if not step and isinstance(inner, list):
            entries += [_field_value([sent], items, schemas) for sent in inner]
        else:
            entries.append(_field_value(inner, items, schemas))
    return entries


def _list_in_field(value: Any) -> list[Any]:
    parsed = _json_in_field(value)
    return parsed if isinstance(parsed, list) else [value]


def _json_in_field(value: Any) -> Any:
    """The JSON that a field holds, as clients write objects into forms; else the text itself."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return loads(value.encode("utf-8", "replace"))
    except (MalformedError, UndecodableError):
        return value
