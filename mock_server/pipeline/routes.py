"""Every operation of the contracts, compiled and found by method and path."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.contract.operation import Contract
from mock_server.contract.plan import compile_plan
from mock_server.contract.projection import Projector
from mock_server.contract.router import Router
from mock_server.contract.validation import Judge
from mock_server.errors.startup import StartupError
from mock_server.pipeline.context import MountedContract, Route


def routed(contracts: Iterable[MountedContract]) -> Router[Route]:
    """A router over every operation of these contracts. Raises StartupError where two take the same place."""
    router: Router[Route] = Router()
    faults: list[str] = []
    for mounted in contracts:
        for route in _routes(mounted, mounted.contract):
            operation = route.plan.operation
            taken = router.add(operation.method, operation.path, route)
            if taken is not None:
                faults.append(
                    f"{mounted.contract.name}: {operation.method} {operation.path} is taken by {taken}"
                )
    if faults:
        raise StartupError(*faults)
    return router


def _routes(mounted: MountedContract, contract: Contract) -> Iterable[Route]:
    judge, projector = Judge(contract), Projector(contract.schemas)
    for operation in contract.operations.values():
        plan = compile_plan(
            operation, contract, judge=judge, projector=projector, coercion=mounted.dialect.coercion
        )
        yield Route(mounted, plan, mounted.behaviours.operation(operation.id))
