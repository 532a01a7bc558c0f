"""The typed client and openapi/admin.yaml say the same: each operation can be asked, and is answered in the
form the client's types promise. The server, which judges requests and its own replies by that contract, is
the judge."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import isfunction
from types import FrameType
from typing import Any, get_args

import httpx
import pytest

from mock_server.contract.loading import load
from mock_server.contract.router import Match, Router
from mock_server.data import openapi_dir
from mock_server.testing import client, collection, fault_client, replies, requests, time
from mock_server.testing.client import Admin, WorldAdmin
from mock_server.testing.in_process import BASE_URL
from mock_server.yaml_file import read_yaml
from tests.mock_server.testing.conftest import AIMABLE, PROVIDERS

CONTRACT = load(openapi_dir() / "admin.yaml", name="admin")
SCHEMAS = read_yaml(openapi_dir() / "admin.yaml")["components"]["schemas"]
REPLIES = [one for one in vars(replies).values() if hasattr(one, "__required_keys__")]
RUNNING = {"status": "running", "records_fetched": 0, "completed_at": None}
HOOK = "http://127.0.0.1:9/hooks"

Call = Callable[[Admin, WorldAdmin], object]


def syncs(world: WorldAdmin) -> collection.Collection:
    return world.collection("aimable", "syncs")


def a_sync(world: WorldAdmin) -> str:
    return syncs(world).list()[0]["key"]


def saved(world: WorldAdmin) -> str:
    return world.save(f"{world.name}-before")["name"]


CALLS: Mapping[str, Call] = {
    "getHealth": lambda admin, _: admin.health(),
    "getMetrics": lambda admin, _: admin.metrics(),
    "getLiveness": lambda admin, _: admin.is_alive(),
    "getReadiness": lambda admin, _: admin.is_ready(),
    "reset": lambda admin, _: admin.reset(),
    "getReload": lambda admin, _: admin.last_reload(),
    "reload": lambda admin, _: admin.reload(),
    "listContracts": lambda admin, _: admin.contracts(),
    "getContractDocument": lambda admin, _: admin.document("aimable"),
    "listScenarios": lambda admin, _: admin.scenarios(),
    "listWorlds": lambda admin, _: admin.worlds(),
    "createWorld": lambda admin, world: admin.create(f"{world.name}-other", scenario="empty", seed=3),
    "getWorld": lambda admin, world: admin.world(world.name).state(),
    "deleteWorld": lambda _, world: world.fork("away").delete(),
    "resetWorld": lambda _, world: world.reset(scenario="all-failing", seed=7),
    "forkWorld": lambda _, world: world.fork("copy"),
    "restoreWorld": lambda _, world: world.restore(saved(world)),
    "clearWorld": lambda _, world: (
        world.clear("faults", "requests"),
        world.faults.clear(),
        world.overrides.clear(),
        world.requests.clear(),
    ),
    "getClock": lambda _, world: (world.clock.now(), world.clock.state()),
    "changeClock": lambda _, world: (
        world.clock.freeze(),
        world.clock.step(),
        world.clock.run(),
        world.clock.set("2026-06-10T08:00:00Z"),
        world.clock.scale(60),
    ),
    "advanceClock": lambda _, world: world.clock.advance(60),
    "listLifecycles": lambda _, world: world.lifecycles(),
    "getLifecycle": lambda _, world: syncs(world).lifecycle(),
    "setLifecycle": lambda _, world: syncs(world).set_lifecycle(
        "after_seconds", seconds=(1, 2), reads=2, steps=2, fail_at=1, outcome="failed"
    ),
    "resetLifecycle": lambda _, world: syncs(world).reset_lifecycle(),
    "listCollections": lambda _, world: world.collections(),
    "listRecords": lambda _, world: (syncs(world).count(), list(syncs(world))),
    "getRecord": lambda _, world: syncs(world).get(a_sync(world)),
    "putRecord": lambda _, world: syncs(world).change(a_sync(world), **RUNNING),
    "deleteRecord": lambda _, world: syncs(world).delete(a_sync(world)),
    "advanceRecord": lambda _, world: (
        syncs(world).change(a_sync(world), **RUNNING),
        syncs(world).advance(a_sync(world)),
    ),
    "listFaults": lambda _, world: world.faults.list(),
    "createFault": lambda _, world: world.faults.add(
        "status",
        named="gone",
        contract="aimable",
        operation="getSync",
        role="admin",
        calls=(1, 2),
        every=2,
        probability=0.5,
        times=3,
        when={"headers": {"x-a": {"pattern": "^b"}}, "method": "GET"},
        code=404,
    ),
    "getFault": lambda _, world: world.faults.get(world.faults.add("reset")["id"]),
    "deleteFault": lambda _, world: world.faults.remove(world.faults.add("reset")["id"]),
    "listOverrides": lambda _, world: world.overrides.list(),
    "createOverride": lambda _, world: (
        world.override(wait=0),
        world.overrides.next(
            named="gone", contract="aimable", operation="getSync", method="GET", code=404, times=2
        ),
        world.overrides.next(
            reply={"status": 500, "headers": {"X-A": "b"}, "json": {"a": 1}, "delay": 0.5},
            when={"path": {"sync_id": "x"}, "query": {"a": True}, "body": {"$.a": 1}, "world": "*"},
            times="unlimited",
        ),
        world.overrides.next(sequence=[{"template": "{{ method }}"}, {"body": "late"}, "normal"]),
        world.overrides.list(),
    ),
    "getOverride": lambda _, world: world.overrides.get(world.override(wait=0)["id"]),
    "deleteOverride": lambda _, world: world.overrides.remove(world.override(wait=0)["id"]),
    "listRequests": lambda _, world: world.requests.list(
        contract="aimable", operation="getSync", method="GET", status=200, path="/x", after="mine.1"
    ),
    "countRequests": lambda _, world: world.requests.count(method="POST"),
    "waitForRequests": lambda _, world: world.requests.wait(timeout=0),
    "listNearMisses": lambda _, world: world.requests.near_misses(after="mine.1"),
    "exportRequests": lambda _, world: world.requests.har(status=200),
    "explainRequest": lambda admin, world: admin.explain(f"{world.name}.1"),
    "getCallbacks": lambda _, world: (world.callbacks.set(HOOK, "a-long-secret"), world.callbacks.get()),
    "setCallbacks": lambda _, world: world.callbacks.set(
        HOOK, "a-long-secret", events=["aimable.syncs.completed"]
    ),
    "deleteCallbacks": lambda _, world: (world.callbacks.set(HOOK, "a-long-secret"), world.callbacks.off()),
    "listDeliveries": lambda _, world: world.callbacks.deliveries(),
    "listSnapshots": lambda admin, _: admin.snapshots.list(),
    "createSnapshot": lambda _, world: world.save("before"),
    "getSnapshot": lambda admin, world: admin.snapshots.get(saved(world)),
    "deleteSnapshot": lambda admin, world: admin.snapshots.delete(saved(world)),
    "exportSnapshot": lambda admin, world: admin.snapshots.export(saved(world), secrets=True),
    "importSnapshot": lambda admin, world: admin.snapshots.load(
        "after", admin.snapshots.export(saved(world))
    ),
    "compare": lambda admin, world: admin.compare(f"snapshot:{saved(world)}", f"world:{world.name}"),
}


class Watched(httpx.BaseTransport):
    """A way to the server that remembers which operations were asked."""

    def __init__(self, way: httpx.BaseTransport) -> None:
        self.asked: list[str] = []
        self._way = way
        self._routes = Router[str]()
        for operation in CONTRACT.operations.values():
            self._routes.add(operation.method, operation.path, operation.id)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        found = self._routes.match(request.method, request.url.path)
        assert isinstance(found, Match), f"{request.method} {request.url.path} is no operation"
        self.asked.append(found.target)
        return self._way.handle_request(request)


@pytest.fixture
def watched(way: httpx.WSGITransport) -> Watched:
    return Watched(way)


def asked_once(admin: Admin, way: httpx.WSGITransport, name: str) -> WorldAdmin:
    """A new world that has seen one request."""
    with httpx.Client(base_url=BASE_URL, transport=way) as someone:
        someone.get(PROVIDERS, headers={**AIMABLE, "X-Mock-World": name})
    return admin.world(name)


def steered(watched: Watched, name: str, call: Call) -> None:
    """Make one of the calls over the watched way."""
    with Admin(BASE_URL, transport=watched) as admin:
        call(admin, admin.world(name))


def test_each_operation_of_the_contract_has_a_call() -> None:
    assert CALLS.keys() == CONTRACT.operations.keys()


@pytest.mark.parametrize("operation", CALLS)
def test_a_call_asks_for_its_operation_and_is_answered(
    admin: Admin, way: httpx.WSGITransport, watched: Watched, operation: str
) -> None:
    steered(watched, asked_once(admin, way, "mine").name, CALLS[operation])
    assert operation in watched.asked


def test_no_verb_of_the_client_is_left_out(admin: Admin, way: httpx.WSGITransport, watched: Watched) -> None:
    called: set[str] = set()

    def noted(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            called.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}")

    sys.setprofile(noted)
    try:
        for number, call in enumerate(CALLS.values()):
            mine = asked_once(admin, way, f"mine-{number}")
            steered(watched, mine.name, call)
            mine.delete()
    finally:
        sys.setprofile(None)
    assert set(verbs()) - called == set()


def verbs() -> Iterator[str]:
    """Every public method of the client's classes."""
    for module in (client, collection, requests, time, fault_client):
        for kind in vars(module).values():
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                methods = (one for name, one in vars(kind).items() if name[0] != "_" and isfunction(one))
                yield from (f"{module.__name__}.{one.__qualname__}" for one in methods)


@pytest.mark.parametrize("reply", REPLIES, ids=lambda one: one.__name__)
def test_a_typed_reply_has_the_members_of_its_schema(reply: Any) -> None:
    schema = SCHEMAS.get(reply.__name__) or SCHEMAS["NearMissList"]["properties"]["items"]["items"]
    assert set(reply.__required_keys__) == set(schema["properties"])


def test_the_words_that_are_typed_are_those_of_the_contract() -> None:
    rules = [SCHEMAS[one["$ref"].rpartition("/")[2]] for one in SCHEMAS["FaultRule"]["oneOf"]]
    kinds = [one["properties"]["kind"] for one in rules]
    known = {word for kind in kinds for word in kind.get("enum", [kind.get("const")])}
    assert set(get_args(fault_client.FaultKind)) == known
    assert get_args(replies.Pace) == tuple(SCHEMAS["LifecyclePolicy"]["properties"]["pace"]["enum"])
    assert get_args(replies.ClockMode) == tuple(SCHEMAS["ClockMode"]["enum"])
