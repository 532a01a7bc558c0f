"""Connectors: what a client leaves out or sends as null, what an update moves and what a test leaves."""

from __future__ import annotations

from collections.abc import Mapping

from contract_tests.checks.lib.records import hold, in_short, record_of
from contract_tests.exchange import Exchange
from contract_tests.session.session import Created, Session
from contract_tests.vendors.lib.included import SHOW, STORE, included
from contract_tests.verdicts import Inconclusive, Skipped

UPDATE, TEST = "updateConnector", "testConnector"
UNITS = ("second", "minute", "hour", "day")
AMOUNTS = (2, 240, 1000, 60)
"""Rates as subscriptions have them, some beyond a byte."""

VARIABLES = [{"key": f"ct_{letter}", "label": f"Contract {letter}", "value": letter} for letter in "ab"]


def nulls(session: Session) -> None:
    """connection_pool_id, session_id and certificate_id, shown as null or not at all."""
    sent = dict.fromkeys(("connection_pool_id", "session_id", "certificate_id"))
    prepared = session.valid.body(session.contract.operation(STORE)) or {}
    session.positive(STORE)
    exchange = session.expect(session.call(STORE, body={**prepared, **sent}), "create", what="with nulls")
    shown = record_of(exchange, session.resources.named(STORE))
    # That null is accepted is documented, how an answer shows it is not.
    hold(session, sent, (exchange, shown), list(sent), what="as it was sent", readings=["P2"])


def units(session: Session) -> None:
    """One connector, moved from unit to unit, the one it began with last."""
    known = _known_units(session)
    created = session.create(STORE, rate_limit_unit=known[0])
    for unit, number in zip((*known[1:], known[0]), AMOUNTS, strict=False):
        sent = {"rate_limit_unit": unit, "rate_limit_duration": number}
        answer = session.call(UPDATE, path=created.path, body=sent)
        session.expect(answer, "update", what=f"to the unit {unit}")
        hold(session, sent, (answer, session.read(created)), list(sent), what="as the update sent it")


def _known_units(session: Session) -> tuple[str, ...]:
    """The units a sibling page lists, unless the target or the server has other words for them."""
    prepared = session.valid.body(session.contract.operation(STORE)) or {}
    shown = [record.get("rate_limit_unit") for record in session.walk(STORE) if isinstance(record, Mapping)]
    words = dict.fromkeys(str(unit) for unit in (prepared.get("rate_limit_unit"), *shown) if unit)
    return UNITS if set(words) <= set(UNITS) else tuple(words)


def keeps_variables(session: Session) -> None:
    """Keys and labels before and after another name."""
    created = session.create(STORE, variables=VARIABLES)
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
    """The members a client sets are the same before and after, and no variable is gone.

    What else a test marks is the server's.
    """
    created = _with_variables(session)
    before, variables = session.read(created), _variables(session, created)[1]
    bodies = [session.contract.operation(name).body for name in (STORE, UPDATE)]
    members = dict.fromkeys(name for body in bodies if body is not None for name in body.schema.properties)
    names = [name for name in members if name in before and name != "variables"]
    answer = session.call(TEST, path=created.path)
    session.expect(answer, "third_party", what="for a connector that exists")
    hold(session, before, (answer, session.read(created)), names, what="as before the test")
    exchange, after = _variables(session, created)
    if variables - after:
        session.broken(
            expected=f"the variables {in_short(sorted(variables))}, as before the test",
            received=in_short(sorted(after)),
            exchange=exchange,
        )


def _with_variables(session: Session) -> Created:
    """A new connector, with variables where they are taken."""
    try:
        return session.create(STORE, variables=VARIABLES)
    except Inconclusive:
        return session.create(STORE)


def _variables(session: Session, created: Created) -> tuple[Exchange, set[tuple[str, str]]]:
    exchange, records = included(session, SHOW, "variables", created=created)
    shown = [
        variable
        for record in records
        for variable in record.get("variables") or ()
        if isinstance(variable, Mapping)
    ]
    return exchange, {(str(variable.get("key")), str(variable.get("label"))) for variable in shown}
