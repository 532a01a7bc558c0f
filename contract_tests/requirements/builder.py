"""How requirements are written: one by one or as a table; id, level and contract follow from what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import level_of
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Check, Requirement


@dataclass(frozen=True, slots=True)
class RequirementSpec:
    """What stands behind a promise of a table.

    operation: whose it is. what: the end of its id. cites: what it rests on, with spaces between. check: how
    it is examined. others: more operations it speaks of. decided: a situation; what was decided for it is
    cited too.
    """

    operation: str
    what: str
    cites: str
    check: Callable[..., None]
    others: tuple[str, ...] = ()
    decided: str = ""


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
    ) -> Requirement:
        """A requirement `<contract>.<operation>.<family>.<what>`; others: more operationIds it speaks of."""
        named = tuple(dict.fromkeys(cites))
        return Requirement(
            id=f"{self.contract.name}.{operation.id}.{self.family}.{what}",
            contract=self.contract.name,
            family=self.family,
            level=level_of(named, self.citations, self.contract),
            title=title,
            operations=(operation.id, *others),
            cites=named,
            check=check,
            profile=profile,
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
            said = [cite for word in row.cites.split() for cite in (behind or {}).get(word, [word])]
            yield self(
                operation,
                row.what,
                title=promise.format_map(ids),
                cites=[*said, *(self.decided(row.decided, operation) if row.decided else ())],
                check=partial(row.check, **given),
                others=[ids[name] for name in row.others],
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


def build_requirements(
    contract: Contract, citations: Citations, tables: Mapping[Family, RequirementTable]
) -> Iterator[Requirement]:
    """The requirements of a contract's own tables, which call operations by their ids."""
    for family, table in tables.items():
        yield from RequirementBuilder(contract, citations, family).table(table, contract.operations)
