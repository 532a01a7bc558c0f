"""Patchworks: connectors with variables, references and relations, listed the Laravel way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import Answer, Client

BODY = {
    "name": "Warehouse feed",
    "authentication_implementation_id": 1,
    "timezone": "Europe/London",
    "date_format": "c",
    "rate_limit_unit": "minute",
    "rate_limit_duration": 60,
}
VARIABLE = {"key": "token", "label": "Token", "value": "canary-secret", "secret": True}


@pytest.fixture
def connectors(connect: Callable[[str, str], Client]) -> Client:
    return connect("/api/v1/connectors", "mock-patchworks-admin")


def store(connectors: Client, **members: Any) -> Answer:
    return connectors.send("POST", "", {**BODY, **members})


def test_a_stored_connector_reads_back(connectors: Client) -> None:
    stored = store(connectors, connection_pool_id=1, certificate_id="2", session_id="s-1")
    assert stored.status == 200
    assert BODY.items() <= stored.data.items()
    assert (stored.data["connection_pool_id"], stored.data["session_id"]) == (1, "s-1")
    assert connectors.get(f"/{stored.data['id']}").data == stored.data


def test_ids_go_on_after_the_seeded_ones_and_are_not_used_twice(connectors: Client) -> None:
    first = store(connectors).data["id"]
    connectors.send("DELETE", f"/{first}")
    assert first == 41
    assert store(connectors).data["id"] == 42


@pytest.mark.parametrize("implementation", [3, "3"])
def test_an_implementation_is_named_by_number_or_digits(connectors: Client, implementation: object) -> None:
    stored = store(connectors, authentication_implementation_id=implementation)
    assert stored.data["authentication_implementation_id"] == 3


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("authentication_implementation_id", 999),
        ("authentication_implementation_id", "abc"),
        ("connection_pool_id", 999),
        ("certificate_id", "999"),
        ("timezone", "Europe/Atlantis"),
        ("rate_limit_unit", "fortnight"),
        ("rate_limit_duration", "abc"),
    ],
)
def test_a_value_that_names_nothing_is_told_under_its_field(
    connectors: Client, member: str, value: object
) -> None:
    made = store(connectors).data["id"]
    for refused in (
        store(connectors, **{member: value}),
        connectors.send("PUT", f"/{made}", {member: value}),
    ):
        if member == "certificate_id" and refused.status == 200:
            continue
        assert refused.status == 422
        assert list(refused.body["errors"]) == [member]
    assert connectors.get(per_page=1).body["meta"]["total"] == 41


def test_two_connectors_may_share_a_name(connectors: Client) -> None:
    assert [store(connectors).status, store(connectors).status] == [200, 200]


def test_an_update_changes_what_is_sent_and_nothing_else(connectors: Client) -> None:
    before = store(connectors, connection_pool_id=1).data
    after = connectors.send("PUT", f"/{before['id']}", {"type": "source", "session_id": "x"}).data
    assert after == {**before, "type": "source", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


def test_null_takes_a_connector_out_of_its_pool(connectors: Client) -> None:
    made = store(connectors, connection_pool_id=1).data
    assert (
        connectors.send("PUT", f"/{made['id']}", {"connection_pool_id": None}).data["connection_pool_id"]
        is None
    )
    assert connectors.get(f"/{made['id']}").data["connection_pool_id"] is None


def test_variables_are_stored_with_their_connector_and_secrets_masked(connectors: Client) -> None:
    plain = {"key": "url", "label": "URL", "value": "https://a.example", "pivot": {"alias": "Address"}}
    made = store(connectors, variables=[VARIABLE, plain])
    shown = connectors.get(f"/{made.data['id']}", include="variables")
    assert "variables" not in made.data
    assert [one["key"] for one in shown.data["variables"]] == ["token", "url"]
    assert shown.data["variables"][1]["value"] == "https://a.example"
    assert shown.data["variables"][1]["pivot"]["alias"] == "Address"
    assert "canary-secret" not in json.dumps([made.body, shown.body])


def test_an_update_changes_variables_named_by_id_and_adds_the_others(connectors: Client) -> None:
    made = store(connectors, variables=[{"key": "a", "label": "A", "value": "1"}, {"key": "b", "label": "B"}])
    before = connectors.get(f"/{made.data['id']}", include="variables").data["variables"]
    sent = [
        {"id": str(before[0]["id"]), "value": "2", "pivot": {"required": True}},
        {"key": "c", "label": "C"},
    ]
    connectors.send("PUT", f"/{made.data['id']}", {"variables": sent})
    after = connectors.get(f"/{made.data['id']}", include="variables").data["variables"]
    assert [one["key"] for one in after] == ["a", "b", "c"]
    assert (after[0]["id"], after[0]["label"], after[0]["value"]) == (before[0]["id"], "A", "2")
    assert after[0]["pivot"] == {**before[0]["pivot"], "required": True}
    assert after[1] == before[1]


def test_a_variable_of_another_connector_cannot_be_changed(connectors: Client) -> None:
    made = store(connectors).data["id"]
    foreign = str(connectors.get("/1", include="variables").data["variables"][0]["id"])
    refused = connectors.send("PUT", f"/{made}", {"name": "x", "variables": [{"id": foreign, "value": "x"}]})
    assert (refused.status, list(refused.body["errors"])) == (422, ["variables.0.id"])
    assert connectors.get(f"/{made}").data["name"] == BODY["name"]


def test_a_destroyed_connector_is_gone(connectors: Client) -> None:
    made = store(connectors, variables=[VARIABLE]).data["id"]
    destroyed = connectors.send("DELETE", f"/{made}")
    assert (destroyed.status, list(destroyed.body)) == (200, ["message"])
    gone = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/test")]
    assert [connectors.send(method, f"/{made}{rest}", {}).status for method, rest in gone] == [404] * 4
    with connectors.engine.parts.store.transaction() as state:
        assert not list(state.find("patchworks/variables", {"connector_id": made}))


def test_a_connector_in_use_is_not_destroyed(connectors: Client) -> None:
    assert connectors.send("DELETE", "/1").status == 409
    assert connectors.get("/1").status == 200


def test_a_test_of_a_connector_says_nothing(connectors: Client) -> None:
    tested = connectors.send("POST", "/1/test")
    assert (tested.status, tested.body) == (200, None)


@pytest.mark.parametrize("connector", ["abc", "999", "1.0", "01", "-1"])
def test_what_is_no_id_of_a_connector_is_not_found_whatever_the_body(
    connectors: Client, connector: str
) -> None:
    assert connectors.get(f"/{connector}").status == 404
    assert connectors.send("PUT", f"/{connector}", {"rate_limit_duration": "abc"}).status == 404


def test_pages_walk_the_whole_list_once(connectors: Client) -> None:
    seen: list[int] = []
    page = connectors.get(per_page=7)
    last = page.body["meta"]["last_page"]
    for number in range(1, last + 1):
        page = connectors.get(per_page=7, page=number)
        assert page.body["meta"]["current_page"] == number
        assert page.body["meta"]["from"] == len(seen) + 1
        seen += [one["id"] for one in page.data]
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
def test_page_numbers_out_of_range_are_put_right(
    connectors: Client, query: dict[str, str], page: int, size: int
) -> None:
    meta = connectors.get(**query).body["meta"]
    assert (meta["current_page"], meta["per_page"]) == (page, size)


def test_a_page_beyond_the_last_is_empty(connectors: Client) -> None:
    beyond = connectors.get(page=99)
    assert (beyond.status, beyond.data) == (200, [])
    assert (beyond.body["meta"]["from"], beyond.body["meta"]["to"]) == (None, None)


def test_names_sort_alike_in_both_cases_and_both_ways(connectors: Client) -> None:
    up = [one["name"] for one in connectors.get(sort="name", per_page=100).data]
    down = [one["name"] for one in connectors.get(sort="-name", per_page=100).data]
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
        with connectors.engine.parts.store.transaction() as state:
            rows = [one for one in state.find("patchworks/connectors") if one[member] is not None]
        expected = [one["id"] for one in rows if one[member] == rows[0][member]]
        found = connectors.get(per_page=100, **{f"filter[{name}]": str(rows[0][member])}).data
        assert [one["id"] for one in found] == expected


@pytest.mark.parametrize(
    "query", [{"include": "nope"}, {"include": "variables,nope"}, {"sort": "id"}, {"filter[nope]": "1"}]
)
def test_what_is_not_on_offer_is_a_bad_request(connectors: Client, query: dict[str, str]) -> None:
    refused = connectors.get(**query)
    assert (refused.status, list(refused.body)) == (400, ["message"])


def test_empty_and_unbracketed_parts_of_a_query_are_ignored(connectors: Client) -> None:
    everything = connectors.get().body["meta"]["total"]
    for query in ({"include": ""}, {"include": ",,"}, {"filter": "x"}, {"sort": ""}, {"unknown": "1"}):
        assert connectors.get(**query).body["meta"]["total"] == everything


def test_relations_appear_only_when_included(connectors: Client) -> None:
    plain = connectors.get("/1").data
    included = connectors.get("/1", include="authenticationImplementation,certificate,variables").data
    assert set(included) - set(plain) == {"authentication_implementation", "certificate", "variables"}
    assert included["authentication_implementation"]["id"] == plain["authentication_implementation_id"]
    assert "system" not in included["authentication_implementation"]


def test_a_nested_include_brings_the_way_to_it(connectors: Client) -> None:
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
def test_every_documented_include_is_on_offer_in_lists_and_alone(connectors: Client, include: str) -> None:
    plain = set(connectors.get("/1").data)
    (added,) = set(connectors.get("/1", include=include).data) - plain
    listed = connectors.get(include=include, per_page=100).data
    assert all(added in one for one in listed)


def test_counts_and_existence_come_without_the_relation(connectors: Client) -> None:
    shown = connectors.get(
        "/1", include="variables_count,certificateExists,authenticationImplementation_count"
    ).data
    variables = connectors.get("/1", include="variables").data["variables"]
    assert shown["variables_count"] == len(variables)
    assert shown["certificate_exists"] is True
    assert shown["authentication_implementation_count"] == 1
    assert not {"variables", "certificate", "authentication_implementation"} & set(shown)


def test_a_relation_that_leads_nowhere_is_null(connectors: Client) -> None:
    made = store(connectors).data["id"]
    shown = connectors.get(f"/{made}", include="certificate.user,certificateExists,variables").data
    assert (shown["certificate"], shown["certificate_exists"], shown["variables"]) == (None, False, [])


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
    with connectors.engine.parts.store.transaction() as state:
        secrets = [one["value"] for one in state.find("patchworks/variables") if one["secret"]]
        secrets += [one["private_key"] for one in state.find("patchworks/certificates")]
    shown = json.dumps(everything.body)
    assert len(secrets) > 5
    assert not [secret for secret in secrets if secret and secret in shown]


def test_somebody_who_may_only_read_stores_nothing(connectors: Client) -> None:
    reader = connectors.as_("mock-patchworks-read-only")
    assert [reader.get().status, store(reader).status] == [200, 403]
