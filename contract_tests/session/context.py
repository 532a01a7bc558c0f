"""What all checks of one contract share during a run."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from contract_tests.evidence.citations import Citations
from contract_tests.generation.canaries import Canaries
from contract_tests.generation.valid import BodiesTried
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resources, resources_of
from contract_tests.session.cleanup_file import CleanupFile
from contract_tests.session.client import Client
from contract_tests.session.creations import Creations, Siblings
from contract_tests.session.delivery import DeliveryService
from contract_tests.session.permissions import Permissions
from contract_tests.session.throttle import Throttle
from contract_tests.session.turns import Turns
from contract_tests.target.target_file import ContractTarget, Target, TargetError


@dataclass(frozen=True, slots=True)
class Allowed:
    """The statuses that may answer, and the decisions that chose them.

    situation: the one that is given, empty where no decision speaks of it.
    """

    statuses: frozenset[int]
    decisions: tuple[str, ...]
    situation: str = ""

    def with_statuses(self, more: Iterable[int]) -> Allowed:
        """The same with more statuses."""
        return replace(self, statuses=self.statuses | frozenset(more))


@dataclass
class RunContext:
    """One implementation of one contract, ready to be examined.

    profile: how thoroughly walks and generators go about it. stopped: set when the run is to end.
    controls: when a plain valid call of an operation last succeeded (a clock's seconds). observed: what one
    check saw that speaks for others too; like the controls it is forgotten as soon as something breaks.
    bodies: which bodies made from schemas alone were refused. undeletable: delete operations that failed.
    leftovers: what could not be deleted. undeletable_objects: what no operation of the contract deletes.
    left: how many objects could not be deleted, by the path template of the object.
    endless: how many jobs or workflows did not end in time, by the operation that starts them or by their
    id.
    records: the answers to creations, by the path template of the object and its id.
    deleted_known: what stands for known things that the run has deleted, see `Fixtures`.
    answered: the statuses that answered in situations about which decisions speak, by situation and
    operationId.
    cleanup_file: where creations are noted. written: when something was last written (a clock's seconds).
    turns: whose turn it is to act, where requirements are examined side by side. changed_by_others: the
    collections in which others create or delete objects during the run. left_alone: until when others are
    taken to leave a collection alone (a clock's seconds).
    """

    contract: Contract
    target: ContractTarget
    citations: Citations
    client: Client
    seed: int
    sleep: Callable[[float], None] = time.sleep
    stopped: threading.Event = field(default_factory=threading.Event)
    profile: str = "quick"
    canaries: Canaries = field(default_factory=Canaries)
    controls: dict[str, float] = field(default_factory=dict)
    bodies: BodiesTried = field(default_factory=BodiesTried)
    observed: dict[str, Any] = field(default_factory=dict)
    undeletable: set[str] = field(default_factory=set)
    leftovers: list[str] = field(default_factory=list)
    undeletable_objects: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    endless: Counter[str] = field(default_factory=Counter)
    records: dict[tuple[str, str], Any] = field(default_factory=dict)
    deleted_known: dict[tuple[str, str], Any] = field(default_factory=dict)
    answered: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    cleanup_file: CleanupFile | None = None
    written: float = 0.0
    turns: Turns = field(default_factory=Turns)
    changed_by_others: set[Siblings] = field(default_factory=set)
    left_alone: dict[Siblings, float] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        target: Target,
        name: str,
        *,
        citations: Citations,
        seed: int = 0,
        stopped: threading.Event | None = None,
        profile: str = "quick",
        read_only: bool = False,
        cleanup_file: CleanupFile | None = None,
        throttle: Throttle | None = None,
    ) -> RunContext:
        """The context of one contract of a target; its pauses end when `stopped` is set.

        read_only: whether only reading requests are sent. throttle: how fast requests are sent.

        Raises TargetError, SpecError or UnreadableError.
        """
        contract, one, event = target.contract(name), target.contracts[name], stopped or threading.Event()
        turns = Turns()

        def wait(seconds: float) -> None:
            event.wait(seconds)

        def sleep(seconds: float) -> None:
            with turns.away():
                event.wait(seconds)

        try:
            permissions = Permissions(contract, one, read_only=read_only)
            client = Client(
                contract, one, permissions=permissions, throttle=throttle, turns=turns, sleep=wait
            )
        except TargetError as error:
            raise TargetError(f"{target.source}: contracts.{name}.{error}") from error
        return cls(
            contract,
            one,
            citations,
            client,
            seed,
            sleep,
            event,
            profile,
            cleanup_file=cleanup_file,
            turns=turns,
        )

    @property
    def permissions(self) -> Permissions:
        """What the run may do, and what it has created."""
        return self.client.permissions

    @cached_property
    def creations(self) -> Creations:
        """What the run created, and what was there before."""
        return Creations(self.contract.name, self.permissions.made_up.nonce, self.cleanup_file)

    @cached_property
    def delivery(self) -> DeliveryService:
        """What gets an answer to each request."""
        return DeliveryService(self.client, sleep=self.sleep)

    @cached_property
    def resources(self) -> Resources:
        """The resources of the contract."""
        return resources_of(self.contract)

    def settle(self) -> None:
        """Wait until the last write shows in every answer, where the target says that it takes a while."""
        left = self.written + self.target.settle - time.monotonic()
        if self.target.settle and left > 0:
            self.sleep(left)

    def unique(self, prefix: str) -> str:
        """A text that was not used before.

        Not part of what a seed repeats: the implementation may remember earlier runs.
        """
        return self.permissions.made_up.unique(prefix)

    def accepted(self, situation: str, operation: Operation) -> tuple[frozenset[int] | None, tuple[str, ...]]:
        """The statuses any implementation may answer in a situation, and the decisions that say so."""
        return self.citations.accepted(self.contract.name, situation, operation.id)

    def allowed(self, operation: Operation, *situations: str) -> Allowed | None:
        """What may answer in a situation that may also be taken for the others; None where a decision leaves
        one open.

        situations: the one that is given first.
        """
        statuses: set[int] = set()
        decisions: list[str] = []
        for situation in situations:
            found, ids = self.accepted(situation, operation)
            if found is None:
                return None
            statuses |= found
            decisions += ids
        return Allowed(frozenset(statuses), tuple(dict.fromkeys(decisions)), situations[0])

    def exact_success(self, operation: Operation) -> tuple[str, ...]:
        """The decisions by which no other success answers than the documented one: where there are any,
        another one breaks a reading, no document."""
        return self.accepted("success", operation)[1]

    def is_open(self, operation: Operation, rule: str) -> bool:
        """Whether a decision leaves the rule open, so that nothing may be asserted."""
        return self.citations.open(self.contract.name, operation.id, rule) is not None

    def is_third_party(self, operation: Operation) -> bool:
        """Whether the decisions say that the operation reaches a system of a third party."""
        return self.citations.reaches_third_party(self.contract.name, operation.id)
