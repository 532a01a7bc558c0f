"""A refused request leaves no cycle of objects that only the garbage collector could free."""

from __future__ import annotations

import gc

from mock_server.app import build_engine
from mock_server.messages import Request
from mock_server.pipeline.exchange import Exchange
from mock_server.settings import Settings


def test_a_refusal_leaves_no_garbage() -> None:
    engine = build_engine(Settings(contracts=("patchworks",)))
    headers = {"authorization": "Bearer mock-patchworks-admin", "content-type": "application/json"}
    request = Request("POST", "/api/v1/connectors", "", headers, b'{"name": "Feed"}')
    assert engine.handle(request).status == 422
    gc.collect()
    gc.disable()
    try:
        engine.handle(request)
        left = [each for each in gc.get_objects() if type(each) is Exchange]
    finally:
        gc.enable()
    assert left == []
