"""Which requirements a run judges."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.catalogue import catalogue
from contract_tests.requirements.model import PROFILES, Requirement


@dataclass(frozen=True, slots=True)
class Selection:
    """What to judge: empty means everything. requirements: ids, patterns allowed. families: their values."""

    contracts: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    requirements: tuple[str, ...] = ()
    profile: str = "quick"

    def of(self, contract: Contract, citations: Citations) -> list[Requirement]:
        """The selected requirements of a contract, in catalogue order. Raises CatalogueError."""
        return [one for one in catalogue(contract, citations) if self._takes(one, contract)]

    def _takes(self, requirement: Requirement, contract: Contract) -> bool:
        tags = {tag for name in requirement.operations for tag in contract.operations[name].tags}
        return (
            PROFILES.index(requirement.profile) <= PROFILES.index(self.profile)
            and (not self.operations or not self.operations.isdisjoint(requirement.operations))
            and (not self.tags or not self.tags.isdisjoint(tags))
            and (not self.families or requirement.family.value in self.families)
            and (
                not self.requirements or any(fnmatchcase(requirement.id, each) for each in self.requirements)
            )
        )

    def provoking(self, contract: Contract, citations: Citations) -> list[Requirement]:
        """Requirements to run uncounted: a selected passive one judges the exchanges of others.

        They are the active ones of operations of which only passive ones are selected. Raises CatalogueError.
        """
        wanted = self.of(contract, citations)
        heard = {one.operations[0] for one in wanted if one.check is not None}
        silent = {one.operations[0] for one in wanted if one.check is None} - heard
        everything = Selection(profile=self.profile).of(contract, citations)
        return [one for one in everything if one.check is not None and one.operations[0] in silent]


EVERYTHING = Selection()
"""Every requirement of the quick profile."""
