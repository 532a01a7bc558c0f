"""What each kind does to a reply."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.contract.operation import Contract, DocumentedResponse, Operation, Schema
from mock_server.contract.validation import SchemaCompiler
from mock_server.faults.delivery import Latency, Reset
from mock_server.faults.errors import HtmlPage
from mock_server.faults.fault import DeclaredReply, Draw, Fault, ResponseFault, RuleCount
from mock_server.faults.rules import parse_rule
from mock_server.messages import Response
from mock_server.seeded_random import SeededRandom

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SYNC: Schema = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "note": {"type": ["string", "null"]},
        "status": {"$ref": "#/components/schemas/Status"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
LIST: Schema = {
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Sync"}},
        "total": {"type": "integer"},
    },
}
CONTRACT = Contract("shop", "Shop", "", {}, {}, {"Sync": SYNC, "Status": {"enum": ["running", "done"]}})
BODY: dict[str, Any] = {"data": [{"note": None, "id": "a", "status": "done", "tags": ["x"]}], "total": 1}
DRAW = Draw(SeededRandom(1), "r", 1)


def declared(schema: Schema | None = LIST, *statuses: str) -> DeclaredReply:
    responses = {status: DocumentedResponse({}, {}) for status in statuses or ("200",)}
    operation = Operation("shop", "listSyncs", "GET", "/syncs", (), None, responses, ())
    check = None if schema is None else SchemaCompiler(CONTRACT).check(schema, sent=False, place="test")
    return DeclaredReply(operation, check)


def reply(body: Any = BODY, media_type: str = "application/json") -> Response:
    return Response(200, {"Content-Type": media_type}, json.dumps(body).encode())


def fault(kind: str, **arguments: Any) -> Fault:
    return parse_rule({"kind": kind, **arguments}).fault


def spoilt(
    kind: str, response: Response, by: DeclaredReply | None = None, draw: Draw = DRAW, **arguments: Any
) -> Response:
    made = fault(kind, **arguments)
    assert isinstance(made, ResponseFault)
    return made.mutate_response(response, draw, by or declared())


def body(response: Response) -> Any:
    return json.loads(response.body)


@given(st.floats(0, 60_000), st.floats(0, 60_000), st.integers(1, 10_000))
def test_even_latencies_lie_between_their_bounds_whichever_comes_first(
    one: float, other: float, call: int
) -> None:
    made = fault("latency", uniform_ms=[one, other])
    assert isinstance(made, Latency)
    assert min(one, other) <= made.milliseconds(Draw(SeededRandom(2), "r", call)) <= max(one, other)


@given(st.floats(0, 60_000), st.floats(0, 5), st.floats(0, 60_000), st.integers(1, 10_000))
def test_no_lognormal_latency_is_above_its_cap(median: float, sigma: float, cap: float, call: int) -> None:
    made = fault("latency", lognormal={"median_ms": median, "sigma": sigma, "cap_ms": cap})
    assert isinstance(made, Latency)
    assert 0 <= made.milliseconds(Draw(SeededRandom(2), "r", call)) <= cap


def test_half_of_lognormal_latencies_lie_below_the_median_and_a_sixth_a_sigma_above() -> None:
    made = fault("latency", lognormal={"median_ms": 100, "sigma": 0.5, "cap_ms": 60_000})
    assert isinstance(made, Latency)
    values = [made.milliseconds(Draw(SeededRandom(4), "r", call)) for call in range(4000)]
    assert 1850 < sum(value < 100 for value in values) < 2150
    assert 540 < sum(value > 164.87 for value in values) < 730


def test_latencies_add_up() -> None:
    once = spoilt("latency", reply(), fixed_ms=250)
    assert spoilt("latency", once, fixed_ms=500).delivery.wait == pytest.approx(0.75)


def test_a_reset_has_no_reply_and_a_proxys_page_is_html() -> None:
    assert Reset().answer(RuleCount(), NOW).delivery.reset
    page = HtmlPage(504).answer(RuleCount(), NOW)
    assert page.status == 504
    assert page.headers["Content-Type"].startswith("text/html")
    assert b"504 Gateway Timeout" in page.body


@given(
    st.binary(min_size=1, max_size=200),
    st.one_of(
        st.fixed_dictionaries({"bytes": st.integers(0, 300)}),
        st.fixed_dictionaries({"fraction": st.floats(0, 1)}),
        st.just({}),
    ),
)
def test_a_truncated_body_always_lacks_something(content: bytes, arguments: dict[str, Any]) -> None:
    whole = Response(200, {"Content-Type": "text/plain"}, content)
    cut = spoilt("truncate", whole, **arguments).delivery.cut
    assert cut is not None
    assert 0 <= cut < len(content)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("truncate", {}),
        ("slow_body", {"bytes_per_second": 10}),
        ("invalid_json", {}),
        ("missing_member", {}),
        ("wrong_content_type", {}),
    ],
)
def test_a_reply_without_a_body_stays_as_it_is(kind: str, arguments: dict[str, Any]) -> None:
    empty = Response(204, {})
    assert spoilt(kind, empty, **arguments) is empty


def test_a_slow_body_has_a_pace() -> None:
    assert spoilt("slow_body", reply(), bytes_per_second=64).delivery.pace == 64


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(JSON, st.integers(0, 500))
def test_invalid_json_is_never_json(value: Any, call: int) -> None:
    broken = spoilt("invalid_json", reply(value), draw=Draw(SeededRandom(1), "r", call)).body
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)


def test_what_is_no_json_is_not_made_invalid_json() -> None:
    text = Response(200, {"Content-Type": "text/csv"}, b"a,b")
    assert spoilt("invalid_json", text) is text


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("missing_member", {"note": None, "status": "done", "tags": ["x"]}),
        ("unknown_enum", None),
        ("null_member", None),
        ("wrong_type", None),
    ],
)
def test_a_defect_without_a_place_breaks_the_contract_and_one_place_only(kind: str, changed: Any) -> None:
    made = body(spoilt(kind, reply()))
    assert declared().breaks(made)
    assert made != BODY
    if changed is not None:
        assert made["data"] == [changed]


def test_an_unknown_value_stands_where_the_schema_has_a_list() -> None:
    made = body(spoilt("unknown_enum", reply()))
    assert made["data"][0]["status"].startswith("unknown_")
    assert {**made["data"][0], "status": "done"} == BODY["data"][0]


@pytest.mark.parametrize(
    ("kind", "pointer", "at"),
    [
        ("missing_member", "/data/0/note", {"id": "a", "status": "done", "tags": ["x"]}),
        ("null_member", "/data/0/id", {"note": None, "id": None, "status": "done", "tags": ["x"]}),
        ("missing_member", "/data/0/tags/0", {"note": None, "id": "a", "status": "done", "tags": []}),
    ],
)
def test_a_defect_with_a_place_stands_there(kind: str, pointer: str, at: Any) -> None:
    assert body(spoilt(kind, reply(), pointer=pointer))["data"] == [at]


@pytest.mark.parametrize(
    "pointer", ["/nothing", "/data/1", "/data/x", "/total/0", "/data/-1", "/data/\u0660"]
)
def test_a_place_that_is_not_there_leaves_the_reply_alone(pointer: str) -> None:
    whole = reply()
    assert spoilt("null_member", whole, pointer=pointer) is whole


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, None, [1], {"a": 1}])
def test_a_wrong_type_is_another_type(value: Any) -> None:
    made = body(spoilt("wrong_type", reply({"it": value}), pointer="/it"))["it"]
    assert type(made) is not type(value)


def test_an_extra_member_goes_where_the_contract_refuses_it() -> None:
    closed = {"type": "object", "properties": {"in": {"type": "object", "additionalProperties": False}}}
    assert set(body(spoilt("extra_member", reply({"in": {}}), declared(closed)))["in"]) == {
        "undeclared_member"
    }


def test_an_extra_member_goes_into_the_first_object_where_all_are_welcome() -> None:
    made = body(spoilt("extra_member", reply([1, {"a": 1}]), declared({})))
    assert set(made[1]) == {"a", "undeclared_member"}


def test_where_the_contract_allows_everything_no_other_defect_is_made_up() -> None:
    whole = reply({"a": 1})
    assert spoilt("missing_member", whole, declared({})) is whole


@given(st.integers(1, 200))
def test_a_wrong_status_is_of_the_same_hundred_and_not_declared(call: int) -> None:
    by = declared(LIST, "200", "201", "202")
    status = spoilt("wrong_status", reply(), by, draw=Draw(SeededRandom(1), "r", call)).status
    assert status // 100 == 2
    assert status not in {200, 201, 202, 204, 205}


def test_a_wrong_status_or_content_type_can_be_named() -> None:
    assert spoilt("wrong_status", reply(), status=418).status == 418
    named = spoilt("wrong_content_type", reply(), content_type="text/plain")
    assert named.headers["Content-Type"] == "text/plain"
    assert named.body == reply().body


@given(
    st.sampled_from(["wrong_type", "unknown_enum", "invalid_json", "extra_member", "wrong_status"]),
    st.integers(0, 99),
)
def test_equal_seeds_spoil_equally(kind: str, seed: int) -> None:
    twice = [spoilt(kind, reply(), draw=Draw(SeededRandom(seed), "r", 3)) for _ in range(2)]
    assert twice[0] == twice[1]
