"""Sequences of calls on one kind of thing, and what a target answers to them."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contract_tests.checks.lib.values import NoOtherError, other_value
from contract_tests.exchange import Exchange
from contract_tests.openapi.operation import Operation
from contract_tests.openapi.resources import Resource
from contract_tests.session.context import RunContext
from contract_tests.session.session import Created, Session
from contract_tests.verdicts import Broken, Inconclusive, Skipped

_KINDS: Final = ("make", "read", "list", "change", "delete", "act", "make wrongly", "read unknown")

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class Step:
    """One call. which: the thing it is about, by remainder among those made before. choice: which member,
    query parameter or action, likewise."""

    kind: str
    which: int = 0
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a step was answered: the request as text; status, media type and body as far as they are the same
    whenever the step is repeated. status 0: the step was not possible, the body says why."""

    request: str
    status: int
    media_type: str
    body: Any


LIVES: Final = (
    tuple(Step(kind) for kind in ("make", "read", "list", "delete", "read", "delete", "list")),
    tuple(Step(kind, 1) for kind in ("make", "make", "change", "read", "act", "read unknown", "list")),
)
"""What most differences show in: a thing from its making to its end, and two side by side."""


def sequence(length: int, rng: random.Random) -> tuple[Step, ...]:
    """A random sequence that begins by making a thing."""
    steps = [Step(rng.choice(_KINDS), rng.randrange(12), rng.randrange(12)) for _ in range(length - 1)]
    return (Step("make"), *steps)


def answers(context: RunContext, resource: Resource, steps: Sequence[Step], *, name: str) -> list[Answer]:
    """Take the steps in a session of their own, and delete what they made.

    name: repeats the values that are made up.
    """
    session = Session(context, name=name)
    try:
        return _Walk(session, resource).take(steps)
    finally:
        session.clean()


class _Walk:
    def __init__(self, session: Session, resource: Resource) -> None:
        self._session = session
        self._resource = resource
        self._made: list[Created] = []
        self._names = _Names(session)

    def take(self, steps: Sequence[Step]) -> list[Answer]:
        return [self._answer(step) for step in steps]

    def _answer(self, step: Step) -> Answer:
        before = len(self._session.exchanges)
        try:
            exchange = self._call(step)
        except (Skipped, Inconclusive, Broken) as trouble:
            return self._impossible(step, trouble, self._session.exchanges[before:])
        if exchange is None:
            return Answer(step.kind, 0, "", "nothing to do it to")
        return self._seen(step, exchange)

    def _impossible(self, step: Step, trouble: Exception, exchanges: Sequence[Exchange]) -> Answer:
        if exchanges:
            return self._seen(step, exchanges[-1])
        return Answer(step.kind, 0, "", type(trouble).__name__)

    def _call(self, step: Step) -> Exchange | None:
        """The call; None where the contract or the sequence so far has nothing to call."""
        match step.kind:
            case "make":
                made = self._session.create(self._resource)
                self._made.append(made)
                return made.exchange
            case "make wrongly":
                return self._make_wrongly(step)
            case "list":
                return self._list(step)
        return self._call_on(self._made[step.which % len(self._made)], step) if self._made else None

    def _call_on(self, thing: Created, step: Step) -> Exchange | None:
        """A call about one thing."""
        resource, session, path = self._resource, self._session, thing.path
        called = {"read": resource.read, "read unknown": resource.read, "delete": resource.delete}
        operation = called.get(step.kind)
        if step.kind == "change" and resource.update:
            return self._change(resource.update, thing, step)
        if step.kind == "act" and resource.actions:
            operation = resource.actions[step.choice % len(resource.actions)]
        if step.kind == "read unknown":
            path = {**path, resource.key: session.made_up_id(thing.id)}
        return None if operation is None else session.call(operation.id, path=path)

    def _list(self, step: Step) -> Exchange | None:
        listing = self._resource.list
        if listing is None:
            return None
        path = self._made[0].path if self._made else {}
        above = {name: path[name] for name in listing.path_parameters if name in path}
        shown = [each for each in listing.of("query") if each.examples or "enum" in each.schema.flat]
        chosen = [None, *shown][step.choice % (len(shown) + 1)]
        values = () if chosen is None else (*chosen.examples, *chosen.schema.flat.get("enum", ()))
        query = {} if chosen is None else {chosen.name: values[step.which % len(values)]}
        return self._session.call(listing.id, path=above, query=query)

    def _change(self, update: Operation, thing: Created, step: Step) -> Exchange | None:
        members = sorted(update.body.schema.properties) if update.body else []
        if not members:
            return None
        name = members[step.choice % len(members)]
        record = thing.record if isinstance(thing.record, Mapping) else {}
        try:
            value = other_value(self._session.unique, update, name, record.get(name))
        except NoOtherError:
            return None
        shared = {member: record[member] for member in members if record.get(member) is not None}
        body = {**shared, name: value} if update.method == "PUT" else {name: value}
        return self._session.call(update.id, path=thing.path, body=body)

    def _make_wrongly(self, step: Step) -> Exchange | None:
        create = self._resource.create
        if create is None or create.body is None:
            return None
        body = self._session.valid.body(create)
        if not isinstance(body, Mapping) or not body:
            return None
        name = sorted(body)[step.choice % len(body)]
        wrong: Any = [[], None, "", {"no": "such"}][step.which % 4]
        broken = {member: value for member, value in body.items() if member != name}
        return self._session.call(create.id, body=broken if wrong is None else {**broken, name: wrong})

    def _seen(self, step: Step, exchange: Exchange) -> Answer:
        body = self._body(step, exchange)
        request = f"{exchange.sent.method} {exchange.sent.url.partition('://')[2].partition('/')[2]}"
        return Answer(
            self._names.plain(f"{step.kind}: {request}"), exchange.status, exchange.media_type, body
        )

    def _body(self, step: Step, exchange: Exchange) -> Any:
        """The body with volatile values masked; of a list only what the walk made, of a refusal the shape."""
        body = exchange.parsed
        if not exchange.ok:
            return _shape(body)
        if step.kind != "list":
            return self._names.plain(body)
        own = {str(made.id) for made in self._made}
        items = self._session.items(exchange, self._resource)
        shown = [item for item in items if str(self._resource.id_in(item)) in own]
        return [_shape(body), self._names.plain(shown)]


class _Names:
    """Gives what differs from run to run a name by its first appearance."""

    def __init__(self, session: Session) -> None:
        nonce = re.escape(session.context.permissions.made_up.nonce)
        self._volatile = re.compile(rf"[\w-]*(?i:{nonce})[\w-]*|canary[0-9a-f]+|{_UUID.pattern}")
        self._known: dict[str, str] = {}

    def plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self.plain(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.plain(inner) for inner in value]
        if not isinstance(value, str):
            return value
        return _TIME.sub("<time>", self._volatile.sub(self._name, value))

    def _name(self, found: re.Match[str]) -> str:
        text = found[0].lower() if _UUID.fullmatch(found[0]) else found[0]
        return self._known.setdefault(text, f"<{len(self._known) + 1}>")


def _shape(value: Any, depth: int = 0) -> Any:
    """Members and types; of a list the shape of its first item."""
    if isinstance(value, Mapping) and depth < 4:
        return {name: _shape(inner, depth + 1) for name, inner in sorted(value.items())}
    return type(value).__name__
