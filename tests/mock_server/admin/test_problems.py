"""What the admin API says of a request that breaks its contract: each rule in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_server.admin.conftest import Admin

FAULTS, OVERRIDES = "/worlds/mine/faults", "/worlds/mine/overrides"


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/worlds", {}, "body name is required"),
        ("POST", "/worlds", {"name": "Ann Lee"}, "body name must be 1 to 63 characters from a-z, 0-9"),
        ("POST", "/worlds", {"name": "a", "scenarios": "empty"}, "body has unknown members: scenarios"),
        (
            "POST",
            "/worlds",
            b"{name:1}",
            "body is not valid JSON from character 1 on: Expecting property name",
        ),
        ("PATCH", "/worlds/mine/clock", {}, "body must have at least 1 member"),
        ("PATCH", "/worlds/mine/clock", {"mode": "freeze"}, "body mode must be one of running, frozen"),
        ("GET", "/worlds/mine/requests?op=x", None, "query op is not a parameter of this operation"),
        ("POST", FAULTS, {"kind": "gremlin"}, "body kind must be one of latency, status, rate_limit"),
        ("POST", FAULTS, {"kind": "reset", "wen": {}}, "body has unknown members: wen"),
        ("POST", FAULTS, {"kind": "latency"}, "one of fixed_ms, uniform_ms, lognormal is required"),
        (
            "POST",
            OVERRIDES,
            {"operation": "getSync"},
            "one of code, example, wait, reply, sequence is required",
        ),
    ],
)
def test_a_broken_rule_is_said_in_words(admin: Admin, method: str, path: str, body: Any, words: str) -> None:
    refused = admin(method, path, body)
    assert refused.status == 422
    assert [error["message"][: len(words)] for error in refused.body["errors"]] == [words]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"name": "mi', "body is not valid JSON from character 9 on: Unterminated string"),
        (b'{"name": "mi\nne"}', "body is not valid JSON from character 12 on: Invalid control character"),
        (b'{"name" 1}', "body is not valid JSON from character 8 on: Expecting ':' delimiter"),
        (b'{"name": "mi\\ne", "a": "\\x"}', "body is not valid JSON from character 24 on: Invalid \\escape"),
    ],
)
def test_why_a_body_is_no_json_is_a_whole_sentence(admin: Admin, body: bytes, words: str) -> None:
    refused = admin("POST", "/worlds", body)
    assert [error["message"] for error in refused.body["errors"]] == [words]


def test_the_limit_of_a_rule_is_there_for_programs(admin: Admin) -> None:
    refused = admin("POST", "/worlds/mine/clear", {"parts": ["all"]})
    assert refused.body["errors"][0]["limit"] == ["faults", "overrides", "requests"]


def test_a_value_that_was_refused_is_not_repeated(admin: Admin) -> None:
    refused = admin("PUT", "/worlds/mine/callbacks", {"url": "sec://ret", "secret": "7chars!"})
    assert refused.status == 422
    assert b"sec://ret" not in refused.response.body
    assert b"7chars!" not in refused.response.body
