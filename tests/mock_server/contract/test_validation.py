"""Violations: every broken place once, in the order of the spec, with the rule's own limit."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.operation import Contract
from mock_server.contract.validation import Judge, nullable
from mock_server.errors.startup import StartupError

SCHEMAS: dict[str, Any] = {
    "Thing": {
        "type": "object",
        "required": ["id", "name", "secret"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string", "minLength": 3, "pattern": "^[a-z]+$"},
            "secret": {"type": "string", "writeOnly": True},
            "owner": {"anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}]},
            "count": {"type": ["integer", "null"], "maximum": 5},
        },
    },
    "Owner": {"type": "object", "properties": {"mail": {"type": "string", "format": "email"}}},
}
CONTRACT = Contract(name="c", title="C", prefix="", operations={}, schemes={}, schemas=SCHEMAS)
THING = {"$ref": "#/components/schemas/Thing"}


def told(value: Any, *, sent: bool = True, schema: Any = THING) -> list[tuple[Any, ...]]:
    check = Judge(CONTRACT).check(schema, sent=sent, place="thing")
    assert check.holds(value) is (not check.violations(value, where="body"))
    return [(one.path, one.keyword, one.limit) for one in check.violations(value, where="body")]


def test_each_place_is_told_once_in_the_order_of_the_spec() -> None:
    value = {"count": 6, "name": "A", "owner": {"mail": "x"}}
    assert told(value) == [
        (("name",), "minLength", 3),
        (("secret",), "required", None),
        (("owner", "mail"), "format", "email"),
        (("count",), "maximum", 5),
    ]


def test_a_client_owes_no_read_only_member_and_a_server_no_write_only_one() -> None:
    assert told({"name": "abc", "secret": "s"}) == []
    assert told({"id": "1", "name": "abc"}, sent=False) == []
    assert told({"name": "abc"}, sent=False) == [(("id",), "required", None)]


def test_a_nullable_alternative_is_told_by_the_branch_that_was_meant() -> None:
    thing = {"name": "abc", "secret": "s"}
    assert told({**thing, "owner": None}) == []
    assert told({**thing, "owner": 5}) == [(("owner",), "type", "members")]


def test_of_several_alternatives_the_likeliest_is_told() -> None:
    schema = {"oneOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]}
    assert told({}, schema=schema) == [(("a",), "required", None)]


KINDS = {
    "oneOf": [
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["kind", "by"],
            "properties": {"kind": {"const": "late"}, "by": {"type": "integer"}},
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["kind"],
            "properties": {"kind": {"enum": ["cut", "lost"]}},
        },
    ]
}


def test_a_kind_that_no_alternative_has_is_told_with_all_there_are() -> None:
    assert told({"kind": "lte", "by": "x"}, schema=KINDS) == [(("kind",), "enum", ["late", "cut", "lost"])]


def test_the_alternative_whose_kind_was_named_is_the_one_that_was_meant() -> None:
    assert told({"kind": "cut", "bye": 1}, schema=KINDS) == [((), "additionalProperties", ["bye"])]
    assert told({"kind": "late"}, schema=KINDS) == [(("by",), "required", None)]


def test_a_member_of_which_several_would_do_is_told_with_the_others() -> None:
    schema = {"anyOf": [{"required": ["code"]}, {"required": ["wait"]}]}
    assert told({}, schema=schema) == [(("code",), "required", ["code", "wait"])]


def test_a_value_of_several_alternatives_that_should_be_one_is_told_as_that() -> None:
    assert [one[:2] for one in told(1, schema={"oneOf": [True, {"type": "integer"}]})] == [((), "oneOf")]


def test_a_broken_schema_is_refused_with_its_place() -> None:
    with pytest.raises(StartupError, match="operation x"):
        Judge(CONTRACT).check({"type": "strange"}, sent=True, place="operation x")


@pytest.mark.parametrize(
    ("schema", "welcome"),
    [
        (True, True),
        ({}, True),
        ({"type": "string"}, False),
        ({"type": ["string", "null"]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"allOf": [{"$ref": "#/components/schemas/Owner"}]}, False),
        ({"enum": ["a", None]}, True),
        ({"enum": ["a"]}, False),
        ({"const": None}, True),
    ],
)
def test_null_is_welcome_where_the_schema_says_so(schema: Any, welcome: bool) -> None:
    assert nullable(schema, SCHEMAS) is welcome
