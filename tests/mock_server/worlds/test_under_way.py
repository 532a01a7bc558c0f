"""A request that is under way ends in the world it began in, whatever becomes of that world meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from benchmarks.world_model import CONNECTORS, CREDENTIALS
from mock_server.clock import Clock, machine_time
from tests.mock_server.state import dump_state
from tests.mock_server.worlds.conftest import Server

BODY = {"provider_slug": "slack", "scope_config": {}, "credential": {}}
HEADERS = {**CREDENTIALS[CONNECTORS], "Idempotency-Key": "k"}


class Meanwhile:
    """Something that happens while a request reads the time, which it does inside its transaction."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act: Callable[[], Any] | None = None
        self.later = act

    def __call__(self) -> datetime:
        act, self.act = self.act, None
        if act is not None:
            act()
        return machine_time()


def keys(server: Server, world: str) -> set[str]:
    """The connectors a world has."""
    kept = server.admin("GET", f"/worlds/{world}/collections/aimable/connectors?limit=100")
    return {one["key"] for one in kept["items"]}


ENDS: dict[str, Callable[[Server], Any]] = {
    "reset": lambda server: server.admin("POST", "/worlds/a/reset"),
    "restored": lambda server: server.admin("POST", "/worlds/a/restore", {"snapshot": "s"}),
    "reset to another scenario": lambda server: server.admin(
        "POST", "/worlds/a/reset", {"scenario": "empty"}
    ),
    "deleted": lambda server: server.admin("DELETE", "/worlds/a"),
    "deleted and made anew": lambda server: (
        server.admin("DELETE", "/worlds/a"),
        server.admin("POST", "/worlds", {"name": "a"}),
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_request_ends_in_the_world_it_began_in(server: Server, end: Callable[[Server], Any]) -> None:
    before = server.engine.world("a")
    server.admin("POST", "/snapshots", {"name": "s", "world": "a"})
    meanwhile = Meanwhile(lambda: end(server))
    before.clock = Clock(real=meanwhile)
    meanwhile.act = meanwhile.later
    made = server.send("a", "POST", CONNECTORS, BODY, HEADERS)
    assert made.status == 201
    assert meanwhile.act is None
    key = json.loads(made.body)["data"]["id"]
    assert server.engine.world("a") is not before
    assert key not in keys(server, "a")
    assert key in dump_state(before.store)["collections"]["aimable/connectors"]
    assert [entry.status for entry in before.journal.find()] == [201]
    assert server.engine.world("a").journal.count() == 0


def test_the_numbers_of_exchanges_begin_anew_with_a_world(server: Server) -> None:
    ids = [server.send("a", "GET", CONNECTORS).headers["X-Mock-Request-Id"] for _ in range(2)]
    server.admin("POST", "/worlds/a/reset")
    ids.append(server.send("a", "GET", CONNECTORS).headers["X-Mock-Request-Id"])
    assert ids == ["a.1", "a.2", "a.1"]


def test_a_reset_takes_back_faults_overrides_clock_and_policies(server: Server) -> None:
    beginning = server.admin("GET", "/worlds/a") if server.engine.world("a") else {}
    lifecycle = server.admin("GET", "/worlds/a/lifecycles/aimable/syncs")
    server.admin("POST", "/worlds/a/faults", {"kind": "reset"})
    server.admin("POST", "/worlds/a/overrides", {"code": 404})
    server.admin("PATCH", "/worlds/a/clock", {"mode": "stepped", "now": "2030-01-01T00:00:00Z"})
    server.admin("PUT", "/worlds/a/lifecycles/aimable/syncs", {"pace": "by_hand"})
    server.admin("POST", "/worlds/a/reset")
    idle = "idle_seconds"
    assert {**server.admin("GET", "/worlds/a"), idle: 0} == {**beginning, idle: 0}
    assert server.admin("GET", "/worlds/a/lifecycles/aimable/syncs") == lifecycle


def test_a_fork_goes_on_where_its_origin_was_and_hands_out_the_same_next_id(server: Server) -> None:
    server.send("a", "POST", CONNECTORS, BODY, HEADERS)
    server.admin("POST", "/worlds/a/clock/advance", {"seconds": 90})
    server.admin("POST", "/worlds/a/fork", {"name": "b"})
    again = {**HEADERS, "Idempotency-Key": "other"}
    answers = [server.send(name, "POST", CONNECTORS, BODY, again).body for name in ("a", "b")]
    assert answers[0] == answers[1]
    assert b"T12:01:30Z" in answers[0]


def test_a_fork_knows_what_was_answered_under_a_key_before(server: Server) -> None:
    first = server.send("a", "POST", CONNECTORS, BODY, HEADERS)
    server.admin("POST", "/worlds/a/fork", {"name": "b"})
    assert server.send("b", "POST", CONNECTORS, BODY, HEADERS).body == first.body
    assert keys(server, "a") == keys(server, "b")
    server.admin("POST", "/worlds/b/reset")
    assert server.send("b", "POST", CONNECTORS, BODY, HEADERS).status == 201
    assert len(keys(server, "b")) == len(keys(server, "a"))
