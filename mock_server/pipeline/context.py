"""What the steps work with beside a world: the parts of a server, built from its files and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.behaviours.declared import Behaviours, OperationBehaviour
from mock_server.contract.operation import Contract
from mock_server.contract.plan import Plan
from mock_server.contract.router import Router
from mock_server.errors.dialect import Dialect
from mock_server.handlers.registry import Registry
from mock_server.principals import Principals


@dataclass(frozen=True, slots=True)
class MountedContract:
    """One contract as it is played."""

    contract: Contract
    dialect: Dialect
    behaviours: Behaviours
    principals: Principals


@dataclass(frozen=True, slots=True)
class Route:
    """One operation, ready to be asked."""

    mounted: MountedContract
    plan: Plan
    behaviour: OperationBehaviour


@dataclass(frozen=True, slots=True)
class ServerContext:
    """What all worlds of a server share. auth and strict_replies as in the settings. credentials: those the
    server was started with, which no principal has: masked wherever a principal's are."""

    contracts: Mapping[str, MountedContract]
    router: Router[Route]
    registry: Registry
    auth: str
    strict_replies: bool
    credentials: frozenset[str] = frozenset()
