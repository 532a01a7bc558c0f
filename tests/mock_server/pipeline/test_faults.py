"""Faults and response preferences in the pipeline of the shipped contracts."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from flask import Flask

from mock_server.contract.router import Match
from mock_server.engine import Engine
from mock_server.faults.rules import parse_rule
from mock_server.messages import Request, Response
from mock_server.overrides.rules import parse_override
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.routing import match
from mock_server.pipeline.steering import inject, mutate_response
from mock_server.worlds.world import World

PROVIDERS = "/api-proxy/v1/admin/connector-providers"
_WORLDS = count(1)


@pytest.fixture
def engine(shipped: Flask) -> Engine:
    found: Engine = shipped.extensions["mock_server"]
    return found


@pytest.fixture
def world(engine: Engine) -> World:
    """A world nobody has touched."""
    return engine.worlds.create(f"faulty-{next(_WORLDS)}")


Ask = Callable[..., Response]


@pytest.fixture
def ask(engine: Engine, world: World) -> Ask:
    """Ask as the administrator of the provider API, in the fresh world."""

    def send(path: str = PROVIDERS, *, method: str = "GET", who: str = "admin", **headers: str) -> Response:
        principals = engine.context.contracts["aimable"].principals.known
        token = next((one.credentials for one in principals if one.name == who), {})
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"authorization": f"Bearer {next(iter(token.values()))}"} if token else {}
        return engine.handle(Request(method, path, headers=sent, world=world.name))

    return send


def body(response: Response) -> Any:
    return json.loads(response.body)


def test_a_preference_is_granted_before_credentials_are_checked(ask: Ask) -> None:
    response = ask(f"{PROVIDERS}/notion", who="nobody", prefer="code=422, example=slug, wait=2")
    assert response.status == 422
    assert body(response)["detail"][0]["loc"] == ["path", "provider_slug"]
    assert response.delivery.wait == 2
    assert response.headers["Preference-Applied"] == "code=422, example=slug, wait=2"


def test_an_example_alone_names_its_status(ask: Ask) -> None:
    response = ask(prefer="example=role")
    assert (response.status, body(response)) == (403, {"detail": "Insufficient permissions"})


@pytest.mark.parametrize(
    ("prefer", "told"),
    [
        ("code=418", "listConnectorProviders documents nothing for code=418."),
        ("code=403, example=slug", "documents nothing for code=403, example=slug."),
        ("code=many", "code must be a status"),
    ],
)
def test_an_impossible_preference_is_shown_what_is_possible(ask: Ask, prefer: str, told: str) -> None:
    response = ask(prefer=prefer)
    assert response.status == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert told in body(response)["detail"]
    assert body(response)["possible"]["403"] == ["role"]
    assert "Preference-Applied" not in response.headers


def test_the_status_of_success_is_earned_and_only_waited_for(ask: Ask) -> None:
    plain, delayed = ask(), ask(prefer="code=200, wait=0.5")
    assert delayed.body == plain.body
    assert delayed.delivery.wait == 0.5
    assert ask(who="nobody", prefer="code=200").status == 401


def test_a_preference_changes_nothing(ask: Ask) -> None:
    before = ask().body
    assert ask(f"{PROVIDERS}/notion/setup", method="DELETE", prefer="code=404").status == 404
    assert ask().body == before


def test_an_armed_override_is_for_the_next_requests_it_fits(ask: Ask, world: World) -> None:
    world.overrides.add(parse_override({"operation": "listConnectorProviders", "code": 429, "times": 2}))
    assert ask(f"{PROVIDERS}/notion").status == 200
    assert [ask().status for _ in range(3)] == [429, 429, 200]
    assert "Preference-Applied" not in ask().headers


def test_a_requests_own_preference_leaves_the_armed_one_for_later(ask: Ask, world: World) -> None:
    world.overrides.add(parse_override({"code": 429}))
    assert [ask(prefer="code=403").status, ask().status, ask().status] == [403, 429, 200]


def test_many_clients_together_get_an_override_exactly_so_often(ask: Ask, world: World) -> None:
    world.overrides.add(parse_override({"code": 429, "times": 20}))
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: ask().status, range(60)))
    assert statuses.count(429) == 20


def plant(world: World, kind: str, /, **members: Any) -> None:
    world.faults.add(parse_rule({"kind": kind, **members}))


@pytest.mark.parametrize(
    ("rule", "status", "told"),
    [
        ({"kind": "status", "code": 403}, 403, b"Insufficient permissions"),
        ({"kind": "rate_limit", "retry_after": 9}, 429, b"Too Many Requests"),
        ({"kind": "unavailable", "retry_after": 9}, 503, b"Service Unavailable"),
        ({"kind": "html_page"}, 502, b"<!DOCTYPE html>"),
    ],
)
def test_a_fault_answers_in_the_platforms_place(
    ask: Ask, world: World, rule: dict[str, Any], status: int, told: bytes
) -> None:
    world.faults.add(parse_rule(rule))
    response = ask()
    assert response.status == status
    assert told in response.body
    assert response.headers.get("Retry-After") == ("9" if "retry_after" in rule else None)


def test_a_reset_reaches_requests_for_nothing_and_a_status_does_not(ask: Ask, world: World) -> None:
    plant(world, "status", code=403)
    assert ask("/nowhere").status == 404
    plant(world, "reset")
    assert ask("/nowhere").delivery.reset
    assert not ask().delivery.reset


def test_a_condition_on_the_contract_holds_for_paths_near_it(ask: Ask, world: World) -> None:
    plant(world, "latency", fixed_ms=100, when={"contract": "aimable"})
    assert ask(f"{PROVIDERS}/notion/nothing").delivery.wait == 0.1
    assert ask("/api/v1/connectors/1/nothing").delivery.wait == 0


def test_a_rule_about_a_role_knows_who_asks(ask: Ask, world: World) -> None:
    plant(world, "status", code=429, when={"role": "admin"})
    assert ask().status == 429
    assert ask(who="nobody").status == 401


def test_a_defect_stands_in_a_reply_that_was_right(ask: Ask, world: World, engine: Engine) -> None:
    right = body(ask())
    plant(world, "wrong_type", when={"calls": [1]}, pointer="/data")
    assert isinstance(right["data"], list)
    assert isinstance(body(ask())["data"], dict)
    assert body(ask()) == right


@pytest.mark.parametrize("kind", ["missing_member", "null_member", "wrong_type"])
def test_a_planted_defect_is_one_the_contract_refuses(
    ask: Ask, world: World, engine: Engine, kind: str
) -> None:
    plant(world, kind)
    found = engine.context.router.match("GET", PROVIDERS)
    assert isinstance(found, Match)
    declared = found.target.plan.reply(200)
    assert declared is not None
    assert declared.check is not None
    assert not declared.check.holds(body(ask()))


def test_a_fault_without_effect_is_not_recorded(engine: Engine, world: World, ask: Ask) -> None:
    plant(world, "unknown_enum")
    plant(world, "slow_body", bytes_per_second=100)
    exchange = Exchange(Request("GET", PROVIDERS, world=world.name), engine.context, world, "one")
    match(exchange)
    inject(exchange)
    assert len(exchange.faults) == 2
    mutated = mutate_response(exchange, Response(200, {"Content-Type": "application/json"}, b"{}"))
    assert mutated.body == b"{}"
    assert [fault.rule.kind for fault in exchange.faults] == ["slow_body"]


def test_waits_add_up_to_a_minute_at_most(ask: Ask, world: World) -> None:
    plant(world, "latency", fixed_ms=40_000)
    assert ask(prefer="wait=5").delivery.wait == 45
    assert ask(prefer="wait=30").delivery.wait == 60


def test_a_window_ends_when_the_worlds_clock_says_so(ask: Ask, world: World) -> None:
    plant(world, "rate_limit", limit=2, window_seconds=5)
    replies = [ask() for _ in range(8)]
    assert [reply.status for reply in replies[:3]] == [200, 200, 429]
    assert replies[2].headers["Retry-After"] == "3"
    assert [reply.status for reply in replies[3:]] == [429, 429, 200, 200, 429]


def test_equal_worlds_meet_equal_faults(engine: Engine) -> None:
    runs: list[list[tuple[int, float, bytes]]] = []
    for name in ("equal-one", "equal-two"):
        world = engine.worlds.create(name, seed=11)
        plant(world, "latency", lognormal={"median_ms": 50, "sigma": 1}, when={"probability": 0.5})
        plant(world, "status", code=429, when={"probability": 0.3})
        plant(world, "invalid_json", when={"every": 3})
        replies = [
            engine.handle(
                Request("GET", PROVIDERS, headers={"authorization": "Bearer mock-aimable-admin"}, world=name)
            )
            for _ in range(40)
        ]
        runs.append([(one.status, one.delivery.wait, one.body) for one in replies])
    assert runs[0] == runs[1]
    assert len({wait for _, wait, _ in runs[0]}) > 10
