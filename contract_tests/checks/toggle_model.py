"""Things that are switched on and off: random walks of two opposite actions on one path, against a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, rule

from contract_tests.checks.lib.model_walks import walk
from contract_tests.checks.lib.records import in_short, instant, record_of, same, shown_members
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """One walk for each thing with an action, its opposite, and a truth value that shows which was last; for
    each of the two actions, that a read shows what it changed.
    """
    build = RequirementBuilder(contract, citations, Family.MODEL)
    lifecycle = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    resources = resources_of(contract)
    for resource in resources.all:
        if resource.read is None:
            continue
        members = [
            name
            for name, schema in shown_members(resource.read, resource).items()
            if schema.types == {"boolean"}
        ]
        for off in resource.actions:
            on = resources.undone_by(off)
            for action in (on, off) if on is not None else ():
                yield lifecycle(
                    action,
                    "kept",
                    title=f"{resource.read.id} shows what {action.id} changed, as its answer did",
                    cites=(*action.success_cites, *resource.read.success_cites) or action.cites,
                    check=partial(is_kept, resource=resource, action=action),
                    others=[resource.read.id],
                )
            if on is not None and members:
                yield build(
                    on,
                    "switches",
                    title=f"{', '.join(members)} follows {on.id} and {off.id} in any order",
                    cites=(*on.cites, *off.cites, *resource.read.cites),
                    check=partial(switches, resource=resource, on=on, off=off, members=members),
                    profile="default",
                    others=[off.id, resource.read.id],
                )


def is_kept(session: Session, resource: Resource, action: Operation) -> None:
    """A member that the answer to an action shows otherwise than a read before it is not shown by the next
    read as if nothing had happened. This needs no name of a member.
    """
    assert resource.read is not None  # noqa: S101 - only such kinds come here
    path = session.subject(action.id)
    before = record_of(session.control(session.call(resource.read.id, path=path)), resource)
    answered = record_of(session.control(session.call(action.id, path=path)), resource)
    read = session.control(session.call(resource.read.id, path=path))
    after = record_of(read, resource)
    if not (isinstance(before, Mapping) and isinstance(answered, Mapping) and isinstance(after, Mapping)):
        raise Skipped(f"{action.id} or {resource.read.id} shows no record")
    shared = [name for name in answered if name in before and name in after]
    # Times may move with a write that changes nothing else.
    steady = [name for name in shared if instant(answered[name]) is None]
    changed = [name for name in steady if not same(answered[name], before[name])]
    if not changed:
        raise Skipped(f"the answer to {action.id} shows no change")
    if all(same(after[name], before[name]) for name in changed):
        session.broken(
            expected=f"{changed[0]} {in_short(answered[changed[0]])}, as the answer to {action.id} showed it",
            received=f"{in_short(after[changed[0]])}, as before",
            exchange=read,
        )


def switches(session: Session, resource: Resource, on: Operation, off: Operation, members: list[str]) -> None:
    """Walk the machine of one pair of actions. Which value means on is learned from the answers."""
    learned: dict[bool, dict[str, Any]] = {}
    parts = {
        "session": session,
        "resource": resource,
        "on": on,
        "off": off,
        "members": members,
        "learned": learned,
    }
    walk(session, type("OneSwitch", (ToggleModel,), parts))


class ToggleModel(RuleBasedStateMachine):
    """The model: the last action decides."""

    session: Session
    resource: Resource
    on: Operation
    off: Operation
    members: list[str]
    learned: dict[bool, dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.state: bool | None = None

    @rule()
    def switch_on(self) -> None:
        """The action."""
        self._act(self.on, state=True)

    @rule()
    def switch_off(self) -> None:
        """The action that takes it back."""
        self._act(self.off, state=False)

    @rule()
    def look(self) -> None:
        """A read shows the state."""
        assert self.resource.read is not None  # noqa: S101 - only such kinds are walked
        exchange = self.session.control(self.session.call(self.resource.read.id))
        self._judge(exchange, record_of(exchange, self.resource))

    @rule()
    def survey(self) -> None:
        """The list shows the state."""
        if self.resource.list is None:
            return
        exchange = self.session.control(self.session.call(self.resource.list.id))
        key = self.session.fixtures.known(self.resource.key, self.resource.item)
        for one in self.session.items(exchange, self.resource):
            if isinstance(one, Mapping) and self.resource.id_in(one) == key:
                self._judge(exchange, one)

    def _act(self, operation: Operation, *, state: bool) -> None:
        exchange = self.session.call(operation.id)
        # How the thing stands before the first action is unknown: a refused one may be a repeat.
        repeats = self.state is state or (self.state is None and not exchange.ok)
        repeated = "repeat_setup" if state else "repeat_reset"
        self.session.expect(exchange, repeated if repeats else "update", what=f"with {operation.id}")
        self.state = state
        if exchange.ok:
            self._judge(exchange, record_of(exchange, self.resource))

    def _judge(self, exchange: Exchange, record: Any) -> None:
        if self.state is None or not isinstance(record, Mapping):
            return
        shown = {name: record.get(name) for name in self.members if name in record}
        wanted = self.learned.setdefault(self.state, shown)
        last = (self.on if self.state else self.off).id
        if shown != wanted or shown == self.learned.get(not self.state):
            self.session.broken(
                expected=f"{in_short(wanted)} after {last}, and after nothing else",
                received=in_short(shown),
                exchange=exchange,
            )
