"""Lists and records with includes, filters and links between pages, all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.checks.includes import documented_values, lacks
from contract_tests.checks.lib.pages import Page, identities, largest, populated
from contract_tests.checks.lib.records import in_short, record_of, spelled
from contract_tests.exchange import Exchange
from contract_tests.session.session import SUCCESS, Created, Session

LIST, STORE, SHOW = "listConnectors", "storeConnector", "showConnector"
FOREIGN_KEYS = {name: f"{name}_id" for name in ("authentication_implementation", "certificate")}
"""The member that names a related record, by the member that shows it."""


def links(session: Session) -> None:
    """The first three pages, each with its neighbours, and what stands behind the link to the next one."""
    resource = session.resources.named(STORE)
    populated(session, resource)
    first = Page(session.control(session.call(LIST, query={"per_page": 2})))
    size = min(100, max(2, -(-(first.number("total") or 0) // 4)))
    pages = list(_numbered_pages(session, size))
    for number, exchange in enumerate(pages, start=1):
        _links_neighbours(session, exchange, number)
    for before, after in pairwise(pages):
        _leads_on(session, before, after, size)


def _numbered_pages(session: Session, size: int) -> Iterator[Exchange]:
    """The first three pages by their numbers: a walk would follow the links that are to be judged."""
    resource = session.resources.named(STORE)
    for number in range(1, 4):
        exchange = session.control(session.call(LIST, query={"page": number, "per_page": size}))
        if not session.items(exchange, resource):
            return
        yield exchange


def every_page(session: Session) -> None:
    """Three small pages, sorted downwards, with a relation and a count."""
    resource = session.resources.named(STORE)
    populated(session, resource)
    query = {"sort": "-name", "per_page": 2, "include": "authenticationImplementation,variables_count"}
    for exchange in islice(session.pages(resource, query=query), 3):
        for record in session.items(exchange, resource):
            for name in ("authentication_implementation", "variables_count"):
                _has(session, record, [name], exchange)


def filters_together(session: Session) -> None:
    """What the filters compare with is not documented: they may be refused, or find less or nothing."""
    listing = session.contract.operation(LIST)
    named = [parameter.name for parameter in listing.of("query") if parameter.name.startswith("filter[")]
    whole = Page(session.control(session.call(LIST))).number("total")
    query = {**dict.fromkeys(named, session.unique()), "sort": "name", "include": "variables", "per_page": 3}
    exchange = session.call(LIST, query=query)
    statuses, _ = session.context.accepted("unknown_query_value", listing)
    session.expect(exchange, {*SUCCESS, *(statuses or ())}, what="for all filters at once")
    shown = Page(exchange).number("total") if exchange.ok else None
    if whole is not None and shown is not None and shown > whole:
        session.broken(
            expected=f"at most the {whole} of the whole list", received=str(shown), exchange=exchange
        )


def all_at_once(session: Session, operation: str) -> None:
    """Every documented name, with commas between them; each is there as if it were alone."""
    names = _names(session, operation)
    exchange, records = included(session, operation, ",".join(names))
    for record in records:
        for name in names:
            _has(session, record, name.split("."), exchange)


def empty_include(session: Session, operation: str) -> None:
    """Answered as without an include."""
    possible = {name.partition(".")[0] for name in _names(session, operation)}
    exchange, records = included(session, operation, "")
    for record in records:
        found = [member for name in sorted(possible) if (member := spelled(name, record)) is not None]
        shown = [member for member in found if record[member] is not None]
        if shown:
            session.broken(
                expected="no related record for an empty include", received=shown[0], exchange=exchange
            )


def related(session: Session, operation: str) -> None:
    """A connector just stored shows the implementation it was stored with, and each record the ones whose ids
    it holds.
    """
    created = session.create(STORE)
    include = "authenticationImplementation,certificate"
    exchange, records = included(session, operation, include, created=created)
    for record in records:
        for name, key in FOREIGN_KEYS.items():
            shown, wanted = record.get(spelled(name, record) or name), record.get(spelled(key, record) or key)
            if isinstance(shown, Mapping) and "id" in shown and wanted is not None:
                if str(shown["id"]) != str(wanted):
                    session.broken(
                        expected=f"{name} {wanted}, as {key} says",
                        received=in_short(shown["id"]),
                        exchange=exchange,
                    )
            elif str(record.get("id")) == str(created.id) and wanted is not None:
                session.broken(
                    expected=f"{name} {wanted} as a record", received=in_short(shown), exchange=exchange
                )


def _links_neighbours(session: Session, exchange: Exchange, number: int) -> None:
    page = Page(exchange)
    last = page.number("last_page") or number
    if number < last and page.has("next") and page.member("next") is None:
        session.broken(
            expected=f"an address as next on page {number} of {last}", received="null", exchange=exchange
        )
    for name, wanted in {"first": 1, "prev": number - 1, "next": number + 1, "last": last}.items():
        shown = page.page_in(name)
        if 1 <= wanted <= last and shown is not None and shown != wanted:
            session.broken(
                expected=f"page {wanted} as {name} on page {number}",
                received=f"page {shown}",
                exchange=exchange,
            )


def _leads_on(session: Session, before: Exchange, after: Exchange, size: int) -> None:
    """The query of a link is merged into the one that was asked, since the framework leaves out what it does
    not keep.
    """
    resource, address = session.resources.named(STORE), Page(before).member("next")
    if not isinstance(address, str):
        return
    query = {"per_page": size, **dict(parse_qsl(urlsplit(address).query))}
    led = session.expect(session.call(LIST, query=query), SUCCESS, what="for the next link's query")
    if identities(session, resource, [led]) != identities(session, resource, [after]):
        session.broken(
            expected="the items of the next page behind the link to it", received="other ones", exchange=led
        )


def included(
    session: Session, operation: str, include: str, *, created: Created | None = None
) -> tuple[Exchange, list[Mapping[str, Any]]]:
    """The answer and its connectors: a large page, or the one that was created, else the known one."""
    resource = session.resources.named(STORE)
    query = {"include": include, **(largest(resource) if operation == LIST else {})}
    path: Mapping[str, Any] = {}
    if operation != LIST:
        path = session.subject(SHOW) if created is None else created.path
    exchange = session.call(operation, path=path, query=query)
    session.expect(exchange, SUCCESS, what=f"for include={include[:60]}")
    found = session.items(exchange, resource) if operation == LIST else [record_of(exchange, resource)]
    return exchange, [record for record in found if isinstance(record, Mapping)]


def _names(session: Session, operation: str) -> list[str]:
    parameter = session.contract.operation(operation).parameter("include", "query")
    return [] if parameter is None else documented_values(parameter)


def _has(session: Session, record: Any, names: list[str], exchange: Exchange) -> None:
    lacking = lacks(record, names)
    if lacking is not None:
        session.broken(
            expected=f"{'.'.join(names)} among the includes", received=f"no {lacking}", exchange=exchange
        )
