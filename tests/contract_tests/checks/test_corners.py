"""Defects in corners, planted in the mocks: with a rare query or body, after a rename, on a late page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.checks import authentication, lifecycle_delete, listing_query
from contract_tests.evidence.levels import Level
from tests.contract_tests.playing import Answer, Asked, Defect, Serve, judged, not_passed, requirements_of

REQUIRED = {
    "patchworks": requirements_of("patchworks", authentication, lifecycle_delete, listing_query),
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
]


def test_the_mocks_pass() -> None:
    for contract, name in dict.fromkeys((contract, name) for contract, name, _ in PLANTED):
        assert not_passed(contract, [REQUIRED[contract][name]]) == []


@pytest.mark.parametrize(("contract", "requirement", "make"), PLANTED)
def test_a_planted_defect_breaks_a_must(contract: str, requirement: str, make: Callable[[], Defect]) -> None:
    (outcome,) = judged(contract, [REQUIRED[contract][requirement]], make())

    assert outcome.finding is not None, f"{outcome.verdict.value} {outcome.reason}"
    assert outcome.finding.level is Level.MUST
