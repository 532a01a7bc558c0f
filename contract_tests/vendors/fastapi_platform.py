"""The FastAPI platform's telling of connector providers: document 002 promises 200 and little else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from contract_tests.checks.lib.job_polling import GRACE
from contract_tests.checks.lib.records import READING, in_short, same
from contract_tests.evidence.citations import Citations
from contract_tests.generation.canaries import encoded
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.builder import RequirementSpec, RequirementTable, build_requirements
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.response_checks.leaks import TELLING
from contract_tests.session.requests import Default
from contract_tests.session.session import DEFAULT, Session
from contract_tests.vendors.lib.providers import GET, LIST, OPPOSITE, RESET, SETUP, in_turn, lists_all
from contract_tests.verdicts import Inconclusive, Skipped

_MOST = 6
"""How many other providers are looked at."""

_SET_UP = re.compile(r"(is_?|has_?)?(configured|set_?up|setup_?(complete|completed|done))", re.IGNORECASE)
"""What a member is called that says by its own words whether a provider is set up."""

_FAILURES = (("success", False), ("ok", False))
"""Members of an answer that say that nothing was done. A `status` may be that of a provider."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Setting up and resetting succeed in turn, and the provider stays readable all the way."""
    return build_requirements(contract, citations, PROMISES)


def fails_by_status(session: Session) -> None:
    """An empty configuration, or a body that is none, is not answered as a success with a body that says by
    its own words that the setup failed."""
    path = session.subject(SETUP)
    session.positive(SETUP)
    bodies: list[Any] = [{}, {session.unique("no"): None}, ["no", "object"]]
    for body in bodies:
        answer = session.call(SETUP, path=path, body=body)
        said = answer.parsed if isinstance(answer.parsed, Mapping) else {}
        if answer.ok and any(same(said.get(name), value) for name, value in _FAILURES):
            session.broken(
                expected="another status than that of success for a setup that failed",
                received=f"{answer.status} with a body that says so",
                exchange=answer,
            )


def refused_in_silence(session: Session) -> None:
    """Bodies that are not a configuration or no JSON, or lack a part of one or have it in another form, are
    refused without the values that they hold.
    """
    path = session.subject(SETUP)
    secret = session.canary("configuration")
    bodies: list[Any] = [[{"client_secret": secret}], [secret], secret, {"client_secret": secret}]
    prepared = session.valid.body(session.contract.operation(SETUP)) or {}
    for name in prepared:
        bodies += [{**prepared, name: [secret]}, {**prepared, name: {"ct": secret}}]
    exchanges = [session.call(SETUP, path=path, body=body) for body in bodies]
    malformed = (f'{{"client_secret": "{secret}"', f'{{"client_secret": "{secret}",}}', f'["{secret}"')
    exchanges += [session.call(SETUP, path=path, content=text.encode()) for text in malformed]
    refusals = [exchange for exchange in exchanges if 400 <= exchange.status < 500]
    if not refusals:
        raise Skipped(f"{SETUP} refuses no body")
    for exchange in refusals:
        if secret.encode() in exchange.content:
            session.broken(
                expected="a refusal without the configuration that was sent",
                received=f"{exchange.status} with that very value",
                exchange=exchange,
            )


def hidden_from_all(session: Session) -> None:
    """A caller without a key, who may read providers, is not shown the API key and the secret of a setup.

    Which values of a configuration are no secret is open; these are by their very names.
    """
    prepared = session.valid.body(session.contract.operation(SETUP)) or {}
    secrets = {name: session.canary(name) for name in ("api_key", "client_secret")}
    answer = session.call(SETUP, body={**prepared, **secrets})
    if not answer.ok:
        raise Skipped(f"{SETUP} takes no {' and no '.join(secrets)} beside the prepared body")
    for operation in (GET, LIST):
        exchange = session.call(operation, credential=None)
        text = exchange.content.decode("utf-8", "replace")
        for name, secret in secrets.items():
            if exchange.ok and any(form in text for form in encoded(secret)):
                session.broken(
                    expected=f"no {name} of a setup for a caller without a key",
                    received=f"{exchange.status} with that very value",
                    exchange=exchange,
                )


def errors_repeat_nothing(session: Session, operation: str) -> None:
    """Refusals of an unknown provider and of an unknown key repeat neither the key nor a configuration that
    was sent with them or set up before."""
    session.positive(operation)
    called = session.contract.operation(operation)
    configuration, unknown_key = session.canary("configuration"), session.canary("key")
    body = {**(session.valid.body(session.contract.operation(SETUP)) or {}), "client_secret": configuration}
    path = session.subject(operation)
    session.control(session.call(SETUP, path=path, body=body))
    label = session.requests.default_credential(called, path)
    sent = body if called.body is not None else None
    unknown = {**path, "provider_slug": session.unique("no")}
    keys = {scheme.name: unknown_key for scheme in session.contract.schemes.values() if scheme.name}
    refusals = [
        session.call(operation, path=unknown, body=sent, credential=label),
        session.call(operation, path=path, body=sent, headers=keys, credential=None),
    ]
    held = session.target.credentials.get(label or "")
    secrets = {
        "configuration": configuration,
        "key": unknown_key,
        **({"credential": held.secret} if held is not None and len(held.secret) >= TELLING else {}),
    }
    for exchange in (each for each in refusals if 400 <= each.status < 500):
        for name, secret in secrets.items():
            if secret.encode() in exchange.content:
                session.broken(
                    expected=f"a refusal without the {name} that was sent",
                    received=f"{exchange.status} with that very value",
                    exchange=exchange,
                )


def leaves_others(session: Session, operation: str) -> None:
    """What the read shows of other providers, from the opposite state, is the same before and after."""
    others = _others(session)
    session.control(session.call(OPPOSITE[operation]))
    for other in others:
        _to(session, OPPOSITE[operation], other)
    before = [[_shown(session, other) for other in others] for _ in range(2)]
    session.control(session.call(operation))
    for other, first, second in zip(others, *before, strict=True):
        after = _shown(session, other)
        for name, value in first.items():
            is_steady = name in second and same(value, second[name])
            if is_steady and not same(value, after.get(name)):
                session.broken(
                    expected=f"{name} {in_short(value)} of {other['provider_slug']}, which was not changed",
                    received=in_short(after.get(name)),
                    exchange=session.exchanges[-1],
                )


def _others(session: Session) -> list[dict[str, str]]:
    """Path values of the neighbour that the target names, and of others that the list names."""
    found = [session.fixtures.neighbour("provider_slug")]
    waiting: list[Any] = [session.control(session.call(LIST)).parsed]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            found += [value["provider_slug"]] if isinstance(value.get("provider_slug"), str) else []
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    mine = session.fixtures.known("provider_slug")
    slugs = [slug for slug in dict.fromkeys(found) if slug != mine][:_MOST]
    paths = [{"provider_slug": slug} for slug in slugs]
    return [path for path in paths if session.call(GET, path=path).ok]


def _to(session: Session, operation: str, path: Mapping[str, str]) -> None:
    """Set a provider up or reset it, as far as that is possible: what a refusal says is missing is added."""
    exchange = session.call(operation, path=path)
    body = session.valid.body(session.contract.operation(SETUP))
    if operation != SETUP or exchange.ok or not isinstance(body, Mapping):
        return
    detail = exchange.parsed.get("detail") if isinstance(exchange.parsed, Mapping) else None
    entries = [each for each in detail if isinstance(each, Mapping)] if isinstance(detail, list) else []
    places = [each["loc"] for each in entries if isinstance(each.get("loc"), list) and each["loc"]]
    missing = {str(place[-1]): session.canary(str(place[-1])) for place in places}
    session.call(operation, path=path, body={**body, **missing})


def list_follows(session: Session) -> None:
    """What changes in a read with a setup and a reset, and stands in the list as well, changes there."""
    slug = session.fixtures.known("provider_slug")
    states = []
    for operation in (RESET, SETUP, RESET):
        session.control(session.call(operation))
        states.append((_shown(session, _known(session)), _entry(session, slug)))
    for (read, entry), (read_later, entry_later) in pairwise(states):
        for name in (each for each in read if each in entry and each in entry_later):
            has_changed = not same(read[name], read_later.get(name)) and isinstance(read[name], bool | str)
            was_shown = same(read[name], entry[name]) or same(read_later.get(name), entry_later[name])
            if has_changed and was_shown and same(entry[name], entry_later[name]):
                session.broken(
                    expected=f"{name} in the list to follow the read, which shows another value now",
                    received=in_short(entry_later[name]),
                    exchange=session.exchanges[-1],
                )


def names_alike(session: Session) -> None:
    """The member of the read that holds the slug holds it in the list too, where the list has an object for
    the provider."""
    slug = session.fixtures.known("provider_slug")
    read = [name for name, value in _shown(session, _known(session)).items() if value == slug]
    entry = _entry(session, slug)
    names = [name for name, value in entry.items() if value == slug]
    if "provider_slug" in read and "provider_slug" not in names:
        session.broken(
            expected="the slug as provider_slug, as the read shows it",
            received=f"it as {' and '.join(names)}",
            exchange=session.exchanges[-1],
        )


def says_so(session: Session, operation: str) -> None:
    """A truth value of the read that is called configured or set up is true after a setup alone."""
    is_set_up = operation == SETUP
    session.control(session.call(OPPOSITE[operation]))
    session.control(session.call(operation))
    if is_set_up not in _said(session).values():
        session.context.sleep(GRACE)  # a setup may be checked with the service before it counts
    for name, value in _said(session).items():
        if value is not is_set_up:
            session.broken(
                expected=f"{name} {in_short(is_set_up)} after {operation}",
                received=in_short(value),
                exchange=session.exchanges[-1],
            )
    _said_alike(session)


def _said_alike(session: Session) -> None:
    """A caller without a key is told the same state as one with a key: that a key has setups of its own is
    not said, but nothing forbids it either."""
    with_key, without = _said(session), _said(session, credential=None)
    for name, value in without.items():
        if value is not with_key.get(name, value):
            session.broken(
                expected=f"{name} {in_short(with_key[name])}, as with a key",
                received=f"{in_short(value)} without a key",
                exchange=session.exchanges[-1],
                readings=READING,
            )


def refused_does_not_count(session: Session) -> None:
    """A truth value that is called configured or set up stays false after a reset and a refused setup."""
    session.control(session.call(RESET))
    if any(_said(session).values()):
        raise Inconclusive(f"{RESET} leaves the provider set up")
    refused = session.call(SETUP, body=["no", "object"])
    if not 400 <= refused.status < 500:
        raise Skipped(f"{SETUP} does not refuse a body that is an array")
    for name, value in _said(session).items():
        if value:
            session.broken(
                expected=f"{name} false after a refused {SETUP}",
                received=in_short(value),
                exchange=session.exchanges[-1],
            )


def _said(session: Session, *, credential: Default | None = DEFAULT) -> dict[str, bool]:
    """The truth values of the known provider that say by their names whether it is set up. Raises Skipped
    when the read has none."""
    shown = _shown(session, _known(session), credential=credential)
    values = {name: value for name, value in shown.items() if isinstance(value, bool)}
    said = {name: value for name, value in values.items() if _SET_UP.fullmatch(name)}
    if not said:
        raise Skipped(f"{GET} has no truth value that is called configured or set up")
    return said


def _entry(session: Session, slug: str) -> Mapping[str, Any]:
    """The object of the list that has the slug as a member. Raises Inconclusive when there is none."""
    waiting: list[Any] = [session.control(session.call(LIST)).parsed]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            if slug in [value for value in found.values() if isinstance(value, str)]:
                return found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
    raise Inconclusive(f"no object of the list has {slug} as a member")


def _known(session: Session) -> dict[str, str]:
    return {"provider_slug": session.fixtures.known("provider_slug")}


def _shown(
    session: Session, path: Mapping[str, str], *, credential: Default | None = DEFAULT
) -> Mapping[str, Any]:
    """The members of a provider as the read shows it, within an envelope or not."""
    shown = session.control(session.call(GET, path=path, credential=credential)).parsed
    held = shown.get("data", shown) if isinstance(shown, Mapping) else None
    if not isinstance(held, Mapping):
        raise Inconclusive(f"{GET} shows no object")
    return held


PROMISES: dict[Family, RequirementTable] = {
    Family.ISOLATION: {
        f"{operation} of one provider leaves another one as it was": RequirementSpec(
            operation, "other-provider", f"{fact} 002-02", partial(leaves_others, operation=operation), (GET,)
        )
        for operation, fact in ((SETUP, "002-03"), (RESET, "002-04"))
    },
    Family.LISTING: {
        "the list names each provider that can be read": RequirementSpec(
            LIST, "all", "002-05 002-02", lists_all, (GET,)
        ),
        "the list calls a provider's slug provider_slug where the read does": RequirementSpec(
            LIST, "named-alike", "002-02 002-05 X14", names_alike, (GET,)
        ),
        "the list shows what a setup and a reset changed": RequirementSpec(
            LIST, "follows", "002-05 002-03 002-04", list_follows, (GET, SETUP, RESET)
        ),
    },
    Family.SECRETS: {
        f"{GET} and {LIST} show no API key or secret of a setup to a caller without a key": RequirementSpec(
            SETUP, "hidden-from-all", "002-14 002-10", hidden_from_all, (GET, LIST), compares=True
        ),
        f"a refused {SETUP} repeats no value of the configuration it was sent": RequirementSpec(
            SETUP, "not-repeated", "002-12", refused_in_silence
        ),
        **{
            f"an error of {operation} repeats neither a configuration nor a key": RequirementSpec(
                operation,
                "errors",
                "002-12",
                partial(errors_repeat_nothing, operation=operation),
            )
            for operation in (GET, SETUP, RESET)
        },
    },
    Family.LIFECYCLE: {
        **{
            f"{GET} does not call a provider {said} after {operation}": RequirementSpec(
                operation, "says-so", f"{fact} 002-06", partial(says_so, operation=operation), (GET,)
            )
            for operation, fact, said in (
                (SETUP, "002-03 002-07", "not set up"),
                (RESET, "002-04 002-09", "set up"),
            )
        },
        f"{SETUP} that fails is not answered as a success": RequirementSpec(
            SETUP, "fails-by-status", "002-11 002-07", fails_by_status
        ),
        f"{GET} does not call a provider set up after a refused {SETUP}": RequirementSpec(
            SETUP, "refused-without-trace", "002-03 002-07 002-06", refused_does_not_count, (GET, RESET)
        ),
        f"{SETUP} succeeds after {RESET}, and the provider can still be read and listed": RequirementSpec(
            SETUP,
            "in-turn",
            "002-03 002-07 A10 F4 002-11 F1 002-06 002-05",
            partial(in_turn, operation=SETUP),
            (GET, LIST),
        ),
        f"{RESET} succeeds after {SETUP}, and the provider can still be read and listed": RequirementSpec(
            RESET,
            "in-turn",
            "002-04 002-09 A10 F4 002-11 F1 002-06 002-05",
            partial(in_turn, operation=RESET),
            (GET, LIST),
        ),
    },
}
