"""Scenarios over files that are served with --spec."""

from __future__ import annotations

import json
from pathlib import Path

from mock_server.app import build_engine
from mock_server.messages import Request
from mock_server.settings import Settings

LIBRARY = Path(__file__).parents[1] / "inference" / "specs" / "library.yaml"


def test_the_empty_scenario_leaves_no_record_of_an_own_file() -> None:
    for scenario, is_empty in (("default", False), ("empty", True)):
        engine = build_engine(Settings(contracts=(), specs=(LIBRARY,), scenario=scenario))
        prefix = engine.context.contracts["library"].contract.prefix
        response = engine.handle(Request("GET", f"{prefix}/authors", "api_key=k"))
        listed = json.loads(response.body)
        items = (
            listed if isinstance(listed, list) else next(v for v in listed.values() if isinstance(v, list))
        )
        assert (items == []) is is_empty, scenario
