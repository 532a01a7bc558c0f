"""What the steps work with beside a world: everything a server loads from its files, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle, OperationBehaviour
from mock_server.behaviours.lifecycle import moving
from mock_server.contract.operation import Contract, Operation
from mock_server.contract.plan import Alternative, OperationPlan, compile_security
from mock_server.contract.router import Router
from mock_server.errors.dialect import Dialect, error_statuses
from mock_server.handlers.dispatch import compile_handler
from mock_server.handlers.registry import NO_COLLECTION, Handler, Registry
from mock_server.principals import Principals
from mock_server.redaction import Quotation, Redactor

if TYPE_CHECKING:
    from mock_server.handlers.response_builder import ResponseBuilder
    from mock_server.sign_in.endpoints import AuthorizationServer
    from mock_server.upstream.service import Upstream


@dataclass(frozen=True, slots=True)
class MountedContract:
    """A contract with everything the mock needs to serve it.

    dialect: how its platform words refusals and orders its checks. principals: as its fixtures have them; a
    scenario may have others. builder: completes records and replies, None if they are not completed.
    """

    contract: Contract
    dialect: Dialect
    behaviours: Behaviours
    principals: Principals
    builder: ResponseBuilder | None = None


@dataclass(frozen=True, eq=False)
class Route:
    """One operation, compiled at its first request. Equal to itself alone.

    compile: compiles its plan. registry: handlers of operations that have their own.
    """

    mounted: MountedContract
    operation: Operation
    compile: Callable[[], OperationPlan]
    registry: Registry

    @cached_property
    def handler(self) -> Handler:
        """What answers a valid call."""
        return compile_handler(
            self.operation,
            self.behaviour,
            self.registry,
            completes=self.mounted.builder is not None,
            has_known_values=self.mounted.behaviours.has_known_values,
        )

    @cached_property
    def plan(self) -> OperationPlan:
        """Everything that handling a request needs of the operation's schemas."""
        return self.compile()

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The security schemes of which one or several together suffice."""
        return compile_security(self.operation, self.mounted.contract)

    @cached_property
    def error_statuses(self) -> frozenset[int]:
        """The statuses of the errors that the platform can word for the operation, documented or not."""
        return error_statuses(self.mounted.dialect, self.operation)

    @cached_property
    def behaviour(self) -> OperationBehaviour:
        """What the operation does."""
        return self.mounted.behaviours.operation(self.operation.id)

    @cached_property
    def collection(self) -> Collection:
        """Of the records that the operation is about, NO_COLLECTION for one without."""
        name = self.behaviour.collection
        return NO_COLLECTION if name is None else self.mounted.behaviours.collections[name]

    @cached_property
    def may_count_reads(self) -> bool:
        """Whether the operation's reply can move records whose state depends on how often they are read."""
        behaviour = self.behaviour
        if behaviour.action not in {"read", "list"} or behaviour.collection is None:
            return False
        return self.mounted.behaviours.collections[behaviour.collection].lifecycle is not None

    @cached_property
    def has_items(self) -> bool:
        """Whether the records that the operation lists or creates are read below its own path."""
        behaviours, path = self.mounted.behaviours, self.operation.path.rstrip("/")
        if self.behaviour.collection is None or self.behaviour.action not in {"create", "list"}:
            return False
        reads = (name for name, behaviour in behaviours.operations.items() if behaviour.action == "read")
        items = (self.mounted.contract.operations[name].path for name in reads)
        return any(item.rpartition("/")[0] == path and item.endswith("}") for item in items)

    @cached_property
    def quotation(self) -> Quotation | None:
        """What an error may quote of the operation's request body, None without one."""
        body = self.plan.body
        return None if body is None else Quotation(body.check.schema, self.mounted.contract.schemas)


@dataclass(frozen=True)
class ServerContext:
    """What all worlds of a server share.

    contracts: by name. registry: handlers of operations that have their own. auth, strict_replies: as in
    Settings. redactor: decides what the journal and the request log may keep. kept_replies: the maximum
    number of replies to idempotency keys that each contract keeps in a world. upstream: the real services
    that answer operations, None for none. authorization: where clients sign in, None where no contract asks
    for it.
    """

    contracts: Mapping[str, MountedContract]
    router: Router[Route]
    registry: Registry
    auth: str
    strict_replies: bool
    redactor: Redactor
    kept_replies: int
    upstream: Upstream | None = None
    authorization: AuthorizationServer | None = None

    @cached_property
    def moving(self) -> tuple[tuple[Collection, Lifecycle], ...]:
        """The collections whose records move with time."""
        return tuple(moving(mounted.behaviours for mounted in self.contracts.values()))
