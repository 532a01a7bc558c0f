"""A refusal says what is wrong: the offending member or parameter, each of several, and nothing for what is
not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any

from contract_tests.checks.lib.invalid_calls import call_invalid
from contract_tests.checks.lib.records import in_short, reading_of_a_file
from contract_tests.checks.lib.side_effects import subject_of
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying, is_place
from contract_tests.evidence.statuses import tolerated
from contract_tests.exchange import Exchange
from contract_tests.generation.invalid import InvalidInput, invalid_inputs
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive, Skipped

_LEAST = 4
"""The beginning of a shorter key may well be another one."""


class Dialect(Enum):
    """How a declared 422 names the offenders: entries with a `loc`, or a bag of messages by member."""

    ENTRIES = "entries"
    BAG = "bag"


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Which offender a 422 names, per place of the request; what answers an id that names nothing, per id."""
    build = RequirementBuilder(contract, citations, Family.ERRORS)
    for operation in contract.operations.values():
        dialect = dialect_of(build, operation)
        if dialect is not None:
            yield from _of_places(build, operation, dialect)
        yield from _of_ids(build, operation)
        yield from _of_near_ids(build, operation)


def dialect_of(build: RequirementBuilder, operation: Operation) -> Dialect | None:
    """Read from the shape of the declared 422; None where none is declared or a decision leaves its body
    open.
    """
    response = operation.responses.get("422")
    if response is None or build.is_open(operation, "response.detail.loc"):
        return None
    for body in response.bodies.values():
        detail = body.schema.properties.get("detail")
        if detail is not None and detail.items is not None and "loc" in detail.items.properties:
            return Dialect.ENTRIES
        errors = body.schema.properties.get("errors")
        if errors is not None and "object" in errors.types:
            return Dialect.BAG
    return None


def _of_places(build: RequirementBuilder, operation: Operation, dialect: Dialect) -> Iterator[Requirement]:
    cites = operation.responses["422"].cites
    # A schema gives the shape of a refusal; which names stand in it is a convention of frameworks.
    is_shape_alone = all(is_place(cite, build.contract) for cite in cites)
    rules = list(_rules(build, operation))
    for place in dict.fromkeys(rule.place for rule in rules):
        if dialect is Dialect.BAG and place in ("path", "header"):
            continue
        yield build(
            operation,
            f"names.{place}",
            title=f"a 422 of {operation.id} names what is wrong in the {place}",
            cites=cites,
            besides=["X14"] if is_shape_alone else (),
            check=partial(names_the_offender, operation=operation, dialect=dialect, place=place),
        )
    owed = _owed(operation)
    if len(owed) > 1:
        yield build(
            operation,
            "names-each",
            title=f"a 422 of {operation.id} names each of several offenders",
            cites=cites,
            besides=["X14"],
            check=partial(names_each, operation=operation, dialect=dialect, owed=owed),
        )


def _rules(build: RequirementBuilder, operation: Operation) -> Iterator[InvalidInput]:
    shown = next(iter(operation.body.examples.values()), None) if operation.body else None
    for rule in invalid_inputs(operation, body=shown):
        if rule.steps and not build.is_open(operation, rule.rule):
            yield rule


def _owed(operation: Operation) -> list[tuple[str, str]]:
    """The place and name of everything a request needs, but for what stands in the path."""
    found = [
        (one.place, one.name)
        for one in operation.parameters
        if one.required and one.place in ("query", "header")
    ]
    if operation.body is not None:
        found += [("body", name) for name in operation.body.schema.flat.get("required", ())]
    return found


def names_the_offender(session: Session, operation: Operation, dialect: Dialect, place: str) -> None:
    """Each broken rule of one place of the request is named by the 422 it is refused with."""
    session.positive(operation.id)
    path = subject_of(session, operation)
    body = session.valid.body(operation)
    named = 0
    for rule in _judged(session, operation, body, place):
        exchange = call_invalid(session, operation, rule, path, body=body)
        if exchange.status == 422:
            named += 1
            assert_named(session, exchange, dialect, rule.place, rule.steps, what=rule.what)
    if not named:
        raise Skipped(f"nothing wrong in the {place} of {operation.id} was answered with a 422")


def _judged(session: Session, operation: Operation, body: Any, place: str) -> Iterator[InvalidInput]:
    """One rule per member and kind of violation; those that decisions leave open are left out."""
    for rule in invalid_inputs(operation, body=body):
        if rule.place == place and rule.steps and not session.context.is_open(operation, rule.rule):
            yield rule


def names_each(session: Session, operation: Operation, dialect: Dialect, owed: list[tuple[str, str]]) -> None:
    """A request without anything it needs is refused with an entry for each."""
    session.positive(operation.id)
    path = subject_of(session, operation)
    parameters = [name for place, name in owed if place != "body"]
    body: Any = None if operation.body is None else {}
    exchange = session.call(operation.id, path=path, body=body, without=parameters)
    if exchange.status != 422:
        raise Inconclusive(f"{operation.id} answers {exchange.status} to a request without anything it needs")
    # A server may look at headers first: what is missing in the body is then named once they are there.
    is_header_first = "header" in {place for place, _ in owed} and not _mentions(exchange, dialect, "body")
    for place, name in owed:
        if place == "body" and is_header_first:
            continue
        assert_named(session, exchange, dialect, place, (name,), what=f"for a request without {place} {name}")
    if is_header_first and any(place == "body" for place, _ in owed):
        headers = {name for place, name in owed if place == "header"}
        left_out = [name for name in parameters if name not in headers]
        complete = session.call(operation.id, path=path, body=body, without=left_out)
        session.control(complete, [422])
        for name in (name for place, name in owed if place == "body"):
            assert_named(session, complete, dialect, "body", (name,), what=f"for a request without {name}")


def _mentions(exchange: Exchange, dialect: Dialect, place: str) -> bool:
    """Whether a refusal names anything in a place; messages by member are about bodies alone."""
    body = exchange.parsed
    entries = body.get("detail") if isinstance(body, Mapping) else None
    if dialect is Dialect.BAG or not isinstance(entries, list):
        return True
    locations = [entry.get("loc") for entry in entries if isinstance(entry, Mapping)]
    return any(isinstance(loc, list) and loc[:1] == [place] for loc in locations)


def assert_named(
    session: Session,
    exchange: Exchange,
    dialect: Dialect,
    place: str,
    steps: Sequence[str | int],
    *,
    what: str,
) -> None:
    """Expect a 422 to name an offender. A body of another shape is for the response checks to judge."""
    body = exchange.parsed
    if not isinstance(body, Mapping):
        return
    if dialect is Dialect.BAG:
        errors = body.get("errors")
        if isinstance(errors, Mapping) and not _in_bag(errors, steps):
            named = ".".join(map(str, steps))
            session.broken(
                expected=f"errors with {named} {what}",
                received=f"errors of {', '.join(map(str, errors)) or 'nothing'}",
                exchange=exchange,
            )
        return
    entries = body.get("detail")
    if isinstance(entries, list):
        found = [entry.get("loc") for entry in entries if isinstance(entry, Mapping)]
        if not any(isinstance(loc, list) and names(loc, place, steps) for loc in found):
            wanted = [place, *steps]
            session.broken(
                expected=f"an entry with loc {wanted} {what}", received=in_short(found), exchange=exchange
            )


def names(loc: Sequence[Any], place: str, steps: Sequence[str | int]) -> bool:
    """Whether a location begins with the place and leads by way of every step; a model may add words in
    between.
    """
    if not loc or loc[0] != place:
        return False
    rest = iter([_folded(part) for part in loc[1:]])
    return all(_folded(step) in rest for step in steps)


def _in_bag(errors: Mapping[str, Any], steps: Sequence[str | int]) -> bool:
    """Whether messages are filed under a member, or under the place of the request that holds it."""
    dotted = ".".join(map(str, steps))
    if any(name == dotted or name.startswith(f"{dotted}.") for name in errors):
        return True
    return any(_in_bag(inner, steps) for inner in errors.values() if isinstance(inner, Mapping))


def _folded(part: Any) -> str:
    """Header names in either spelling, letters in either case."""
    return str(part).lower().replace("_", "-")


# --- ids that name nothing

_UNKNOWN = ("unknown_id", "unknown_parent")
"""The situations of an operation under an id that nothing has."""


def _of_ids(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    resource = resources_of(build.contract).of(operation)
    for name in operation.path_parameters:
        is_decided = all(build.accepted(situation, operation)[0] is not None for situation in _UNKNOWN)
        own = resource is not None and resource.key == name
        is_chosen = own and resource is not None and resource.create is operation
        if not is_decided or is_chosen or name == operation.may_make:
            continue
        decided = build.decided(_UNKNOWN[0 if own else 1], operation)
        response = operation.response(404)
        is_stated = response is not None and (
            "404" in operation.responses or _are_shown(build, operation, name)
        )
        cites = response.cites if response is not None and is_stated else decided
        title = f"{operation.id} finds nothing under a {name} that names nothing"
        check = partial(unknown_id, operation=operation, name=name)
        yield build(operation, f"unknown.{name}", title=title, cites=cites, check=check, background=decided)


def _are_shown(build: RequirementBuilder, operation: Operation, name: str) -> bool:
    """Whether the document lists, reads or creates the things that a path parameter names. Of others nothing
    tells which there are, and a response of errors in general does not say that some are missing."""
    resource = resources_of(build.contract).at(operation.places[name])
    return resource is not None and any((resource.list, resource.read, resource.create))


def _of_near_ids(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    """For the read of a thing with a key that is a text."""
    resource = resources_of(build.contract).of(operation)
    if resource is None or resource.read is not operation:
        return
    parameter = operation.parameter(resource.key, "path")
    flat = {} if parameter is None else parameter.schema.flat
    if flat.get("format") is not None or flat.get("type", "string") != "string":
        return
    facts = carrying(facts_of(operation.cites, build.citations), build.citations, build.contract)
    own = reading_of_a_file(facts, build.contract)
    title = f"{operation.id} finds a thing under the whole of its {resource.key} alone"
    check = partial(near_id, operation=operation, key=resource.key)
    yield build(operation, f"near.{resource.key}", title=title, cites=facts, besides=own, check=check)


def near_id(session: Session, operation: Operation, key: str) -> None:
    """The key with a letter more shows neither that thing nor another one, and neither does the beginning of
    one that is long enough not to begin like another."""
    session.positive(operation.id)
    path = subject_of(session, operation)
    value = str(path[key])
    begins_alone = len(value) >= _LEAST and any(letter.isalpha() for letter in value)
    beginnings = (value[:-1], value[:1]) if begins_alone else ()
    known = session.control(session.call(operation.id, path=path))
    others = [known, *_neighbours(session, operation, key, path)]
    for near in (*beginnings, f"{value}x"):
        exchange = session.call(operation.id, path={**path, key: near})
        shown = [other for other in others if exchange.ok and other.parsed == exchange.parsed]
        if shown and exchange.parsed not in (None, [], {}):
            session.broken(
                expected=f"nothing for the {key} {near}",
                received=f"the very answer to {shown[0].sent.method} {shown[0].sent.url}",
                exchange=exchange,
            )


def _neighbours(
    session: Session, operation: Operation, key: str, path: Mapping[str, Any]
) -> Iterator[Exchange]:
    """The read of a second thing of that kind, where the target names one."""
    if session.fixtures.has("neighbour", key, operation.path):
        beside = {**path, key: session.fixtures.neighbour(key, operation.path)}
        exchange = session.call(operation.id, path=beside)
        if exchange.ok:
            yield exchange


def unknown_id(session: Session, operation: Operation, name: str) -> None:
    """An id of the right form that nothing has is refused, where a known one is not."""
    is_own = name == operation.path_parameters[-1]
    allowed = session.context.allowed(operation, *(_UNKNOWN if is_own else reversed(_UNKNOWN)))
    assert allowed is not None  # noqa: S101 - only such requirements are made
    elsewhere = tolerated(session.citations, session.contract, operation)
    session.positive(operation.id)
    path = subject_of(session, operation)
    unknown = _unknown_like(session, operation, name, path[name])
    label = session.requests.default_credential(operation, path)
    exchange = session.call(operation.id, path={**path, name: unknown}, credential=label)
    refusals = allowed.with_statuses(status for status in elsewhere if status >= 400)
    what = f"for the {name} {unknown}, which names nothing"
    session.expect(exchange, refusals, what=what)
    stated = operation.responses["404"].cites if "404" in operation.responses else ()
    is_open = not all(is_place(cite, session.contract) for cite in stated)  # facts may leave it so
    if exchange.status == 400 and not is_open and _is_faultless(operation, name, path[name], unknown):
        session.expect(exchange, 404, what=what, stated=stated)


def _is_faultless(operation: Operation, name: str, known: Any, unknown: str) -> bool:
    """Whether a document leaves a read or a deletion of one thing nothing to call wrong in an id but that it
    names nothing: it has the documented type, and a 404 is documented where no 400 is."""
    documents = "404" in operation.responses and not {"400", "4XX"} & operation.responses.keys()
    is_plain = operation.method in ("GET", "DELETE") and operation.place.endswith(f"{{{name}}}")
    parameter = operation.parameter(name, "path")
    if not documents or not is_plain or parameter is None:
        return False
    if parameter.schema.types == {"integer"}:
        return str(known).isdecimal() and parameter.schema.accepts(int(unknown))
    # Some servers draw their UUIDs by one version alone.
    is_uuid = parameter.schema.flat.get("format") == "uuid"
    return is_uuid and [each[14:15] for each in (str(known), unknown)] == ["4", "4"]


def _unknown_like(session: Session, operation: Operation, name: str, known: Any) -> str:
    """An id nothing has, in the form of one that something has."""
    parameter = operation.parameter(name, "path")
    uuid = parameter is not None and parameter.schema.flat.get("format") == "uuid"
    return session.made_up_id(known, uuid=uuid)
