"""Each rule of a request is enforced: broken alone it is refused, kept to its bound it is accepted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from contract_tests.checks.lib.invalid_calls import call_invalid
from contract_tests.checks.lib.records import READING, is_servers_own, record_of, stated_alone
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.exchange import Exchange
from contract_tests.generation.invalid import ABSENT, InvalidInput, invalid_inputs
from contract_tests.generation.sample import UnsampleableError, is_example, sample
from contract_tests.openapi.contract import Contract, Operation, Parameter, cited
from contract_tests.openapi.list_parameters import is_filter
from contract_tests.openapi.resources import Resources, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Check, Requirement
from contract_tests.session.session import SUCCESS, Session, described
from contract_tests.verdicts import Inconclusive, Skipped

_LONG: Final = 40
"""Texts of at least this length leave room for letters behind a part that makes them unlike others."""

_TWO_BYTES: Final = "é"
"""A letter that any encoding of Unicode has, and that takes two bytes in UTF-8."""

_PRECONDITIONS: Final = frozenset({"if-match", "if-unmodified-since"})
"""Headers whose absence is refused with HTTPStatus.PRECONDITION_REQUIRED (RFC 6585, section 3)."""

_FORMAT = ("HTTP-46",)
"""That a format is a rule, and no note of what a text means."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """A refusal per rule that no decision leaves open, and an acceptance per bound of a harmless call."""
    build = RequirementBuilder(contract, citations, Family.VALIDATION)
    resources = resources_of(contract)
    for operation in contract.operations.values():
        for rule in invalid_inputs(operation, body=_shown_body(operation)):
            if _is_asserted(build, operation, rule):
                title = f"{operation.id} refuses {rule.what.removeprefix('for ')}"
                check = _refused(operation, rule)
                cites = rule.cites
                if (
                    rule.rule.startswith(("header.", "body."))
                    and rule.rule.endswith(".required")
                    and rule.steps
                ):
                    # The decisions beside the facts of a header or a member are on what its value means.
                    cites = facts_of(cites, build.citations)
                besides = _FORMAT if rule.rule.endswith(".format") and _is_place(rule) else ()
                own = READING if _may_be_taken(operation, rule, resources) else ()
                yield build(
                    operation, rule.rule, title=title, cites=cites, besides=(*besides, *own), check=check
                )
        if operation.is_safe:
            for parameter in operation.of("query"):
                yield from _accepted_values(build, operation, parameter)
        resource = resources.creating(operation)
        if resource is not None and resource.delete is not None:
            yield from _accepted_members(build, operation)


def _is_place(rule: InvalidInput) -> bool:
    """Whether the schema of a document is all that speaks for the rule."""
    return any("#/" in cite for cite in rule.cites)


def _may_be_taken(operation: Operation, rule: InvalidInput, resources: Resources) -> bool:
    """Whether a server may accept what breaks the rule, since it does not look at it."""
    return _is_servers_own(operation, rule, resources) or _is_empty_update(operation, rule)


def _is_servers_own(operation: Operation, rule: InvalidInput, resources: Resources) -> bool:
    """Whether the rule is one of a member that the server may set itself, whatever is sent."""
    resource = resources.of(operation)
    if rule.place != "body" or not rule.steps or operation.body is None or resource is None:
        return False
    name = str(rule.steps[0])
    member = operation.body.schema.properties.get(name)
    return member is not None and is_servers_own(operation, name, member, resource)


def _is_empty_update(operation: Operation, rule: InvalidInput) -> bool:
    """Whether the rule is that of an update by an object that need not have any member: an array has none,
    and many servers look for members alone."""
    if operation.method not in ("PUT", "PATCH") or rule.rule != "body.type" or operation.body is None:
        return False
    return _is_place(rule) and not operation.body.schema.flat.get("required")


def _is_asserted(build: RequirementBuilder, operation: Operation, rule: InvalidInput) -> bool:
    """Not where a decision leaves the rule open or accepts a success, or where a body may be read leniently.

    Frameworks ignore what they cannot use of a PUT or PATCH whose members are all optional.
    """
    if build.is_open(operation, rule.rule.replace(".letters.type", ".type")):
        return False
    statuses, _ = build.accepted(rule.situation, operation)
    if statuses is None or any(status < 300 for status in statuses):
        return False
    if rule.place != "body" or operation.body is None or rule.rule == "body.type":
        return True
    return operation.method not in ("PUT", "PATCH") or bool(operation.body.schema.flat.get("required"))


def _refused(operation: Operation, rule: InvalidInput) -> Check:
    def check(session: Session) -> None:
        session.positive(operation.id)
        path = session.subject(operation.id)
        facts = stated_alone(session, operation, rule.situation)
        for each in (rule, *(() if rule.also is ABSENT else (replace(rule, value=rule.also),))):
            exchange = call_invalid(session, operation, each, path)
            if exchange.status == HTTPStatus.PRECONDITION_REQUIRED and _is_of_precondition(each):
                continue
            is_left_out = exchange.ok and (
                _may_be_repaired(session, operation, each, path, exchange)
                or _may_be_dropped(session, operation, each, exchange)
            )
            readings = READING if is_left_out else ()
            session.expect(exchange, rule.situation, what=rule.what, stated=facts, besides=readings)

    return check


def _is_of_precondition(rule: InvalidInput) -> bool:
    """Whether the rule asks for a precondition such as `If-Match`, which has a refusal of its own."""
    return rule.place == "header" and rule.value is ABSENT and str(rule.steps[0]).lower() in _PRECONDITIONS


def _may_be_repaired(
    session: Session,
    operation: Operation,
    rule: InvalidInput,
    path: Mapping[str, Any],
    exchange: Exchange,
) -> bool:
    """Whether a server may have taken a usable value for an unusable one of a query, or found nothing by it.

    A document does not say that such values are refused unless it documents a refusal of them: 422, since
    400 is also that of other mistakes. Where it documents 400, the answer has to be that to a usable value:
    to none, or to a bound.
    """
    if rule.place != "query" or rule.value is ABSENT or not operation.is_safe or not _is_place(rule):
        return False
    if "422" in operation.responses:
        return False
    if not {"400", "4XX"} & operation.responses.keys():
        return True
    name = str(rule.steps[0])
    parameter = operation.parameter(name, "query")
    shown = _shown_by(session, operation, exchange)
    if parameter is None or (is_filter(parameter) and shown == []):
        return True
    bounds = [parameter.schema.flat[each] for each in ("minimum", "maximum") if each in parameter.schema.flat]
    usable = ({}, *({name: bound} for bound in bounds))
    answers = (session.call(operation.id, path=path, query=query) for query in usable)
    return any(shown == _shown_by(session, operation, each) for each in answers if each.ok)


def _may_be_dropped(session: Session, operation: Operation, rule: InvalidInput, exchange: Exchange) -> bool:
    """Whether a server may have left out an optional member of another type, as frameworks do that permit
    plain values alone: the answer does not show what was sent."""
    resource = session.resources.of(operation)
    body = operation.body
    if rule.place != "body" or not rule.rule.endswith(".type") or body is None or resource is None:
        return False
    name = str(rule.steps[0]) if len(rule.steps) == 1 else ""
    if name not in body.schema.properties or name in body.schema.flat.get("required", ()):
        return False
    record = record_of(exchange, resource)
    shown = record.get(name) if isinstance(record, Mapping) else None
    return not isinstance(rule.value, str | int) and shown != rule.value


def _shown_by(session: Session, operation: Operation, exchange: Exchange) -> Any:
    """What an answer shows: the things of a list, else the whole body."""
    resource = session.resources.listing(operation)
    with suppress(Inconclusive):
        return exchange.parsed if resource is None else session.items(exchange, resource)
    return exchange.parsed


def _accepted_values(
    build: RequirementBuilder, operation: Operation, parameter: Parameter
) -> Iterator[Requirement]:
    flat = parameter.schema.flat
    named = [(keyword, flat[keyword]) for keyword in ("minimum", "maximum") if keyword in flat]
    for keyword, value in [*named, *(("enum", value) for value in flat.get("enum", ()))]:
        rule = f"query.{parameter.name}.{keyword}"
        if not build.is_open(operation, rule):
            yield build(
                operation,
                f"{rule}.{value}.accepted" if keyword == "enum" else f"{rule}.accepted",
                title=f"{operation.id} accepts {parameter.name}={value}",
                cites=parameter.cites,
                check=_accepted(operation, parameter.name, value),
            )


def _accepted(operation: Operation, name: str, value: Any) -> Check:
    def check(session: Session) -> None:
        session.positive(operation.id)
        exchange = session.call(operation.id, path=session.subject(operation.id), query={name: value})
        session.expect(exchange, SUCCESS, what=f"for {name}={value}")

    return check


def _accepted_members(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    """The longest text and each documented value of a body's members; what is made is deleted again."""
    members = operation.body.schema.properties if operation.body else {}
    for name, schema in members.items():
        stated = facts_of(cited(schema.flat), build.citations)
        if schema.types >= {"integer", "string"} and stated and not any("#/" in cite for cite in stated):
            yield build(
                operation,
                f"body.{name}.text.accepted",
                title=f"{operation.id} accepts a {name} in the form of a text",
                cites=stated,
                check=_accepted_as_text(operation, name),
            )
        for keyword, value in _extremes(schema):
            rule = f"body.{name}.{keyword}"
            if operation.body is not None and not build.is_open(operation, rule):
                longest = keyword == "maxLength"
                yield build(
                    operation,
                    f"{rule}.accepted" if longest else f"{rule}.{value}.accepted",
                    title=f"{operation.id} accepts {_described(name, keyword, value)}",
                    cites=cited(schema.flat) or operation.body.cites,
                    check=_accepted_member(operation, name, keyword, value),
                )


def _extremes(schema: Schema) -> Iterator[tuple[str, Any]]:
    flat = schema.flat
    if "string" in schema.types and "maxLength" in flat and not {"pattern", "format", "enum"} & set(flat):
        yield "maxLength", int(flat["maxLength"])
    for value in flat.get("enum", ()):
        if value is not None:
            yield "enum", value


def _accepted_member(operation: Operation, name: str, keyword: str, value: Any) -> Check:
    def check(session: Session) -> None:
        session.positive(operation.id)
        path = session.subject(operation.id)
        body = dict(session.valid.body(operation))
        known = operation.body.schema.properties[name].flat.get("enum") if operation.body else None
        if keyword == "enum" and known is not None and body.get(name) not in (None, *known):
            raise Skipped(f"the target has other values of {name} than the document")
        body[name] = session.unique().ljust(value, "x")[:value] if keyword == "maxLength" else value
        exchange = session.call(operation.id, path=path, body=body)
        if keyword == "maxLength" and exchange.status in (400, 404, 409, 422):
            _assert_takes_any_text(session, operation, body, name)
        session.expect(exchange, SUCCESS, what=f"for {_described(name, keyword, value)}")
        if keyword == "maxLength" and value >= _LONG:
            _assert_counted_in_characters(session, operation, body, name)

    return check


def _accepted_as_text(operation: Operation, name: str) -> Check:
    def check(session: Session) -> None:
        body = dict(session.valid.body(operation))
        if not isinstance(body.get(name), int):
            raise Skipped(f"the prepared {name} is not a number")
        session.positive(operation.id)
        body[name] = str(body[name])
        exchange = session.call(operation.id, path=session.subject(operation.id), body=body)
        session.expect(exchange, SUCCESS, what=f"for {name} {body[name]!r}, a text")

    return check


def _assert_counted_in_characters(
    session: Session, operation: Operation, body: dict[str, Any], name: str
) -> None:
    """A length is one of characters, not of bytes (JSON Schema Validation, section 6.3.1).

    Raises Skipped where a short text with such letters is refused, too: the member may be held to ASCII.
    """
    length = len(body[name])
    letters = session.unique()[:length].ljust(length, _TWO_BYTES)
    longest = {**session.valid.body(operation), name: letters}
    exchange = session.call(operation.id, path=session.subject(operation.id), body=longest)
    if exchange.status in (400, 404, 409, 422):
        few = f"{session.unique()[: length // 4]}{_TWO_BYTES}"
        fresh = {**session.valid.body(operation), name: few}
        short = session.call(operation.id, path=session.subject(operation.id), body=fresh)
        if not short.ok:
            raise Skipped(f"{operation.id} does not take any letter in {name}: {described(short)}")
    session.expect(exchange, SUCCESS, what=f"for a {name} of {length} characters outside ASCII")


def _assert_takes_any_text(session: Session, operation: Operation, body: dict[str, Any], name: str) -> None:
    """Raises Skipped where a short text is refused, too: the member may have to name what exists."""
    short = session.unique()[: len(body[name])]
    fresh = {**session.valid.body(operation), name: short}
    exchange = session.call(operation.id, path=session.subject(operation.id), body=fresh)
    if not exchange.ok:
        raise Skipped(f"{operation.id} does not take any text as {name}: {described(exchange)}")


def _described(name: str, keyword: str, value: Any) -> str:
    return f"a {name} of {value} characters" if keyword == "maxLength" else f"{name} {value}"


def _shown_body(operation: Operation) -> Any:
    """A valid body as the document has it: what it holds decides which members can be broken."""
    if operation.body is None:
        return None
    schema = operation.body.schema
    shown = next(
        (example for example in operation.body.examples.values() if is_example(schema, example)), None
    )
    if shown is not None:
        return shown
    try:
        return sample(schema, random.Random(0))  # noqa: S311 - only its shape matters
    except UnsampleableError:
        return None
