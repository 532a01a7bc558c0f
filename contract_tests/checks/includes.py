"""What is included is there, inside what it belongs to, and only when it was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from contract_tests.checks.lib.pages import identity
from contract_tests.checks.lib.records import in_short, record_of, shown_members, spelled, success_schema
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying
from contract_tests.exchange import Exchange
from contract_tests.generation.pattern_texts import texts_of
from contract_tests.openapi.contract import Contract, Operation, Parameter
from contract_tests.openapi.list_parameters import INCLUDES
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.session import SUCCESS, Session

_COUNT = re.compile(r"(.+?)(_count|Count)")
_EXISTS = re.compile(r"(.+?)(_exists|Exists)")


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per documented value, for one thing and for a list; nothing without it; counts that fit what
    is included.
    """
    build = RequirementBuilder(contract, citations, Family.LISTING)
    for resource in resources_of(contract).all:
        for operation in (resource.read, resource.list):
            parameter = None if operation is None else _include_of(operation)
            if operation is not None and parameter is not None:
                yield from _of_operation(build, resource, operation, parameter)


def _of_operation(
    build: RequirementBuilder, resource: Resource, operation: Operation, parameter: Parameter
) -> Iterator[Requirement]:
    members = record_members(operation, resource)
    values = documented_values(parameter)
    relations = [value for value in values if _is_relation(value) and member_of(value, members) is not None]
    facts = facts_of(parameter.cites, build.citations)
    taken = carrying(facts, build.citations, build.contract)
    for value in values:
        title = f"{operation.id} with {parameter.name}={value} adds that and nothing else"
        check = partial(
            includes,
            resource=resource,
            operation=operation,
            parameter=parameter,
            value=value,
            accepted_by=facts,
        )
        yield build(
            operation,
            f"include.{value}",
            title=title,
            cites=parameter.cites,
            check=check,
            also=[Assertion(f"{parameter.name}={value} is accepted", taken)],
        )
    if relations:
        title = f"{operation.id} leaves related records out where none are asked for"
        check = partial(leaves_out, resource=resource, operation=operation, parameter=parameter)
        yield build(operation, "include.none", title=title, cites=parameter.cites, check=check)
        title = f"{operation.id} adds several related records at once"
        check = partial(
            several, resource=resource, operation=operation, parameter=parameter, values=relations
        )
        yield build(operation, "include.several", title=title, cites=parameter.cites, check=check)
    for relation in relations:
        counted = [one for one in values if _plain(one) == relation and one != relation]
        if counted:
            title = f"{operation.id} counts as many {relation} as it shows"
            check = partial(
                counts,
                resource=resource,
                operation=operation,
                parameter=parameter,
                relation=relation,
                counted=counted,
                accepted_by=taken,
            )
            what = f"include.{relation}.counted"
            also = [Assertion(f"what is shown as a count of {relation} is one", taken)]
            yield build(operation, what, title=title, cites=parameter.cites, check=check, also=also)


def documented_values(parameter: Parameter) -> list[str]:
    """The values a document lists for a parameter: its enumeration, the texts of its pattern, else
    its examples.
    """
    inner = parameter.schema.items
    flat = parameter.schema.flat if inner is None else inner.flat
    listed = [str(value) for value in flat.get("enum", ())] or texts_of(str(flat.get("pattern", "")))
    shown = [
        one
        for each in parameter.examples
        for one in (each if isinstance(each, list) else str(each).split(","))
    ]
    return listed or list(dict.fromkeys(map(str, shown)))


def record_members(operation: Operation, resource: Resource) -> dict[str, Schema]:
    """The members of one thing as a read or a list documents it."""
    if operation is not resource.list:
        return shown_members(operation, resource)
    schema = success_schema(operation, resource.items_pointer or "")
    items = None if schema is None else schema.items
    return {} if items is None else items.properties


def member_of(value: str, members: Mapping[str, Any]) -> str | None:
    """The member an include adds to a thing, by its own name or in snake_case; None where none is
    documented.
    """
    first = value.partition(".")[0]
    return next((name for name in (first, snake(first)) if name in members), None)


def snake(name: str) -> str:
    """`fieldTags` as `field_tags`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def includes(
    session: Session,
    *,
    resource: Resource,
    operation: Operation,
    parameter: Parameter,
    value: str,
    accepted_by: Sequence[str],
) -> None:
    """The value is accepted, what it names is there on every thing, and no other related record is.

    accepted_by: the citations that list the value.
    """
    members = record_members(operation, resource)
    asked = {parameter.name: value}
    exchange, records = _asked(session, resource, operation, asked, because=accepted_by)
    named = member_of(value, members)
    if named is None:
        return
    for record in records:
        lacking = lacks(record, [named, *value.split(".")[1:]])
        if lacking is not None:
            session.broken(
                expected=f"{lacking} with {parameter.name}={value}",
                received="no such member",
                exchange=exchange,
            )
        _nothing_else(session, _possible(parameter, members), record, exchange, asked=named)


def leaves_out(session: Session, resource: Resource, operation: Operation, parameter: Parameter) -> None:
    """No related record, count or existence is there where none was asked for."""
    exchange, records = _asked(session, resource, operation, {})
    for record in records:
        _nothing_else(session, _possible(parameter, record_members(operation, resource)), record, exchange)


def several(
    session: Session, resource: Resource, operation: Operation, parameter: Parameter, values: Sequence[str]
) -> None:
    """All related records at once, with commas between them."""
    members = record_members(operation, resource)
    exchange, records = _asked(session, resource, operation, {parameter.name: ",".join(values)})
    for record in records:
        for value in values:
            lacking = lacks(record, [str(member_of(value, members)), *value.split(".")[1:]])
            if lacking is not None:
                session.broken(
                    expected=f"{lacking} among several includes", received="no such member", exchange=exchange
                )


def counts(
    session: Session,
    *,
    resource: Resource,
    operation: Operation,
    parameter: Parameter,
    relation: str,
    counted: Sequence[str],
    accepted_by: Sequence[str],
) -> None:
    """Number and existence of a relation fit the related records beside them.

    accepted_by: the citations that list the values: what a count or an existence means is in its name, once
    both are shown.
    """
    members = record_members(operation, resource)
    exchange, records = _asked(session, resource, operation, {parameter.name: ",".join([relation, *counted])})
    named = str(member_of(relation, members))
    for record in records:
        related = record.get(spelled(named, record) or named)
        number = len(related) if isinstance(related, list) else int(related is not None)
        for value in counted:
            documented = member_of(value, members)
            member = None if documented is None else spelled(documented, record)
            if member is None:
                continue
            wanted = number if _COUNT.fullmatch(value) else number > 0
            if record[member] != wanted and not isinstance(record[member], str):
                session.broken(
                    expected=f"{member} {wanted} beside {number} of {named}",
                    received=in_short(record[member]),
                    exchange=exchange,
                    because=accepted_by if _says_both(record, named, member) else (),
                )


def _says_both(record: Mapping[str, Any], relation: str, counted: str) -> bool:
    """Whether a record shows related records in an array, and a number or a truth value beside it."""
    shown = record.get(spelled(relation, record) or relation)
    return isinstance(shown, list) and isinstance(record[counted], int)


def lacks(record: Any, names: Sequence[str]) -> str | None:
    """The first of the names on the way inwards that is missing, or None; nothing can be said of
    what is null or empty.

    A relation of which the record itself says that there is none (`certificate_id` null) may be absent.
    """
    if not names or not isinstance(record, Mapping):
        return None
    found = spelled(names[0], record)
    if found is None:
        foreign_key = spelled(f"{names[0]}_id", record)
        return None if foreign_key is not None and record[foreign_key] is None else snake(names[0])
    inner = record[found]
    if isinstance(inner, list):
        return next((one for each in inner if (one := lacks(each, names[1:])) is not None), None)
    return lacks(inner, names[1:])


def _nothing_else(
    session: Session,
    possible: set[str],
    record: Mapping[str, Any],
    exchange: Exchange,
    *,
    asked: str | None = None,
) -> None:
    for name in sorted(possible - {asked}):
        member = spelled(name, record)
        if member is not None and record[member] is not None:
            session.broken(
                expected=f"no {name}, which was not asked for",
                received=in_short(record[member]),
                exchange=exchange,
                readings=[
                    "X14"
                ],  # a document that says what an include adds need not say what is always there
            )


def _possible(parameter: Parameter, members: Mapping[str, Schema]) -> set[str]:
    """Every member some documented value adds."""
    found = {member_of(value, members) for value in documented_values(parameter)}
    return {name for name in found if name is not None}


def _asked(
    session: Session,
    resource: Resource,
    operation: Operation,
    query: Mapping[str, Any],
    *,
    because: Sequence[str] = (),
) -> tuple[Exchange, list[Mapping[str, Any]]]:
    """The answer and the things in it: those of the first page, or the fullest of them for a read."""
    path = (
        session.subject(operation.id)
        if operation is resource.list
        else _fullest(session, resource, operation)
    )
    exchange = session.call(operation.id, path=path, query=query)
    asked = ", ".join(f"{name}={value}" for name, value in query.items())
    session.expect(exchange, SUCCESS, what=f"for {asked or 'a plain call'}", because=because)
    found = (
        session.items(exchange, resource) if operation is resource.list else [record_of(exchange, resource)]
    )
    return exchange, [one for one in found if isinstance(one, Mapping)]


def _fullest(session: Session, resource: Resource, operation: Operation) -> dict[str, Any]:
    """A thing of the list with few empty members, which is likely to have related records."""
    if resource.list is None:
        return session.subject(operation.id)
    path = session.subject(resource.list.id)
    exchange = session.control(session.call(resource.list.id, path=path))
    items = [one for one in session.items(exchange, resource) if isinstance(one, Mapping)]
    if not items:
        return session.subject(operation.id)
    best = max(items, key=lambda one: sum(value is not None for value in one.values()))
    return {**path, resource.key: identity(resource, best)}


def _include_of(operation: Operation) -> Parameter | None:
    return next((one for one in operation.of("query") if one.name in INCLUDES), None)


def _plain(value: str) -> str:
    found = _COUNT.fullmatch(value) or _EXISTS.fullmatch(value)
    return found[1] if found else value


def _is_relation(value: str) -> bool:
    return "." not in value and _plain(value) == value
