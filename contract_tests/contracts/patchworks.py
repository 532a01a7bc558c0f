"""Patchworks: related records, links between pages and partial updates, as document 004 and its framework
have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice, pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.checks.includes import documented_values, lacks, snake
from contract_tests.checks.pages import Page, identities, largest, populated
from contract_tests.checks.records import hold, in_short, record_of
from contract_tests.citations import Citations
from contract_tests.contract import Contract
from contract_tests.exchange import Exchange
from contract_tests.making import Maker
from contract_tests.outcomes import Skipped
from contract_tests.requirements import Family, Requirement
from contract_tests.resources import Resource
from contract_tests.session import SUCCESS, Created, Session

LIST, STORE, SHOW = "listConnectors", "storeConnector", "showConnector"
UPDATE, TEST = "updateConnector", "testConnector"
UNITS = ("second", "minute", "hour", "day")
FOREIGN_KEYS = {name: f"{name}_id" for name in ("authentication_implementation", "certificate")}
"""The member that names a related record, by the member that shows it."""


AMOUNTS = (2, 240, 1000, 60)
"""Rates as subscriptions have them, some beyond a byte."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What includes, links and updates owe beyond what any list or update owes."""
    yield from _of_lists(Maker(contract, citations, Family.LISTING))
    make = Maker(contract, citations, Family.LIFECYCLE)
    operation = contract.operations
    title = "a connector may be stored with null in each member that may be null"
    yield make(operation[STORE], "nulls", title=title, cites=["004-18", "004-19", "004-21"], check=nulls)
    title = "an update to each unit of the rate limit is shown"
    yield make(
        operation[UPDATE], "units", title=title, cites=["004-58", "P14", "P17"], check=units, others=[SHOW]
    )
    title = "an update that sends no variables leaves them as they are"
    yield make(
        operation[UPDATE],
        "keeps-variables",
        title=title,
        cites=["P11", "P17"],
        check=keeps_variables,
        others=[STORE, SHOW],
    )
    title = "a test leaves the connector as it was, whatever comes of it"
    yield make(
        operation[TEST],
        "changes-nothing",
        title=title,
        cites=["004-41", "P20"],
        check=only_tests,
        others=[SHOW],
    )


def _of_lists(make: Maker) -> Iterator[Requirement]:
    operation = make.contract.operations
    title = "the links of a page name the first, the last and the neighbouring pages, and lead there"
    yield make(operation[LIST], "links", title=title, cites=["004-51", "P9"], check=links)
    title = "each page of a sorted list has what is included"
    yield make(
        operation[LIST],
        "include.every-page",
        title=title,
        cites=["004-02", "004-06", "004-07", "004-08"],
        check=every_page,
    )
    title = "all filters at once, beside include, sort and page, add nothing to the list"
    yield make(
        operation[LIST], "filter.together", title=title, cites=["004-05", "P3"], check=filters_together
    )
    for name in (SHOW, LIST):
        title = f"{name} takes all includes at once, side by side inside one record too"
        yield make(
            operation[name],
            "include.all-at-once",
            title=title,
            cites=["004-02", "004-06" if name == LIST else "004-30"],
            check=partial(all_at_once, operation=name),
        )
        title = f"{name} with an empty include adds nothing"
        yield make(
            operation[name],
            "include.empty",
            title=title,
            cites=["QB-06", "004-63"],
            check=partial(empty_include, operation=name),
        )
        title = f"{name} includes the record the connector names, not another one"
        yield make(
            operation[name],
            "include.related",
            title=title,
            cites=["004-60", "004-62"],
            check=partial(related, operation=name),
            others=[STORE],
        )


def links(session: Session) -> None:
    """The first three pages; the query of a link is laid over the one that was asked, since the framework
    leaves out what it is not told to keep.
    """
    kind = _kind(session)
    populated(session, kind)
    first = _page(session.control(session.call(LIST, query={"per_page": 2})))
    size = min(100, max(2, -(-(first.number("total") or 0) // 4)))
    pages = list(islice(session.pages(kind, query={"per_page": size}), 3))
    for number, exchange in enumerate(pages, start=1):
        page = _page(exchange)
        last = page.number("last_page") or number
        if number < last and page.has("next") and page.member("next") is None:
            session.broken(
                expected=f"an address as next on page {number} of {last}", received="null", exchange=exchange
            )
        for name, wanted in {"first": 1, "prev": number - 1, "next": number + 1, "last": last}.items():
            told = page.page_in(name)
            if 1 <= wanted <= last and told is not None and told != wanted:
                session.broken(
                    expected=f"page {wanted} as {name} on page {number}",
                    received=f"page {told}",
                    exchange=exchange,
                )
    for before, after in pairwise(pages):
        address = _page(before).member("next")
        if isinstance(address, str):
            query = {"per_page": size, **dict(parse_qsl(urlsplit(address).query))}
            led = session.expect(session.call(LIST, query=query), SUCCESS, what="for the next link's query")
            if identities(session, kind, [led]) != identities(session, kind, [after]):
                session.broken(
                    expected="the items of the next page behind the link to it",
                    received="other ones",
                    exchange=led,
                )


def every_page(session: Session) -> None:
    """Three small pages, sorted downwards, with a relation and a count."""
    kind = _kind(session)
    populated(session, kind)
    query = {"sort": "-name", "per_page": 2, "include": "authenticationImplementation,variables_count"}
    for exchange in islice(session.pages(kind, query=query), 3):
        for record in session.items(exchange, kind):
            for name in ("authentication_implementation", "variables_count"):
                _has(session, record, [name], exchange)


def filters_together(session: Session) -> None:
    """What the filters compare with is not documented: they may be refused, or find less or nothing."""
    listing = session.contract.operation(LIST)
    named = [one.name for one in listing.of("query") if one.name.startswith("filter[")]
    whole = _page(session.control(session.call(LIST))).number("total")
    query = {**dict.fromkeys(named, session.unique()), "sort": "name", "include": "variables", "per_page": 3}
    exchange = session.call(LIST, query=query)
    statuses, _ = session.bench.accepted("unknown_query_value", listing)
    session.expect(exchange, {*SUCCESS, *(statuses or ())}, what="for all filters at once")
    told = _page(exchange).number("total") if exchange.ok else None
    if whole is not None and told is not None and told > whole:
        session.broken(
            expected=f"at most the {whole} of the whole list", received=str(told), exchange=exchange
        )


def all_at_once(session: Session, operation: str) -> None:
    """Every documented name, with commas between them; each is there as if it were alone."""
    names = _names(session, operation)
    exchange, records = _included(session, operation, ",".join(names))
    for record in records:
        for name in names:
            _has(session, record, snake(name).split("."), exchange)


def empty_include(session: Session, operation: str) -> None:
    """Answered as without an include."""
    possible = {snake(name).partition(".")[0] for name in _names(session, operation)}
    exchange, records = _included(session, operation, "")
    for record in records:
        found = sorted(possible & set(record))
        if found:
            session.broken(
                expected="no related record for an empty include", received=found[0], exchange=exchange
            )


def related(session: Session, operation: str) -> None:
    """A connector just stored shows the implementation it was stored with, and each record the ones whose ids
    it holds.
    """
    created = session.create(STORE)
    include = "authenticationImplementation,certificate"
    exchange, records = _included(session, operation, include, created=created)
    for record in records:
        for name, key in FOREIGN_KEYS.items():
            shown, wanted = record.get(name), record.get(key)
            if isinstance(shown, Mapping) and "id" in shown and key in record:
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


def nulls(session: Session) -> None:
    """connection_pool_id, session_id and certificate_id, shown as null or not at all."""
    sent = dict.fromkeys(("connection_pool_id", "session_id", "certificate_id"))
    prepared = session.valid.body(session.contract.operation(STORE)) or {}
    session.positive(STORE)
    exchange = session.expect(session.call(STORE, body={**prepared, **sent}), "create", what="with nulls")
    hold(session, sent, (exchange, record_of(exchange, _kind(session))), list(sent), what="as it was sent")


def units(session: Session) -> None:
    """One connector, moved from unit to unit, the one it began with last."""
    created = session.create(STORE, rate_limit_unit=UNITS[0])
    for unit, number in zip((*UNITS[1:], UNITS[0]), AMOUNTS, strict=True):
        sent = {"rate_limit_unit": unit, "rate_limit_duration": number}
        answer = session.call(UPDATE, path=created.path, body=sent)
        session.expect(answer, "update", what=f"to the unit {unit}")
        hold(session, sent, (answer, session.read(created)), list(sent), what="as the update sent it")


def keeps_variables(session: Session) -> None:
    """Keys and labels before and after another name."""
    variables = [{"key": f"ct_{letter}", "label": f"Contract {letter}", "value": letter} for letter in "ab"]
    created = session.create(STORE, variables=variables)
    before = _variables(session, created)[1]
    if not {"ct_a", "ct_b"} <= {key for key, _ in before}:
        raise Skipped("a connector does not show the variables it was stored with")
    session.control(session.call(UPDATE, path=created.path, body={"name": session.unique()}))
    exchange, after = _variables(session, created)
    if after != before:
        session.broken(
            expected=f"the variables {in_short(sorted(before))}, as before",
            received=in_short(sorted(after)),
            exchange=exchange,
        )


def only_tests(session: Session) -> None:
    """The members a client sets are the same before and after; what else a test marks is the server's."""
    created = session.create(STORE)
    before = session.read(created)
    body = session.contract.operation(STORE).body
    names = [] if body is None else [name for name in body.schema.properties if name in before]
    answer = session.call(TEST, path=created.path)
    session.expect(answer, "third_party", what="for a connector that exists")
    hold(session, before, (answer, session.read(created)), names, what="as before the test")


def _kind(session: Session) -> Resource:
    return session.resources.named(STORE)


def _page(exchange: Exchange) -> Page:
    return Page(exchange)


def _names(session: Session, operation: str) -> list[str]:
    parameter = session.contract.operation(operation).parameter("include", "query")
    return [] if parameter is None else documented_values(parameter)


def _included(
    session: Session, operation: str, include: str, *, created: Created | None = None
) -> tuple[Exchange, list[Mapping[str, Any]]]:
    """The answer and its connectors: a large page, or the one that was created, else the known one."""
    kind = _kind(session)
    query = {"include": include, **(largest(kind) if operation == LIST else {})}
    path = {} if operation == LIST else session.subject(SHOW) if created is None else created.path
    exchange = session.call(operation, path=path, query=query)
    session.expect(exchange, SUCCESS, what=f"for include={include[:60]}")
    found = session.items(exchange, kind) if operation == LIST else [record_of(exchange, kind)]
    return exchange, [one for one in found if isinstance(one, Mapping)]


def _has(session: Session, record: Any, names: list[str], exchange: Exchange) -> None:
    lacking = lacks(record, names)
    if lacking is not None:
        session.broken(
            expected=f"{'.'.join(names)} among the includes", received=f"no {lacking}", exchange=exchange
        )


def _variables(session: Session, created: Created) -> tuple[Exchange, set[tuple[str, str]]]:
    exchange, records = _included(session, SHOW, "variables", created=created)
    shown = [one for record in records for one in record.get("variables") or () if isinstance(one, Mapping)]
    return exchange, {(str(one.get("key")), str(one.get("label"))) for one in shown}
