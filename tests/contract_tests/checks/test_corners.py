"""Defects in corners, planted in the mocks: with a rare query or body, after a rename, on a late page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.checks import (
    authentication,
    authorization,
    includes,
    lifecycle,
    lifecycle_delete,
    listing_query,
    validation,
)
from contract_tests.evidence.levels import Level
from tests.contract_tests.playing import Answer, Asked, Defect, Serve, judged, not_passed, requirements_of

REQUIRED = {
    "patchworks": requirements_of(
        "patchworks", authentication, authorization, includes, lifecycle, lifecycle_delete, listing_query
    ),
    "hydracore": requirements_of("hydracore", lifecycle, lifecycle_delete, validation),
}


def lets_in(when: Callable[[Asked], bool]) -> Callable[[], Defect]:
    """Some requests need no valid credential."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        return replace(answer, status=200) if answer.status == 401 and when(asked) else answer

    return lambda: defect


def with_a_sort(asked: Asked) -> bool:
    return "sort" in asked.query


def with_nothing(asked: Asked) -> bool:
    return asked.body in (b"", b"{}")


def sorts_by_first_name() -> Defect:
    """A list is in the order of the names that connectors were made with."""
    first: dict[Any, str] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.method == "POST" and answer.ok and answer.content:
            first[answer.json["data"]["id"]] = answer.json["data"]["name"]
        order, size = asked.query.get("sort", ""), int(asked.query.get("per_page", "15"))
        if not order or not answer.ok:
            return answer
        whole = serve(asked.with_query(page="1", per_page="100")).json["data"]
        whole.sort(key=lambda one: first.get(one["id"], one["name"]).lower(), reverse=order.startswith("-"))
        start = (int(asked.query.get("page", "1")) - 1) * size
        return answer.with_json({**answer.json, "data": whole[start : start + size]})

    return defect


def filters_each_page() -> Defect:
    """Connectors show their key, and a filter by it drops items of pages that were cut before."""
    name = "filter[canonical_key]"

    def defect(asked: Asked, serve: Serve) -> Answer:
        page = serve(asked.with_query(**{name: None}))
        if not asked.on("GET", "/connectors") or not page.ok:
            return page
        shown = [{**each, "canonical_key": f"key-{each['id']}"} for each in page.json["data"]]
        kept = [
            each for each in shown if asked.query.get(name, each["canonical_key"]) == each["canonical_key"]
        ]
        return page.with_json({**page.json, "data": kept})

    return defect


def stores_before_it_looks_at_variables() -> Defect:
    """A creation that is refused for its variables has made a connector."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.method == "POST" and answer.status == 422 and "variables" in asked.json:
            body = {name: value for name, value in asked.json.items() if name != "variables"}
            serve(asked.with_json(body))
        return answer

    return defect


def counts_what_is_gone() -> Defect:
    """The total of a list counts the deleted ones."""
    gone: set[str] = set()

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.method == "DELETE" and answer.ok and "/grants/" not in asked.path:
            gone.add(asked.path)
        if not asked.on("GET", "/connections") or not answer.ok:
            return answer
        return answer.with_json({**answer.json, "total": answer.json["total"] + len(gone)})

    return defect


def repeats_the_last_answer() -> Defect:
    """A creation with the body of the one before is answered as that one was."""
    last: dict[bytes, Answer] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        if not asked.on("POST", "/connections"):
            return serve(asked)
        answer = last.get(asked.body) or serve(asked)
        last.clear()
        last[asked.body] = answer
        return answer

    return defect


def moves_to_the_customer_of_the_body(asked: Asked, serve: Serve) -> Answer:
    """A connection belongs to the customer that its body names, if it names one."""
    owner = asked.json.get("customer_id") if asked.on("POST", "/connections") and asked.body else None
    if not isinstance(owner, str):
        return serve(asked)
    return serve(replace(asked, path=f"/v1/customers/{owner}/connections"))


def moves_to_the_company_of_the_body() -> Defect:
    """A connector whose update names a company is gone."""
    moved: set[str] = set()

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.method == "PUT" and "company" in (asked.json or {}):
            moved.add(asked.path)
        if asked.method == "GET" and asked.path in moved:
            return Answer(404, {"Content-Type": "application/json"}, b'{"message": "Not found."}')
        return serve(asked)

    return defect


def counts_no_certificate(asked: Asked, serve: Serve) -> Answer:
    """Every connector has no certificate by its count, beside the one that it shows."""
    answer = serve(asked)
    if asked.method != "GET" or "certificate_count" not in asked.query.get("include", ""):
        return answer
    data = answer.json["data"]
    records = [{**each, "certificate_count": 0} for each in (data if isinstance(data, list) else [data])]
    return answer.with_json({**answer.json, "data": records if isinstance(data, list) else records[0]})


def drops_other_types(asked: Asked, serve: Serve) -> Answer:
    """A member that is no text is left out, as by frameworks that permit plain values alone."""
    if asked.on("POST", "/connections") and isinstance(asked.json, dict):
        sent = asked.json
        kept = {name: value for name, value in sent.items() if name != "auth_type" or isinstance(value, str)}
        return serve(asked.with_json(kept))
    return serve(asked)


PLANTED: list[tuple[str, str, Callable[[], Defect]]] = [
    (
        "patchworks",
        "listConnectors.authentication.no-credential",
        lets_in(lambda asked: "sort" in asked.query),
    ),
    (
        "patchworks",
        "updateConnector.authentication.no-credential",
        lets_in(lambda asked: asked.body == b"{}"),
    ),
    ("patchworks", "storeConnector.authentication.unknown-credential", lets_in(lambda asked: not asked.body)),
    ("patchworks", "listConnectors.listing.sort.name", sorts_by_first_name),
    ("patchworks", "listConnectors.listing.filter.filter[canonical_key]", filters_each_page),
    ("patchworks", "storeConnector.lifecycle.refused-leaves-nothing", stores_before_it_looks_at_variables),
    ("hydracore", "deleteConnection.lifecycle.not-counted", counts_what_is_gone),
    ("hydracore", "createConnection.lifecycle.in-place", lambda: moves_to_the_customer_of_the_body),
    ("patchworks", "listConnectors.listing.include.certificate.counted", lambda: counts_no_certificate),
    ("patchworks", "storeConnector.lifecycle.in-place", moves_to_the_company_of_the_body),
]


def test_the_mocks_pass() -> None:
    for contract, name in dict.fromkeys((contract, name) for contract, name, _ in PLANTED):
        assert not_passed(contract, [REQUIRED[contract][name]]) == []


@pytest.mark.parametrize(("contract", "requirement", "make"), PLANTED)
def test_a_planted_defect_breaks_a_must(contract: str, requirement: str, make: Callable[[], Defect]) -> None:
    (outcome,) = judged(contract, [REQUIRED[contract][requirement]], make())

    assert outcome.finding is not None, f"{outcome.verdict.value} {outcome.reason}"
    assert outcome.finding.level is Level.MUST


@pytest.mark.parametrize(
    ("requirement", "make"),
    [
        ("createConnection.lifecycle.twin", repeats_the_last_answer),
        ("createConnection.validation.body.auth_type.type", lambda: drops_other_types),
    ],
)
def test_another_reading_is_warned_of(requirement: str, make: Callable[[], Defect]) -> None:
    (outcome,) = judged("hydracore", [REQUIRED["hydracore"][requirement]], make())

    assert outcome.finding is not None, f"{outcome.verdict.value} {outcome.reason}"
    assert outcome.finding.level is Level.ASSUMED


def test_what_the_target_calls_foreign_is_so_to_credentials_without_a_scope() -> None:
    shown = REQUIRED["patchworks"]["showConnector.authorization.foreign"]

    (outcome,) = judged("patchworks", [shown], foreign={"connector": "2"})

    assert outcome.finding is not None, f"{outcome.verdict.value} {outcome.reason}"
    assert outcome.finding.level is Level.ASSUMED
