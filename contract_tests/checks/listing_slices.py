"""How many items a list shows, and from which on, where an object asks for it: the body of a `POST …/filter`,
or one query parameter that is written as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract_tests.checks.lib.pages import identities, populated
from contract_tests.checks.lib.records import READING, member_cites, success_schema
from contract_tests.checks.listing import listing_of
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, Parameter
from contract_tests.openapi.paging import NUMBERED, OFFSETS, SIZES, in_body
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive

_SEVERAL = 2
"""Items that a list has at least for a part of it to be told from the whole."""

_AMBIGUOUS = "size"
"""A member of this name may choose items of one size."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The members of an object that ask for a part of a list. holder: the query parameter whose value the
    object is; None where it is the body. offset: None where the document has no such member."""

    holder: Parameter | None
    size: str
    offset: str | None

    def call(self, session: Session, resource: Resource, path: dict[str, Any], *, offset: int) -> Exchange:
        """The answer to a request for one item behind so many."""
        asked = {self.size: 1, **({} if self.offset is None else {self.offset: offset})}
        listing = listing_of(resource)
        if self.holder is not None:
            answer = session.call(listing.id, path=path, query={self.holder.name: asked})
        else:
            prepared = session.valid.body(listing)
            body = {**prepared, **asked} if isinstance(prepared, dict) else asked
            answer = session.call(listing.id, path=path, body=body)
        return session.control(answer)


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per list that is asked for a part of it by an object."""
    build = RequirementBuilder(contract, citations, Family.LISTING)
    for resource in resources_of(contract).all:
        found = None if resource.list is None else _slice_of(resource, resource.list)
        if resource.list is None or found is None:
            continue
        holder = found.holder
        cites = member_cites(build, resource.list, found.size) if holder is None else holder.cites
        title = f"{resource.list.id} shows the part of its items that {found.size} asks for"
        check = partial(shows_part, resource=resource, asked=found)
        yield build(resource.list, "part", title=title, cites=cites, check=check)


def _slice_of(resource: Resource, listing: Operation) -> Slice | None:
    holders: list[tuple[Parameter | None, Schema]] = [
        (each, each.schema) for each in listing.of("query") if each.media_type is not None
    ]
    if in_body(listing) and listing.body is not None:
        holders.append((None, listing.body.schema))
    schema = success_schema(listing, resource.items_pointer or "")
    own = {} if schema is None or schema.items is None else schema.items.properties
    for holder, asked in holders:
        numbers = [
            name for name, inner in asked.properties.items() if "integer" in inner.types and name not in own
        ]
        size = next((name for name in numbers if name in SIZES), None)
        offset = next((name for name in numbers if name in OFFSETS), None)
        is_plain = size != _AMBIGUOUS or offset is not None or any(name in NUMBERED for name in numbers)
        if size is not None and is_plain:
            return Slice(holder, size, offset)
    return None


def shows_part(session: Session, resource: Resource, asked: Slice) -> None:
    """Asked for one item the list shows one; asked for the one behind it, another one."""
    path = populated(session, resource)
    whole = _whole(session, resource, path)
    first = asked.call(session, resource, path, offset=0)
    shown = identities(session, resource, [first])
    if len(shown) != 1:
        if len(_whole(session, resource, path)) < len(whole):
            raise Inconclusive("the list changed while it was read")
        session.broken(
            expected=f"one item of {len(whole)} for {asked.size}=1",
            received=f"{len(shown)}",
            exchange=first,
            readings=READING if not shown else (),  # a page may be what is left of it after a filter
        )
    if asked.offset is None:
        return
    second = asked.call(session, resource, path, offset=1)
    if identities(session, resource, [second]) != shown:
        return
    if identities(session, resource, [asked.call(session, resource, path, offset=0)]) != shown:
        raise Inconclusive("the first item of the list is not always the same")
    session.broken(
        expected=f"another item for {asked.offset}=1 than for {asked.offset}=0",
        received="the same one",
        exchange=second,
    )


def _whole(session: Session, resource: Resource, path: dict[str, Any]) -> set[str]:
    """The items of the list. Raises Inconclusive where they are too few."""
    answer = session.control(session.call(listing_of(resource).id, path=path))
    found = identities(session, resource, [answer])
    if len(found) < _SEVERAL:
        raise Inconclusive(f"the list has {len(found)} items")
    return found
