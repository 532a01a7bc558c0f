"""The text of a snapshot can be kept, reviewed and taken elsewhere, and gives no secret away."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from mock_server.app import build_engine
from mock_server.behaviours.policy import Policy
from mock_server.clock import Clock
from mock_server.engine import Engine
from mock_server.faults.rules import parse_rule
from mock_server.messages import Request
from mock_server.overrides.rules import parse_override
from mock_server.redaction import Secrets
from mock_server.settings import Settings
from mock_server.snapshots.parse import LoadedContracts, parse
from mock_server.snapshots.serialize import serialize
from mock_server.snapshots.snapshot import restore, take
from mock_server.store.protocol import Transaction
from mock_server.webhooks.webhooks import WebhookConfig
from mock_server.worlds.world import World
from tests.mock_server.snapshots.conftest import NewWorld
from tests.mock_server.state import dump_state

CONNECTORS = "aimable/connectors"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NOTE = {"$ref": "#/components/schemas/Note"}
NOTES = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "get": {
                "operationId": "listNotes",
                "responses": {
                    "200": {
                        "description": "All.",
                        "content": {"application/json": {"schema": {"type": "array", "items": NOTE}}},
                    }
                },
            },
            "post": {
                "operationId": "addNote",
                "requestBody": {"content": {"application/json": {"schema": NOTE}}},
                "responses": {
                    "201": {"description": "Made.", "content": {"application/json": {"schema": NOTE}}}
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "properties": {"id": {"type": "integer"}, "text": {"type": "string"}},
            }
        }
    },
}
SCOPES = st.none() | st.dictionaries(st.text(), VALUES, max_size=3)
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(0, 2**128 - 1), SCOPES),
        st.tuples(st.just("rewrite"), st.integers(0, 3), SCOPES),
        st.tuples(st.just("count"), st.sampled_from([CONNECTORS, "made-up"]), st.none()),
    ),
    max_size=5,
)


def write(state: Transaction, kind: str, which: Any, scope: Any) -> None:
    model = next(state.find(CONNECTORS))
    if kind == "create":
        key = str(UUID(int=which))
        state.put(CONNECTORS, key, {"scope_config": scope, **model, "id": key})
    elif kind == "rewrite":
        chosen = list(state.find(CONNECTORS))[which]
        state.put(CONNECTORS, chosen["id"], {**chosen, "scope_config": scope})
    else:
        state.next_number(which)


def asking(world: World) -> dict[str, str]:
    return {"X-Mock-World": world.name, "Authorization": "Bearer mock-aimable-admin"}


@given(writes=WRITES)
@settings(max_examples=25)
def test_what_is_read_back_is_written_the_same_byte_for_byte(
    writes: list[tuple[str, Any, Any]], world: World, loaded: LoadedContracts
) -> None:
    world.store.reset()
    with world.store.transaction() as state:
        for kind, which, scope in writes:
            write(state, kind, which, scope)
    text = serialize(take("kept", world), None)
    again = parse(text, loaded)
    assert serialize(again, None) == text
    assert json.dumps(again.saved.sequences) == json.dumps(world.store.save().sequences)


def test_two_exports_of_an_unchanged_world_are_the_same_byte_for_byte(world: World, secrets: Secrets) -> None:
    assert serialize(take("kept", world), secrets) == serialize(take("kept", world), secrets)


def test_a_world_comes_back_with_all_that_was_set_in_it(
    world: World, new_world: NewWorld, loaded: LoadedContracts
) -> None:
    world.policies["aimable/syncs"] = Policy(pace="by_hand", steps=2)
    world.faults.add(parse_rule({"id": "slow", "kind": "latency", "fixed_ms": 5}))
    world.overrides.add(parse_override({"operation": "listSyncs", "code": 403, "times": 3}))
    with world.store.transaction() as state:
        write(state, "rewrite", 0, {"changed": True})
    snapshot = parse(serialize(take("kept", world), None), loaded)
    other = new_world()
    restore(other, snapshot)
    assert take("kept", other).settings() == take("kept", world).settings()
    assert dump_state(other.store) == dump_state(world.store)
    assert other.policies == world.policies


def test_a_restored_world_goes_its_own_way(world: World, new_world: NewWorld) -> None:
    snapshot = take("kept", world)
    before = dump_state(world.store)
    one, other = new_world(), new_world()
    restore(one, snapshot)
    restore(other, snapshot)
    with one.store.transaction() as state:
        write(state, "create", 1, None)
    assert dump_state(other.store) == before == dump_state(world.store)


def test_a_record_stands_on_lines_of_its_own(world: World, secrets: Secrets) -> None:
    before = serialize(take("kept", world), secrets).splitlines()
    with world.store.transaction() as state:
        chosen = next(state.find(CONNECTORS))
        state.put(CONNECTORS, chosen["id"], {**chosen, "status": "paused"})
    after = serialize(take("kept", world), secrets).splitlines()
    differing = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert len([pair for pair in differing if "status" in pair[1]]) == 1
    assert all("status" in one or '"taken"' in one or '"now"' in one for one, _ in differing)


def test_no_secret_stands_in_the_text_unless_it_was_asked_for(
    world: World, engine: Engine, secrets: Secrets, loaded: LoadedContracts
) -> None:
    canary = "canary-5f2c"
    hidden = set()
    with world.store.transaction() as state:
        for mounted in engine.context.contracts.values():
            for collection in mounted.behaviours.collections.values():
                record = next(state.find(collection.storage), None)
                if record is None or not collection.secret:
                    continue
                spoken = {name: {"token": f"{canary}-{name}"} for name in collection.secret}
                state.put(collection.storage, str(record[collection.key]), {**record, **spoken})
                hidden |= {f"{canary}-{name}" for name in spoken}
        answer = {"data": {"credential": {"token": f"{canary}-answer"}}}
        state.put("aimable/idempotency", "d1", {"fingerprint": "f1", "answer": answer})
        hidden.add(f"{canary}-answer")
    masked = serialize(take("kept", world), secrets)
    assert canary not in masked
    assert all(one in serialize(take("kept", world), None) for one in hidden)
    assert len(hidden) > 4
    assert json.loads(masked)["secrets"] == "masked"
    again = parse(masked, loaded)
    assert serialize(again, None) == masked


@pytest.mark.parametrize(
    "scenario", ["default", "empty", "first-run", "all-failing", "rate-limited", "slow", "permissions"]
)
def test_every_scenario_can_be_taken_elsewhere(
    scenario: str, engine: Engine, secrets: Secrets, loaded: LoadedContracts
) -> None:
    begun = engine.worlds.scenarios.get(scenario)
    world = World.begin("w", begun, seed=3, clock=Clock(begun.clock), webhook_config=WebhookConfig(()))
    for hidden in (secrets, None):
        text = serialize(take("kept", world), hidden)
        assert serialize(parse(text, loaded), hidden) == text


def test_what_was_under_way_goes_on_in_a_restored_world(
    mock: Client, world: World, new_world: NewWorld, loaded: LoadedContracts
) -> None:
    connector = next(iter(dict(world.store.save().items(CONNECTORS)).values()))
    space, collection = connector["space_id"], connector["collection_id"]
    path = f"/api-proxy/v1/spaces/{space}/collections/{collection}/connectors/{connector['id']}/sync"
    begun = mock.post(path, headers=asking(world))
    assert begun.status_code < 300, begun.text
    other = new_world()
    restore(other, parse(serialize(take("kept", world), None), loaded))
    other.clock.advance(timedelta(minutes=1))
    where = f"{path}/{begun.json['data']['id']}"
    assert mock.get(where, headers=asking(other)).json["data"]["status"] in {"completed", "failed"}
    assert mock.get(where, headers=asking(world)).json["data"]["status"] == "running"


def test_a_world_holds_no_member_that_an_import_would_call_misspelled(
    mock: Client, world: World, loaded: LoadedContracts
) -> None:
    connector = next(iter(dict(world.store.save().items(CONNECTORS)).values()))
    below = (
        f"/api-proxy/v1/spaces/{connector['space_id']}/collections/{connector['collection_id']}/connectors"
    )
    sent = {"scope_config": {"any": 1}, "credential": {"token": "t"}, "statsu": "x"}
    changed = mock.patch(f"{below}/{connector['id']}", json=sent, headers=asking(world))
    assert changed.status_code == 200, changed.text
    begun = mock.post(f"{below}/{connector['id']}/sync", json={"statsu": "x"}, headers=asking(world))
    assert begun.status_code < 300, begun.text
    text = serialize(take("kept", world), None)
    assert '"plan"' in text
    assert '"statsu"' not in text
    assert serialize(parse(text, loaded), None) == text


def test_what_an_inferred_contract_keeps_of_any_body_is_no_misspelling(tmp_path: Path) -> None:
    spec = tmp_path / "notes.json"
    spec.write_text(json.dumps(NOTES))
    engine = build_engine(Settings(contracts=(), specs=(spec,)))
    body = json.dumps({"text": "a", "extra": "kept"}).encode()
    sent = {"content-type": "application/json"}
    assert engine.handle(Request("POST", "/notes", headers=sent, body=body)).status == 201
    text = serialize(take("kept", engine.world("default")), None)
    assert '"extra"' in text
    loaded = LoadedContracts.of(engine.context.contracts, engine.worlds.scenarios)
    assert serialize(parse(text, loaded), None) == text
