"""Patchworks' connectors listed the Laravel way: pages, filters, sorts, and relations inside."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import Client


@pytest.fixture
def connectors(connect: Callable[[str, str], Client]) -> Client:
    return connect("/api/v1/connectors", "mock-patchworks-admin")


def test_pages_walk_the_whole_list_once(connectors: Client) -> None:
    seen: list[int] = []
    page = connectors.get(per_page=7)
    last = page.body["meta"]["last_page"]
    for number in range(1, last + 1):
        page = connectors.get(per_page=7, page=number)
        assert page.body["meta"]["current_page"] == number
        assert page.body["meta"]["from"] == len(seen) + 1
        seen += [record["id"] for record in page.data]
        assert page.body["meta"]["to"] == len(seen)
    assert len(set(seen)) == len(seen) == page.body["meta"]["total"] == 40
    assert page.body["links"]["next"] is None


def test_links_keep_the_rest_of_the_query(connectors: Client) -> None:
    links = connectors.get(per_page=2, page=2, sort="-name", **{"filter[system]": "2"}).body["links"]
    assert all(links.values())
    asked = parse_qs(urlsplit(links["next"]).query)
    assert asked == {"per_page": ["2"], "page": ["3"], "sort": ["-name"], "filter[system]": ["2"]}
    assert parse_qs(urlsplit(links["prev"]).query)["page"] == ["1"]


@pytest.mark.parametrize(
    ("query", "page", "size"),
    [
        ({}, 1, 15),
        ({"page": "0", "per_page": "0"}, 1, 1),
        ({"page": "-3", "per_page": "1000"}, 1, 100),
        ({"page": "abc", "per_page": "abc"}, 1, 15),
        ({"page": "9" * 30, "per_page": "2"}, 1, 2),
    ],
)
def test_invalid_page_numbers_are_corrected(
    connectors: Client, query: dict[str, str], page: int, size: int
) -> None:
    meta = connectors.get(**query).body["meta"]
    assert (meta["current_page"], meta["per_page"]) == (page, size)


def test_a_page_beyond_the_last_is_empty(connectors: Client) -> None:
    beyond = connectors.get(page=99)
    assert (beyond.status, beyond.data) == (200, [])
    assert (beyond.body["meta"]["from"], beyond.body["meta"]["to"]) == (None, None)


def test_names_sort_alike_in_both_cases_and_both_ways(connectors: Client) -> None:
    up = [record["name"] for record in connectors.get(sort="name", per_page=100).data]
    down = [record["name"] for record in connectors.get(sort="-name", per_page=100).data]
    assert up == sorted(up, key=str.casefold)
    assert [name.casefold() for name in down] == [name.casefold() for name in reversed(up)]


def test_filters_narrow_the_list_together(connectors: Client) -> None:
    of_system = connectors.get(per_page=100, **{"filter[system]": "2"}).data
    of_both = connectors.get(per_page=100, **{"filter[system]": "1,2"}).data
    narrowed = connectors.get(**{"filter[system]": "2", "filter[canonical_key]": "ledgerline-mtls"}).data
    nothing = connectors.get(**{"filter[forSession]": "no-such-session"}).data
    assert 0 < len(narrowed) < len(of_system) < len(of_both) < 40
    assert nothing == []


def test_every_filter_finds_what_it_names(connectors: Client) -> None:
    for name, member in [
        ("canonical_key", "canonical_key"),
        ("forSystemTemplate", "system_template_id"),
        ("system_template_id", "system_template_id"),
        ("forSession", "session_id"),
        ("platformSession", "platform_session"),
    ]:
        with connectors.engine.world().store.transaction() as state:
            rows = [record for record in state.find("patchworks/connectors") if record[member] is not None]
        expected = [record["id"] for record in rows if record[member] == rows[0][member]]
        found = connectors.get(per_page=100, **{f"filter[{name}]": str(rows[0][member])}).data
        assert [record["id"] for record in found] == expected


@pytest.mark.parametrize(
    "query", [{"include": "nope"}, {"include": "variables,nope"}, {"sort": "id"}, {"filter[nope]": "1"}]
)
def test_unknown_filters_sorts_and_includes_are_bad_requests(
    connectors: Client, query: dict[str, str]
) -> None:
    refused = connectors.get(**query)
    assert (refused.status, list(refused.body)) == (400, ["message"])


def test_empty_and_unbracketed_parts_of_a_query_are_ignored(connectors: Client) -> None:
    everything = connectors.get().body["meta"]["total"]
    empty = ({"include": ""}, {"include": ",,"}, {"sort": ""}, {"filter[system]": ""})
    for query in (*empty, {"filter": "x"}, {"unknown": "1"}):
        assert connectors.get(**query).body["meta"]["total"] == everything


def test_relations_appear_only_when_included(connectors: Client) -> None:
    plain = connectors.get("/1").data
    included = connectors.get("/1", include="authenticationImplementation,certificate,variables").data
    assert set(included) - set(plain) == {"authentication_implementation", "certificate", "variables"}
    assert included["authentication_implementation"]["id"] == plain["authentication_implementation_id"]
    assert "system" not in included["authentication_implementation"]


def test_a_nested_include_embeds_its_parents_too(connectors: Client) -> None:
    of_implementation = ("system.logo", "endpoints.fieldTags")
    paths = ["certificate.user", *(f"authenticationImplementation.{path}" for path in of_implementation)]
    shown = connectors.get("/1", include=",".join(paths)).data
    assert shown["certificate"]["user"]["name"]
    assert shown["authentication_implementation"]["system"]["logo"]["url"]
    endpoints = shown["authentication_implementation"]["endpoints"]
    assert endpoints
    assert all(tag["name"] for endpoint in endpoints for tag in endpoint["field_tags"])
    assert "filters" not in endpoints[0]


IMPLEMENTATION = "authenticationImplementation"
DOCUMENTED_INCLUDES = [
    *(
        f"{name}{suffix}"
        for name in (IMPLEMENTATION, "variables", "certificate")
        for suffix in ("", "_count", "Exists")
    ),
    *(
        f"{IMPLEMENTATION}.{path}"
        for path in ("authenticationType", "system", "system.logo", "system.systemType")
    ),
    *(
        f"{IMPLEMENTATION}.endpoints{path}"
        for path in (
            "",
            ".filters",
            ".endpointSchema",
            ".system",
            ".system.logo",
            ".entityType",
            ".fieldTags",
            ".variables",
        )
    ),
    "certificate.user",
]


@pytest.mark.parametrize("include", DOCUMENTED_INCLUDES)
def test_every_documented_include_works_in_lists_and_alone(connectors: Client, include: str) -> None:
    plain = set(connectors.get("/1").data)
    (added,) = set(connectors.get("/1", include=include).data) - plain
    listed = connectors.get(include=include, per_page=100).data
    assert all(added in record for record in listed)


def test_counts_and_existence_come_without_the_relation(connectors: Client) -> None:
    shown = connectors.get(
        "/1", include="variables_count,certificateExists,authenticationImplementation_count"
    ).data
    variables = connectors.get("/1", include="variables").data["variables"]
    assert shown["variables_count"] == len(variables)
    assert shown["certificate_exists"] is True
    assert shown["authentication_implementation_count"] == 1
    assert not {"variables", "certificate", "authentication_implementation"} & set(shown)


def test_a_relation_without_a_record_is_null(connectors: Client) -> None:
    with connectors.engine.world().store.transaction() as state:
        bare = next(record["id"] for record in state.find("patchworks/connectors", {"certificate_id": None}))
    shown = connectors.get(f"/{bare}", include="certificate.user,certificateExists").data
    assert (shown["certificate"], shown["certificate_exists"]) == (None, False)


def test_includes_may_come_as_an_array(connectors: Client) -> None:
    shown = connectors.send(
        "GET", "/1", query=[("include[]", "variables"), ("include[]", "certificate")]
    ).data
    assert {"variables", "certificate"} <= set(shown)


def test_a_show_ignores_what_only_lists_need(connectors: Client) -> None:
    assert connectors.get("/1", sort="nope", page="0", **{"filter[nope]": "1"}).status == 200


def test_no_secret_of_the_fixtures_is_ever_shown(connectors: Client) -> None:
    everything = connectors.get(
        per_page=100,
        include="variables,certificate.user,authenticationImplementation.endpoints.variables",
    )
    with connectors.engine.world().store.transaction() as state:
        secrets = [record["value"] for record in state.find("patchworks/variables") if record["secret"]]
        secrets += [record["private_key"] for record in state.find("patchworks/certificates")]
    shown = json.dumps(everything.body)
    assert len(secrets) > 5
    assert not [secret for secret in secrets if secret and secret in shown]
