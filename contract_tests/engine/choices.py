"""What the user chose, held against what there is: an unknown name is refused with the known ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from contract_tests.engine.selection import Selection
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.model import Requirement

_FEW = 40
"""So many names are listed whole; of more, the nearest ones."""


class SelectionError(Exception):
    """A name that nothing has, or a choice that leaves nothing; the text says what there is."""


def chosen(
    selection: Selection, contracts: Mapping[str, Contract], citations: Citations
) -> dict[str, list[Requirement]]:
    """The selected requirements by contract.

    Raises SelectionError for an unknown contract, tag, operation or requirement, and when nothing is left.
    """
    _refuse("contract", selection.contracts, contracts)
    within = {
        name: one for name, one in contracts.items() if not selection.contracts or name in selection.contracts
    }
    operations = [operation for contract in within.values() for operation in contract.operations.values()]
    _refuse("operation", selection.operations, [one.id for one in operations])
    _refuse("tag", selection.tags, [tag for one in operations for tag in one.tags])
    everything = Selection(profile="thorough")
    ids = [one.id for contract in within.values() for one in everything.of(contract, citations)]
    unmatched = [each for each in selection.requirements if not any(fnmatchcase(one, each) for one in ids)]
    _refuse("requirement", unmatched, ids)
    found = {name: selection.of(contract, citations) for name, contract in within.items()}
    if not any(found.values()):
        raise SelectionError(
            f"no requirement of the profile {selection.profile!r} fits all of these choices together"
        )
    return found


def requirement(
    name: str, contracts: Iterable[Contract], citations: Citations
) -> tuple[Contract, Requirement]:
    """The requirement of that id and its contract. Raises SelectionError naming the nearest ids."""
    everything = Selection(profile="thorough")
    found = {one.id: (contract, one) for contract in contracts for one in everything.of(contract, citations)}
    _refuse("requirement", [name], found)
    return found[name]


def _refuse(kind: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in sorted(set(names) - set(known)):
        raise SelectionError(f"there is no {kind} {name!r}; {_there_is(name, list(dict.fromkeys(known)))}")


def _there_is(name: str, known: list[str]) -> str:
    if len(known) <= _FEW:
        return f"there are {', '.join(known) or 'none'}"
    near = get_close_matches(name, known, n=5, cutoff=0.4) or known[:5]
    return f"the nearest are {', '.join(near)}; `contract-tests list` shows all of them"
