"""The harness has nothing to say against implementations that keep every document in their own way.

A sample: all variants and more seeds are measured with `python -m tests.variants.measure`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.target.target_file import Target
from contract_tests.verdicts import Verdict
from tests.variants.catalogue import Variant, shown_by, target, variants, without_variant
from tests.variants.families import TRANSFORMATIONS
from tests.variants.measure import alarms, judged
from tests.variants.seam import OPENAPI

pytestmark = pytest.mark.slow

MOST_REASONS = 15
"""How many readings may have no variant."""

BY_ID = {variant.id: variant for variant in variants()}


@pytest.mark.parametrize(
    "contract",
    ["aimable", "fastapi_platform", "hydracore"],
)
def test_the_fastapi_implementation_has_no_findings(contract: str) -> None:
    assert alarms(judged(BY_ID["fastapi"], contract, seed=1), BY_ID["fastapi"]) == []


def test_the_laravel_like_implementation_has_no_findings() -> None:
    assert alarms(judged(BY_ID["laravelish"], "patchworks", seed=1), BY_ID["laravelish"]) == []


@pytest.mark.parametrize(
    ("variant", "verdict"),
    [("laravelish", Verdict.PASSED), ("patchworks-errors-of-its-own", Verdict.FAILED)],
)
def test_a_convention_of_the_versions_named_is_owed(variant: str, verdict: Verdict) -> None:
    selection = Selection(
        contracts=frozenset({"patchworks"}), requirements=("patchworks.storeConnector.errors.shape",)
    )
    with target(BY_ID[variant], "patchworks") as aimed:
        named = {"framework": "laravel", "framework_version": ("11", "12.1")}
        stated = aimed.contracts["patchworks"].model_copy(update=named)
        result = run(Target(contracts={"patchworks": stated}), selection=selection, seed=1)

    assert [outcome.verdict for outcome in result.outcomes] == [verdict]


@pytest.mark.parametrize(
    ("variant", "contract"),
    [
        ("aimable-opaque-ids", "aimable"),
        ("hydracore-proxy-statuses", "hydracore"),
        ("platform-bare", "fastapi_platform"),
    ],
)
def test_a_variant_has_no_findings(variant: str, contract: str) -> None:
    assert alarms(judged(BY_ID[variant], contract, seed=1), BY_ID[variant]) == []


def test_variants_name_what_allows_them() -> None:
    texts = [path.read_text(encoding="utf-8") for path in OPENAPI.glob("*/*.yaml")]
    known = {match for text in texts for match in re.findall(r"(?m)^\s*-? *\"?id\"?: \"?([\w-]+)", text)}

    assert {variant.id for variant in variants() if not set(variant.allowed_by) <= known} == set()


@pytest.mark.parametrize(
    "variant", [variant for variant in variants() if variant.witnesses], ids=lambda variant: variant.id
)
def test_a_witness_distinguishes_the_variant_from_the_mock(variant: Variant) -> None:
    for witness in variant.witnesses:
        mock, other = shown_by(variant, witness)

        assert mock == {place: pair[0] for place, pair in witness.differs.items()}, witness.reading
        assert other == {place: pair[1] for place, pair in witness.differs.items()}, witness.reading
        assert all(mock[place] != other[place] for place in witness.differs), witness.reading


def test_every_reading_has_a_variant_or_a_reason() -> None:
    decisions = {entry["id"] for entry in _entries("decisions", "decisions")}
    inferred = {entry["id"] for entry in _entries("sources", "facts") if entry["level"] == "inferred"}
    witnessed = {witness.reading for variant in variants() for witness in variant.witnesses}
    reasons = set(without_variant())

    assert decisions | inferred <= witnessed | reasons
    assert reasons <= decisions | inferred
    assert not witnessed & reasons
    assert len(reasons) <= MOST_REASONS


def _entries(folder: str, name: str) -> Iterator[dict[str, Any]]:
    for path in sorted((OPENAPI / folder).glob("*.yaml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))[name]


def test_every_transformation_is_used() -> None:
    used: set[str] = set()
    for variant in variants():
        for contract in variant.contracts:
            used.update(name for name, _arguments in variant.transformations_of(contract))

    assert used == set(TRANSFORMATIONS)
