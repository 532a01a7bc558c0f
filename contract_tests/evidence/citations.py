"""What citations point at: the numbered facts of `sources/` and the numbered decisions of `decisions/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from contract_tests.evidence.settled import SettledDecision
from contract_tests.openapi.yaml_file import read_yaml
from contract_tests.suggestions import nearest

EVERY = "every"
"""The contract name of decisions that hold wherever a contract's own say nothing."""

FactLevel = Literal["documented", "inferred", "chosen"]


class UnknownCitationError(LookupError):
    """An id that neither a fact nor a decision has; the text lists the nearest ones."""


@dataclass(frozen=True, slots=True)
class VersionRange:
    """Versions of a framework.

    since: the first of them. before: the first later one, empty for none. contradicted_by: facts of documents
    that say otherwise.
    """

    since: str
    before: str = ""
    contradicted_by: tuple[str, ...] = ()

    def contains(self, version: str) -> bool:
        """Whether it has every version that begins with these numbers: "0.115" names 0.115.0 and all later
        patches of it."""
        numbers = _numbers(version)
        ends_before = not self.before or (*numbers, inf) < _numbers(self.before)
        return numbers >= _numbers(self.since) and ends_before


@dataclass(frozen=True, slots=True)
class Framework:
    """The framework an implementation is written with, in one of these versions."""

    name: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of one document, in our words.

    holds_in: of a framework's convention, the versions of the framework in which it holds; None where they
    are not known.
    """

    id: str
    source: str
    title: str
    contract: str | None
    section: str
    level: FactLevel
    says: str
    address: str | None = None
    why: str | None = None
    unused: str | None = None
    holds_in: VersionRange | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The statuses any implementation may answer in one situation; no operations means all of them.

    chosen: the one that our reading chooses, None where it chooses none.
    """

    situation: str
    operations: frozenset[str]
    statuses: frozenset[int] | None
    decision: str
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """Rules (`<in>.<dotted path>.<keyword>`, patterns allowed) left open for some operations."""

    operations: tuple[str, ...]
    rule: str
    decision: str

    def covers(self, operation_id: str, rule: str) -> bool:
        """Whether `rule` of that operation is left open."""
        return fnmatchcase(rule, self.rule) and any(
            fnmatchcase(operation_id, name) for name in self.operations
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """Our reading of a place where the documents are silent or disagree.

    only_permits: no assertion rests on the reading; it says what an implementation may do as well.
    only_statuses: it says nothing but which status answers a situation; what an operation does, and what its
    answer shows, does not rest on it. shown_by: requirements (patterns) that were seen to break where an
    implementation of another reading is judged: those that pass confirm this one. shown_in_part: statuses may
    refute the reading, but show too little of it to confirm it. only_values: it says nothing but which values
    a member may have; that the member is there does not rest on it.
    """

    id: str
    contracts: tuple[str, ...]
    question: str
    reading: str
    why: str
    settled_by: str
    cites: tuple[str, ...] = ()
    accepts: tuple[Acceptance, ...] = ()
    leaves_open: tuple[Opening, ...] = ()
    only_permits: bool = False
    only_statuses: bool = False
    shown_by: tuple[str, ...] = ()
    shown_in_part: bool = False
    only_values: bool = False
    unused: str | None = None


class Citations:
    """All facts and decisions of one folder of contracts."""

    def __init__(
        self,
        facts: Iterable[Fact],
        decisions: Iterable[Decision],
        frameworks: Mapping[str, Framework] = MappingProxyType({}),
        settled: Iterable[SettledDecision] = (),
    ) -> None:
        self.facts: Mapping[str, Fact] = MappingProxyType({fact.id: fact for fact in facts})
        self.decisions: Mapping[str, Decision] = MappingProxyType({found.id: found for found in decisions})
        self._frameworks = frameworks
        self._settled = {(each.contract, each.decision): each for each in settled}
        self._accepted: dict[tuple[str, str, str], tuple[frozenset[int] | None, tuple[str, ...]]] = {}
        self._open: dict[tuple[str, str, str], str | None] = {}
        self._reaching: set[tuple[str, str]] = set()
        for decision in self.decisions.values():
            for entry in decision.accepts:
                if entry.situation == "third_party":
                    self._reaching.update(product(decision.contracts, entry.operations))

    @classmethod
    def load(cls, folder: Path) -> Citations:
        """Read `sources/` and `decisions/` of a folder of contracts.

        Raises UnreadableError for a file that is not YAML. What is wrong inside a file is for
        `contract-tests spec check` to say; here a missing member raises KeyError.
        """
        facts = [
            fact for path in sorted((folder / "sources").glob("*.yaml")) for fact in _facts(read_yaml(path))
        ]
        decisions = [
            _decision(entry)
            for path in sorted((folder / "decisions").glob("*.yaml"))
            for entry in read_yaml(path)["decisions"]
        ]
        return cls(facts, decisions)

    def for_implementations(
        self, frameworks: Mapping[str, Framework], settled: Iterable[SettledDecision] = ()
    ) -> Citations:
        """The same for certain implementations.

        frameworks: what they are written with, by contract. settled: how they decide what documents leave
        open.
        """
        known = tuple(settled)
        if not frameworks and not known:
            return self
        return Citations(self.facts.values(), self.decisions.values(), frameworks, known)

    def settled(self, decision: str, contract: str) -> SettledDecision | None:
        """How the implementation of a contract decides; None where that is open."""
        return self._settled.get((contract, decision))

    def is_certain(self, citation: str, contract: str) -> bool:
        """Whether a fact is documented, or a convention that cannot be otherwise in a contract's
        implementation: it holds in every version that is named of its framework, and contradicts none of the
        contract's documents."""
        fact, framework = self.facts[citation], self._frameworks.get(contract)
        if fact.level == "documented" or fact.holds_in is None or framework is None:
            return fact.level == "documented"
        return (
            fact.source == framework.name
            and all(map(fact.holds_in.contains, framework.versions))
            and not any(self.facts[cite].contract == contract for cite in fact.holds_in.contradicted_by)
        )

    def __contains__(self, citation: str) -> bool:
        return citation in self.facts or citation in self.decisions

    def fact(self, citation: str) -> Fact:
        """The fact of that id; raises UnknownCitationError."""
        if citation in self.facts:
            return self.facts[citation]
        raise _unknown("fact", citation, self.facts)

    def decision(self, citation: str) -> Decision:
        """The decision of that id; raises UnknownCitationError."""
        if citation in self.decisions:
            return self.decisions[citation]
        raise _unknown("decision", citation, self.decisions)

    def describe(self, citation: str) -> str:
        """A citation in words, "document 001, section Trigger a Manual Sync, fact 001-23".

        Raises UnknownCitationError.
        """
        if citation in self.decisions:
            return f"decision {citation}: {self.decisions[citation].question}"
        if citation not in self.facts:
            raise _unknown("fact or decision", citation, {**self.facts, **self.decisions})
        fact = self.facts[citation]
        origin = f"document {fact.source}" if fact.source.isdecimal() else fact.title
        return f"{origin}, section {fact.section}, fact {fact.id}"

    def accepted(
        self, contract: str, situation: str, operation_id: str
    ) -> tuple[frozenset[int] | None, tuple[str, ...]]:
        """The statuses any implementation may answer, and the decisions that say so.

        The most specific entry wins: the contract's own for the operation, the contract's own for all
        operations, then those of `every` in the same order. Entries that are equally specific add up.
        Without one: None and no ids, and nothing may be asserted; None with ids when a decision leaves the
        status open on purpose.
        """
        asked = contract, situation, operation_id
        if asked not in self._accepted:
            self._accepted[asked] = self._settled_answers(asked, *self._entries(*asked))
        return self._accepted[asked]

    def _settled_answers(
        self, asked: tuple[str, str, str], statuses: frozenset[int] | None, ids: tuple[str, ...]
    ) -> tuple[frozenset[int] | None, tuple[str, ...]]:
        """The accepted statuses, or those that were seen where the decision on them is settled."""
        contract, situation, operation_id = asked
        settled = self.settled(ids[0], contract) if len(ids) == 1 else None
        seen = () if settled is None else settled.answers.get(situation, {}).get(operation_id, ())
        return (frozenset(seen) if seen and statuses is not None else statuses), ids

    def _entries(
        self, contract: str, situation: str, operation_id: str
    ) -> tuple[frozenset[int] | None, tuple[str, ...]]:
        found = self.acceptances(contract, situation, operation_id)
        ids = tuple(dict.fromkeys(entry.decision for entry in found))
        sets = [entry.statuses for entry in found if entry.statuses is not None]
        return (frozenset().union(*sets) if found and len(sets) == len(found) else None), ids

    def acceptances(self, contract: str, situation: str, operation_id: str) -> list[Acceptance]:
        """The most specific entries of decisions on a situation, as `accepted` explains."""
        for name in (contract, EVERY):
            decisions = [each for each in self.decisions.values() if name in each.contracts]
            accepted = (entry for decision in decisions for entry in decision.accepts)
            entries = [entry for entry in accepted if entry.situation == situation]
            own = [entry for entry in entries if operation_id in entry.operations]
            if found := own or [entry for entry in entries if not entry.operations]:
                return found
        return []

    def reaches_third_party(self, contract: str, operation_id: str) -> bool:
        """Whether a decision of the contract says that the operation reaches a third party's system."""
        return (contract, operation_id) in self._reaching

    def open(self, contract: str, operation_id: str, rule: str) -> str | None:
        """The decision that leaves `rule` of an operation open, so that nothing may be asserted, or None."""
        asked = contract, operation_id, rule
        if asked not in self._open:
            openings = [
                opening
                for decision in self.decisions.values()
                if contract in decision.contracts or EVERY in decision.contracts
                for opening in decision.leaves_open
            ]
            covering = (opening.decision for opening in openings if opening.covers(operation_id, rule))
            self._open[asked] = next(covering, None)
        return self._open[asked]


def facts_of(cites: Iterable[str], citations: Citations) -> tuple[str, ...]:
    """The citations without decisions, or all of them where there is nothing else.

    What an operation does in plain words is stated by its facts; the decisions beside them are on situations.
    """
    named = tuple(dict.fromkeys(cites))
    return tuple(cite for cite in named if cite not in citations.decisions) or named


def without_statuses(cites: Iterable[str], citations: Citations) -> tuple[str, ...]:
    """The citations without the decisions that say only which status answers, or all where nothing else is.

    Which records a list shows, for example, does not depend on how an unknown id is refused.
    """
    named = tuple(dict.fromkeys(cites))
    decisions = citations.decisions
    kept = tuple(cite for cite in named if cite not in decisions or not decisions[cite].only_statuses)
    return kept or named


def _unknown(what: str, citation: str, known: Iterable[str]) -> UnknownCitationError:
    near = ", ".join(nearest(citation, known)) or "none is near"
    return UnknownCitationError(f"no {what} {citation!r}; nearest: {near}")


def _facts(content: Mapping[str, Any]) -> Iterable[Fact]:
    for entry in content["facts"]:
        yield Fact(
            id=entry["id"],
            source=content["source"],
            title=content["title"],
            contract=content.get("contract"),
            section=entry["section"],
            level=entry["level"],
            says=entry["says"],
            address=entry.get("address"),
            why=entry.get("why"),
            unused=entry.get("unused"),
            holds_in=_version_range(entry.get("holds_in")),
        )


def _version_range(entry: Mapping[str, Any] | None) -> VersionRange | None:
    if entry is None:
        return None
    return VersionRange(entry["since"], entry.get("before", ""), tuple(entry.get("contradicted_by", ())))


def _numbers(version: str) -> tuple[float, ...]:
    return tuple(int(number) for number in version.split("."))


def _decision(entry: Mapping[str, Any]) -> Decision:
    name = entry["id"]
    return Decision(
        id=name,
        contracts=tuple(entry["contracts"]),
        question=entry["question"],
        reading=entry["reading"],
        why=entry["why"],
        settled_by=entry["settled_by"],
        cites=tuple(entry.get("cites", ())),
        accepts=tuple(_acceptance(item, name) for item in entry.get("accepts", ())),
        leaves_open=tuple(
            Opening(tuple(item["operations"]), item["rule"], name) for item in entry.get("leaves_open", ())
        ),
        only_permits=entry.get("only_permits") is True,
        only_statuses=entry.get("only_statuses") is True,
        shown_by=tuple(entry.get("shown_by", ())),
        shown_in_part=entry.get("shown_in_part") is True,
        only_values=entry.get("only_values") is True,
        unused=entry.get("unused"),
    )


def _acceptance(item: Mapping[str, Any], decision: str) -> Acceptance:
    statuses = item.get("statuses")
    return Acceptance(
        situation=item["situation"],
        operations=frozenset(item.get("operations", ())),
        statuses=None if statuses is None else frozenset(statuses),
        decision=decision,
        chosen=item.get("chosen"),
    )
