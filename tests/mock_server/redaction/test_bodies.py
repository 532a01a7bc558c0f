"""What of a body may be kept, by its schema."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.redaction import MASKED, Secrets
from mock_server.redaction.bodies import BodyRedactions

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "pin": {"type": "string", "format": "password"},
        "value": {"type": "string"},
        "secret": {"type": "boolean"},
        "anything": {},
        "open": {"type": "object", "additionalProperties": True},
        "self": {"$ref": "#/components/schemas/Thing"},
        "list": {"type": "array", "items": {"type": ["string", "null"]}},
    },
}
REDACTIONS = BodyRedactions({"Thing": SCHEMA}, Secrets(frozenset({"token"}), {"value": "secret"}, {}))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"name": "n", "list": ["a", None]}, {"name": "n", "list": ["a", None]}),
        ({"pin": "1234"}, {"pin": MASKED}),
        ({"self": {"self": {"pin": ["1234"]}}}, {"self": {"self": {"pin": MASKED}}}),
        ({"name": {"x": "y"}}, {"name": MASKED}),
        ({"anything": "x", "open": {"x": "y"}}, {"anything": MASKED, "open": MASKED}),
        ({"unknown": "x"}, MASKED),
        ({"value": "v", "secret": False}, {"value": "v", "secret": False}),
        ({"value": "v", "secret": True}, {"value": MASKED, "secret": True}),
        ({"value": "v"}, {"value": MASKED}),
        ("text", MASKED),
        (["x"], MASKED),
        ({"open": {}}, {"open": {}}),
        ([], []),
    ],
)
def test_of_a_body_is_kept_what_is_declared_described_and_no_secret(value: Any, kept: Any) -> None:
    assert REDACTIONS.compile(SCHEMA).request(value).value == kept


def test_secrets_and_texts_under_names_that_suggest_one_are_returned() -> None:
    sent = {"pin": {"a": ["one"]}, "api_token": "two", "x": [{"password": "three"}], "name": "four"}
    assert REDACTIONS.compile(SCHEMA).request(sent).secrets == ("one", "two", "three")


def test_a_member_the_schema_describes_without_naming_it_is_kept_of_a_reply_alone() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    redaction = REDACTIONS.compile(schema)
    assert redaction.reply({"any": "text", "other": 1}) == {"any": "text", "other": 1}
    assert redaction.request({"any": "text"}).value == MASKED
