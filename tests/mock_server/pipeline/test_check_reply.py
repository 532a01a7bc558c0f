"""The mock judges its own replies: a broken one raises where replies are strict, and is logged where they
are not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from mock_server.pipeline.check_reply import InvalidReplyError


def spec(response: dict[str, Any], status: str = "200") -> dict[str, Any]:
    get = {"operationId": "listThings", "responses": {status: {"description": "", **response}}}
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"get": get}}}


BEHAVIOUR = {
    "contract": "things",
    "dialect": "fastapi",
    "collections": {"things": {"called": "Thing", "fixture": "things/things"}},
    "operations": {"listThings": {"action": "list", "collection": "things"}},
}
FIXTURES = {"things.yaml": {"collection": "things", "records": [{"id": "1", "name": "one"}]}}


def content(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


BROKEN = [
    spec(content({"type": "object"})),
    spec(content({"type": "array", "items": {"properties": {"id": {"type": "integer"}}}})),
    spec(content({"type": "array", "items": {"properties": {"id": {"format": "uuid"}}}})),
    spec(content({"type": "array", "maxItems": 0})),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_reply_raises_when_strict(play: Callable[..., Client], broken: dict[str, Any]) -> None:
    with pytest.raises(InvalidReplyError, match=r"things\.listThings 200"):
        play(broken, BEHAVIOUR, FIXTURES).get("/things")


def test_a_broken_reply_is_sent_and_logged_otherwise(
    play: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    client = play(BROKEN[0], BEHAVIOUR, FIXTURES, strict_replies=False)
    with caplog.at_level(logging.WARNING, "mock_server"):
        answer = client.get("/things")
    assert (answer.status_code, answer.get_json()) == (200, [{"id": "1", "name": "one"}])
    assert "things.listThings 200: (root) breaks type" in caplog.text


def test_an_undeclared_refusal_raises_when_strict(play: Callable[..., Client]) -> None:
    declared = spec(content({"type": "array"}))
    get = declared["paths"]["/things"]["get"]
    get["parameters"] = [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]
    with pytest.raises(InvalidReplyError, match="422: the status is not declared"):
        play(declared, BEHAVIOUR, FIXTURES).get("/things?limit=x")


def test_a_bug_is_reported_in_the_platforms_words_and_does_not_end_the_server(
    play: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = play(spec(content({"type": "array"})), BEHAVIOUR, FIXTURES, strict_replies=False)
    store = client.application.extensions["mock_server"].world().store  # type: ignore[attr-defined]

    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(store), "transaction", lambda _store: broken())
    answer = client.get("/things")
    assert (answer.status_code, answer.get_json()) == (500, {"detail": "Internal Server Error"})
    assert "a bug" in caplog.text
