"""Operations that a real service answers: passed on, compared with the contract, recorded and replayed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.app import build_engine, create_front
from mock_server.clock import from_rfc3339
from mock_server.engine import Engine
from mock_server.errors.startup import StartupError
from mock_server.messages import Request, Response
from mock_server.recorded_har import import_file
from mock_server.serving import served
from mock_server.settings import Settings
from mock_server.upstream.service import Address

CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
MEMBER = {"authorization": "Bearer mock-aimable-member"}
CREATION = {
    "provider_slug": "slack",
    "credential": {"access_token": "a-secret-of-the-recording"},
    "scope_config": {"channel_ids": ["C02ONBOARD"]},
}

Serve = Callable[..., str]
Passing = Callable[..., Engine]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve with these settings over HTTP until the test ends; returns the base URL."""
    with ExitStack() as stack:

        def begin(engine: Engine, settings: Settings) -> str:
            return stack.enter_context(served(create_front(settings, engine=engine)))

        yield begin


@pytest.fixture
def passing() -> Iterator[Passing]:
    """An engine that passes operations on to this address; its connections are closed after the test."""
    engines: list[Engine] = []

    def begin(url: str, **settings: Any) -> Engine:
        engines.append(build_engine(Settings(contracts=("aimable",), upstreams=(Address(url),), **settings)))
        return engines[-1]

    yield begin
    for engine in engines:
        if engine.upstream is not None:
            engine.upstream.close()


def real_service(serve: Serve) -> str:
    """A mock that stands for the real service."""
    settings = Settings(contracts=("aimable",), start_time=from_rfc3339("2026-11-20T09:00:00Z"))
    return serve(build_engine(settings), settings)


def session(url: str) -> list[tuple[int, str, bytes]]:
    """What a client sees that lists, creates, lists, errs, deletes and reads: status, type and body."""
    with httpx.Client(base_url=url, headers=MEMBER) as client:
        answers = [client.get(CONNECTORS)]
        answers.append(client.post(CONNECTORS, json=CREATION, headers={"Idempotency-Key": "one"}))
        created = f"{CONNECTORS}/{answers[-1].json()['data']['id']}"
        answers += [client.get(created), client.get(CONNECTORS), client.get(CONNECTORS, params={"limit": 2})]
        answers += [
            client.get(CONNECTORS, params={"limit": 101}),
            client.delete(created),
            client.get(created),
        ]
    return [(each.status_code, each.headers.get("content-type", ""), each.content) for each in answers]


def test_a_recording_of_our_own_mock_replays_byte_for_byte(
    serve: Serve, passing: Passing, tmp_path: Path
) -> None:
    record = tmp_path / "seen.yaml"
    engine = passing(real_service(serve), record=record)
    seen = session(serve(engine, Settings()))
    assert engine.upstream is not None
    engine.upstream.close()
    replaying = Settings(contracts=("aimable",), scenario=str(record))
    assert session(serve(build_engine(replaying), replaying)) == seen
    assert [status for status, _, _ in seen] == [200, 201, 200, 200, 200, 422, 204, 404]


def test_a_recording_has_no_secret_and_compares_none(serve: Serve, passing: Passing, tmp_path: Path) -> None:
    record = tmp_path / "seen.json"
    engine = passing(real_service(serve), record=record)
    session(serve(engine, Settings()))
    assert engine.upstream is not None
    engine.upstream.close()
    text = record.read_text()
    assert "a-secret-of-the-recording" not in text
    assert "mock-aimable-member" not in text
    creation = next(each for each in json.loads(text)["overrides"] if each["when"].get("body"))
    assert creation["when"]["body"].keys() == {'$["provider_slug"]', '$["scope_config"]'}


def test_only_the_chosen_operations_are_passed_on(serve: Serve, passing: Passing) -> None:
    engine = passing(real_service(serve), upstream_operations=("list*", "aimable.getConnectorProvider"))
    engine.handle(Request("GET", CONNECTORS, headers=MEMBER))
    engine.handle(Request("GET", "/api-proxy/v1/admin/connector-providers/slack", headers=MEMBER))
    engine.handle(Request("GET", f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e", headers=MEMBER))
    asked = {entry.operation: entry.answered_by for entry in engine.world().journal.find()}
    assert asked == {
        "listCollectionConnectors": "upstream",
        "getConnectorProvider": "upstream",
        "getCollectionConnector": "platform",
    }


def test_what_the_contract_does_not_allow_is_passed_on_and_noted(serve: Serve, passing: Passing) -> None:
    engine = passing(real_service(serve))
    assert engine.handle(Request("GET", CONNECTORS, "limit=101", MEMBER)).status == 422
    (entry,) = engine.world().journal.find()
    assert entry.upstream is not None
    assert entry.upstream["request"] == ["query/limit breaks maximum"]
    assert entry.upstream["response"] == ""


def test_a_response_outside_the_contract_is_marked(serve: Serve, passing: Passing, tmp_path: Path) -> None:
    scenario = tmp_path / "drifted.yaml"
    reply = {"operation": "listCollectionConnectors", "reply": {"status": 418, "json": {}}}
    scenario.write_text(json.dumps({"scenario": "drifted", "over": "default", "overrides": [reply]}))
    drifted = Settings(contracts=("aimable",), scenario=str(scenario))
    engine = passing(serve(build_engine(drifted), drifted))
    response = engine.handle(Request("GET", CONNECTORS, headers=MEMBER))
    assert response.status == 418
    assert response.headers["X-Mock-Outside-Contract"] == "the status 418 is not declared"


def refusal(response: Response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status, json.loads(response.body)["detail"]


def test_a_service_that_cannot_be_reached_is_named(passing: Passing) -> None:
    engine = passing("http://127.0.0.1:9")
    status, detail = refusal(engine.handle(Request("GET", CONNECTORS, headers=MEMBER)))
    assert (status, "http://127.0.0.1:9 could not be reached" in detail) == (502, True)


def test_a_service_that_is_too_slow_is_named(serve: Serve, passing: Passing) -> None:
    url = real_service(serve)
    httpx.post(f"{url}/__admin/worlds/default/faults", json={"kind": "latency", "fixed_ms": 3000})
    engine = passing(url, upstream_timeout=0.2)
    status, detail = refusal(engine.handle(Request("GET", CONNECTORS, headers=MEMBER)))
    assert (status, "did not answer within 0.2 s" in detail) == (504, True)


def test_a_name_that_no_operation_has_is_refused_at_start(passing: Passing) -> None:
    with pytest.raises(StartupError, match="listConectors: no operation is called so"):
        passing("http://127.0.0.1:9", upstream_operations=("listConectors",))


def test_a_har_file_is_a_recording_too(tmp_path: Path) -> None:
    engine = build_engine(Settings(contracts=("aimable",)))
    body = engine.handle(Request("GET", CONNECTORS, headers=MEMBER)).body.decode()
    har, record = tmp_path / "session.har", tmp_path / "session.yaml"
    real = CONNECTORS.replace("/api-proxy", "https://api.example.com/gateway")
    har.write_text(
        json.dumps({"log": {"version": "1.2", "entries": [entry(real, body), entry("https://a/b", "")]}})
    )
    imported = import_file(har, record, engine)
    assert (imported.recorded, imported.skipped, imported.problems) == (1, 1, [])
    replaying = build_engine(Settings(contracts=("aimable",), scenario=str(record)))
    assert replaying.handle(Request("GET", CONNECTORS)).body.decode() == body


def entry(url: str, body: str) -> dict[str, Any]:
    """An entry of a HAR file."""
    token = {"name": "Authorization", "value": "Bearer a-token-of-the-recording"}
    content = {"size": len(body), "mimeType": "application/json", "text": body}
    return {
        "request": {"method": "GET", "url": url, "headers": [token], "queryString": []},
        "response": {"status": 200, "headers": [], "content": content},
    }


def test_a_file_that_is_no_har_is_named(tmp_path: Path) -> None:
    har = tmp_path / "session.har"
    har.write_text("{}")
    with pytest.raises(StartupError, match=r"session\.har: is not a HAR file"):
        import_file(har, tmp_path / "session.yaml", build_engine(Settings(contracts=("aimable",))))
