"""Rules and overrides that can never have an effect are refused with what is possible."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mock_server.admin.rules import why_ineffective
from mock_server.engine import Engine
from mock_server.faults.rules import parse_rule
from mock_server.overrides.rules import parse_override


@pytest.fixture
def engine(shipped: Flask) -> Engine:
    engine: Engine = shipped.extensions["mock_server"]
    return engine


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "reset", "when": {"contract": "shop"}}, "no contract 'shop' is served; allowed: "),
        ({"kind": "reset", "when": {"contract": "aimable", "operation": "x"}}, "no operation 'x' in aimable"),
        ({"kind": "reset", "when": {"operation": "x"}}, "no operation 'x' in any contract"),
        (
            {"kind": "reset", "when": {"operation": "listConnectorProviders"}},
            "qualify it as aimable.listConnectorProviders or fastapi_platform.listConnectorProviders, or add",
        ),
        ({"kind": "status", "code": 418}, "no operation documents code=418; documented are: 200, 201"),
        (
            {"kind": "status", "code": 418, "when": {"operation": "getSync"}},
            "getSync does not document code=418; it documents: 200 (documented, finished), 401",
        ),
        ({"kind": "status", "code": 403, "example": "x", "when": {"operation": "getSync"}}, "403 (role)"),
    ],
)
def test_a_rule_that_can_never_have_an_effect_is_refused_with_what_can(
    engine: Engine, asked: dict[str, Any], told: str
) -> None:
    why = why_ineffective(parse_rule(asked), engine.context.contracts)
    assert why is not None
    assert told in why


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (
            {"operation": "listConectors"},
            "no operation 'listConectors' in any contract; did you mean listConnectors or listConnections or",
        ),
        (
            {"operation": "listConectors", "contract": "patchworks"},
            "no operation 'listConectors' in patchworks; did you mean listConnectors? There are also: ",
        ),
        (
            {"operation": "x"},
            "no operation 'x' in any contract; name the contract too to get a list of its operations",
        ),
        ({"operation": "GETSYNC"}, "no operation 'GETSYNC' in any contract; did you mean getSync"),
    ],
)
def test_the_operation_that_may_be_meant_is_named_first(
    engine: Engine, when: dict[str, Any], told: str
) -> None:
    why = why_ineffective(parse_rule({"kind": "reset", "when": when}), engine.context.contracts)
    assert why is not None
    assert why.startswith(told)
    operations = [word.strip(",?") for word in why.partition(";")[2].split() if word.strip(",?").isalpha()]
    assert operations.count("listConnectors") <= 1
    assert "createGrant" not in why


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "reset"},
        {"kind": "status", "code": 409},
        {"kind": "status", "code": 500, "when": {"operation": "getSync"}},
        {"kind": "reset", "when": {"operation": "aimable.listConnectorProviders"}},
        {"kind": "status", "code": 404, "when": {"operation": "getSync"}},
    ],
)
def test_a_rule_that_can_have_an_effect_is_accepted(engine: Engine, asked: dict[str, Any]) -> None:
    assert why_ineffective(parse_rule(asked), engine.context.contracts) is None


def test_an_override_no_operation_can_fulfil_is_refused_with_what_can(engine: Engine) -> None:
    contracts = engine.context.contracts
    assert why_ineffective(parse_override({"example": "slug"}), contracts) is None
    why = why_ineffective(parse_override({"operation": "getSync", "example": "nope"}), contracts)
    assert why is not None
    assert "finished" in why
