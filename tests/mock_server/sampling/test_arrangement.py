"""A valid value is only arranged: as a repair would return it, without walking its schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.sampling.sampler import NO_VALUE, Sampler

SCHEMAS: dict[str, Any] = {
    "Line": {"type": "object", "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}}},
    "Order": {
        "type": "object",
        "required": ["id", "lines"],
        "properties": {
            "id": {"type": "integer"},
            "secret": {"type": "string", "writeOnly": True},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
            "note": {"type": ["string", "null"]},
        },
    },
    "Tree": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Tree"}}},
    "Either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
}


@pytest.mark.parametrize(
    "value",
    [
        {"lines": [], "id": 1},
        {"note": None, "lines": [{"count": 2, "sku": "a", "more": [1]}], "other": {"b": 1}, "id": 1},
        {"secret": "x", "lines": [{"sku": "a"}], "id": 1},
    ],
)
def test_a_valid_value_is_arranged_like_a_repaired_one(sampler: Callable[..., Sampler], value: Any) -> None:
    built, schema = sampler(**SCHEMAS), SCHEMAS["Order"]
    arranged = built.arranged(schema, value)
    repaired = built.repair(value, schema, ())
    assert arranged == repaired
    assert list(arranged) == list(repaired)
    assert [list(line) for line in arranged["lines"]] == [list(line) for line in repaired["lines"]]


@pytest.mark.parametrize(
    ("name", "value"), [("Order", {"id": 1}), ("Order", "text"), ("Tree", {"inner": {}}), ("Either", "a")]
)
def test_other_values_are_left_to_a_repair(sampler: Callable[..., Sampler], name: str, value: Any) -> None:
    assert sampler(**SCHEMAS).arranged(SCHEMAS[name], value) is NO_VALUE
