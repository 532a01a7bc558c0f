"""Values for the members of a body: another valid one than the present."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from contract_tests.openapi.contract import Operation
from contract_tests.openapi.schemas import Schema

NAMES: Final = ("name", "title", "label", "display_name", "description")
"""Members that hold whatever people call a thing."""

STATES: Final = ("status", "state")
"""Members that hold one of the server's words for how a thing is."""

FOREIGN_LETTERS: Final = "Zoë, 株式会社 Ω 😀 & <b>"
"""A name in several scripts, composed (NFC), without blanks at its ends."""


_WRITTEN: Final = {
    "email": "{}@example.com",
    "uri": "https://{}.example.com/",
    "url": "https://{}.example.com/",
}
"""Texts of some formats with a text of the run in them, where servers that normalise addresses keep it."""


_LIKE_A_FRESH_ONE: Final = "ct-0123abcd-100"
"""A text of the form and length of those that a session makes up."""


class NoOtherError(Exception):
    """No other valid value is known: it may have to name something that exists."""


def has_other_value(operation: Operation, name: str) -> bool:
    """Whether the document shows a value of a member, or one can be made up: else `other_value` knows none,
    whatever the present one is."""
    try:
        other_value(lambda: _LIKE_A_FRESH_ONE, operation, name, None)
    except NoOtherError:
        return False
    return True


def other_value(unique: Callable[[], str], operation: Operation, name: str, current: Any) -> Any:
    """A valid value of a member that differs from the present one: a documented example, another of the
    documented values, the other truth value, the next number, a new name.

    unique: makes a text that was not used before. Raises NoOtherError.
    """
    assert operation.body is not None  # noqa: S101 - asked for members of a body
    schema = operation.body.schema.properties[name]
    flat, types = schema.flat, schema.types - {"null"}
    if name in STATES and "enum" not in flat:
        raise NoOtherError  # which texts are states, and which a client may set, is the server's to say
    if name in NAMES and "string" in types and schema.accepts(fresh := unique()):
        return fresh
    shown = [
        each[name] for each in operation.body.examples.values() if isinstance(each, Mapping) and name in each
    ]
    for value in (*shown, *flat.get("examples", ()), *flat.get("enum", ())):
        if value is not None and value != current and schema.accepts(value):
            return value
    return made_up_value(unique, name, schema, current)


def made_up_value(unique: Callable[[], str], name: str, schema: Schema, current: Any) -> Any:
    """A valid value of a member that the document shows none of, other than the present one: a truth value, a
    number, a free text or a free object. unique: as for `other_value`. Raises NoOtherError.
    """
    flat, types = schema.flat, schema.types - {"null"}
    refers = name == "id" or name.endswith(("_id", "Id"))
    if types == {"boolean"}:
        return current is not True
    if types and types <= {"integer", "number"} and not refers:
        for value in (current + 1 if isinstance(current, int) else 1, 2, 3):
            if value != current and schema.accepts(value):
                return value
    if types == {"object"} and not flat.get("properties") and schema.accepts({"note": "x"}):
        free = {"note": unique(), "folders": ["a", "b"], "depth": 2}
        return free if schema.accepts(free) else {"note": unique()}
    if types == {"string"} and not refers and not {"format", "pattern", "enum"} & set(flat):
        fresh = unique()
        if schema.accepts(fresh):
            return fresh
    written = _WRITTEN.get(str(flat.get("format"))) if types == {"string"} and "enum" not in flat else None
    if written is not None and schema.accepts(fresh := written.format(unique())):
        return fresh
    raise NoOtherError


def free_objects(operation: Operation) -> list[str]:
    """The members of a body that are objects of any form."""
    members = operation.body.schema.properties if operation.body else {}
    return [
        name
        for name, schema in members.items()
        if "object" in schema.types
        and not schema.flat.get("properties")
        and schema.flat.get("additionalProperties", True) is True
    ]


def required_only(operation: Operation, body: Any) -> Any:
    """The body without the members that may be left out."""
    owed = operation.body.schema.flat.get("required", ()) if operation.body else ()
    return {name: value for name, value in body.items() if name in owed} if isinstance(body, dict) else body
