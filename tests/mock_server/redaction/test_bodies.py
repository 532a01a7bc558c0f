"""What of a body is secret, by its schema and by the names of its members."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.redaction import MASKED, Secrets
from mock_server.redaction.bodies import BodyRedaction, BodySchema, BodySchemas

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "pin": {"type": "string", "format": "password"},
        "value": {"type": "string"},
        "secret": {"type": "boolean"},
        "max_token": {"type": "integer"},
        "anything": {},
        "open": {"type": "object", "additionalProperties": True},
        "self": {"$ref": "#/components/schemas/Thing"},
        "list": {"type": "array", "items": {"type": ["string", "null"]}},
        "labels": {"type": "object", "additionalProperties": {"type": "string", "format": "password"}},
    },
}


@pytest.fixture
def schema() -> BodySchema:
    return BodySchemas({"Thing": SCHEMA}, Secrets(frozenset(), {"value": "secret"}, {})).of(SCHEMA)


def _redaction(**members: Any) -> BodyRedaction:
    return BodyRedaction(frozenset({"declared"}), [], **members)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"name": "n", "list": ["a", None]}, {"name": "n", "list": ["a", None]}),
        ({"pin": "1234"}, {"pin": MASKED}),
        ({"declared": 5}, {"declared": MASKED}),
        ({"self": {"self": {"pin": ["1234"]}}}, {"self": {"self": {"pin": MASKED}}}),
        ({"name": {"x": "y"}}, {"name": {"x": "y"}}),
        ({"anything": "x", "open": {"x": "y"}}, {"anything": "x", "open": {"x": "y"}}),
        ({"unknown": "x", "labels": {"a": "b"}}, {"unknown": "x", "labels": {"a": MASKED}}),
        ({"value": "v", "secret": False}, {"value": "v", "secret": False}),
        ({"value": "v", "secret": True}, {"value": MASKED, "secret": True}),
        ({"value": "v"}, {"value": MASKED}),
        (
            {"open": {"api_key": "k", "deep": [{"password": "p"}]}},
            {"open": {"api_key": MASKED, "deep": [{"password": MASKED}]}},
        ),
        ({"open": {}, "client_secret": {}}, {"open": {}, "client_secret": {}}),
        ({"client_secret": None}, {"client_secret": None}),
        (
            {"config_schema": {"client_secret": {"type": "string"}}},
            {"config_schema": {"client_secret": {"type": "string"}}},
        ),
        ({"max_token": 5}, {"max_token": 5}),
        ("text", "text"),
        (["x"], ["x"]),
        (
            {"name": "see https://u:p@h/?token=t&page=2"},
            {"name": f"see https://{MASKED}@h/?token={MASKED}&page=2"},
        ),
    ],
)
def test_of_a_body_only_secret_places_are_masked(schema: BodySchema, value: Any, shown: Any) -> None:
    assert _redaction().redact(value, schema) == shown


def test_what_stands_at_secret_places_is_found(schema: BodySchema) -> None:
    redaction = _redaction()
    sent = {"pin": {"a": ["one"]}, "api_token": "two", "x": [{"password": "three"}], "name": "four"}
    redaction.redact(sent, schema)
    assert redaction.found == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("loc", "shown"),
    [
        (["body", "name"], "sent"),
        (["query", "limit"], "sent"),
        (["body", "list", 0], "sent"),
        (["body", "pin"], MASKED),
        (["body", "self", "pin"], MASKED),
        (["body", "open", "password"], MASKED),
        (["header", "X-Api-Key"], MASKED),
    ],
)
def test_what_an_error_quotes_is_shown_unless_its_place_is_a_secret_one(
    schema: BodySchema, loc: list[Any], shown: str
) -> None:
    errors = {"detail": [{"loc": loc, "type": "string_type", "input": "sent", "ctx": {"given": "sent"}}]}
    (error,) = _redaction(sent=schema, is_error=True).redact(errors, None)["detail"]
    assert (error["input"], error["loc"]) == (shown, loc)
    assert error["ctx"] == ({"given": "sent"} if shown == "sent" else MASKED)


def test_the_object_in_which_a_member_is_missing_is_shown_without_its_secrets(schema: BodySchema) -> None:
    quoted = {"pin": "1234", "name": "n", "api_key": "k"}
    error = {"loc": ["body", "value"], "type": "missing", "input": quoted}
    shown = _redaction(sent=schema, is_error=True).redact(error, None)
    assert shown["input"] == {"pin": MASKED, "name": "n", "api_key": MASKED}


def test_messages_by_field_are_shown_whatever_the_field() -> None:
    body = {"errors": {"client_secret": ["The client secret field is required."]}}
    assert _redaction(is_error=True).redact(body, None) == body


def test_a_whole_body_that_is_a_text_is_quoted_by_no_error() -> None:
    error = {"loc": ["body"], "type": "model_attributes_type", "input": "client_secret=1"}
    assert _redaction(is_error=True).redact(error, None)["input"] == MASKED
