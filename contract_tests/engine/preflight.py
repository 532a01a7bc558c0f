"""Before anything is judged: the target answers, each credential does what the target file says of it, and
what the file names as known exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_exponential,
)

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Operation
from contract_tests.requirements.results import ContractProblem, ProblemKind
from contract_tests.session.client import NoAnswerError
from contract_tests.session.context import RunContext
from contract_tests.session.delivery import GATEWAY_STATUSES
from contract_tests.session.request import Request
from contract_tests.session.requests import DEFAULT, Default
from contract_tests.session.session import Session
from contract_tests.target.lines import place
from contract_tests.target.target_file import Credential, TargetError
from contract_tests.verdicts import Broken, Inconclusive, Skipped, TargetGone

_MISSING = frozenset({404, 410})

_WAIT = frozenset({429, 503})

_Keys = tuple[str, ...]
"""The keys of a value in the table of a contract."""


def preflight(context: RunContext, *, source: str = "") -> list[ContractProblem]:
    """What keeps the contract from being judged; empty when nothing does.

    source: the target file, for the place of what is wrong in it. A few harmless calls: one for each
    credential, and one for each thing named as known that can be read.
    """
    session = Session(context, name="preflight")
    try:
        problems = list(_unusable(session, source))
        if not problems:
            _wait(context)
            problems += _refused(session)
        return problems or list(_missing(session, source))
    except TargetGone as error:
        return [ContractProblem(context.contract.name, str(error))]


def _wait(context: RunContext) -> None:
    """Wait until the target answers at all, for as long as the target file allows."""
    if not context.target.wait_for:
        return
    retrying = Retrying(
        stop=stop_after_delay(context.target.wait_for),
        wait=wait_exponential(multiplier=0.1, max=2),
        retry=retry_if_exception_type(NoAnswerError) | retry_if_result(_is_starting),
        sleep=context.sleep,
    )
    with suppress(RetryError):  # what follows says what is the matter
        retrying(context.client.send, Request("preflight", "GET", "/"), on_exchange=_unjudged)


def _is_starting(exchange: Exchange) -> bool:
    return exchange.status in GATEWAY_STATUSES


def _unjudged(exchange: Exchange) -> None:
    """Whether the target is up is for no check to judge."""
    del exchange


def _unusable(session: Session, source: str) -> Iterator[ContractProblem]:
    """Credentials whose values cannot be had."""
    contract = session.contract.name
    for label, credential in session.target.credentials.items():
        try:
            credential.secret  # noqa: B018 - the environment or a command may have to be asked
        except TargetError as error:
            where = place(source, ("contracts", contract, "credentials", label))
            yield ContractProblem(contract, f"{where}: {error}", ProblemKind.CONFIGURATION)


def _refused(session: Session) -> Iterator[ContractProblem]:
    """Credentials that are not accepted, and a target that answers nothing of use."""
    contract = session.contract.name
    for label, credential in session.target.credentials.items():
        message = _proof(session, label, credential)
        if message is not None:
            yield ContractProblem(contract, message)
    reading = [operation for operation in session.contract.operations.values() if operation.is_safe]
    if reading and not session.exchanges:  # no credential had to be proven; does the target answer at all?
        _answer(session, reading[0], {}, None)
    if session.exchanges and all(exchange.status in _WAIT for exchange in session.exchanges):
        status = session.exchanges[-1].status
        yield ContractProblem(contract, f"the target answers {status} to everything and asks to wait")


def _proof(session: Session, label: str, credential: Credential) -> str | None:
    """Why a valid credential is taken not to be accepted: every reading call tried with it was refused.

    None when one call was let in or none could be tried. A credential that must be refused is for the checks
    to judge.
    """
    if not credential.valid or not credential.values:
        return None
    message: str | None = None
    for operation in session.contract.operations.values():
        by_itself = [each for each in operation.security if set(each) == {credential.scheme}]
        roles = [each[credential.scheme] for each in by_itself]
        if not operation.is_safe or not roles or operation.is_open:
            continue
        path = _path(session, operation, credential)
        exchange = _answer(session, operation, path, label)
        if exchange is None or exchange.status >= 500:  # an error says nothing of the credential
            continue
        has_roles = any(set(needed) <= set(credential.roles) for needed in roles)
        suffices = has_roles and credential.admits(session.target.known)
        if exchange.status != 401 and not (exchange.status == 403 and suffices):
            return None
        asked = f"{exchange.sent.method} {exchange.sent.url}"
        message = message or f"credential {label} is not accepted: {asked} answers {exchange.status}"
    return message


def _path(session: Session, operation: Operation, credential: Credential) -> Mapping[str, Any]:
    """Known path values, where the credential's scope allows them, else values of its scope."""
    chosen: dict[str, Any] = {}
    for name in operation.path_parameters:
        allowed = credential.scope.get(name)
        known = session.target.named("known", name, operation.path)
        if allowed and str(known) not in allowed:
            chosen[name] = allowed[0]
        elif known is not None:
            chosen[name] = known
    return chosen


def _answer(
    session: Session,
    operation: Operation,
    path: Mapping[str, Any] | None = None,
    credential: str | Default | None = DEFAULT,
) -> Exchange | None:
    """The answer, or None where this operation cannot be tried. Raises TargetGone."""
    try:
        return session.call(operation.id, path=path, credential=credential)
    except TargetGone:
        raise
    except (Broken, Skipped, Inconclusive):
        return None


def _missing(session: Session, source: str) -> Iterator[ContractProblem]:
    """Known things that do not exist, each read once where the contract can read it.

    A thing is read by its own path, or else by a list below it. What lies below a missing thing is not read.
    """
    missing: set[_Keys] = set()
    confirmed: set[_Keys] = set()
    for operation in _readings(session):
        named = [session.target.keys_of("known", name, operation.path) for name in operation.path_parameters]
        suspects = [keys for keys in reversed(named) if keys not in confirmed]
        if not suspects or not all(named) or not missing.isdisjoint(named):
            continue
        exchange = _answer(session, operation)
        if exchange is not None and exchange.ok:
            confirmed.update(named)
        if exchange is not None and exchange.status in _MISSING:
            missing.update(suspects)
            yield _missing_thing(session, source, suspects, exchange)


def _readings(session: Session) -> list[Operation]:
    """The operations that read a thing or list what is below it: short paths first, things before lists."""
    lists = [resource.list for resource in session.resources.all]
    readings = [
        operation
        for operation in session.contract.operations.values()
        if operation.is_safe
        and operation.path_parameters
        and not session.context.is_third_party(operation)
        and (_reads_one(operation) or operation in lists)
    ]
    return sorted(readings, key=lambda reading: (len(reading.path_parameters), not _reads_one(reading)))


def _reads_one(operation: Operation) -> bool:
    return operation.path.rstrip("/").endswith("}")


def _missing_thing(
    session: Session, source: str, suspects: list[_Keys], exchange: Exchange
) -> ContractProblem:
    """The problem. suspects: the keys of known things, one of which does not exist; the likeliest first."""
    contract = session.contract.name
    where = place(source, ("contracts", contract, *suspects[0]))
    others = " or ".join(".".join(keys) for keys in suspects[1:])
    one_of = f" (or {others})" if others else ""
    asked = f"{exchange.sent.method} {exchange.sent.url} answers {exchange.status}"
    return ContractProblem(contract, f"{where}{one_of} does not exist: {asked}", ProblemKind.CONFIGURATION)
