"""What is included is there, inside what it belongs to, and only when it was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract_tests.checks.lib.pages import identity
from contract_tests.checks.lib.records import in_short, record_of, shown_members, spelled, success_schema
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying, stating
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
from contract_tests.verdicts import Skipped

_COUNT = re.compile(r"(.+?)(_count|Count)")
_EXISTS = re.compile(r"(.+?)(_exists|Exists)")


@dataclass(frozen=True, slots=True)
class Include:
    """An operation whose answer shows related records when its parameter names them.

    resource: whose things it answers. operation: the read or the list of the resource. members: those of one
    thing, as the operation documents it.
    """

    resource: Resource
    operation: Operation
    parameter: Parameter
    members: Mapping[str, Schema]

    @property
    def is_list(self) -> bool:
        """Whether the operation answers many things."""
        return self.operation is self.resource.list

    @property
    def optional(self) -> set[str]:
        """Every member that some documented value adds."""
        added = {member_of(value, self.members) for value in documented_values(self.parameter)}
        return {name for name in added if name is not None}

    def asking(self, values: Sequence[str]) -> dict[str, str]:
        """The query that asks for several values."""
        return {self.parameter.name: ",".join(values)}


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per documented value, for one thing and for a list; nothing without it; counts that fit what
    is included.
    """
    build = RequirementBuilder(contract, citations, Family.LISTING)
    for resource in resources_of(contract).all:
        for operation in (resource.read, resource.list):
            parameter = None if operation is None else _include_of(operation)
            if operation is not None and parameter is not None:
                members = record_members(operation, resource)
                yield from _of_operation(build, Include(resource, operation, parameter, members))


def _of_operation(build: RequirementBuilder, include: Include) -> Iterator[Requirement]:
    operation, parameter = include.operation, include.parameter
    given = partial(build, operation, cites=parameter.cites)
    values = documented_values(parameter)
    relations = [
        value for value in values if _is_relation(value) and member_of(value, include.members) is not None
    ]
    facts = facts_of(parameter.cites, build.citations)
    taken = carrying(facts, build.citations, build.contract)
    for value in values:
        title = f"{operation.id} with {parameter.name}={value} adds that and nothing else"
        check = partial(includes, include=include, value=value, accepted_by=facts)
        also = [Assertion(f"{parameter.name}={value} is accepted", taken)]
        yield given(f"include.{value}", title=title, check=check, also=also)
    if relations:
        title = f"{operation.id} leaves related records out where none are asked for"
        yield given("include.none", title=title, check=partial(leaves_out, include=include))
        title = f"{operation.id} adds several related records at once"
        check = partial(several, include=include, values=relations)
        yield given("include.several", title=title, check=check)
    nested = [value for value in values if "." in value]
    stated = stating(parameter.cites, build.citations, build.contract)
    if len(nested) > 1 and stated:
        title = f"{operation.id} adds what is related to related records"
        check = partial(adds_inside, include=include, values=nested, accepted_by=taken)
        yield build(operation, "include.nested", title=title, cites=stated, check=check)
    for relation in relations:
        counted = [value for value in values if _plain(value) == relation and value != relation]
        if counted:
            title = f"{operation.id} counts as many {relation} as it shows"
            check = partial(counts, include=include, relation=relation, counted=counted, accepted_by=taken)
            also = [Assertion(f"what is shown as a count of {relation} is one", taken)]
            yield given(f"include.{relation}.counted", title=title, check=check, also=also)


def documented_values(parameter: Parameter) -> list[str]:
    """The values a document lists for a parameter: its enumeration, the texts of its pattern, else
    its examples.
    """
    inner = parameter.schema.items
    flat = parameter.schema.flat if inner is None else inner.flat
    listed = [str(value) for value in flat.get("enum", ())] or texts_of(str(flat.get("pattern", "")))
    shown = [
        value
        for example in parameter.examples
        for value in (example if isinstance(example, list) else str(example).split(","))
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


def includes(session: Session, *, include: Include, value: str, accepted_by: Sequence[str]) -> None:
    """The value is accepted, what it names is there on every thing, and no other related record is.

    accepted_by: the citations that list the value.
    """
    asked = include.asking([value])
    path = _subject(session, include)
    exchange, records = _asked(session, include, path, asked, because=accepted_by)
    named = member_of(value, include.members)
    if named is None:
        return
    names = [named, *value.split(".")[1:]]
    for record in records:
        lacking = lacks(record, names)
        if lacking is not None:
            elsewhere = _shown_elsewhere(session, include, query=asked, record=record, names=names)
            as_shown = f", as {elsewhere} shows it" if elsewhere else ""
            session.broken(
                expected=f"{lacking} with {include.parameter.name}={value}{as_shown}",
                received="no such member",
                exchange=exchange,
                because=accepted_by if elsewhere else (),
            )
        _nothing_else(session, include.optional - {named}, record, exchange)


def _shown_elsewhere(
    session: Session,
    include: Include,
    *,
    query: Mapping[str, str],
    record: Mapping[str, Any],
    names: Sequence[str],
) -> str:
    """The operation that shows, for the same query and thing, what another one leaves out; empty for none.

    Where it does, the names of its members are no reading of ours.
    """
    resource = include.resource
    listing, read, key = resource.list, resource.read, resource.id_in(record)
    if listing is None or read is None or key is None:
        return ""
    path = session.subject(listing.id)
    if include.is_list:
        other, exchange = read, session.call(read.id, path={**path, resource.key: key}, query=query)
        found = [record_of(exchange, resource)]
    else:
        other, exchange = listing, session.call(listing.id, path=path, query=query)
        found = session.items(exchange, resource) if exchange.ok else []
    for each in found if exchange.ok else ():
        is_same = isinstance(each, Mapping) and str(resource.id_in(each)) == str(key)
        if is_same and each.get(spelled(names[0], each)) and lacks(each, names) is None:
            return other.id
    return ""


def adds_inside(
    session: Session, *, include: Include, values: Sequence[str], accepted_by: Sequence[str]
) -> None:
    """Asked for what is related to related records, the answer is another one than for these records alone.

    Whatever members are called: the one answer must not be the other, unless it has all of that already.
    """
    members = include.members
    outer = list(dict.fromkeys(value.partition(".")[0] for value in values))
    path = _subject(session, include)
    plain, records = _asked(session, include, path, include.asking(outer))
    shown = [record[name] for record in records for each in outer if (name := _member(each, members, record))]
    if not any(shown):
        raise Skipped("no related records are shown")
    wanted = [[str(member_of(value, members)), *value.split(".")[1:]] for value in values]
    if any(_has(record, names) for record in records for names in wanted):
        raise Skipped("what is related to related records is shown without being asked for")
    exchange, _ = _asked(session, include, path, include.asking(values), because=accepted_by)
    if _without_addresses(exchange.parsed) == _without_addresses(plain.parsed):
        session.broken(
            expected=f"more with nested values of {include.parameter.name} than with {' and '.join(outer)}",
            received="the same answer",
            exchange=exchange,
        )


def _member(value: str, members: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    """The member of a record that shows what a value names, in any spelling."""
    named = member_of(value, members)
    return None if named is None else spelled(named, record)


def _has(record: Any, names: Sequence[str]) -> bool:
    """Whether a record shows something at the end of a way inwards."""
    if not names:
        return True
    if isinstance(record, list):
        return any(_has(each, names) for each in record)
    found = spelled(names[0], record) if isinstance(record, Mapping) else None
    return found is not None and _has(record[found], names[1:])


def _without_addresses(value: Any) -> Any:
    """An answer without the texts that repeat what was asked for."""
    if isinstance(value, Mapping):
        return {name: _without_addresses(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_addresses(each) for each in value]
    return "" if isinstance(value, str) and ("/" in value or "?" in value) else value


def _names(value: Any) -> set[str]:
    """The names of all members of an answer, however deep."""
    if isinstance(value, list):
        return set().union(*map(_names, value))
    return set(value).union(*map(_names, value.values())) if isinstance(value, Mapping) else set()


def leaves_out(session: Session, include: Include) -> None:
    """No related record, count or existence is there where none was asked for."""
    exchange, records = _asked(session, include, _subject(session, include), {})
    for record in records:
        _nothing_else(session, include.optional, record, exchange)


def several(session: Session, include: Include, values: Sequence[str]) -> None:
    """All related records at once, with commas between them."""
    exchange, records = _asked(session, include, _subject(session, include), include.asking(values))
    for record in records:
        for value in values:
            lacking = lacks(record, [str(member_of(value, include.members)), *value.split(".")[1:]])
            if lacking is not None:
                session.broken(
                    expected=f"{lacking} among several includes", received="no such member", exchange=exchange
                )


def counts(
    session: Session,
    *,
    include: Include,
    relation: str,
    counted: Sequence[str],
    accepted_by: Sequence[str],
) -> None:
    """Number and existence of a relation fit the related records beside them.

    accepted_by: the citations that list the values: what a count or an existence means is in its name, once
    both are shown.
    """
    members = include.members
    path = _subject(session, include)
    exchange, records = _asked(session, include, path, include.asking([relation, *counted]))
    named = str(member_of(relation, members))
    _adds_what_is_counted(
        session, include, path, counted=counted, exchange=exchange, named=named, accepted_by=accepted_by
    )
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


def _adds_what_is_counted(
    session: Session,
    include: Include,
    path: Mapping[str, Any],
    *,
    counted: Sequence[str],
    exchange: Exchange,
    named: str,
    accepted_by: Sequence[str],
) -> None:
    """Where some related records are counted, the answer that was asked for them as well has something more.

    counted: the values that ask for the counts. exchange: the answer to a request for both. named: what it
    would call the records. Whatever it calls them: it must not be the answer to the counts alone.
    """
    plain, records = _asked(session, include, path, include.asking(counted))
    names = [(record, _member(value, include.members, record)) for record in records for value in counted]
    numbers = [record[name] for record, name in names if name is not None]
    is_same = _without_addresses(exchange.parsed) == _without_addresses(plain.parsed)
    if any(numbers) and is_same and spelled(named, _names(plain.parsed)) is None:
        session.broken(
            expected=f"the {named} that are counted, where they are asked for as well",
            received="the same answer as without",
            exchange=exchange,
            because=accepted_by,
        )


def _says_both(record: Mapping[str, Any], relation: str, counted: str) -> bool:
    """Whether a record shows related records in an array, and a number or a truth value beside it, or a
    single one beside a count of none."""
    shown, count = record.get(spelled(relation, record) or relation), record[counted]
    is_single = isinstance(shown, Mapping) and bool(shown) and not count
    return isinstance(count, int) and (isinstance(shown, list) or is_single)


def lacks(record: Any, names: Sequence[str]) -> str | None:
    """The first of the names on the way inwards that is missing, or None; nothing can be said of
    what is null or empty.

    A relation of which the record itself says that it is empty (`certificate_id` null) may be absent.
    """
    if not names or not isinstance(record, Mapping):
        return None
    found = spelled(names[0], record)
    if found is None:
        foreign_key = spelled(f"{names[0]}_id", record)
        return None if foreign_key is not None and record[foreign_key] is None else snake(names[0])
    inner = record[found]
    if isinstance(inner, list):
        lacking = (lacks(each, names[1:]) for each in inner)
        return next((name for name in lacking if name is not None), None)
    return lacks(inner, names[1:])


def _nothing_else(session: Session, unasked: set[str], record: Mapping[str, Any], exchange: Exchange) -> None:
    """No member is there that was not asked for."""
    for name in sorted(unasked):
        member = spelled(name, record)
        if member is not None and record[member] is not None:
            session.broken(
                expected=f"no {name}, which was not asked for",
                received=in_short(record[member]),
                exchange=exchange,
                # A document that says what an include adds need not say what is always there.
                readings=["X14"],
            )


def _asked(
    session: Session,
    include: Include,
    path: Mapping[str, Any],
    query: Mapping[str, Any],
    *,
    because: Sequence[str] = (),
) -> tuple[Exchange, list[Mapping[str, Any]]]:
    """The answer to a query and the things in it: those of the first page, or the one that is read."""
    resource, operation = include.resource, include.operation
    exchange = session.call(operation.id, path=path, query=query)
    asked = ", ".join(f"{name}={value}" for name, value in query.items())
    session.expect(exchange, SUCCESS, what=f"for {asked or 'a plain call'}", because=because)
    things = session.items(exchange, resource) if include.is_list else [record_of(exchange, resource)]
    return exchange, [thing for thing in things if isinstance(thing, Mapping)]


def _subject(session: Session, include: Include) -> dict[str, Any]:
    """The path of the list; for a read that of a thing with few empty members, which is likely to have
    related records."""
    resource = include.resource
    if include.is_list or resource.list is None:
        return session.subject(include.operation.id)
    path = session.subject(resource.list.id)
    exchange = session.control(session.call(resource.list.id, path=path))
    items = [item for item in session.items(exchange, resource) if isinstance(item, Mapping)]
    if not items:
        return session.subject(include.operation.id)
    fullest = max(items, key=lambda item: sum(value is not None for value in item.values()))
    return {**path, resource.key: identity(resource, fullest)}


def _include_of(operation: Operation) -> Parameter | None:
    return next((each for each in operation.of("query") if each.name in INCLUDES), None)


def _plain(value: str) -> str:
    found = _COUNT.fullmatch(value) or _EXISTS.fullmatch(value)
    return found[1] if found else value


def _is_relation(value: str) -> bool:
    return "." not in value and _plain(value) == value
