"""Patchworks' requirements: the mock and others pass; each defect breaks its own requirement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.checks import listing_query
from contract_tests.vendors import patchworks
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    assert_named,
    data,
    not_passed,
    refuses,
    requirements_of,
)

REQUIRED = requirements_of("patchworks", patchworks)
CONNECTORS = "/connectors"
LIST, SHOW = "listConnectors.listing", "showConnector.listing"


def linked(change: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]) -> Defect:
    """The links of a page are what `change` makes of them and of its meta."""
    return answers("GET", CONNECTORS, lambda body, _: {**body, "links": change(body["links"], body["meta"])})


def repeats_itself(links: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    return {**links, "next": links["next"] and f"{meta['path']}?page={meta['current_page']}"}


def ends_early(links: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    del meta
    return {**links, "next": None}


def short_last(links: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    return {**links, "last": f"{meta['path']}?page=1"}


def leads_elsewhere(links: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    return {**links, "next": links["next"] and f"{meta['path']}?page={meta['current_page'] + 1}&per_page=1"}


def bare(links: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    pages = {"next": meta["current_page"] + 1}
    return {
        name: value and f"{meta['path']}?page={pages[name]}" if name in pages else value
        for name, value in links.items()
    }


def records(asked: Asked, answer: Answer, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """The answer to a read or a list with its connectors changed."""
    if asked.method != "GET" or not answer.ok:
        return answer
    held = answer.json["data"]
    return answer.with_json(
        {**answer.json, "data": [change(one) for one in held] if isinstance(held, list) else change(held)}
    )


def includes_only_on_the_first_page(asked: Asked, serve: Serve) -> Answer:
    """Later pages omit the included relations."""
    return serve(asked.with_query(include=None) if asked.query.get("page", "1") != "1" else asked)


def filters_find_more(asked: Asked, serve: Serve) -> Answer:
    """Several filters together offer alternatives, other people's connectors among them."""
    if not any(name.startswith("filter") for name in asked.query):
        return serve(asked)
    answer = serve(replace(asked, query={}))
    return answer.with_json({**answer.json, "meta": {**answer.json["meta"], "total": 9000}})


def last_include_wins(asked: Asked, serve: Serve) -> Answer:
    """Of several includes inside one record only the last is there."""
    names = asked.query.get("include", "").split(",")
    return serve(asked.with_query(include=names[-1]) if len(names) > 5 else asked)


def empty_means_all(asked: Asked, serve: Serve) -> Answer:
    """An empty include includes."""
    return serve(asked.with_query(include="variables") if asked.query.get("include") == "" else asked)


def one_relation_for_all(asked: Asked, serve: Serve) -> Answer:
    """Every connector shows the implementation with the id 6."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        shown = one.get("authentication_implementation")
        return {**one, "authentication_implementation": {**shown, "id": 6}} if shown else one

    return records(asked, serve(asked), change)


def new_ones_lack_theirs(asked: Asked, serve: Serve) -> Answer:
    """The relation of whatever was just made is null."""
    answer = serve(asked)
    return records(
        asked,
        answer,
        lambda one: {**one, "authentication_implementation": None} if int(one["id"]) > 40 else one,
    )


def always_minutes(asked: Asked, serve: Serve) -> Answer:
    """A unit other than the first is not kept."""
    if asked.method == "PUT" and "rate_limit_unit" in asked.json:
        return serve(asked.with_json({**asked.json, "rate_limit_unit": "minute"}))
    return serve(asked)


def loses_variables() -> Defect:
    """An update deletes the members it does not send."""
    updated: set[str] = set()

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.method == "PUT":
            updated.add(asked.path)
        answer = serve(asked)
        if asked.path in updated and asked.method == "GET" and "variables" in asked.query.get("include", ""):
            return records(asked, answer, lambda one: {**one, "variables": []})
        return answer

    return defect


def renames_what_it_tests(asked: Asked, serve: Serve) -> Answer:
    """A test changes the name."""
    if asked.on("POST", "/test"):
        path = asked.path.removesuffix("/test")
        body = replace(asked.with_json({"name": "tested"}), method="PUT", path=path)
        serve(replace(body, environ={**asked.environ, "CONTENT_TYPE": "application/json"}))
    return serve(asked)


def forgets_variables_of_what_it_tests() -> Defect:
    """A connector that was tested has no variables any more."""
    tested: set[str] = set()

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.on("POST", "/test"):
            tested.add(asked.path.removesuffix("/test"))
        answer = serve(asked)
        if asked.path in tested and "include" in asked.query:
            return records(asked, answer, lambda one: {**one, "variables": []})
        return answer

    return defect


def plain(defect: Defect) -> Callable[[], Defect]:
    """A stateless defect."""
    return lambda: defect


PLANTED = [
    (f"{LIST}.links", plain(linked(repeats_itself))),
    (f"{LIST}.links", plain(linked(ends_early))),
    (f"{LIST}.links", plain(linked(short_last))),
    (f"{LIST}.links", plain(linked(leads_elsewhere))),
    (f"{LIST}.include.every-page", plain(includes_only_on_the_first_page)),
    (f"{LIST}.filter.together", plain(filters_find_more)),
    (
        f"{LIST}.filter.together",
        plain(refuses("GET", CONNECTORS, 404, when=lambda asked: "filter[system]" in asked.query)),
    ),
    (f"{LIST}.include.all-at-once", plain(last_include_wins)),
    (f"{SHOW}.include.all-at-once", plain(last_include_wins)),
    (f"{LIST}.include.empty", plain(empty_means_all)),
    (f"{SHOW}.include.empty", plain(empty_means_all)),
    (f"{LIST}.include.related", plain(one_relation_for_all)),
    (f"{SHOW}.include.related", plain(one_relation_for_all)),
    (f"{SHOW}.include.related", plain(new_ones_lack_theirs)),
    (
        "storeConnector.lifecycle.nulls",
        plain(
            refuses("POST", CONNECTORS, 422, when=lambda asked: asked.json.get("certificate_id", "") is None)
        ),
    ),
    ("storeConnector.lifecycle.nulls", plain(answers("POST", CONNECTORS, data(connection_pool_id=7)))),
    ("updateConnector.lifecycle.units", plain(always_minutes)),
    ("updateConnector.lifecycle.keeps-variables", loses_variables),
    ("testConnector.lifecycle.changes-nothing", plain(renames_what_it_tests)),
    ("testConnector.lifecycle.changes-nothing", forgets_variables_of_what_it_tests),
]


def created_with_text_ids(asked: Asked, serve: Serve) -> Answer:
    """201 for a creation, and ids as texts."""
    answer = serve(asked)
    if asked.on("POST", CONNECTORS) and answer.ok:
        made = answer.json["data"]
        return replace(answer.with_json({"data": {**made, "id": str(made["id"])}}), status=201)
    return records(asked, answer, lambda one: {**one, "id": str(one["id"])})


def refuses_filters(asked: Asked, serve: Serve) -> Answer:
    """No filter is known."""
    if any(name.startswith("filter") for name in asked.query):
        return Answer(400, {"Content-Type": "application/json"}, b'{"message": "not allowed"}')
    return serve(asked)


def sorts_by_code_point(asked: Asked, serve: Serve) -> Answer:
    """Capitals come before small letters."""
    answer = serve(asked)
    order, size = asked.query.get("sort", ""), int(asked.query.get("per_page", "15"))
    if not order or not asked.on("GET", CONNECTORS) or not answer.ok:
        return answer
    whole = serve(asked.with_query(page="1", per_page="100")).json["data"]
    whole.sort(key=lambda one: one["name"], reverse=order.startswith("-"))
    start = (int(asked.query.get("page", "1")) - 1) * size
    return answer.with_json({**answer.json, "data": whole[start : start + size]})


FAITHFUL = [
    linked(bare),
    created_with_text_ids,
    refuses_filters,
    refuses("POST", "/test", 502),
]


def test_the_mock_passes() -> None:
    assert not not_passed("patchworks", REQUIRED.values())


@pytest.mark.parametrize("variant", FAITHFUL)
def test_another_conforming_service_passes(variant: Defect) -> None:
    assert not not_passed("patchworks", REQUIRED.values(), variant)


def test_names_may_be_sorted_by_another_collation() -> None:
    everything = requirements_of("patchworks", listing_query)
    sorting = [one for name, one in everything.items() if ".sort." in name]

    assert sorting
    assert not not_passed("patchworks", sorting, sorts_by_code_point)


@pytest.mark.parametrize(("requirement", "make"), PLANTED)
def test_a_planted_defect_is_named(requirement: str, make: Callable[[], Defect]) -> None:
    assert_named("patchworks", REQUIRED[requirement], make())


def test_every_requirement_has_a_defect() -> None:
    assert {name for name, _ in PLANTED} == set(REQUIRED)
