"""A call without a valid credential is refused and changes nothing; a call with a valid one is accepted."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from contract_tests.checks.includes import documented_values
from contract_tests.checks.lib.records import stated
from contract_tests.checks.lib.side_effects import assert_untouched, is_visible, subject_of, trace
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, SecurityScheme
from contract_tests.openapi.resources import resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import SUCCESS, Session, described
from contract_tests.verdicts import Inconclusive, Skipped

UNKNOWN = "ct-0123456789abcdef-unknown"
"""A credential that does not exist."""

ASKING = frozenset({401, 403})
"""Refusals that ask for a credential, or for a better one."""

_UNKNOWN_BASIC = "Basic bm9ib2R5OngK"
"""A name and a password that do not exist."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per operation that needs a credential: a refusal for each way to lack one, a success for each
    documented alternative.
    """
    build = RequirementBuilder(contract, citations, Family.AUTHENTICATION)
    for operation in contract.operations.values():
        if not operation.is_open and _is_refused(build, operation, "no_credential"):
            yield from _refusals(build, operation)
            yield from _together(build, operation)
        if operation.is_open and operation.security:
            yield _optional(build, operation)
        yield from _alternatives(build, operation)


def _optional(build: RequirementBuilder, operation: Operation) -> Requirement:
    """A file that lists no credential among the alternatives leaves open what may be kept from such a caller;
    where a decision reads a document, the caller is answered like any other."""
    statuses, decisions = build.accepted("no_credential", operation)
    is_stated = statuses is not None and statuses.isdisjoint(ASKING)
    schemes = dict.fromkeys(name for alternative in operation.security for name in alternative)
    cites = [cite for name in schemes for cite in build.contract.schemes[name].cites]
    ending = "is answered" if is_stated else "is answered, or asks for it"
    return build(
        operation,
        "optional",
        title=f"{operation.id} without its optional credential {ending}",
        cites=(cites if is_stated else ()) or operation.cites,
        check=partial(takes_no_credential, operation=operation, is_stated=is_stated),
        background=decisions,
    )


def _is_refused(build: RequirementBuilder, operation: Operation, situation: str) -> bool:
    """Whether no decision lets such a call succeed."""
    statuses, _ = build.accepted(situation, operation)
    return statuses is not None and not any(status < 300 for status in statuses)


def _refusals(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    missing, bad = (_cites(build, operation, situation) for situation in ("no_credential", "bad_credential"))
    yield build(
        operation,
        "no-credential",
        title=f"{operation.id} refuses a call without a credential",
        cites=missing,
        check=partial(refuses, operation=operation, situation="no_credential", ways=_nothing),
    )
    if not _is_refused(build, operation, "bad_credential"):
        return
    kinds: tuple[tuple[str, str, Ways], ...] = (
        ("unknown-credential", "an unknown credential", _unknown),
        ("malformed-header", "a credential of no known form", _malformed),
        ("wrong-scheme", "a good credential under another scheme", _wrong_scheme),
        ("invalid-credential", "an expired or revoked credential", _invalid),
    )
    for what, words, ways in kinds:
        check = partial(refuses, operation=operation, situation="bad_credential", ways=ways)
        form = ["HTTP-32"] if ways in (_malformed, _wrong_scheme) else []
        if ways is _wrong_scheme and not _scheme_words(build.contract, operation):
            continue
        title = f"{operation.id} refuses {words}"
        yield build(operation, what, title=title, cites=bad, besides=form, check=check)
    if not operation.is_safe and is_visible(build.contract, operation):
        title = f"{operation.id} does nothing for a caller it refuses"
        check = partial(leaves_no_trace, operation=operation)
        cites = (*missing, *bad)
        yield build(operation, "no-trace", title=title, cites=cites, check=check, compares=True)


def _together(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    """Of several credentials that are required at once, one alone is refused."""
    required = [alternative for alternative in operation.security if len(alternative) > 1]
    enough = {scheme for alternative in operation.security if len(alternative) == 1 for scheme in alternative}
    for scheme in dict.fromkeys(name for alternative in required for name in alternative):
        if scheme in enough or build.is_open(operation, f"security.{scheme}.alone"):
            continue
        yield build(
            operation,
            f"alone.{scheme}",
            title=f"{operation.id} refuses a {scheme} credential without the others it requires",
            cites=_cites(build, operation, "no_credential"),
            check=partial(refuses_alone, operation=operation, scheme=scheme),
        )


def _alternatives(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    """Where no decision leaves it open whether one is enough. Where one does, a server that takes it for the
    list takes it for what is written there as well."""
    listing = _listing_beside(build.contract, operation)
    for scheme in dict.fromkeys(name for alternative in operation.security for name in alternative):
        cites = build.contract.schemes[scheme].cites or operation.cites
        if build.is_open(operation, f"security.{scheme}.alone"):
            if listing is not None and not build.is_open(operation, f"security.{scheme}.alike"):
                title = f"{operation.id} accepts a {scheme} credential by itself where {listing.id} does"
                check = partial(accepts_alike, operation=operation, scheme=scheme, listing=listing)
                yield build(operation, f"accepts-alike.{scheme}", title=title, cites=cites, check=check)
        else:
            yield build(
                operation,
                f"accepts.{scheme}",
                title=f"{operation.id} accepts a {scheme} credential by itself",
                cites=cites,
                check=partial(accepts, operation=operation, scheme=scheme),
            )


def _listing_beside(contract: Contract, operation: Operation) -> Operation | None:
    """The list of the things that an operation writes, None for one that reads."""
    resource = resources_of(contract).of(operation)
    return None if resource is None or operation.is_safe else resource.list


def takes_no_credential(session: Session, operation: Operation, *, is_stated: bool) -> None:
    """Without a credential a call succeeds, or is refused for the lack of one.

    is_stated: whether a document states that the credential is optional, which leaves no such refusal.
    """
    if is_stated:
        session.positive(operation.id)
    exchange = session.call(operation.id, path=subject_of(session, operation), credential=None)
    if is_stated and exchange.status in ASKING:
        session.broken(
            expected="an answer without a credential, which is optional",
            received=described(exchange),
            exchange=exchange,
        )
    session.expect(exchange, SUCCESS | ASKING, what="without a credential")


Ways = Callable[[Session, Operation], Iterator[tuple[str, dict[str, str], str | None]]]
"""The ways of being refused: what to call it, headers to send, or a label of the target."""


def refuses(session: Session, operation: Operation, situation: str, ways: Ways) -> None:
    """Each way is refused on things for which a good credential succeeds."""
    tried = list(ways(session, operation))
    session.positive(operation.id)
    path = subject_of(session, operation)
    for what, headers, label in tried:
        exchange = _called(session, operation, path, headers=headers, label=label)
        if exchange.ok and headers.get("authorization") == _UNKNOWN_BASIC:
            _assert_no_new_user(session, operation, exchange, path)
        session.expect(exchange, situation, what=what, stated=stated(session, operation, 401))
        if exchange.status == 403 and _is_token(session, headers, label):
            _assert_unauthorized(session, operation, exchange, what)
    if ways in (_nothing, _unknown):
        what, headers, _ = tried[0]
        _refuses_other_requests(session, operation, path, headers, who=what)


def _is_token(session: Session, headers: Mapping[str, str], label: str | None) -> bool:
    """Whether a credential is an access token rather than a key."""
    held = session.target.credentials.get(label or "")
    is_held = held is not None and session.contract.schemes[held.scheme].type == "bearer"
    return is_held or headers.get("authorization", "").startswith("Bearer ")


def _assert_unauthorized(session: Session, operation: Operation, exchange: Exchange, what: str) -> None:
    """403 is not the answer to a bad token where a document of the API itself states 401 for it: frameworks
    differ, and some answer 403 to a token that is missing or unknown, but what is stated counts."""
    facts = session.citations.facts
    own = [
        cite
        for cite in stated(session, operation, 401)
        if facts[cite].level == "documented" and "401" in facts[cite].says
    ]
    if own:
        session.broken(expected=f"401 {what}", received=described(exchange), exchange=exchange, because=own)


def _refuses_other_requests(
    session: Session, operation: Operation, path: Mapping[str, Any], headers: dict[str, str], *, who: str
) -> None:
    """A call with everything in its query, or with an empty or a wrong body, does not succeed either: it may
    be refused for that first.

    headers: those of the credential. who: in whose place the call is made.
    """
    for what, given in _other_requests(session, operation):
        exchange = session.call(operation.id, path=path, credential=None, headers=headers, **given)
        if exchange.ok:
            session.broken(
                expected=f"a refusal {who} {what}",
                received=str(exchange.status),
                exchange=exchange,
                because=stated(session, operation, 401),
            )


def _other_requests(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """What else a request may hold, with what is given to the call."""
    values = {each.name: next(iter(documented_values(each)), None) for each in operation.of("query")}
    if values:
        query = {name: session.unique() if value is None else value for name, value in values.items()}
        yield "with all parameters in the query", {"query": query}
    if operation.body is not None:
        yield "with an empty body", {"content": b""}
        yield "with an empty object", {"body": {}}
        yield "with a list for a body", {"body": []}


def _called(
    session: Session,
    operation: Operation,
    path: Mapping[str, Any],
    *,
    headers: Mapping[str, str],
    label: str | None,
) -> Exchange:
    """The answer to a call that is to be refused. What it creates nevertheless is deleted with its own
    credential: those of the target may be neither shown it nor allowed to delete it."""
    exchange = session.call(operation.id, path=path, headers=headers, credential=label)
    resource = session.resources.creating(operation)
    if not exchange.ok or resource is None or resource.delete is None:
        return exchange
    for key in session.tracker.new_ids(resource, exchange, path):
        item = {**path, resource.key: key}
        with suppress(Skipped):  # the answer may name a thing that was there before
            session.call(resource.delete.id, path=item, headers=headers, credential=label)
    return exchange


def _assert_no_new_user(
    session: Session, operation: Operation, exchange: Exchange, path: Mapping[str, Any]
) -> None:
    """Raises Inconclusive where an invented name and password may have become a new user, who has things of
    its own and sees none of the target's. Nothing in a document says that they may not."""
    if operation.path_parameters:
        return
    known = session.call(operation.id, path=path) if operation.is_safe else None
    resource = session.resources.listing(operation)
    if known is not None and resource is not None:
        own, others = (
            {str(resource.id_in(item)) for item in session.items(each, resource)}
            for each in (exchange, known)
        )
        is_new = bool(others) and not own & others
    else:
        is_new = known is None or known.content != exchange.content
    if is_new:
        raise Inconclusive(f"{operation.id} may take any name and password for those of a new user")


def leaves_no_trace(session: Session, operation: Operation) -> None:
    """What a refused caller asked for has not happened."""
    session.positive(operation.id)
    path = subject_of(session, operation)
    before = trace(session, operation, path)
    refused: list[Exchange] = []
    for ways in (_nothing, _unknown, _malformed):
        for _, headers, label in ways(session, operation):
            exchange = _called(session, operation, path, headers=headers, label=label)
            if exchange.ok:
                return
            refused.append(exchange)
    assert_untouched(session, operation, path, before, refused[0], who="a caller without a valid credential")


def accepts(session: Session, operation: Operation, scheme: str) -> None:
    """A credential of the scheme with the roles needed is not refused as one."""
    path = subject_of(session, operation)
    label = _label_of(session, operation, scheme, path)
    exchange = session.call(operation.id, path=path, credential=label)
    if exchange.status in (401, 403):
        session.broken(
            expected=f"an answer other than 401 and 403 for the {scheme} credential {label}",
            received=str(exchange.status),
            exchange=exchange,
        )


def accepts_alike(session: Session, operation: Operation, scheme: str, listing: Operation) -> None:
    """A credential that the list takes by itself is known to a write too: 403 may answer it, 401 may not."""
    path = subject_of(session, operation)
    label = _label_of(session, operation, scheme, path)
    above = {name: path[name] for name in listing.path_parameters}
    if not session.call(listing.id, path=above, credential=label).ok:
        raise Skipped(f"{listing.id} does not take a {scheme} credential by itself")
    exchange = session.call(operation.id, path=path, credential=label)
    if exchange.status == 401:
        session.broken(
            expected=f"another answer than 401 for the {scheme} credential {label}, which lists",
            received=described(exchange),
            exchange=exchange,
        )


def _label_of(session: Session, operation: Operation, scheme: str, path: Mapping[str, Any]) -> str:
    """The name of a credential of a scheme that may call an operation there. Raises Skipped without one."""
    for label, held in session.target.valid_credentials().items():
        if held.scheme == scheme and held.admits(path) and held.suffices(operation):
            return label
    raise Skipped(f"the target has no {scheme} credential that may call {operation.id}")


def refuses_alone(session: Session, operation: Operation, scheme: str) -> None:
    """A good credential of one scheme is refused where the others are not sent with it."""
    session.positive(operation.id)
    path = subject_of(session, operation)
    for label, held in session.target.valid_credentials().items():
        if held.scheme == scheme and held.admits(path) and session.target.sent_beside(label, operation):
            exchange = session.call(operation.id, path=path, credential=label, alone=True)
            session.expect(exchange, "no_credential", what=f"for the {scheme} credential {label} alone")
            return
    raise Skipped(f"the target has no {scheme} credential that may call {operation.id}")


def _cites(build: RequirementBuilder, operation: Operation, situation: str) -> tuple[str, ...]:
    response = operation.response(401) or operation.response(403)
    schemes = {name: None for alternative in operation.security for name in alternative}
    asked = [cite for name in schemes for cite in build.contract.schemes[name].cites]
    said = response.cites if response else operation.cites
    return tuple(dict.fromkeys([*said, *asked] or build.decided(situation, operation)))


def _nothing(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, str], str | None]]:
    del session, operation
    yield "without a credential", {}, None


def _unknown(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, str], str | None]]:
    for scheme in _in_headers(session, operation):
        yield f"for an unknown {scheme.label} credential", _carried(scheme, UNKNOWN), None
        if scheme.type == "apiKey":
            yield f"for an empty {scheme.label} credential", _carried(scheme, ""), None
    yield from _longer(session, operation)


def _longer(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, str], str | None]]:
    """A good token or key with a character too many, for each scheme.

    None with a character too few: reports could not mask what is left of it.
    """
    path = session.fixtures.known_values(operation)
    for scheme in (each for each in _in_headers(session, operation) if each.type in ("bearer", "apiKey")):
        good = (
            (label, held)
            for label, held in session.target.valid_credentials().items()
            if session.contract.schemes[held.scheme] is scheme and held.admits(path)
        )
        for label, held in good:
            what = f"for the {scheme.label} credential {label} with a character too many"
            yield what, _carried(scheme, f"{held.secret}x"), None
            break


def _malformed(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, str], str | None]]:
    for scheme in _in_headers(session, operation):
        if scheme.type != "apiKey":
            # A name and a password are a well-formed credential where the scheme is Basic.
            other = () if scheme.type == "basic" else ("Basic bm9ib2R5Om5vdGhpbmc=",)
            for value in ("Bearer", f"Nonsense {UNKNOWN}", *other):
                yield f"for the Authorization header {value!r}", {"authorization": value}, None


_OTHER_WORDS: Mapping[str, str] = {"bearer": "Basic", "basic": "Bearer"}
"""The word in front of a credential in the Authorization header (RFC 9110, section 11.4) that is wrong there,
by the type of the scheme."""


def _scheme_words(contract: Contract, operation: Operation) -> set[str]:
    """The types of the schemes that an operation takes in the Authorization header behind a word."""
    names = (name for alternative in operation.security for name in alternative)
    return {contract.schemes[name].type for name in names} & _OTHER_WORDS.keys()


def _wrong_scheme(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, str], str | None]]:
    path = session.fixtures.known_values(operation)
    words = _scheme_words(session.contract, operation)
    found = False
    for label, held in session.target.valid_credentials().items():
        scheme = session.contract.schemes[held.scheme]
        if scheme.type in words and held.suffices(operation) and held.admits(path):
            found = True
            word = _OTHER_WORDS[scheme.type]
            is_basic = scheme.type == "basic"
            text = b64encode(held.secret.encode()).decode() if is_basic else held.secret
            yield (
                f"for the credential {label} behind the word {word}",
                {"authorization": f"{word} {text}"},
                None,
            )
            break
    if not found:
        kinds = " or ".join(sorted(words))
        raise Skipped(f"the target has no {kinds} credential that may call {operation.id}")


def _invalid(session: Session, operation: Operation) -> Iterator[tuple[str, dict[str, str], str | None]]:
    taken = {name for alternative in operation.security for name in alternative}
    labels = [
        label for label, held in session.target.credentials.items() if not held.valid and held.scheme in taken
    ]
    if not labels:
        raise Skipped(f"the target has no credential that must be refused (valid = false) for {operation.id}")
    for label in labels:
        yield f"for the credential {label}", {}, label


def _in_headers(session: Session, operation: Operation) -> list[SecurityScheme]:
    names = dict.fromkeys(name for alternative in operation.security for name in alternative)
    found = [session.contract.schemes[name] for name in names]
    return [scheme for scheme in found if scheme.place == "header"]


def _carried(scheme: SecurityScheme, value: str) -> dict[str, str]:
    if scheme.type == "apiKey":
        return {scheme.name.lower(): value}
    return {"authorization": _UNKNOWN_BASIC if scheme.type == "basic" else f"Bearer {value}"}
