"""Connector providers: set up and reset, and what list, get, setup and reset show of the same one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contract_tests.checks.idempotency import HEADER
from contract_tests.checks.lib.records import LONGER_THAN_A_SECOND, in_short, instant, same
from contract_tests.exchange import Exchange
from contract_tests.openapi.pointers import at
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive

LIST, GET = "listConnectorProviders", "getConnectorProvider"
SETUP, RESET = "setupConnectorProvider", "resetConnectorProvider"
OPPOSITE = {SETUP: RESET, RESET: SETUP}
CREATE = "createCollectionConnector"
SECOND_PROVIDER = "second_provider_slug"
"""A value of the target: another provider that takes the same setup and that a run may set up and reset."""

CONFIGURED = ("000-07",)
"""What says that setup_complete is true of providers that were set up with success, and of no others."""

TIED = ("001-02", "001-05")
"""What says that a connector belongs to a provider, which its slug names."""

NAMED = ("google-workspace", "google-drive", "slack", "github", "salesforce")
"""Providers that the platform's documents speak of, by the slugs shown there or in their manner."""

KEPT = (
    "id",
    "provider_slug",
    "display_name",
    "auth_type",
    "execution_strategy",
    "config_schema",
    "created_at",
)
"""Members of a provider that neither a setup nor a reset speaks of."""


def switches(session: Session, operation: str) -> None:
    """From the opposite state, the operation leads to its own everywhere it is shown."""
    session.control(session.call(OPPOSITE[operation]))
    answer = session.expect(session.call(operation), 200)
    _is(session, answer, provider(answer), complete=operation == SETUP)
    read = session.control(session.call(GET))
    _is(session, read, provider(read), complete=operation == SETUP)
    exchange, everything = listed(session)
    slug = session.fixtures.known("provider_slug")
    for one in everything:
        if one.get("provider_slug") == slug:
            _is(session, exchange, one, complete=operation == SETUP)


def in_turn(session: Session, operation: str) -> None:
    """The opposite first, then this one, then both reads, each answered 200."""
    session.control(session.call(OPPOSITE[operation]))
    session.expect(session.call(operation), 200, what=f"after {OPPOSITE[operation]}")
    for read in (GET, LIST):
        session.expect(session.call(read), 200, what=f"after {operation}")


def set_up_again(session: Session) -> None:
    """Set up, reset, set up."""
    session.control(session.call(SETUP))
    session.control(session.call(RESET))
    answer = session.expect(session.call(SETUP), 200, what="for a setup after a reset")
    _is(session, answer, provider(answer), complete=True)


def keeps(session: Session, operation: str) -> None:
    """Everything but the state, the scopes and the time of change stays."""
    session.control(session.call(OPPOSITE[operation]))
    before = provider(session.control(session.call(GET)))
    created = instant(before.get("created_at"))
    if created is not None and created == instant(before.get("updated_at")):
        # Unless the run waits, a time of creation that each change moves may stay within its second.
        session.context.sleep(LONGER_THAN_A_SECOND)
    answer = session.control(session.call(operation))
    read = session.control(session.call(GET))
    for exchange in (answer, read):
        after = provider(exchange)
        for name in KEPT:
            if name in before and name in after and not same(before[name], after[name]):
                session.broken(
                    expected=f"{name} {in_short(before[name])}, as before",
                    received=in_short(after[name]),
                    exchange=exchange,
                )


def repeated(session: Session, operation: str) -> None:
    """The repeat may be refused, but the state stays."""
    session.control(session.call(operation))
    session.expect(
        session.call(operation),
        "repeat_setup" if operation == SETUP else "repeat_reset",
        what="the second time",
    )
    read = session.control(session.call(GET))
    _is(session, read, provider(read), complete=operation == SETUP)


def times(session: Session) -> None:
    """created_at never after updated_at, in the answer to a setup and everywhere in the list; a setup that
    changes setup_complete moves updated_at.
    """
    session.call(RESET)
    before = provider(session.control(session.call(GET)))
    session.context.sleep(LONGER_THAN_A_SECOND)
    answer = session.control(session.call(SETUP))
    exchange, everything = listed(session)
    for where, one in ((answer, provider(answer)), *((exchange, each) for each in everything)):
        made, changed = instant(one.get("created_at")), instant(one.get("updated_at"))
        if made is not None and changed is not None and changed < made:
            session.broken(
                expected=f"updated_at not before created_at {one['created_at']}",
                received=f"{one['updated_at']} for {one.get('provider_slug')}",
                exchange=where,
            )
    if before.get("setup_complete") is False:
        _is_later(session, answer, before.get("updated_at"))


def _is_later(session: Session, answer: Exchange, before: Any) -> None:
    """The provider of an answer was changed after it was read.

    before: its updated_at then.
    """
    earlier, later = instant(before), instant(provider(answer).get("updated_at"))
    if earlier is not None and later is not None and later <= earlier:
        session.broken(
            expected=f"an updated_at after {before}, since setup_complete changed",
            received=later.isoformat(),
            exchange=answer,
            readings=("A12",),
        )


def refused_without_trace(session: Session) -> None:
    """A body that is not an object is refused, and the provider stays reset, or set up where it was.

    Which bodies are refused is a reading, and so is that a refusal takes nothing back; that what was refused
    is no successful setup is not.
    """
    session.control(session.call(RESET))
    refused = session.call(SETUP, body=["no", "object"])
    session.expect(refused, "non_object_body", what="for a setup body that is an array")
    read = session.control(session.call(GET))
    _is(session, read, provider(read), complete=False, because=CONFIGURED)
    bodies: tuple[Any, ...] = (["no", "object"], {})
    for body in bodies:
        session.control(session.call(SETUP))
        if session.call(SETUP, body=body).ok:
            continue
        read = session.control(session.call(GET))
        _is(session, read, provider(read), complete=True, because=("X14",))


def list_agrees(session: Session) -> None:
    """Slugs and ids are unique; the read of some of them equals the list's entry."""
    exchange, everything = listed(session)
    for name in ("provider_slug", "id"):
        values = [str(one.get(name)) for one in everything]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            session.broken(
                expected=f"each {name} once", received=f"{twice} more than once", exchange=exchange
            )
    mine = session.fixtures.known("provider_slug")
    if mine not in [one.get("provider_slug") for one in everything]:
        session.broken(expected=f"{mine} in the list", received="a list without it", exchange=exchange)
    chosen = (
        [one for one in everything if one.get("provider_slug") == mine] + everything[:1] + everything[-1:]
    )
    for one in (each for each in chosen if "provider_slug" in each):
        read = session.expect(session.call(GET, path={"provider_slug": one["provider_slug"]}), 200)
        shown = provider(read)
        for name in (*KEPT, "setup_complete"):
            if name in one and name in shown and not same(one[name], shown[name]):
                session.broken(
                    expected=f"{name} {in_short(one[name])}, as in the list",
                    received=in_short(shown[name]),
                    exchange=read,
                )


def lists_all(session: Session) -> None:
    """The slug of each provider of the target, and of those that documents speak of, stands somewhere in the
    list if the read shows it."""
    slugs = [session.fixtures.known("provider_slug"), *NAMED]
    if session.fixtures.has("neighbour", "provider_slug", ""):
        slugs.append(session.fixtures.neighbour("provider_slug"))
    readable = [slug for slug in dict.fromkeys(slugs) if session.call(GET, path={"provider_slug": slug}).ok]
    exchange = session.control(session.call(LIST))
    text = exchange.content.decode("utf-8", "replace")
    for slug in readable:
        if f'"{slug}"' not in text:
            session.broken(
                expected=f"{slug}, which can be read, in the list",
                received="a list that does not name it",
                exchange=exchange,
            )


def others_stay(session: Session, operation: str) -> None:
    """The others' setup_complete and descriptions are the same before and after."""
    mine = session.fixtures.known("provider_slug")
    for slug in (session.target.values.get(SECOND_PROVIDER, mine), mine):
        session.call(OPPOSITE[operation], path={"provider_slug": slug})
    before = {one.get("provider_slug"): one for one in listed(session)[1]}
    session.control(session.call(operation))
    exchange, everything = listed(session)
    after = {one.get("provider_slug"): one for one in everything}
    for slug, was in before.items():
        if slug == mine:
            continue
        now = after.get(slug)
        for name in ("setup_complete", "display_name", "id"):
            if now is None or now.get(name) != was.get(name):
                session.broken(
                    expected=f"{name} {in_short(was.get(name))} of {slug}, which was not changed",
                    received="no such provider" if now is None else in_short(now.get(name)),
                    exchange=exchange,
                )


def documented_slug(session: Session, operation: str) -> None:
    """The one malformed slug the document shows the answer for."""
    session.positive(operation)
    exchange = session.expect(
        session.call(operation, path={"provider_slug": "invalid-slug!"}),
        422,
        what="for the slug invalid-slug!",
    )
    entries = at(exchange.parsed, "/detail")
    locations = (
        [one.get("loc") for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []
    )
    if not any(isinstance(loc, list) and "provider_slug" in loc for loc in locations):
        session.broken(
            expected="an entry in detail whose loc names provider_slug",
            received=in_short(entries),
            exchange=exchange,
        )


def unknown_provider(session: Session) -> None:
    """The same body with a well-formed slug that no provider has is refused, also when it is sent again under
    its key."""
    session.positive(CREATE)
    body = {**session.valid.body(session.contract.operation(CREATE)), "provider_slug": session.unique("no")}
    key = {HEADER: session.valid.key()}
    answer = session.call(CREATE, body=body, headers=key)
    session.expect(answer, "unknown_reference", what="for an unknown provider")
    again = session.call(CREATE, body=body, headers=key)
    if again.ok:
        session.broken(
            expected="the same refusal of the same request again",
            received=str(again.status),
            exchange=again,
            because=TIED,
        )


def configuration_hidden(session: Session) -> None:
    """No response shows a secret that was sent in a setup; the response checks look for them."""
    canaries = {name: session.canary() for name in ("client_secret", "extra", "deep")}
    prepared = session.valid.body(session.contract.operation(SETUP)) or {}
    body = {
        **prepared,
        **{name: value for name, value in canaries.items() if name in prepared or name != "deep"},
    }
    answers = [session.call(SETUP, body={**body, "nested": {"list": [canaries["deep"]]}})]
    if not answers[0].ok:
        answers = [
            session.control(
                session.call(SETUP, body={**prepared, "client_secret": canaries["client_secret"]})
            )
        ]
    answers += [session.call(name) for name in (GET, LIST, RESET, GET)]
    for exchange in answers:
        found = next((name for name, value in canaries.items() if value.encode() in exchange.content), None)
        if found is not None:
            session.broken(
                expected="an answer without any part of the configuration",
                received=f"the {found} that was sent, in the answer of {exchange.sent.operation}",
                exchange=exchange,
                because=() if found == "client_secret" else ("A32",),
            )


def provider(exchange: Exchange) -> Mapping[str, Any]:
    """The provider an answer shows under data. Raises Inconclusive when it shows none."""
    shown = at(exchange.parsed, "/data")
    if not isinstance(shown, Mapping):
        raise Inconclusive(f"{exchange.sent.operation} shows no provider under data")
    return shown


def listed(session: Session) -> tuple[Exchange, list[Mapping[str, Any]]]:
    """The list, and the providers in it. Raises Inconclusive when there are none."""
    exchange = session.control(session.call(LIST))
    shown = at(exchange.parsed, "/data")
    found = [one for one in shown if isinstance(one, Mapping)] if isinstance(shown, list) else []
    if not found:
        raise Inconclusive("the list shows no provider")
    return exchange, found


def _is(
    session: Session,
    exchange: Exchange,
    shown: Mapping[str, Any],
    *,
    complete: bool,
    because: Iterable[str] = (),
) -> None:
    if shown.get("setup_complete") is not complete:
        session.broken(
            expected=f"setup_complete {in_short(complete)}",
            received=in_short(shown.get("setup_complete")),
            exchange=exchange,
            because=because,
        )
