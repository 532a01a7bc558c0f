"""Where the answer of a list carries its things: at the documented place, else where they can be found.

Many documents show no envelope, and an implementation may choose its own. What the document does show is for
the response checks to assert.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.openapi.pointers import at

_USUAL = ("/data", "/items", "/results", "/records", "/values", "")


def items_in(body: Any, pointer: str | None, name: str) -> list[Any] | None:
    """The things of a list, None where no array of them is recognised.

    pointer: the documented place, if there is one. name: what the things are called.
    """
    for place in (*(() if pointer is None else (pointer,)), *_USUAL, f"/{name}"):
        found = at(body, place)
        if isinstance(found, list):
            return found
    for depth in (1, 2):
        arrays = [value for value in _inside(body, depth) if isinstance(value, list)]
        if len(arrays) == 1:
            return arrays[0]
    return None


def plain(record: Any) -> Any:
    """A thing with the members that JSON:API keeps in `attributes` beside its id."""
    attributes = record.get("attributes") if isinstance(record, dict) else None
    return {**attributes, **record} if isinstance(attributes, dict) and "id" in record else record


def _inside(body: Any, depth: int) -> Iterator[Any]:
    """The values of the members of an object, or of the objects so many levels inside it."""
    for value in body.values() if isinstance(body, Mapping) else ():
        if depth == 1:
            yield value
        else:
            yield from _inside(value, depth - 1)
