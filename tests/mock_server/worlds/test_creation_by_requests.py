"""Which requests create the world they name, and what a full world answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.settings import Settings
from mock_server.store.memory import MemoryStore
from mock_server.store.protocol import StoreFullError

PATH = "/api/v1/connectors"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return build_engine(Settings(max_records=5, world_origins=("https://app.example",)))


@pytest.fixture(autouse=True)
def cleaned(engine: Engine) -> Iterator[None]:
    yield
    for world in engine.worlds.known()[1:]:
        engine.worlds.remove(world.name)


def ask(engine: Engine, path: str = PATH, *, world: str = "new", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return engine.handle(Request("GET", path, headers=named, world=world))


def names(engine: Engine) -> list[str]:
    return [world.name for world in engine.worlds.known()]


def test_a_request_that_a_contract_answers_creates_its_world(engine: Engine) -> None:
    assert ask(engine).status == 401
    assert names(engine) == ["default", "new"]


def test_a_path_of_no_contract_creates_no_world(engine: Engine) -> None:
    assert ask(engine, "/nothing").status == 404
    assert engine.handle(Request("PATCH", PATH, world="new")).status == 405
    assert names(engine) == ["default"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"origin": "http://localhost.evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_page_of_another_origin_creates_no_world(engine: Engine, headers: dict[str, str]) -> None:
    refused = ask(engine, **headers)
    assert refused.status == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "--world-origin" in json.loads(refused.body)["detail"]
    assert names(engine) == ["default"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:4010"},
        {"origin": "http://localhost:5173", "sec_fetch_site": "same-site"},
        {"origin": "https://app.example", "sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "none"},
    ],
)
def test_pages_of_this_machine_and_allowed_ones_create_worlds(
    engine: Engine, headers: dict[str, str]
) -> None:
    assert ask(engine, **headers).status == 401
    assert names(engine) == ["default", "new"]


def test_any_page_may_use_a_world_that_exists(engine: Engine) -> None:
    engine.worlds.create("new")
    assert ask(engine, origin="https://evil.example").status == 401


def test_too_many_new_worlds_at_once_are_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.worlds, "_rate", 0.1)
    monkeypatch.setattr(engine.worlds, "_allowance", 1.0)
    assert ask(engine, world="first").status == 401
    refused = ask(engine, world="second")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert names(engine) == ["default", "first"]


def test_a_world_has_a_bounded_number_of_records(engine: Engine) -> None:
    body = json.dumps(
        {
            "name": "Feed",
            "authentication_implementation_id": 1,
            "timezone": "UTC",
            "date_format": "c",
            "rate_limit_unit": "minute",
            "rate_limit_duration": 60,
        }
    ).encode()
    headers = {"authorization": "Bearer mock-patchworks-admin", "content-type": "application/json"}
    request = Request("POST", PATH, headers=headers, body=body, world="new")
    responses = [engine.handle(request) for _ in range(7)]
    assert [response.status for response in responses] == [200] * 5 + [507] * 2
    problem = json.loads(responses[-1].body)
    assert problem["status"] == 507
    assert "--max-records" in problem["detail"]
    assert responses[-1].headers["X-Mock-Request-Id"] == "new.7"
    with engine.world("new").store.transaction() as state:
        written = next(iter(state.select("patchworks/connectors")[-1:]))
        state.put("patchworks/connectors", str(written["id"]), {**written, "name": "changed"})
        state.delete("patchworks/connectors", str(written["id"]))
    assert engine.handle(request).status == 200
    assert len(engine.world("new").journal.find()) == 8


def test_a_saved_state_with_too_many_records_is_not_restored(engine: Engine) -> None:
    larger = MemoryStore()
    with larger.transaction() as state:
        for number in range(6):
            state.put("things", str(number), {})
    with pytest.raises(StoreFullError, match="--max-records"):
        engine.world("new").store.restore(larger.save())
