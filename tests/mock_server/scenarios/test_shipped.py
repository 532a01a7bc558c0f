"""The scenarios that come with the package: each loads, every list answers, each shows what it promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from mock_server.behaviours.keys import canonical_key
from mock_server.contract.operation import Operation
from mock_server.scenarios.scenarios import Scenarios
from mock_server.seeded_random import SeededRandom

from .conftest import SHIPPED, Visitor, played, server_context, shipped, visit

NAMES = [name for name, _ in shipped().known()]
ADMIN = {
    "aimable": "mock-aimable-admin",
    "hydracore": "mock-hydracore-admin",
    "patchworks": "mock-patchworks-admin",
}
MOST = 12
"""Addresses of one operation that are asked."""

SPACE = "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections"
ONBOARDING = f"{SPACE}/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
ARCHIVE = f"{SPACE}/2c63c405-9e6e-4072-80af-4b2d0c9d88e6/connectors"
ZURICH_SPACE = "/api-proxy/v1/spaces/58d4647f-9809-4071-a5a6-28aca1f816cd/collections"
ZURICH = f"{ZURICH_SPACE}/14d34b9d-47c4-41ae-8573-4609d91ba0eb/connectors"
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
DRIVE = f"{ONBOARDING}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"
IQM = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
NAKYMA = "/v1/customers/f0c9d1b2-7425-405e-8844-b446b2e0e471/connections"


def test_the_folder_holds_these() -> None:
    assert NAMES == [
        "default",
        "all-failing",
        "empty",
        "first-run",
        "large",
        "permissions",
        "rate-limited",
        "slow",
    ]
    assert all(about and not about.startswith("faulty") for _, about in shipped().known())


def lists() -> Iterator[tuple[str, Operation]]:
    for name, mounted in server_context().contracts.items():
        for id_, behaviour in mounted.behaviours.operations.items():
            if behaviour.action == "list":
                yield name, mounted.contract.operations[id_]


def addresses(contract: str, operation: Operation, scenario: str) -> Iterator[str]:
    """Every address the operation has in the scenario, the first ones where there are many."""
    mounted = server_context().contracts[contract]
    records = shipped().get(scenario).base.records
    scope = list(mounted.behaviours.operation(operation.id).scope.items())

    def below(at: int, path: str, found: dict[str, Any]) -> Iterator[str]:
        if at == len(scope):
            yield path
            return
        parameter, name = scope[at]
        collection = mounted.behaviours.collections[name]
        ties = {member: other for member, other in collection.parents.items() if other in found}
        ties |= {
            member: ref.collection for member, ref in collection.references.items() if ref.collection in found
        }
        for record in records[collection.storage].values():
            if all(
                canonical_key(record[member], collection) == found[other] for member, other in ties.items()
            ):
                key = str(record[collection.key])
                yield from below(at + 1, path.replace(f"{{{parameter}}}", key), {**found, name: key})

    return islice(below(0, operation.path, {}), MOST)


def pages(visitor: Visitor, url: str) -> Iterator[list[Any]]:
    """What a list shows, page by page."""
    following: str | None = url
    while following:
        body = visitor.get(following)
        yield body.get("data", body.get("connections"))
        cursor = body.get("meta", {}).get("next_cursor")
        following = f"{url}&cursor={cursor}" if cursor else body.get("links", {}).get("next")


@pytest.mark.parametrize("name", NAMES)
def test_every_list_of_every_contract_answers(name: str) -> None:
    for contract, operation in lists():
        behaviours = server_context().contracts[contract].behaviours
        storage = behaviours.collection_of(behaviours.operation(operation.id)).storage
        asked = list(addresses(contract, operation, name))
        found = [
            len(page)
            for url in asked
            for page in pages(visit(name, auth="any"), f"{url}?limit=100&per_page=100")
        ]
        if len(asked) < MOST:
            assert sum(found) == len(shipped().get(name).base.records[storage])


def test_the_default_is_the_fixtures() -> None:
    without_files = Scenarios([], played(), rng=SeededRandom(0)).get("default")
    assert without_files.base.records == shipped().get("default").base.records
    assert (without_files.clock, without_files.seed, without_files.faults) == (None, None, ())


@pytest.mark.parametrize("name", ["empty", "first-run"])
def test_nothing_is_connected_and_what_connecting_needs_is_there(name: str) -> None:
    visitor = visit(name)
    assert visitor.as_(ADMIN["aimable"]).get(ONBOARDING)["data"] == []
    assert visitor.as_(ADMIN["hydracore"]).get(IQM) == {"connections": [], "total": 0}
    assert visitor.as_(ADMIN["patchworks"]).get("/api/v1/connectors")["data"] == []
    made = {"provider_slug": "slack", "credential": {"access_token": "x"}, "scope_config": {}}
    assert visitor.as_(ADMIN["aimable"]).send("POST", ONBOARDING, made).status == 201


def test_providers_are_set_up_unless_it_is_the_first_run() -> None:
    for name, complete in (("empty", {True, False}), ("first-run", {False})):
        shown = visit(name).as_(ADMIN["aimable"]).get(PROVIDERS)["data"]
        assert {one["setup_complete"] for one in shown} == complete


def test_ten_thousand_connectors_page_deeply_and_are_distinguished() -> None:
    records = shipped().get("large").base.records
    kinds = ("aimable/connectors", "hydracore/connections", "patchworks/connectors")
    assert sum(len(records[one]) for one in kinds) >= 10_000
    visitor = visit("large")
    walked = list(pages(visitor.as_(ADMIN["aimable"]), f"{ONBOARDING}?limit=20"))
    assert len(walked) > 20
    ids = [one["id"] for page in walked for one in page]
    assert len(ids) == len(set(ids))
    names = [one["name"] for one in records["patchworks/connectors"].values()]
    assert len(set(names)) > len(names) / 2
    assert {one["status"] for one in records["aimable/connectors"].values()} == {
        "active",
        "error",
        "disabled",
    }


def test_a_generated_connection_agrees_with_itself() -> None:
    fixtures = shipped().get("default").base.records["hydracore/connections"]
    for key, one in shipped().get("large").base.records["hydracore/connections"].items():
        if key in fixtures:
            continue
        assert (one["status"] == "expired") <= (one["expires_at"] is not None)
        assert (one["status"] in {"error", "revoked"}) <= (one["error_message"] is not None)
        assert (one["provider"] in {"gmail", "outlook"}) <= ("@" in one["name"])


def test_a_generated_sync_is_over_and_ended_after_it_began() -> None:
    large, fixtures = (shipped().get(name).base.records["aimable/syncs"] for name in ("large", "default"))
    generated = [one for key, one in large.items() if key not in fixtures]
    assert len(generated) == 2000
    assert {one["status"] for one in generated} == {"completed", "failed", "cancelled"}
    assert all(one["created_at"] <= one["completed_at"] for one in generated)


def test_the_same_seed_gives_the_same_ten_thousand() -> None:
    def records(seed: int) -> Any:
        return (
            Scenarios([SHIPPED], played(), rng=SeededRandom(seed))
            .get("large")
            .base.records["aimable/connectors"]
        )

    first, again, other = records(7), records(7), records(8)
    assert first == again
    assert first.keys() & other.keys() == shipped().get("default").base.records["aimable/connectors"].keys()


def test_where_all_fails_connectors_are_in_error_and_no_instance_is_granted_anything() -> None:
    visitor = visit("all-failing")
    aimable = visitor.as_(ADMIN["aimable"])
    assert {one["status"] for one in aimable.get(ONBOARDING)["data"]} == {"error"}
    assert {one["status"] for one in aimable.get(f"{DRIVE}/sync")["data"]} == {"failed"}
    assert aimable.status(f"{DRIVE}/browse") == 503
    shown = visitor.as_(ADMIN["hydracore"]).get(IQM)["connections"]
    assert {one["status"] for one in shown} == {"expired", "error"}
    assert all(one["error_message"] and not one["grants"] for one in shown)
    fetch = "/internal/v1/instances/497f6eca-6276-4993-bfeb-53cbbbba6f08/connections?provider=gmail"
    assert visitor.as_("mock-proxy-key-1").status(fetch) == 404
    assert visitor.as_(ADMIN["patchworks"]).send("POST", "/api/v1/connectors/1/test").status == 503


def test_where_all_fails_a_new_sync_fails_half_way() -> None:
    visitor = visit("all-failing").as_(ADMIN["aimable"])
    begun = json.loads(visitor.send("POST", f"{DRIVE}/sync").body)["data"]
    assert begun["status"] == "running"
    visitor.engine.world().clock.advance(timedelta(seconds=10))
    assert visitor.get(f"{DRIVE}/sync/{begun['id']}")["data"]["status"] == "failed"


@pytest.mark.parametrize("url", [ONBOARDING, IQM, "/api/v1/connectors", "/v1/admin/connector-providers"])
def test_a_few_requests_pass_and_the_next_says_when_to_come_back(url: str) -> None:
    visitor = visit("rate-limited", auth="any")
    assert [visitor.status(url) for _ in range(6)] == [200] * 5 + [429]
    after = int(visitor.send("GET", url).headers["Retry-After"])
    visitor.engine.world().clock.advance(timedelta(seconds=after - 1))
    assert visitor.status(url) == 429
    visitor.engine.world().clock.advance(timedelta(seconds=1))
    assert visitor.status(url) == 200


def test_where_it_is_slow_every_answer_waits_and_none_for_long() -> None:
    visitor = visit("slow").as_(ADMIN["patchworks"])
    waits = [visitor.send("GET", "/api/v1/connectors").delivery.wait for _ in range(20)]
    assert all(0 < wait <= 5 for wait in waits)
    assert len(set(waits)) > 10


def test_every_role_sees_something_else() -> None:
    visitor = visit("permissions")

    def picture(credential: str, *urls: str) -> str:
        answers = [visitor.as_(credential).send("GET", url) for url in urls]
        return json.dumps(
            [[one.status, json.loads(one.body) if one.status == 200 else ""] for one in answers]
        )

    aimable = ["admin", "member", "read-only", "guest", "outsider", "expired"]
    urls = (PROVIDERS, ONBOARDING, ARCHIVE, ZURICH)
    assert len({picture(f"mock-aimable-{one}", *urls) for one in aimable}) == len(aimable)
    hydracore = ["admin", "second-developer", "read-only", "other-tenant"]
    assert len({picture(f"mock-hydracore-{one}", IQM, NAKYMA) for one in hydracore}) == len(hydracore)
    instances = played().principals["hydracore"].known
    granted = [
        picture(one.credentials["proxyKey"], f"/internal/v1/instances/{id_}/connections?provider=gmail")
        for one in instances
        if "proxyKey" in one.credentials
        for id_ in one.scope["instance_id"]
    ]
    assert len(set(granted)) == len(granted) == 4
    patchworks = ["admin", "manager-key", "read-only", "guest"]
    assert len({picture(f"mock-patchworks-{one}", "/api/v1/connectors") for one in patchworks}) == len(
        patchworks
    )


def test_a_list_shows_no_record_that_reading_would_deny() -> None:
    visitor = visit("permissions").as_("mock-patchworks-read-only")
    shown = {one["id"] for one in visitor.get("/api/v1/connectors")["data"]}
    assert shown == {2, 3}
    assert [visitor.status(f"/api/v1/connectors/{id_}") for id_ in (1, 2)] == [404, 200]
