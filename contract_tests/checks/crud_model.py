"""Things that come and go: random walks of making, changing, reading and deleting, against a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from contract_tests.checks.lib.model_walks import walk
from contract_tests.checks.lib.records import echoed_members, hold, listed_ids, record_of, reread
from contract_tests.checks.lib.values import NoOtherError, other_value
from contract_tests.checks.lifecycle import made
from contract_tests.checks.lifecycle_delete import allowed_below_deleted
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Created, Session

_ANY = st.integers(min_value=0, max_value=11)
"""Chooses among however many there are, by remainder."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """One walk for each kind of thing that can be created under things that cannot."""
    build = RequirementBuilder(contract, citations, Family.MODEL)
    every = resources_of(contract).all
    for resource in every:
        makeable_above = any(each.create and each.item in resource.parent_places for each in every)
        if resource.create is None or makeable_above:
            continue
        below = [each for each in every if each.create and resource.item in each.parent_places]
        operations = [
            one
            for each in (resource, *below)
            for one in (each.read, each.update, each.delete, each.list)
            if one
        ]
        cites = [cite for one in (resource.create, *operations) for cite in one.cites]
        yield build(
            resource.create,
            "walks",
            title=f"after any sequence of calls each of {resource.name} is as those calls left it",
            cites=cites,
            check=partial(walks, resource=resource, below=below),
            profile="default",
            others=[operation.id for operation in operations],
        )


def walks(session: Session, resource: Resource, below: list[Resource]) -> None:
    """Walk the machine of one kind of thing."""
    walk(
        session,
        type("ThingsOfOneKind", (CrudModel,), {"session": session, "resource": resource, "below": below}),
    )


@dataclass(eq=False)
class Held:
    """One living thing: what it must show, and what was made below it, by the name of its kind."""

    created: Created
    sent: Mapping[str, Any]
    shows: dict[str, Any]
    below: dict[str, dict[str, Created]] = field(default_factory=dict)


class CrudModel(RuleBasedStateMachine):
    """The model. Its subclass names the session, the resource and the resources below it."""

    session: Session
    resource: Resource
    below: list[Resource]

    def __init__(self) -> None:
        super().__init__()
        self.living: list[Held] = []
        self.gone: list[Created] = []

    @rule()
    def make(self) -> None:
        """A new thing shows what was sent."""
        sent, created = made(self.session, self.resource)
        assert self.resource.create is not None  # noqa: S101 - only such kinds are walked
        echoed = echoed_members(self.resource.create, self.resource)
        # The highest number may be given again once its thing is deleted, as databases do that count rows.
        self.gone = [gone for gone in self.gone if gone.path != created.path]
        self.living.append(
            Held(created, sent, {name: value for name, value in sent.items() if name in echoed})
        )

    @precondition(lambda self: self.living)
    @rule(which=_ANY)
    def look(self, which: int) -> None:
        """A living thing shows what the calls left it with."""
        self._look_at(self.living[which % len(self.living)])

    @precondition(lambda self: self.living and self.resource.update is not None)
    @rule(which=_ANY, member=_ANY)
    def change(self, which: int, member: int) -> None:
        """An update moves one member of the model."""
        held, update = self.living[which % len(self.living)], self.resource.update
        assert update is not None  # noqa: S101 - the precondition
        names = list(echoed_members(update, self.resource))
        if not names:
            return
        name = names[member % len(names)]
        try:
            value = other_value(self.session.unique, update, name, held.shows.get(name))
        except NoOtherError:
            return
        body = {**held.sent, **held.shows, name: value} if update.method == "PUT" else {name: value}
        exchange = self.session.call(update.id, path=held.created.path, body=body)
        if exchange.status in (400, 409, 422):
            return  # a value that was made up may be refused
        self.session.expect(exchange, "update", what=f"for another {name}")
        if exchange.ok:
            held.shows[name] = value
            self._look_at(held)  # chance alone seldom looks at what it changed

    @precondition(lambda self: self.living and self.resource.delete is not None)
    @rule(which=_ANY)
    def remove(self, which: int) -> None:
        """A deleted thing leaves the model, and what is below it too."""
        assert self.resource.delete is not None  # noqa: S101 - the precondition
        held = self.living.pop(which % len(self.living))
        self.session.expect(self.session.call(self.resource.delete.id, path=held.created.path), "delete")
        self.gone.append(held.created)

    @precondition(lambda self: self.gone and self.resource.read is not None)
    @rule(which=_ANY)
    def look_for_gone(self, which: int) -> None:
        """What was deleted stays deleted."""
        read = self.resource.read
        assert read is not None  # noqa: S101 - the precondition
        gone = self.gone[which % len(self.gone)]
        allowed = allowed_below_deleted(self.session, read, "read_deleted")
        self.session.expect(self.session.call(read.id, path=gone.path), allowed, what="for a deleted one")

    @precondition(lambda self: (self.living or self.gone) and self.resource.list is not None)
    @rule()
    def survey(self) -> None:
        """The list holds every living thing once and no deleted one."""
        anything = self.living[0].created if self.living else self.gone[0]
        path = {name: anything.path[name] for name in self.resource.parents}
        found = listed_ids(self.session, self.resource, path)
        for held in self.living:
            self._expect_count(found, held.created, 1)
        for gone in self.gone:
            self._expect_count(found, gone, 0)

    @precondition(lambda self: self.living and self.below)
    @rule(which=_ANY, what=_ANY)
    def make_below(self, which: int, what: int) -> None:
        """Something below a living thing; it may be refused where there is one of its kind already."""
        held, resource = self.living[which % len(self.living)], self.below[what % len(self.below)]
        assert resource.create is not None  # noqa: S101 - only such kinds are below
        siblings = held.below.setdefault(resource.name, {})
        exchange = self.session.call(resource.create.id, path=held.created.path)
        if exchange.ok:
            created = self.session.created(resource, exchange, held.created.path)
            siblings[str(created.id)] = created
        elif siblings:
            situation = "duplicate" if resource.create.body is not None else "second_trigger"
            self.session.expect(exchange, situation, what=f"for another one of {resource.name}")
        else:
            self.session.control(exchange)

    @precondition(lambda self: any(any(held.below.values()) for held in self.living))
    @rule(which=_ANY)
    def look_below(self, which: int) -> None:
        """What was made below a living thing is read and listed there."""
        every = [
            (resource, one)
            for held in self.living
            for resource in self.below
            for one in held.below.get(resource.name, {}).values()
        ]
        resource, created = every[which % len(every)]
        if resource.read is not None:
            exchange = self.session.call(resource.read.id, path=created.path)
            record = record_of(self.session.expect(exchange, {200}), resource)
            shown = record.get(resource.id_member) if isinstance(record, Mapping) else created.id
            if str(shown) != str(created.id):
                self.session.broken(
                    expected=f"{resource.name} {created.id}", received=str(shown), exchange=exchange
                )
        if resource.list is not None:
            self._expect_count(listed_ids(self.session, resource, created.path), created, 1)

    def teardown(self) -> None:
        """Leave nothing behind for the next walk."""
        self.session.clean()

    def _look_at(self, held: Held) -> None:
        seen = reread(self.session, held.created)
        hold(self.session, held.shows, seen, list(held.shows), what="as it was left")

    def _expect_count(self, found: list[str], created: Created, wanted: int) -> None:
        if found.count(str(created.id)) != wanted:
            how = "once" if wanted else "no longer"
            self.session.broken(
                expected=f"{created.resource.name} {created.id} {how} in its list",
                received=f"{found.count(str(created.id))} times",
                exchange=self.session.exchanges[-1],
            )
