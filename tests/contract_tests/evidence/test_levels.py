"""A finding is as strong as the weakest citation its assertion needs."""

from __future__ import annotations

import pytest

from contract_tests.evidence.citations import Citations, without_statuses
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
