"""A new record has what a server sets: constants, the first state, zeros, empty lists and the present."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.sampling.new_records import completed

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
STATES = ["queued", "running", "done"]


def new(
    sampler: Any, members: dict[str, Any], *, writable: tuple[str, ...] = (), **example: Any
) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"id": {"type": "string"}, **members}}
    return completed(
        sampler(), schema, ("jobs", "1"), {"id": "1"}, now=NOW, writable=writable, example=example
    )


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("status", {"type": "string", "enum": STATES}, "queued"),
        ("status", {"type": "string", "enum": STATES, "default": "running"}, "running"),
        ("object", {"type": "string", "enum": ["job"]}, "job"),
        ("object", {"const": "job"}, "job"),
        ("deleted", {"type": "boolean"}, False),
        ("active", {"type": "boolean"}, True),
        ("view_count", {"type": "integer"}, 0),
        ("amount_refunded", {"type": "integer"}, 0),
        ("tags", {"type": "array", "items": {"type": "string"}}, []),
        ("created_at", {"type": "string", "format": "date-time"}, "2026-05-04T03:02:01Z"),
        ("created", {"type": "integer", "format": "unix-time"}, 1_777_863_721),
        ("resource_type", {"type": "string", "example": "job"}, "job"),
    ],
)
def test_a_member_begins_with(sampler, name, schema, value):
    assert new(sampler, {name: schema})[name] == value


def test_the_state_of_a_documented_creation_counts(sampler):
    members = {"status": {"type": "string", "enum": STATES}}
    assert new(sampler, members, status="running")["status"] == "running"


def test_what_has_not_happened_has_no_time(sampler):
    assert "finished_at" not in new(sampler, {"finished_at": {"type": "string", "format": "date-time"}})


def test_what_a_request_could_have_set_is_left_out(sampler):
    members = {"due": {"type": "string", "format": "date"}, "size": {"type": "integer", "default": 3}}
    assert new(sampler, members, writable=("due", "size")) == {"id": "1", "size": 3}
