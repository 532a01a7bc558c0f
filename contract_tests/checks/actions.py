"""What an action on one thing changes shows in a read: an order that was paid stays paid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from contract_tests.checks.lib.job_polling import GRACE
from contract_tests.checks.lib.records import (
    READING,
    in_short,
    instant,
    is_secret,
    record_of,
    same,
    shown_members,
)
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.names import words
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped

_ONLY_SHOW: Final = frozenset(
    {"preview", "simulate", "validate", "calculate", "estimate", "quote", "render", "check", "test", "dry"}
)
"""Words of actions that answer what would be, and store nothing."""

_PASSES: Final = re.compile(r".*ing|queued|scheduled|requested|accepted|in_?progress", re.IGNORECASE)
"""States that a thing may leave again at once for the one it was in."""

_IRREGULAR: Final = {
    "pay": "paid",
    "send": "sent",
    "hold": "held",
    "freeze": "frozen",
    "withdraw": "withdrawn",
    "hide": "hidden",
}


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """For each action on a thing that can be read: that a read shows what its answer did, and what its name
    says."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    resources = resources_of(contract)
    for resource in resources.all:
        if resource.read is None:
            continue
        for action in resource.actions:
            if resources.opposite(action) is not None or _answers_the_thing(resource, resource.read, action):
                yield build(
                    action,
                    "kept",
                    title=f"{resource.read.id} shows what {action.id} changed, as its answer did",
                    cites=(*action.success_cites, *resource.read.success_cites) or action.cites,
                    check=partial(is_kept, resource=resource, action=action),
                    others=[resource.read.id],
                )
            # A DELETE takes back or ends what its path names: `DELETE /trash` empties it.
            effects = {} if action.is_safe or action.method == "DELETE" else _effects(resource, action)
            if effects:
                title = f"{resource.read.id} shows {' or '.join(effects)} as {action.id} is called"
                yield build(
                    action,
                    "takes-effect",
                    title=title,
                    cites=action.cites,
                    besides=READING,
                    check=partial(takes_effect, resource=resource, action=action, effects=effects),
                    others=[resource.read.id],
                )


def _answers_the_thing(resource: Resource, read: Operation, action: Operation) -> bool:
    """Whether the document shows the same members in the answer to an action as in a read, and the action is
    not one that only shows them."""
    shown = shown_members(action, resource)
    only_shows = not _ONLY_SHOW.isdisjoint((*words(action.id), *words(_verb(action)), *words(action.summary)))
    is_same = bool(shown) and shown.keys() == shown_members(read, resource).keys()
    return is_same and not action.is_safe and not only_shows


def _verb(action: Operation) -> str:
    """The last segment of its path."""
    return action.place.rpartition("/")[2]


def is_kept(session: Session, resource: Resource, action: Operation) -> None:
    """A member that the answer to an action shows otherwise than a read before it is not shown by the next
    read as if nothing had happened. This needs no name of a member.

    An answer in which neither a truth value nor a documented state changes may show more than a read does.
    """
    path = session.subject(action.id)
    before = _read(session, resource, path)
    exchange = session.control(session.call(action.id, path=path))
    answered = record_of(exchange, resource)
    is_whole = isinstance(before, Mapping) and isinstance(answered, Mapping)
    if not is_whole or not same(resource.id_in(before), resource.id_in(answered)):
        raise Skipped(f"the answer to {action.id} does not show the thing that a read shows")
    # Times may move with a write that changes nothing else, and secrets may show only once.
    changed = [
        name
        for name in before.keys() & answered.keys()
        if instant(answered[name]) is None and not is_secret(name) and not same(answered[name], before[name])
    ]
    if exchange.status == 202 or not changed:
        raise Skipped(f"the answer to {action.id} shows no change")
    if _stays(session, resource, path, before, changed):
        has_opposite = session.resources.opposite(action) is not None
        states = [name for name in changed if _is_state(resource, name, answered[name])]
        name = min(states or changed)
        session.broken(
            expected=f"{name} {in_short(answered[name])}, as the answer to {action.id} showed it",
            received=f"{in_short(before[name])}, as before",
            exchange=session.exchanges[-1],
            readings=() if states or has_opposite else READING,
        )


def _is_state(resource: Resource, name: str, value: Any) -> bool:
    """Whether a member of a thing is a truth value or one of the documented states, and does not pass by
    itself."""
    schema = shown_members(resource.read, resource).get(name)
    if schema is None or isinstance(value, bool):
        return schema is not None
    return "enum" in schema.flat and isinstance(value, str) and not _PASSES.fullmatch(value)


def takes_effect(
    session: Session, resource: Resource, action: Operation, effects: Mapping[str, str | None]
) -> None:
    """After a success a read shows one of the effects, or at least something else there than before."""
    path = session.subject(action.id)
    before = _read(session, resource, path)
    session.control(session.call(action.id, path=path))
    if not isinstance(before, Mapping) or any(_has(before, *each) for each in effects.items()):
        raise Skipped(f"a read shows what {action.id} is called before it is called")
    shown = [name for name in effects if name in before]
    if not shown:
        raise Skipped(f"a read shows no {' or '.join(effects)}")
    if _stays(session, resource, path, before, shown):
        session.broken(
            expected=f"another {' or '.join(shown)} after {action.id}",
            received=f"{in_short(before[shown[0]])}, as before",
            exchange=session.exchanges[-1],
        )


def _effects(resource: Resource, action: Operation) -> dict[str, str | None]:
    """The members of a thing that say what an action is called: one with the state (`paid`), a truth value
    (`archived`) or a time (`cancelled_at`) of that name. With each the state, None for the others."""
    participles = _participles(_verb(action).lower())
    found: dict[str, str | None] = {}
    for name, schema in shown_members(resource.read, resource).items():
        letters = name.lower().replace("_", "").removeprefix("is").removesuffix("at")
        state = next((each for each in schema.flat.get("enum", ()) if str(each).lower() in participles), None)
        if state is not None or (letters in participles and _may_be_empty(schema)):
            found[name] = state
    return found


def _may_be_empty(schema: Schema) -> bool:
    return "boolean" in schema.types or "null" in schema.types


def _has(record: Mapping[str, Any], name: str, state: str | None) -> bool:
    """Whether a record shows an effect already."""
    return record.get(name) == state if state is not None else bool(record.get(name))


def _participles(verb: str) -> frozenset[str]:
    """What a thing may be called after it: cancelled or canceled after cancel."""
    regular = {f"{verb}ed", f"{verb}d", f"{verb}{verb[-1:]}ed", f"{verb[:-1]}ied"}
    return frozenset({*regular, *filter(None, [_IRREGULAR.get(verb)])})


def _read(session: Session, resource: Resource, path: Mapping[str, Any]) -> Any:
    """What a read shows of a thing. Raises Inconclusive where it shows none."""
    assert resource.read is not None  # noqa: S101 - only such resources come here
    own = {name: path[name] for name in resource.read.path_parameters}
    exchange: Exchange = session.control(session.call(resource.read.id, path=own))
    return record_of(exchange, resource)


def _stays(
    session: Session,
    resource: Resource,
    path: Mapping[str, Any],
    earlier: Mapping[str, Any],
    names: list[str],
) -> bool:
    """Whether a read goes on showing some members of a thing as they were earlier."""
    if _shows(_read(session, resource, path), earlier, names):
        session.context.sleep(GRACE)  # an action may show a moment later
    return _shows(_read(session, resource, path), earlier, names)


def _shows(record: Any, earlier: Mapping[str, Any], names: list[str]) -> bool:
    """Whether a record shows each of some members as it was earlier."""
    return isinstance(record, Mapping) and all(
        name in record and same(record[name], earlier[name]) for name in names
    )
