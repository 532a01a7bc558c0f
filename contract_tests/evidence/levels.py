"""How strong an assertion is, by the citations it cannot do without. The one place that decides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.pointers import at, parts
from contract_tests.verdicts import Broken


class Level(Enum):
    """How strong an assertion is, from the strongest to the weakest.

    A document states it; a sibling page or the framework suggests it; we read it so.
    """

    MUST = "must"
    SHOULD = "should"
    ASSUMED = "assumed"


LEVELS = tuple(Level)
"""From the strongest to the weakest."""


def weakest(levels: Iterable[Level]) -> Level:
    """The weakest of some levels, ASSUMED where there is none."""
    return max(levels, key=LEVELS.index, default=Level.ASSUMED)


def strongest(levels: Iterable[Level]) -> Level:
    """The strongest of some levels, ASSUMED where there is none."""
    return min(levels, key=LEVELS.index, default=Level.ASSUMED)


def level_of(needs: Iterable[str], citations: Citations, contract: Contract) -> Level:
    """The level of an assertion: that of the weakest citation it needs.

    A documented fact gives MUST, and so does a convention of the framework that the target names with its
    versions; any other fact gives SHOULD, a decision ASSUMED. A place in the contract's own
    file is a document: that is all a foreign contract has. A decision that only permits takes nothing away,
    and one that the implementation settled gives SHOULD: what it did is no document.
    """
    return weakest(_level(cite, citations, contract) for cite in needs if not _only_permits(cite, citations))


def carrying(cites: Iterable[str], citations: Citations, contract: Contract) -> tuple[str, ...]:
    """The citations of one place of a specification that its statement cannot do without.

    The facts that a place cites say the same thing: its documented ones carry it, the others where there is
    none. A decision is needed unless it only permits.
    """
    named = tuple(dict.fromkeys(cites))
    facts = [cite for cite in named if cite not in citations.decisions]
    documented = [cite for cite in facts if _level(cite, citations, contract) is Level.MUST]
    decisions = [cite for cite in named if cite in citations.decisions and not _only_permits(cite, citations)]
    return (*(documented or facts), *decisions) or named


def stating(cites: Iterable[str], citations: Citations, contract: Contract) -> tuple[str, ...]:
    """The facts that state what a place of a specification says; none where the file of an API is all that
    speaks for it."""
    facts = facts_of(cites, citations)
    return () if any(is_place(cite, contract) for cite in facts) else facts


def level_of_breach(broken: Broken, needs: Iterable[str], citations: Citations, contract: Contract) -> Level:
    """The level of an assertion that does not hold. needs: the citations it needs where it names none."""
    level = level_of(carrying(broken.because, citations, contract) or needs, citations, contract)
    return weakest([level, *(_level(cite, citations, contract) for cite in broken.readings)])


def strongest_of(breaches: Sequence[Broken], citations: Citations, contract: Contract) -> Broken:
    """The best documented of some breaches that name their citations; the first of equals."""
    return min(breaches, key=lambda each: LEVELS.index(level_of_breach(each, (), citations, contract)))


def is_place(cite: str, contract: Contract) -> bool:
    """Whether a citation names a place in the contract's file rather than a fact or a decision."""
    return cite.startswith(f"{contract.name}#/")


def described(cite: str, citations: Citations, contract: Contract) -> str:
    """A citation in words; a place of the contract's file with what is said there. Raises
    UnknownCitationError."""
    if not is_place(cite, contract):
        return citations.describe(cite)
    pointer = cite.partition("#")[2]
    node = at(contract.document, pointer)
    said = (node.get("description") or node.get("summary")) if isinstance(node, Mapping) else None
    sentence = f": {' '.join(said.split())}" if isinstance(said, str) and said.strip() else ""
    return f"{contract.path.name}, {_in_words(pointer)}{sentence}"


def _in_words(pointer: str) -> str:
    """A place of a document: `GET /books, responses, 200` for the pointer of a response."""
    steps = parts(pointer)
    if len(steps) > 2 and steps[0] == "paths":
        steps = [f"{steps[2].upper()} {steps[1]}", *steps[3:]]
    return ", ".join(steps)


def _level(cite: str, citations: Citations, contract: Contract) -> Level:
    if is_place(cite, contract):
        return Level.MUST
    if cite in citations.facts:
        return Level.MUST if citations.is_certain(cite, contract.name) else Level.SHOULD
    settled = citations.settled(cite, contract.name)
    return Level.ASSUMED if settled is None else Level.SHOULD


def _only_permits(cite: str, citations: Citations) -> bool:
    return cite in citations.decisions and citations.decisions[cite].only_permits
