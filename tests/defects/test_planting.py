"""A planted defect changes what a client sees, and planting itself changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import pytest

from mock_server.app import build_engine
from mock_server.engine import Engine, Request
from tests.defects.catalogue import Defect
from tests.defects.planting import healthy, plant, settings_for
from tests.defects.probing import Probed, probe
from tests.defects.seam import UNREADABLE, Asked, PlantedDefect, PlantedEngine

pytestmark = pytest.mark.slow

CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Planted mocks log that they break their own contract; which is intended."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_defect_changes_a_response_of_its_operation_or_an_affected_one(
    contract: str, defects: Mapping[str, Defect]
) -> None:
    expected = list(probe(healthy(contract)))

    unseen = [
        defect.id
        for defect in defects.values()
        if defect.contract == contract and not _shows(plant(defect), expected, defect)
    ]

    assert unseen == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_mock_without_defects_is_unchanged(contract: str) -> None:
    engine = build_engine(settings_for(contract))
    planted = PlantedEngine(
        engine.context, engine.worlds, operation="none", make=lambda _: PlantedDefect(everywhere=True)
    )

    assert _responses(planted) == _responses(healthy(contract))


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe\xff", b"[" * 10_000])
def test_a_body_that_cannot_be_read_is_no_mistake_of_a_defect(body: bytes) -> None:
    request = Request(method="POST", path="/", query="", headers={}, body=body)

    assert Asked(request, "createThing", {}).body() is UNREADABLE


def test_a_defect_needs_arguments_of_its_kind() -> None:
    defect = Defect(
        id="aimable-x",
        family="status",
        contract="aimable",
        operation="getSync",
        kind="answers_status",
        says="It answers.",
        cites=("HTTP-02",),
        arguments={"state": 200},
    )

    with pytest.raises(TypeError, match="state"):
        plant(defect)


def test_a_rule_that_does_not_exist_cannot_be_changed() -> None:
    defect = Defect(
        id="aimable-x",
        family="validation",
        contract="aimable",
        operation="getSync",
        kind="rule",
        says="It answers.",
        cites=("HTTP-02",),
        arguments={"at": "/components/parameters/Nothing/schema/maximum", "value": 1},
    )

    with pytest.raises(KeyError, match="Nothing"):
        plant(defect)


def _shows(engine: Engine, expected: list[Probed], defect: Defect) -> bool:
    places = {defect.operation, *defect.shows_at}
    return any(
        healthy_one.response != one.response and one.operation in places
        for healthy_one, one in zip(expected, probe(engine), strict=True)
    )


def _responses(engine: Engine) -> list[object]:
    return [one.response for one in probe(engine)]
