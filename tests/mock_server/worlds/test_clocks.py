"""Each world has a clock of its own, and everything that depends on time follows it and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.world_model import CONNECTORS, CREDENTIALS
from mock_server.clock import Clock, ClockState
from tests.mock_server.worlds.conftest import Server

BODY = {"provider_slug": "slack", "scope_config": {}, "credential": {}}
ADMIN = CREDENTIALS[CONNECTORS]


def told(server: Server, world: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """What a request is answered, as its JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return json.loads(server.send(world, method, path, body, {**ADMIN, **named}).body)


def created(server: Server, world: str) -> dict[str, Any]:
    """A new connector."""
    number = str(server.engine.world(world).journal.count())
    made: dict[str, Any] = told(server, world, "POST", CONNECTORS, BODY, idempotency_key=number)["data"]
    return made


def advance(server: Server, world: str, seconds: float) -> None:
    server.admin("POST", f"/worlds/{world}/clock/advance", {"seconds": seconds})


def clock(server: Server, world: str, **changes: Any) -> None:
    server.engine.world(world)
    server.admin("PATCH", f"/worlds/{world}/clock", changes)


def test_a_frozen_clock_stamps_every_record_alike(server: Server) -> None:
    stamps = {created(server, "a")["created_at"] for _ in range(3)}
    assert stamps == {"2026-11-20T12:00:00Z"}


def test_time_that_passes_in_one_world_passes_in_no_other(server: Server) -> None:
    created(server, "a"), created(server, "b")
    advance(server, "a", 3600)
    assert created(server, "a")["created_at"] == "2026-11-20T13:00:00Z"
    assert created(server, "b")["created_at"] == "2026-11-20T12:00:00Z"


def test_a_stepped_clock_moves_with_every_request_of_its_world(server: Server) -> None:
    clock(server, "a", mode="stepped", step=10)
    created(server, "b")
    stamps = [created(server, "a")["created_at"] for _ in range(2)]
    assert stamps == ["2026-11-20T12:00:10Z", "2026-11-20T12:00:20Z"]
    assert created(server, "b")["created_at"] == "2026-11-20T12:00:00Z"


def test_a_clock_that_is_set_goes_on_from_there(server: Server) -> None:
    clock(server, "a", now="2031-02-03T04:05:06+01:00")
    assert created(server, "a")["created_at"] == "2031-02-03T03:05:06Z"


def test_a_running_clock_follows_the_real_one_at_its_scale() -> None:
    real = [datetime(2026, 1, 1, tzinfo=UTC)]
    running = Clock(ClockState("running", datetime(2030, 1, 1, tzinfo=UTC), scale=60.0), real=lambda: real[0])
    real[0] += timedelta(seconds=2)
    assert running.now() == datetime(2030, 1, 1, 0, 2, tzinfo=UTC)
    running.advance(timedelta(hours=1))
    real[0] += timedelta(seconds=1)
    assert running.now() == datetime(2030, 1, 1, 1, 3, tzinfo=UTC)


def test_what_was_reached_stays_when_the_scale_changes() -> None:
    real = [datetime(2026, 1, 1, tzinfo=UTC)]
    running = Clock(ClockState("running", datetime(2030, 1, 1, tzinfo=UTC)), real=lambda: real[0])
    real[0] += timedelta(seconds=10)
    reached = running.state
    running.set(ClockState(reached.mode, reached.now, scale=3600.0))
    real[0] += timedelta(seconds=1)
    assert running.now() == datetime(2030, 1, 1, 1, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "status"),
    [("2025-12-31T23:59:59Z", 200), ("2026-01-01T00:00:01Z", 401), ("2027-01-01T00:00:00Z", 401)],
)
def test_a_credential_runs_out_by_the_clock_of_the_world(server: Server, now: str, status: int) -> None:
    clock(server, "a", mode="frozen", now=now)
    expiring = {"Authorization": "Bearer mock-aimable-expired"}
    assert server.send("a", "GET", CONNECTORS, None, expiring).status == status
    assert server.send("b", "GET", CONNECTORS, None, expiring).status == 401


def test_a_sync_ends_when_the_time_of_its_world_has_passed(server: Server) -> None:
    syncs: dict[str, str] = {}
    for world in ("a", "b"):
        path = f"{CONNECTORS}/{created(server, world)['id']}/sync"
        syncs[world] = f"{path}/{told(server, world, 'POST', path)['data']['id']}"
    for seconds, running in ((2, True), (2, False)):
        advance(server, "a", seconds)
        assert (told(server, "a", "GET", syncs["a"])["data"]["status"] == "running") is running
    assert told(server, "b", "GET", syncs["b"])["data"]["status"] == "running"


def test_a_sync_that_has_ended_says_when_by_the_clock_of_the_world(server: Server) -> None:
    path = f"{CONNECTORS}/{created(server, 'a')['id']}/sync"
    sync = told(server, "a", "POST", path)["data"]["id"]
    advance(server, "a", 86_400)
    ended = told(server, "a", "GET", f"{path}/{sync}")["data"]
    assert "2026-11-20T12:00:02" < ended["completed_at"] < "2026-11-20T12:00:04"


def test_a_rate_limit_opens_again_by_the_clock_of_the_world(server: Server) -> None:
    rule = {"kind": "rate_limit", "limit": 2, "window_seconds": 60}
    for world in ("a", "b"):
        server.engine.world(world)
        server.admin("POST", f"/worlds/{world}/faults", rule)
        assert [server.send(world, "GET", CONNECTORS, None, ADMIN).status for _ in range(3)] == [
            200,
            200,
            429,
        ]
    advance(server, "a", 61)
    assert server.send("a", "GET", CONNECTORS, None, ADMIN).status == 200
    refused = server.send("b", "GET", CONNECTORS, None, ADMIN)
    assert (refused.status, 0 < int(refused.headers["Retry-After"]) <= 60) == (429, True)


def test_the_journal_tells_the_time_of_the_world(server: Server) -> None:
    clock(server, "a", mode="frozen", now="1999-12-31T23:59:59Z")
    server.send("a", "GET", "/nowhere")
    assert [entry.at for entry in server.engine.world("a").journal.find()] == ["1999-12-31T23:59:59Z"]


def test_a_snapshot_brings_its_time_back(server: Server) -> None:
    created(server, "a")
    server.admin("POST", "/snapshots", {"name": "s", "world": "a"})
    advance(server, "a", 3600)
    server.admin("POST", "/worlds/a/restore", {"snapshot": "s"})
    assert server.admin("GET", "/worlds/a/clock")["now"] == "2026-11-20T12:00:00Z"
