"""How strong a promise is, by what it cites. The one place that decides it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract


class Level(Enum):
    """How strong the promise is.

    A document states it; a sibling page or the framework suggests it; we read it so.
    """

    MUST = "must"
    SHOULD = "should"
    ASSUMED = "assumed"


def level_of(cites: Iterable[str], citations: Citations, contract: Contract) -> Level:
    """MUST when a document states it, SHOULD when something suggests it, ASSUMED when only decisions stand
    behind it.

    A place in the contract's own file is a document too: that is all a foreign contract has.
    """
    levels = {citations.facts[cite].level for cite in cites if cite in citations.facts}
    if "documented" in levels or any(is_place(cite, contract) for cite in cites):
        return Level.MUST
    return Level.SHOULD if "inferred" in levels else Level.ASSUMED


def is_place(cite: str, contract: Contract) -> bool:
    """Whether a citation names a place in the contract's file rather than a fact or a decision."""
    return cite.startswith(f"{contract.name}#/")


def described(cite: str, citations: Citations, contract: Contract) -> str:
    """A citation in words. Raises UnknownCitationError."""
    if is_place(cite, contract):
        return f"{contract.path.name}, {cite.partition('#')[2]}"
    return citations.describe(cite)
