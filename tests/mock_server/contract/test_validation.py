"""Violations: one per location, in the order of the spec, with the limit of the violated rule."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.operation import Contract
from mock_server.contract.validation import SchemaCompiler, nullable

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


def violations(value: Any, *, sent: bool = True, schema: Any = THING) -> list[tuple[Any, ...]]:
    check = SchemaCompiler(CONTRACT).check(schema, sent=sent, place="thing")
    reported = check.violations(value, where="body")
    assert check.holds(value) is (not reported)
    return [(violation.path, violation.keyword, violation.limit) for violation in reported]


def test_each_location_is_reported_once_in_the_order_of_the_spec() -> None:
    value = {"count": 6, "name": "A", "owner": {"mail": "x"}}
    assert violations(value) == [
        (("name",), "minLength", 3),
        (("secret",), "required", None),
        (("owner", "mail"), "format", "email"),
        (("count",), "maximum", 5),
    ]


def test_read_only_members_are_not_required_of_clients_nor_write_only_ones_of_servers() -> None:
    assert violations({"name": "abc", "secret": "s"}) == []
    assert violations({"id": "1", "name": "abc"}, sent=False) == []
    assert violations({"name": "abc"}, sent=False) == [(("id",), "required", None)]


def test_a_nullable_alternative_is_described_by_the_other_branch() -> None:
    thing = {"name": "abc", "secret": "s"}
    assert violations({**thing, "owner": None}) == []
    assert violations({**thing, "owner": 5}) == [(("owner",), "type", "members")]


def test_of_several_alternatives_the_likeliest_is_described() -> None:
    schema = {"oneOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]}
    assert violations({}, schema=schema) == [(("a",), "required", None)]


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


def test_an_unknown_discriminator_is_reported_with_the_values_of_all_alternatives() -> None:
    assert violations({"kind": "lte", "by": "x"}, schema=KINDS) == [
        (("kind",), "enum", ["late", "cut", "lost"])
    ]


def test_the_alternative_with_the_given_discriminator_is_described() -> None:
    assert violations({"kind": "cut", "bye": 1}, schema=KINDS) == [((), "additionalProperties", ["bye"])]
    assert violations({"kind": "late"}, schema=KINDS) == [(("by",), "required", None)]


def test_a_missing_member_is_reported_with_those_that_would_do_instead() -> None:
    schema = {"anyOf": [{"required": ["code"]}, {"required": ["wait"]}]}
    assert violations({}, schema=schema) == [(("code",), "required", ["code", "wait"])]


def test_a_value_that_matches_several_branches_of_one_of_is_reported_as_one_of() -> None:
    assert [one[:2] for one in violations(1, schema={"oneOf": [True, {"type": "integer"}]})] == [
        ((), "oneOf")
    ]


def test_a_schema_that_cannot_be_compiled_checks_nothing_and_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    check = SchemaCompiler(CONTRACT).check({"type": "strange"}, sent=True, place="operation x")
    assert check.holds(3)
    assert "operation x: values are not checked" in caplog.text


@pytest.mark.parametrize(
    ("schema", "accepted"),
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
def test_null_is_accepted_where_the_schema_says_so(schema: Any, accepted: bool) -> None:
    assert nullable(schema, SCHEMAS) is accepted
