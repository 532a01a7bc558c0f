"""Which statuses an operation may answer, documents and decisions taken together."""

from __future__ import annotations

from functools import lru_cache

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import resources_of


@lru_cache(maxsize=512)
def successes(
    citations: Citations, contract: Contract, operation: Operation, *, repeated: bool = False
) -> frozenset[int]:
    """The 2xx an implementation may answer to a valid call; all where the document names none.

    repeated: to the same call once more, too.

    What a decision of the contract names is added to the documented ones; what `every` names only where a
    document's own status has no documented fact behind it, so that a documented status stays exact.
    """
    allowed = frozenset(operation.successes or range(200, 300))
    for situation in _situations(contract, operation, repeated=repeated):
        statuses, ids = citations.accepted(contract.name, situation, operation.id)
        own = any(contract.name in citations.decisions[decision].contracts for decision in ids)
        if statuses is not None and (own or not _is_certain(citations, operation)):
            allowed |= {status for status in statuses if 200 <= status < 300}
    return allowed


def tolerated(citations: Citations, contract: Contract, operation: Operation) -> frozenset[int]:
    """What the operation may answer because it reaches a system of a third party; empty for all others."""
    if not citations.reaches_third_party(contract.name, operation.id):
        return frozenset()
    return citations.accepted(contract.name, "third_party", operation.id)[0] or frozenset()


def _situations(contract: Contract, operation: Operation, *, repeated: bool) -> tuple[str, ...]:
    resource = resources_of(contract).of(operation)
    if resource is None:
        return ()
    first, again = "", ""
    if operation is resource.create:
        job = resource.update is None and resource.delete is None
        first, again = ("trigger", "second_trigger") if job else ("create", "replay")
    elif operation is resource.update:
        first = "update"
    elif operation is resource.delete:
        first, again = "delete", "delete_again"
    elif operation in resource.actions and operation.path.endswith("/cancel"):
        first, again = "cancel", "cancel_idle"
    return tuple(each for each in (first, again if repeated else "") if each)


def _is_certain(citations: Citations, operation: Operation) -> bool:
    """Whether a documented success has a document behind it, or the document is all there is."""
    return any(
        "#" in cite or (cite in citations.facts and citations.facts[cite].level == "documented")
        for cite in operation.success_cites
    )
