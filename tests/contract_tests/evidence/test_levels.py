"""A finding is as strong as the weakest citation its assertion needs."""

from __future__ import annotations

import pytest

from contract_tests.evidence.citations import Citations, Framework, VersionRange, without_statuses
from contract_tests.evidence.levels import Level, carrying, level_of, level_of_breach, strongest_of
from contract_tests.openapi.contract import Contract
from contract_tests.verdicts import Broken

DOCUMENTED, INFERRED, READING, PERMITTING = "001-12", "001-48", "A13", "A36"
STATUS = "A39"
"""A reading of which status answers, and of nothing else."""
PLACE = "aimable#/paths/~1x/get"


@pytest.fixture
def contract() -> Contract:
    """A contract with facts and decisions."""
    return Contract.load("aimable")


@pytest.mark.parametrize(
    ("needs", "level"),
    [
        ([DOCUMENTED], Level.MUST),
        ([PLACE], Level.MUST),
        ([DOCUMENTED, INFERRED], Level.SHOULD),
        ([DOCUMENTED, READING], Level.ASSUMED),
        ([INFERRED, READING], Level.ASSUMED),
        ([DOCUMENTED, PERMITTING], Level.MUST),
        ([PERMITTING], Level.ASSUMED),
        ([], Level.ASSUMED),
    ],
)
def test_the_weakest_necessary_citation_decides(
    needs: list[str], level: Level, contract: Contract, citations: Citations
) -> None:
    assert level_of(needs, citations, contract) is level


@pytest.mark.parametrize(
    ("cites", "needs"),
    [
        ([DOCUMENTED, INFERRED], (DOCUMENTED,)),
        ([INFERRED, PERMITTING], (INFERRED,)),
        ([DOCUMENTED, INFERRED, READING], (DOCUMENTED, READING)),
        ([PERMITTING], (PERMITTING,)),
    ],
)
def test_the_documented_facts_of_a_place_carry_it_and_a_reading_is_needed(
    cites: list[str], needs: tuple[str, ...], contract: Contract, citations: Citations
) -> None:
    assert carrying(cites, citations, contract) == needs


@pytest.mark.parametrize(
    ("cites", "needs"),
    [
        ([DOCUMENTED, STATUS], (DOCUMENTED,)),
        ([DOCUMENTED, STATUS, READING], (DOCUMENTED, READING)),
        ([STATUS], (STATUS,)),
    ],
)
def test_what_an_answer_shows_does_not_rest_on_a_reading_of_statuses(
    cites: list[str], needs: tuple[str, ...], citations: Citations
) -> None:
    assert without_statuses(cites, citations) == needs


def test_a_breach_that_rests_on_a_reading_is_assumed(contract: Contract, citations: Citations) -> None:
    broken = Broken(expected="a", received="b", readings=[PERMITTING])

    assert level_of_breach(broken, [DOCUMENTED], citations, contract) is Level.ASSUMED


def test_a_breach_has_the_level_of_its_own_citations(contract: Contract, citations: Citations) -> None:
    assumed = Broken(expected="a", received="b", because=[READING])
    documented = Broken(expected="a", received="b", because=[DOCUMENTED, INFERRED])

    assert level_of_breach(assumed, [DOCUMENTED], citations, contract) is Level.ASSUMED
    assert strongest_of([assumed, documented], citations, contract) is documented


@pytest.mark.parametrize(
    ("versions", "level"),
    [
        (("9",), Level.MUST),
        (("10.2", "13"), Level.MUST),
        (("8.83", "10"), Level.SHOULD),
        ((), Level.SHOULD),
    ],
)
def test_a_convention_that_holds_in_every_version_named_is_as_good_as_documented(
    versions: tuple[str, ...], level: Level, citations: Citations
) -> None:
    contract = Contract.load("patchworks")
    frameworks = {"patchworks": Framework("laravel", versions)} if versions else {}
    stated = citations.for_implementations(frameworks)

    assert level_of(["LARAVEL-06"], stated, contract) is level
    assert level_of(["LARAVEL-18"], stated, contract) is Level.SHOULD, "of unknown versions"
    assert level_of(["QB-04"], stated, contract) is Level.SHOULD, "of another library"
    assert level_of(["LARAVEL-06", "P17"], stated, contract) is Level.ASSUMED, "beside a reading"
    assert level_of(["LARAVEL-06"], stated, Contract.load("hydracore")) is Level.SHOULD, "of another target"


def test_a_convention_that_a_document_contradicts_is_not_raised(citations: Citations) -> None:
    fastapi = Framework("fastapi", ("0.128",))
    stated = citations.for_implementations({"aimable": fastapi, "hydracore": fastapi})

    assert level_of(["FASTAPI-01"], stated, Contract.load("aimable")) is Level.SHOULD
    assert level_of(["FASTAPI-01"], stated, Contract.load("hydracore")) is Level.MUST
    assert level_of(["FASTAPI-07"], stated, Contract.load("hydracore")) is Level.SHOULD


@pytest.mark.parametrize(
    ("version", "contained"),
    [("0.121", False), ("0.122", True), ("0.122.3", True), ("0.125.9", True), ("0.126", False), ("1", False)],
)
def test_a_version_names_all_that_begin_with_it(version: str, contained: bool) -> None:
    assert VersionRange("0.122", "0.126").contains(version) is contained
    assert not VersionRange("0.122", "0.126.1").contains("0.126")


def test_every_fact_that_contradicts_a_convention_exists(citations: Citations) -> None:
    ranges = [fact.holds_in for fact in citations.facts.values() if fact.holds_in is not None]

    assert ranges
    assert all(cite in citations.facts for each in ranges for cite in each.contradicted_by)
