"""How requirements are written: one by one or as a table; id, level and contract follow from what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import carrying, level_of, strongest
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.requirements.families import COMPARING, Family
from contract_tests.requirements.model import Assertion, Check, Given, Requirement


@dataclass(frozen=True, slots=True)
class RequirementSpec:
    """What stands behind a promise of a table.

    operation: whose it is. what: the end of its id. cites: what it cannot do without, with spaces between.
    check: how it is examined. others: more operations it speaks of. background: what is worth reading besides
    and is not needed. decided: a situation; what was decided for it is background too. waits: whether the
    check mostly waits. also: further promises of the check, each with what it cannot do without.
    compares: as for a requirement.
    """

    operation: str
    what: str
    cites: str
    check: Callable[..., None]
    others: tuple[str, ...] = ()
    background: str = ""
    decided: str = ""
    waits: bool = False
    also: tuple[tuple[str, str], ...] = ()
    compares: bool = False


RequirementTable = Mapping[str, RequirementSpec]
"""Rows by their promise, in which `{name}` is the id of the operation the table calls so."""


@dataclass(frozen=True, slots=True)
class RequirementBuilder:
    """Makes the requirements of one family of one contract."""

    contract: Contract
    citations: Citations
    family: str

    def __call__(
        self,
        operation: Operation,
        what: str,
        *,
        title: str,
        cites: Iterable[str],
        check: Check | None,
        profile: str = "quick",
        others: Iterable[str] = (),
        background: Iterable[str] = (),
        also: Iterable[Assertion] = (),
        besides: Iterable[str] = (),
        waits: bool = False,
        compares: bool = False,
        given: Given | None = None,
    ) -> Requirement:
        """A requirement `<contract>.<operation>.<family>.<what>`.

        cites: what one place of the specification cites for it. others: more operationIds it speaks of.
        background: citations worth reading that are not needed. also: further assertions of the check.
        besides: what another place cites that is needed as well. waits: whether the check mostly waits.
        compares: whether it compares what is there before and after a call, as those of some families do
        anyway. given: what only the target file can give, as for a requirement.
        """
        places = [tuple(cites), tuple(besides)]
        needs = tuple(cite for each in places for cite in carrying(each, self.citations, self.contract))
        return self._requirement(
            operation,
            what,
            (Assertion(title, needs), *also),
            title=title,
            cites=(*places[0], *places[1], *background),
            check=check,
            profile=profile,
            others=others,
            waits=waits,
            compares=compares,
            given=given,
        )

    def asserting(
        self,
        operation: Operation,
        what: str,
        *,
        title: str,
        assertions: Iterable[Assertion],
        background: Iterable[str] = (),
    ) -> Requirement:
        """A requirement that every response is held against.

        assertions: with what places of the specification cite for each; those that need the same become one.
        """
        whats: dict[tuple[str, ...], list[str]] = {}
        for each in assertions:
            whats.setdefault(carrying(each.needs, self.citations, self.contract), []).append(each.what)
        return self._requirement(
            operation,
            what,
            tuple(Assertion("; ".join(dict.fromkeys(named)), needs) for needs, named in whats.items()),
            title=title,
            cites=background,
            check=None,
        )

    def _requirement(
        self,
        operation: Operation,
        what: str,
        assertions: tuple[Assertion, ...],
        *,
        title: str,
        cites: Iterable[str],
        check: Check | None,
        profile: str = "quick",
        others: Iterable[str] = (),
        waits: bool = False,
        compares: bool = False,
        given: Given | None = None,
    ) -> Requirement:
        """The requirement of these assertions; its level is that of the strongest."""
        needed = [cite for assertion in assertions for cite in assertion.needs]
        return Requirement(
            id=f"{self.contract.name}.{operation.id}.{self.family}.{what}",
            contract=self.contract.name,
            family=self.family,
            level=strongest(level_of(each.needs, self.citations, self.contract) for each in assertions),
            title=title,
            operations=(operation.id, *others),
            cites=tuple(dict.fromkeys([*needed, *cites])),
            check=check,
            profile=profile,
            assertions=assertions,
            waits=waits,
            compares=compares or self.family in COMPARING,
            given=given,
        )

    def table(
        self,
        table: RequirementTable,
        operations: Mapping[str, Operation],
        *,
        behind: Mapping[str, Iterable[str]] | None = None,
        **given: Any,
    ) -> Iterator[Requirement]:
        """The requirements of a table.

        operations: by the names the table uses. behind: the ids some words of its citations stand for.
        given: what its checks are handed beside the session. Raises KeyError for an unknown operation.
        """
        ids = {name: operation.id for name, operation in operations.items()}
        for promise, row in table.items():
            operation = operations[row.operation]
            decided = self.decided(row.decided, operation) if row.decided else ()
            assertions = tuple(
                Assertion(what.format_map(ids), _needs(cites, behind or {}))
                for what, cites in ((promise, row.cites), *row.also)
            )
            yield self._requirement(
                operation,
                row.what,
                assertions,
                title=assertions[0].what,
                cites=(*row.background.split(), *decided),
                check=partial(row.check, **given),
                others=[ids[name] for name in row.others],
                waits=row.waits,
                compares=row.compares,
            )

    def is_open(self, operation: Operation, rule: str) -> bool:
        """Whether a decision leaves the rule open, so that nothing may be asserted."""
        return self.left_open(operation, rule) is not None

    def left_open(self, operation: Operation, rule: str) -> str | None:
        """The decision that leaves the rule open, if one does."""
        return self.citations.open(self.contract.name, operation.id, rule)

    def accepted(self, situation: str, operation: Operation) -> tuple[frozenset[int] | None, tuple[str, ...]]:
        """What may answer a situation, None where that is open, and the decisions that say so."""
        return self.citations.accepted(self.contract.name, situation, operation.id)

    def decided(self, situation: str, operation: Operation) -> tuple[str, ...]:
        """The decisions that say what may answer a situation."""
        return self.accepted(situation, operation)[1]


def _needs(cites: str, behind: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The citations of a row, in which some words stand for several."""
    return tuple(cite for word in cites.split() for cite in behind.get(word, [word]))


def build_requirements(
    contract: Contract, citations: Citations, tables: Mapping[Family, RequirementTable]
) -> Iterator[Requirement]:
    """The requirements of a contract's own tables, which call operations by their ids."""
    for family, table in tables.items():
        yield from RequirementBuilder(contract, citations, family).table(table, contract.operations)
