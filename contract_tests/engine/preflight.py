"""Before anything is judged: the target answers, and each credential does what the target file says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Operation
from contract_tests.requirements.results import PreflightProblem
from contract_tests.session.client import UnreachableError
from contract_tests.session.context import RunContext
from contract_tests.session.session import Session
from contract_tests.target.target_file import Credential, TargetError
from contract_tests.verdicts import Broken, Inconclusive, Skipped


def preflight(context: RunContext) -> list[PreflightProblem]:
    """What keeps the contract from being judged; empty when nothing does.

    A few harmless calls, one per credential.
    """
    session = Session(context, name="preflight")
    try:
        return [PreflightProblem(context.contract.name, message) for message in _messages(session)]
    except UnreachableError as error:
        return [PreflightProblem(context.contract.name, f"the target does not answer: {error}")]


def _messages(session: Session) -> Iterator[str]:
    for label, held in session.target.credentials.items():
        try:
            held.secret  # noqa: B018 - the environment or a command may have to be asked
        except TargetError as error:
            yield f"credential {label}: {error}"
            continue
        message = _proof(session, label, held)
        if message is not None:
            yield message
    reading = [one for one in session.contract.operations.values() if one.is_safe]
    if reading and not session.exchanges:
        _answer(session, reading[0], {}, None)  # nobody had to prove anything; does it answer at all?


def _proof(session: Session, label: str, held: Credential) -> str | None:
    """Why a valid credential is taken not to be accepted: every reading call tried with it was refused.

    None when one was let in or none could be tried. One that must be refused is for the checks to judge.
    """
    if not held.valid:
        return None
    message: str | None = None
    for operation in session.contract.operations.values():
        roles = [one[held.scheme] for one in operation.security if set(one) == {held.scheme}]
        if not operation.is_safe or not roles or operation.is_open:
            continue
        path = _path(session, operation, held)
        exchange = _answer(session, operation, path, label)
        if exchange is None:
            continue
        suffices = any(set(needed) <= set(held.roles) for needed in roles) and held.admits(
            session.target.known
        )
        if exchange.status != 401 and not (exchange.status == 403 and suffices):
            return None
        asked = f"{exchange.sent.method} {exchange.sent.url}"
        message = message or f"credential {label} is not accepted: {asked} answers {exchange.status}"
    return message


def _path(session: Session, operation: Operation, held: Credential) -> Mapping[str, Any]:
    """Known path values, where the credential's scope allows them, else values of its scope."""
    chosen: dict[str, Any] = {}
    for name in operation.path_parameters:
        allowed = held.scope.get(name)
        known = session.target.named("known", name, operation.path)
        if allowed and str(known) not in allowed:
            chosen[name] = allowed[0]
        elif known is not None:
            chosen[name] = known
    return chosen


def _answer(
    session: Session, operation: Operation, path: Mapping[str, Any], label: str | None
) -> Exchange | None:
    """The answer, or None where this operation cannot be tried. Raises UnreachableError."""
    try:
        return session.call(operation.id, path=path, credential=label)
    except UnreachableError:
        raise
    except Broken as error:
        raise UnreachableError(error.received) from error
    except (Skipped, Inconclusive):
        return None
