"""Whether a rule or an override can ever strike, told when it is added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from mock_server.contract.operation import Operation
from mock_server.faults.kinds.status import Status
from mock_server.faults.rule import FaultRule
from mock_server.overrides.override import Override
from mock_server.overrides.preference import ResponsePreference
from mock_server.pipeline.context import MountedContract
from mock_server.pipeline.documented import possible


def why_impossible(asked: FaultRule | Override, contracts: Mapping[str, MountedContract]) -> str | None:
    """Why this can never strike in these contracts, naming what is possible; None where it can."""
    if isinstance(asked, Override):
        return _why(asked.contract, asked.operation, asked.preference, contracts)
    fault, when = asked.fault, asked.when
    preference = (
        ResponsePreference(fault.code, fault.example) if isinstance(fault, Status) else ResponsePreference()
    )
    return _why(when.contract, when.operation, preference, contracts)


def _why(
    contract: str | None,
    operation: str | None,
    preference: ResponsePreference,
    contracts: Mapping[str, MountedContract],
) -> str | None:
    if contract is not None and contract not in contracts:
        return f"no contract {contract!r} is played; there are: {_listed(contracts)}"
    chosen = [mounted.contract for name, mounted in contracts.items() if contract in {None, name}]
    known = [one for each in chosen for one in each.operations.values()]
    asked = [one for one in known if operation in {None, one.id}]
    if not asked:
        where = f"in {contract}" if contract else "in any contract"
        return f"no operation {operation!r} {where}; {_instead(operation or '', known, alone=not contract)}"
    if any(preference.granted(one) for one in asked):
        return None
    if operation is None:
        codes = sorted({code for one in asked for code in one.responses})
        return f"no operation documents {preference.preferences()}; documented are: {_listed(codes)}"
    return f"{operation} does not document {preference.preferences()}; {_offers(asked)}"


def _instead(asked: str, known: Sequence[Operation], *, alone: bool) -> str:
    """What to ask for instead, in words: the nearest first. alone: only those that are near, as all contracts
    together have too many to read."""
    names = {one.id.lower(): one.id for one in known}
    near = [names.pop(name) for name in get_close_matches(asked.lower(), names)]
    if not near and alone:
        contracts = _listed(one.contract for one in known)
        return f"name the contract too, and its operations are told; there are: {contracts}"
    if not near:
        return f"there are: {_listed(names.values())}"
    meant = f"did you mean {' or '.join(near if alone else near[:1])}?"
    return meant if alone else f"{meant} There are also: {_listed([*near[1:], *names.values()])}"


def _offers(operations: Iterable[Operation]) -> str:
    """What these operations document, in words."""
    offered: dict[str, list[str]] = {}
    for operation in operations:
        for status, names in possible(operation).items():
            offered.setdefault(status, []).extend(names)
    told = (
        f"{status} ({', '.join(dict.fromkeys(names))})" if names else status
        for status, names in offered.items()
    )
    return f"it documents: {_listed(told)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"
