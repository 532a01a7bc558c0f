"""Operations that require credentials of several schemes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, broken, document, judged, operation

SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "query", "name": "key"},
}
DOCUMENT = document(
    {"/report": {"get": operation("report", 200, 401, security=[{"token": [], "key": []}])}},
    components={"securitySchemes": SCHEMES},
)
TOKEN: dict[str, Any] = {"scheme": "token", "value": "the-token-of-a-member"}
KEY: dict[str, Any] = {"scheme": "key", "value": "the-key-of-a-tenant"}


def both(call: Call) -> Answer:
    has_token = call.authorization == f"Bearer {TOKEN['value']}"
    return (200, {}) if has_token and dict(call.query).get("key") == KEY["value"] else (401, {})


def test_both_are_sent_and_an_honest_server_is_left_alone(tmp_path: Path) -> None:
    outcomes = judged(tmp_path, DOCUMENT, Server(both), credentials={"member": TOKEN, "tenant": KEY})

    assert outcomes["report.examples.success"].verdict is Verdict.PASSED
    assert not broken(outcomes)


def test_a_server_that_lets_any_caller_in_is_named(tmp_path: Path) -> None:
    server = Server(lambda _: (200, {}))
    outcomes = judged(tmp_path, DOCUMENT, server, credentials={"member": TOKEN, "tenant": KEY})

    assert any(name.startswith("report.authentication.") for name in broken_names(outcomes))


def broken_names(outcomes: Any) -> list[str]:
    return [name for name, outcome in outcomes.items() if outcome.finding is not None]


def test_without_one_of_them_the_operation_is_skipped(tmp_path: Path) -> None:
    outcomes = judged(tmp_path, DOCUMENT, Server(both), credentials={"member": TOKEN})

    skipped = outcomes["report.examples.success"]
    assert skipped.verdict is Verdict.SKIPPED
    assert "no credential that may call report" in (skipped.reason or "")


@pytest.mark.parametrize("scheme", ["token", "key"])
def test_a_server_that_needs_only_one_of_them_breaks_the_document(tmp_path: Path, scheme: str) -> None:
    def one(call: Call) -> Answer:
        has_token = call.authorization == f"Bearer {TOKEN['value']}"
        has_key = dict(call.query).get("key") == KEY["value"]
        is_let_in = has_token if scheme == "token" else has_key
        return (200, {}) if is_let_in else (401, {})

    outcomes = judged(tmp_path, DOCUMENT, Server(one), credentials={"member": TOKEN, "tenant": KEY})

    failed = [name for name, outcome in outcomes.items() if outcome.verdict is Verdict.FAILED]
    assert failed == [f"report.authentication.alone.{scheme}"]


def test_an_alternative_that_is_enough_may_be_sent_alone(tmp_path: Path) -> None:
    security = [{"token": [], "key": []}, {"token": []}]
    paths = {"/report": {"get": operation("report", 200, 401, security=security)}}
    spec = document(paths, components={"securitySchemes": SCHEMES})

    def token(call: Call) -> Answer:
        return (200, {}) if call.authorization == f"Bearer {TOKEN['value']}" else (401, {})

    outcomes = judged(tmp_path, spec, Server(token), credentials={"member": TOKEN, "tenant": KEY})

    assert "report.authentication.alone.token" not in outcomes
    assert outcomes["report.examples.success"].verdict is Verdict.PASSED


def test_a_credential_without_the_role_may_pass_as_one_of_another_scheme_in_the_same_header(
    tmp_path: Path,
) -> None:
    schemes = {"token": SCHEMES["token"], "other": SCHEMES["token"]}
    paths = {"/report": {"get": operation("report", 200, 401, security=[{"token": ["read"]}, {"other": []}])}}
    spec = document(paths, components={"securitySchemes": schemes})
    credentials = {
        "reader": {**TOKEN, "roles": ["read"]},
        "guest": {**TOKEN, "value": "the-token-of-a-guest"},
    }

    def known(call: Call) -> Answer:
        is_known = call.authorization.removeprefix("Bearer ") in {
            each["value"] for each in credentials.values()
        }
        return (200, {}) if is_known else (401, {})

    assert not broken(judged(tmp_path, spec, Server(known), credentials=credentials))


def test_what_an_invented_user_made_is_deleted_where_none_else_may_know_that_it_is_there(
    tmp_path: Path,
) -> None:
    boxes: dict[str, str] = {}

    def answer(call: Call) -> Answer:
        user = call.authorization
        if not user.startswith("Basic ") or user == "Basic":
            return 401, {"message": "sign in"}
        if call.method == "POST":
            key = f"box-{len(server.calls)}"
            boxes[key] = user
            return 201, {"id": key}
        if boxes.get(call.parts[-1]) != user:
            return 403, {"message": "no"}
        if call.method == "DELETE":
            return 204, boxes.pop(call.parts[-1]) and None
        return 200, {"id": call.parts[-1]}

    server = Server(answer)
    box = {"type": "object", "properties": {"id": {"type": "string"}}}
    secured: dict[str, Any] = {"security": [{"basic": []}]}
    paths = {
        "/boxes": {"post": operation("make", 201, 401, answer=box, **secured)},
        "/boxes/{id}": {
            "get": operation("read", 200, 401, 403, answer=box, path="id", **secured),
            "delete": operation("drop", 204, 401, 403, path="id", **secured),
        },
    }
    spec = document(paths, components={"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}})
    credentials = {"me": {"scheme": "basic", "value": "me:secret"}}
    outcomes = judged(tmp_path, spec, server, credentials=credentials)
    made_up = outcomes["make.authentication.unknown-credential"]
    assert (broken(outcomes), made_up.verdict, boxes) == ([], Verdict.INCONCLUSIVE, {})
