"""Aimable's providers: set up by their own schema, reset, and shown without what was stored."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from .conftest import Client

PROVIDERS = "/api-proxy/v1/admin/connector-providers"
OAUTH = {"client_id": "an-id", "client_secret": "canary-secret"}


@pytest.fixture
def providers(connect: Callable[[str, str], Client]) -> Client:
    return connect(PROVIDERS, "mock-aimable-admin")


def test_every_provider_is_listed_without_its_configuration(providers: Client) -> None:
    listed = providers.get().data
    assert len(listed) >= 12
    assert all("config" not in provider for provider in listed)


def test_a_setup_completes_a_provider_everywhere(providers: Client) -> None:
    before = providers.send("DELETE", "/google-workspace/setup").data
    set_up = providers.send("POST", "/google-workspace/setup", OAUTH)
    shown = providers.get("/google-workspace").data
    assert (set_up.status, set_up.data, shown["setup_complete"]) == (200, shown, True)
    assert shown["updated_at"] > before["updated_at"]
    assert shown in providers.get().data


def test_a_setup_is_never_echoed(providers: Client) -> None:
    answers = [
        providers.send("POST", "/google-workspace/setup", OAUTH),
        providers.get(),
        providers.send("POST", "/google-workspace/setup", {"client_secret": "canary-secret"}),
    ]
    assert "canary-secret" not in json.dumps([answer.body for answer in answers])


@pytest.mark.parametrize(
    ("body", "loc", "type_"),
    [
        ({"client_id": "an-id"}, ["body", "client_secret"], "missing"),
        ({**OAUTH, "client_id": 5}, ["body", "client_id"], "string_type"),
    ],
)
def test_a_setup_that_violates_the_providers_schema_is_refused(
    providers: Client, body: object, loc: list[str], type_: str
) -> None:
    providers.send("DELETE", "/google-workspace/setup")
    refused = providers.send("POST", "/google-workspace/setup", body)
    assert refused.status == 422
    assert [(fault["loc"], fault["type"]) for fault in refused.body["detail"]] == [(loc, type_)]
    assert providers.get("/google-workspace").data["setup_complete"] is False


def test_each_provider_requires_the_members_of_its_own_schema(providers: Client) -> None:
    for provider in providers.get().data:
        refused = providers.send("POST", f"/{provider['provider_slug']}/setup", {})
        missing = {fault["loc"][-1] for fault in refused.body["detail"]}
        assert missing == set(provider["config_schema"])


def test_a_setup_may_have_additional_members(providers: Client) -> None:
    assert providers.send("POST", "/google-workspace/setup", {**OAUTH, "note": {"a": 1}}).status == 200


def test_setup_and_reset_may_be_repeated(providers: Client) -> None:
    steps = [("POST", OAUTH), ("POST", OAUTH), ("DELETE", None), ("DELETE", None)]
    answers = [providers.send(method, "/github/setup", body) for method, body in steps]
    assert [answer.status for answer in answers[2:]] == [200, 200]
    assert answers[2].body == answers[3].body


def test_an_unknown_slug_is_not_found_and_a_malformed_one_invalid(providers: Client) -> None:
    assert providers.get("/no-such-provider").status == 404
    assert providers.get("/Not*A*Slug").status == 422


def test_a_member_of_a_space_administers_no_provider(providers: Client) -> None:
    assert providers.as_("mock-aimable-member").get().status == 403


def test_the_earlier_description_shows_the_same_records_and_takes_any_setup(
    providers: Client, connect: Callable[[str, str], Client]
) -> None:
    earlier = Client(providers.engine, "/v1/admin/connector-providers")
    providers.send("DELETE", "/google-workspace/setup")
    assert earlier.send("POST", "/google-workspace/setup", {"anything": "canary-secret"}).status == 200
    assert providers.get("/google-workspace").data["setup_complete"] is True
    shown = earlier.get()
    assert shown.data == providers.get().data
    assert "canary-secret" not in json.dumps(shown.body)
    assert earlier.send("DELETE", "/google-workspace/setup").data["setup_complete"] is False
