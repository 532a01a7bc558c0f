"""Which requirements a run judges, and the refusal of names that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import filter as filter_names
from fnmatch import fnmatchcase
from hashlib import sha256

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.catalogue import catalogue
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.profiles import PROFILES
from contract_tests.suggestions import unknown
from contract_tests.target.target_file import ContractTarget


@dataclass(frozen=True, slots=True)
class Selection:
    """What to judge: empty means everything.

    requirements, excluded: ids to take and ids to leave out, patterns allowed. families: their values.
    shard: which part of what is examined, and of how many; what is judged by all answers is in every part.
    costs: the seconds that requirements took, by id: parts take as long as one another then.
    """

    contracts: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    requirements: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    profile: str = "quick"

    def of(self, contract: Contract, citations: Citations) -> list[Requirement]:
        """The selected requirements of a contract, in catalogue order. Raises CatalogueError."""
        selected = [
            requirement
            for requirement in catalogue(contract, citations)
            if self._takes(requirement, contract)
        ]
        if self.shard is None:
            return selected
        part, parts = self.shard
        numbers = _parts([each.id for each in selected if each.check is not None], parts, self.costs)
        return [each for each in selected if numbers.get(each.id, part) == part]

    def _takes(self, requirement: Requirement, contract: Contract) -> bool:
        tags = {tag for name in requirement.operations for tag in contract.operations[name].tags}
        return (
            PROFILES.index(requirement.profile) <= PROFILES.index(self.profile)
            and (not self.operations or not self.operations.isdisjoint(requirement.operations))
            and (not self.tags or not self.tags.isdisjoint(tags))
            and (not self.families or requirement.family in self.families)
            and (not self.requirements or _matches(requirement.id, self.requirements))
            and not _matches(requirement.id, self.excluded)
        )

    def leaves_out(self, requirement: Requirement, target: ContractTarget) -> bool:
        """Whether a requirement needs what the target file does not give. Those asked for by id are kept."""
        given = requirement.given
        return given is not None and not self.requirements and not given.is_in(target)

    def exercising(self, contract: Contract, citations: Citations) -> list[Requirement]:
        """Requirements to run uncounted: a selected response requirement judges the exchanges of others.

        They are those with a check, of operations of which only response requirements are selected. Raises
        CatalogueError.
        """
        wanted = replace(self, shard=None).of(contract, citations)
        with_check = {each.operations[0] for each in wanted if each.check is not None}
        without_check = {each.operations[0] for each in wanted if each.check is None}
        not_called = without_check - with_check
        everything = Selection(profile=self.profile).of(contract, citations)
        return [each for each in everything if each.check is not None and each.operations[0] in not_called]


EVERYTHING = Selection()
"""Every requirement of the quick profile."""


class SelectionError(Exception):
    """A name that does not exist, or a selection that leaves nothing; the text names what exists."""


def chosen(
    selection: Selection, contracts: Mapping[str, Contract], citations: Citations
) -> dict[str, list[Requirement]]:
    """The selected requirements by contract.

    Raises SelectionError for an unknown contract, tag, operation or requirement, and when nothing is left.
    """
    _refuse("contract", selection.contracts, contracts)
    within = {
        name: contract
        for name, contract in contracts.items()
        if not selection.contracts or name in selection.contracts
    }
    operations = [operation for contract in within.values() for operation in contract.operations.values()]
    _refuse("operation", selection.operations, [operation.id for operation in operations])
    _refuse("tag", selection.tags, [tag for operation in operations for tag in operation.tags])
    everything = Selection(profile="thorough")
    ids = [each.id for contract in within.values() for each in everything.of(contract, citations)]
    patterns = (*selection.requirements, *selection.excluded)
    unmatched = [pattern for pattern in patterns if not filter_names(ids, pattern)]
    _refuse("requirement", unmatched, ids)
    selected = {name: selection.of(contract, citations) for name, contract in within.items()}
    if not any(selected.values()):
        raise SelectionError(
            f"no requirement of the profile {selection.profile!r} fits all of these choices together"
        )
    return selected


def requirement(
    name: str, contracts: Iterable[Contract], citations: Citations
) -> tuple[Contract, Requirement]:
    """The requirement of that id and its contract. Raises SelectionError naming the nearest ids."""
    everything = Selection(profile="thorough")
    by_id = {
        each.id: (contract, each) for contract in contracts for each in everything.of(contract, citations)
    }
    _refuse("requirement", [name], by_id)
    return by_id[name]


def _parts(ids: Iterable[str], parts: int, costs: Mapping[str, float]) -> dict[str, int]:
    """The part of each requirement, counted from 1.

    The dearest one first goes to the part with the least to do; one without a cost goes where its id leads.
    So a new requirement changes the part of no other.
    """
    found = {name: int(sha256(name.encode()).hexdigest(), 16) % parts + 1 for name in ids}
    load = dict.fromkeys(range(1, parts + 1), 0.0)
    for name in sorted(costs.keys() & found.keys(), key=lambda each: (-costs[each], each)):
        found[name] = min(load, key=lambda part: (load[part], part))
        load[found[name]] += costs[name]
    return found


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _refuse(what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in sorted(set(names) - set(known)):
        raise SelectionError(unknown(what, name, known, hint="`contract-tests list` shows all of them"))
