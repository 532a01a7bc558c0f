"""Fault rules as JSON: what is read comes out again, what is wrong is reported with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.faults.registry import fault_kinds
from mock_server.faults.rules import parse_rule
from mock_server.object_reader import MemberError

MS = st.floats(0, 60_000) | st.integers(0, 60_000)
POINTERS = st.lists(st.sampled_from(["", "data", "0", "~0", "a~1b"]), max_size=4).map(
    lambda tokens: "".join(f"/{token}" for token in tokens)
)
IN_BODY = st.fixed_dictionaries({}, optional={"pointer": POINTERS})
ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "latency": st.one_of(
        st.fixed_dictionaries({"fixed_ms": MS}),
        st.fixed_dictionaries({"uniform_ms": st.lists(MS, min_size=2, max_size=2)}),
        st.fixed_dictionaries(
            {"lognormal": st.fixed_dictionaries({"median_ms": MS, "sigma": st.floats(0, 5), "cap_ms": MS})}
        ),
    ),
    "status": st.fixed_dictionaries(
        {"code": st.integers(400, 599)}, optional={"example": st.text(min_size=1, max_size=20)}
    ),
    "rate_limit": st.one_of(
        st.fixed_dictionaries({"limit": st.integers(0, 10**6), "window_seconds": st.floats(1, 86_400)}),
        st.fixed_dictionaries({"retry_after": st.integers(0, 86_400)}),
    ),
    "unavailable": st.fixed_dictionaries({}, optional={"retry_after": st.integers(0, 86_400)}),
    "reset": st.just({}),
    "html_page": st.fixed_dictionaries({"status": st.integers(200, 599)}),
    "truncate": st.one_of(
        st.fixed_dictionaries({}, optional={"bytes": st.integers(0, 10**7)}),
        st.fixed_dictionaries({"fraction": st.floats(0, 1)}),
    ),
    "slow_body": st.fixed_dictionaries({"bytes_per_second": st.integers(1, 10**7)}),
    "invalid_json": st.just({}),
    "missing_member": IN_BODY,
    "null_member": IN_BODY,
    "wrong_type": IN_BODY,
    "extra_member": IN_BODY,
    "unknown_enum": IN_BODY,
    "wrong_status": st.fixed_dictionaries({}, optional={"status": st.integers(200, 599)}),
    "wrong_content_type": st.fixed_dictionaries(
        {"content_type": st.sampled_from(["text/plain", "a/b; c=d"])}
    ),
}
NAMES = st.text(min_size=1, max_size=20)
WHENS = st.fixed_dictionaries(
    {},
    optional={
        "contract": NAMES,
        "operation": NAMES,
        "role": NAMES,
        "calls": st.lists(st.integers(1, 10**9), min_size=1, max_size=5),
        "every": st.integers(1, 10**6),
        "probability": st.floats(0, 1),
        "times": st.integers(1, 10**6),
    },
)
RULES = st.sampled_from(sorted(ARGUMENTS)).flatmap(
    lambda kind: st.builds(
        lambda when, arguments: {
            "id": "a-rule",
            **({"when": when} if when else {}),
            "kind": kind,
            **arguments,
        },
        WHENS,
        ARGUMENTS[kind],
    )
)


def test_every_kind_is_described_here() -> None:
    assert ARGUMENTS.keys() == fault_kinds().keys()


@settings(max_examples=300)
@given(RULES)
def test_a_rule_is_written_as_it_was_read(document: dict[str, Any]) -> None:
    rule = parse_rule(document)
    assert json.loads(json.dumps(rule.to_json())) == document
    assert parse_rule(rule.to_json()) == rule


@settings(max_examples=100)
@given(RULES, st.text(max_size=10))
def test_an_unknown_member_is_refused_by_name(document: dict[str, Any], rest: str) -> None:
    with pytest.raises(MemberError, match=r"is unknown \(allowed: id, when, kind") as caught:
        parse_rule({**document, f"x{rest}": 1})
    escaped = rest.replace("~", "~0").replace("/", "~1")
    assert caught.value.place == f"/x{escaped}"


def test_an_id_from_outside_gives_way_to_one_in_the_document() -> None:
    assert parse_rule({"kind": "reset"}, id="late").id == "late"
    assert parse_rule({"id": "mine", "kind": "reset"}, id="late").id == "mine"


@pytest.mark.parametrize(
    ("document", "place", "told"),
    [
        ([], "", "must be an object"),
        ({}, "/kind", "is required"),
        ({"kind": "meteor"}, "/kind", "one of: latency, status"),
        ({"kind": 7}, "/kind", "one of: latency"),
        ({"kind": "reset", "id": "no blanks"}, "/id", "1 to 64"),
        ({"kind": "reset", "id": "ok\n"}, "/id", "1 to 64"),
        ({"kind": "reset", "when": 3}, "/when", "must be an object"),
        ({"kind": "reset", "when": {"evry": 3}}, "/when/evry", "(allowed: contract, operation, role"),
        ({"kind": "reset", "when": {"every": 0}}, "/when/every", "an integer from 1 to 1000000"),
        ({"kind": "reset", "when": {"every": 1.5}}, "/when/every", "an integer from 1"),
        ({"kind": "reset", "when": {"times": True}}, "/when/times", "an integer from 1"),
        ({"kind": "reset", "when": {"times": None}}, "/when/times", "an integer from 1"),
        ({"kind": "reset", "when": {"calls": []}}, "/when/calls", "a list of 1 to 100"),
        ({"kind": "reset", "when": {"calls": [0]}}, "/when/calls", "a list of 1 to 100"),
        ({"kind": "reset", "when": {"probability": 1.01}}, "/when/probability", "a number from 0 to 1"),
        ({"kind": "reset", "when": {"role": ""}}, "/when/role", "1 to 200"),
        ({"kind": "latency"}, "", "exactly one of: fixed_ms, uniform_ms, lognormal"),
        ({"kind": "latency", "fixed_ms": 1, "uniform_ms": [1, 2]}, "", "exactly one of"),
        ({"kind": "latency", "uniform_ms": [1]}, "/uniform_ms", "a list of two numbers"),
        ({"kind": "latency", "lognormal": {"sigma": 1}}, "/lognormal/median_ms", "is required"),
        (
            {"kind": "latency", "lognormal": {"median_ms": 1, "sigma": 1, "x": 1}},
            "/lognormal/x",
            "(allowed",
        ),
        ({"kind": "status"}, "/code", "is required"),
        ({"kind": "status", "code": 200}, "/code", "from 400 to 599"),
        ({"kind": "rate_limit"}, "", "limit with window_seconds, or retry_after"),
        ({"kind": "rate_limit", "limit": 3}, "/window_seconds", "is required"),
        ({"kind": "rate_limit", "limit": 3, "retry_after": 1}, "", "limit with window_seconds, or"),
        ({"kind": "truncate", "bytes": 1, "fraction": 0.1}, "", "bytes or fraction"),
        ({"kind": "null_member", "pointer": "data"}, "/pointer", "a JSON pointer"),
        ({"kind": "null_member", "pointer": "/" * 1001}, "/pointer", "at most 1000"),
        ({"kind": "wrong_content_type", "content_type": "a/b\r\nX: y"}, "/content_type", "printable ASCII"),
    ],
)
def test_an_error_names_its_place_and_what_is_allowed(document: Any, place: str, told: str) -> None:
    with pytest.raises(MemberError) as caught:
        parse_rule(document, place="/faults/2")
    assert caught.value.place == f"/faults/2{place}"
    assert told in caught.value.message
