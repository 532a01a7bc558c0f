"""A session on a frozen clock is answered byte for byte alike whenever, wherever and beside whatever it is
played."""

# ruff: noqa: S311 - what is drawn here guards nothing

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

import pytest

from benchmarks.world_model import SCENARIO
from mock_server.messages import Request
from mock_server.worlds.world import World
from tests.mock_server.worlds.conftest import Server, started
from tests.mock_server.worlds.sessions import CONNECTIONS, CONNECTORS, Play, Said, Sent, record

pytestmark = pytest.mark.slow

LENGTH = 500
FAULTS = """
faults:
  - id: now-and-then
    when: {contract: hydracore, probability: 0.1}
    kind: unavailable
  - id: often-odd
    when: {contract: patchworks, probability: 0.1}
    kind: extra_member
"""
MIXED = SCENARIO + FAULTS


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return started(tmp_path_factory.mktemp("scenarios"), text=MIXED)


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    running.clean()
    yield running
    running.clean()


def player(server: Server, world: str = "default") -> Play:
    """Plays requests in a world of a server in this process."""

    def play(sent: Sent) -> Said:
        headers = {name.lower(): value for name, value in sent.headers.items()}
        base = "http://mock.example"
        request = Request(sent.method, sent.path, sent.query, headers, sent.body, base_url=base, world=world)
        response = server.engine.handle(request)
        return Said(response.status, response.body)

    return play


@cache
def recorded(server: Server) -> tuple[Sent, ...]:
    """The session all tests play."""
    server.clean()
    session = tuple(record(player(server), seed=500, length=LENGTH))
    server.clean()
    return session


def interleaved(session: Sequence[Sent], seed: int) -> list[int]:
    """The places of a session's requests in another order that keeps each side's own."""
    sides = [request.side for request in session]
    waiting = {side: iter([at for at, one in enumerate(sides) if one == side]) for side in set(sides)}
    Random(seed).shuffle(sides)
    return [next(waiting[side]) for side in sides]


def test_the_session_is_worth_playing(server: Server) -> None:
    session = recorded(server)
    assert len(session) == LENGTH
    said = Counter(player(server)(one).status for one in session)
    assert {200, 201, 202, 204, 307, 400, 401, 403, 404, 405, 409, 422, 503} <= set(said)
    assert 500 not in said
    assert sum(count for status, count in said.items() if status < 300) > LENGTH / 3
    assert {one.side for one in session} == {"aimable", "hydracore", "patchworks"}


def test_a_session_is_answered_alike_twice(server: Server) -> None:
    session, play = recorded(server), player(server)
    first = list(map(play, session))
    server.engine.worlds.reset("default")
    assert list(map(play, session)) == first


def test_a_session_is_answered_alike_in_another_world_and_beside_others(server: Server) -> None:
    session = recorded(server)
    alone = list(map(player(server), session))
    one, other = player(server, "a"), player(server, "b")
    beside = []
    for place, request in enumerate(session):
        beside.append(one(request))
        other(session[-place])
    assert beside == alone


def test_another_seed_is_another_session(server: Server) -> None:
    assert record(player(server), seed=501, length=20) != list(recorded(server)[:20])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_requests_that_touch_nothing_in_common_may_come_in_any_order(server: Server, seed: int) -> None:
    session = recorded(server)
    expected = list(map(player(server), session))
    order = interleaved(session, seed)
    assert order != sorted(order)
    play = player(server, "other")
    answered = {at: play(session[at]) for at in order}
    assert [answered[at] for at in range(LENGTH)] == expected


READS = {
    "aimable/connectors": CONNECTORS + "/{}",
    "aimable/providers": "/v1/admin/connector-providers/{}",
    "patchworks/connectors": "/api/v1/connectors/{}",
}


def untouched(world: World, storage: str) -> set[str]:
    """The keys of the fixtures' records that nobody wrote."""
    return set(world.scenario.base.records[storage]) - set(world.store.save().written(storage))


def new(world: World, storage: str) -> set[str]:
    """The keys ever handed out beside the fixtures' own."""
    saved = world.store.save()
    return set(saved.written(storage)) - set(world.scenario.base.records[storage])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_order_changes_a_value_that_was_not_touched(server: Server, seed: int) -> None:
    session = list(recorded(server))
    shuffled = Random(seed).sample(session, len(session))
    worlds = {"recorded": session, "shuffled": shuffled}
    for name, requests in worlds.items():
        list(map(player(server, name), requests))
        server.admin("POST", f"/worlds/{name}/clear", {"parts": ["faults"]})
    told = [server.engine.world(name) for name in worlds]
    headers = {"X-API-Key": "mock-platform-admin-key"}
    for storage, path in READS.items():
        keys = untouched(told[0], storage) & untouched(told[1], storage)
        assert keys
        for key in keys:
            caller = {"Authorization": f"Bearer mock-{storage.partition('/')[0]}-admin"}
            read = Sent("", "GET", path.format(key), headers={**headers, **caller})
            assert player(server, "recorded")(read) == player(server, "shuffled")(read)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_next_new_record_has_the_same_id_in_whatever_order_others_were_made(
    server: Server, seed: int
) -> None:
    creates = [
        one for one in recorded(server) if one.method == "POST" and one.path in (CONNECTORS, CONNECTIONS)
    ]
    shuffled = Random(seed).sample(creates, len(creates))
    for name, requests in {"recorded": creates, "shuffled": shuffled}.items():
        list(map(player(server, name), requests))
    for storage in ("aimable/connectors", "hydracore/connections"):
        fewer, more = sorted(
            (new(server.engine.world(name), storage) for name in ("recorded", "shuffled")), key=len
        )
        assert fewer
        assert fewer <= more


@contextmanager
def process(scenario: Path, hashing: str) -> Iterator[Play]:
    """A server of its own, whose interpreter orders sets in its own way."""
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--scenario", str(scenario)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**environment, "PYTHONHASHSEED": hashing}
    ) as running:
        assert running.stdout is not None
        words = (word for line in running.stdout for word in line.split())
        address = next(word for word in words if word.startswith("http://"))
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)

        def play(sent: Sent) -> Said:
            target = sent.path + (f"?{sent.query}" if sent.query else "")
            connection.request(sent.method, target, sent.body or None, dict(sent.headers))
            answer = connection.getresponse()
            return Said(answer.status, answer.read())

        try:
            yield play
        finally:
            connection.close()
            running.kill()


def test_two_servers_in_two_processes_answer_alike(server: Server, tmp_path: Path) -> None:
    session = recorded(server)
    expected = list(map(player(server), session))
    scenario = tmp_path / "at-noon.yaml"
    scenario.write_text(MIXED)
    for hashing in ("1", "2"):
        with process(scenario, hashing) as play:
            assert list(map(play, session)) == expected
