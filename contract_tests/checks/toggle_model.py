"""Things that are switched on and off: random walks of two opposite actions on one path, against a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, rule

from contract_tests.checks.lib.job_polling import GRACE
from contract_tests.checks.lib.model_walks import walk
from contract_tests.checks.lib.records import (
    in_short,
    instant,
    reading_of_a_file,
    record_of,
    same,
    shown_members,
)
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """For each action with an opposite that one takes the other back, and one walk for each truth value that
    shows which was last."""
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
            if on is not None:
                cites = (*facts_of(on.cites, citations), *facts_of(off.cites, citations))
                yield lifecycle(
                    off,
                    "takes-back",
                    title=f"{resource.read.id} shows otherwise what {on.id} and {off.id} take back",
                    cites=cites,
                    besides=reading_of_a_file(cites, contract),
                    check=partial(takes_back, resource=resource, on=on, off=off),
                    others=[on.id, resource.read.id],
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


def takes_back(session: Session, resource: Resource, on: Operation, off: Operation) -> None:
    """What a read shows otherwise after one action than before it changes again with the opposite one. This
    needs no name of a member: texts and truth values that move by themselves, and times, are left out.
    """
    path = session.subject(on.id)
    session.call(off.id, path=path)
    last = _steady(session, resource, path)
    changed: dict[str, Any] = {}
    for action in (on, off, on):
        session.control(session.call(action.id, path=path))
        now = _steady(session, resource, path)
        if changed and all(name in now and same(last.get(name), now[name]) for name in changed):
            session.context.sleep(GRACE)  # an action may show a moment later
            now = _steady(session, resource, path)
        name = next(iter(changed), "")
        if changed and all(each in now and same(last.get(each), now[each]) for each in changed):
            session.broken(
                expected=f"{name} {in_short(changed[name])} after {action.id}, as before the opposite",
                received=in_short(now[name]),
                exchange=session.exchanges[-1],
            )
        changed = {each: last[each] for each in last if each in now and not same(last[each], now[each])}
        last = now
    if not changed:
        raise Skipped(f"{on.id} and {off.id} change nothing that a read shows")


def _steady(session: Session, resource: Resource, path: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a thing that are neither times nor numbers and the same in two reads.

    Raises Skipped when a read shows no record.
    """
    assert resource.read is not None  # noqa: S101 - only such kinds come here
    first, second = (
        record_of(session.control(session.call(resource.read.id, path=path)), resource) for _ in range(2)
    )
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        raise Skipped(f"{resource.read.id} shows no record")
    return {
        name: value
        for name, value in first.items()
        if isinstance(value, bool | str) and instant(value) is None and same(value, second.get(name))
    }


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
