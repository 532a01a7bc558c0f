"""How a family writes its requirements: id, level and contract follow from what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contract_tests.citations import Citations
from contract_tests.contract import Contract, Operation
from contract_tests.levels import level_of
from contract_tests.requirements import Check, Family, Requirement


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the requirements of one family of one contract."""

    contract: Contract
    citations: Citations
    family: Family

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
            id=f"{self.contract.name}.{operation.id}.{self.family.value}.{what}",
            contract=self.contract.name,
            family=self.family,
            level=level_of(named, self.citations, self.contract),
            title=title,
            operations=(operation.id, *others),
            cites=named,
            check=check,
            profile=profile,
        )

    def is_open(self, operation: Operation, rule: str) -> bool:
        """Whether a decision leaves the rule open, so that nothing may be asserted."""
        return self.citations.open(self.contract.name, operation.id, rule) is not None

    def decided(self, situation: str, operation: Operation) -> tuple[str, ...]:
        """The decisions that say what may answer a situation."""
        return self.citations.accepted(self.contract.name, situation, operation.id)[1]
