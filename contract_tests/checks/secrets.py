"""What a document calls write-only is never shown again, however deep it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from typing import Any

from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.generation.invalid import ABSENT, InvalidInput, apply, invalid_inputs
from contract_tests.openapi.contract import Contract, Operation, cited
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive, Skipped

QUOTING = ("input", "ctx")
"""Members of a 422 that quote the request: a framework may send back what was refused."""

_QUOTED = ("HTTP-40",)
"""What stands behind an assertion on a secret in a quotation: no document speaks of it, and frameworks quote
by themselves."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per write-only member: no answer shows it, and no refusal repeats it."""
    build = RequirementBuilder(contract, citations, Family.SECRETS)
    resources = resources_of(contract)
    for operation in contract.operations.values():
        for name, schema in _secret_members(operation).items():
            assert operation.body is not None  # noqa: S101 - it has members
            cites = cited(schema.flat) or operation.body.cites
            resource = resources.of(operation)
            if resource is not None:
                title = f"nothing shows the {name} that {operation.id} was sent"
                check = partial(never_shown, operation=operation, resource=resource, name=name)
                yield build(operation, f"never-shown.{name}", title=title, cites=cites, check=check)
            if resource is not None and operation is resource.create:
                title = f"{operation.id} that refuses a second one shows no {name} of the first"
                check = partial(duplicate_hides, operation=operation, name=name)
                yield build(operation, f"duplicate.{name}", title=title, cites=cites, check=check)
            title = f"a refused {operation.id} does not repeat the {name} it was sent"
            check = partial(not_repeated, operation=operation, name=name)
            quoted = Assertion(f"nor does it quote the {name} beside the reason", _QUOTED)
            yield build(
                operation, f"not-repeated.{name}", title=title, cites=cites, check=check, also=[quoted]
            )


def _secret_members(operation: Operation) -> dict[str, Schema]:
    if operation.body is None:
        return {}
    members = operation.body.schema.properties
    return {name: schema for name, schema in members.items() if schema.flat.get("writeOnly") is True}


def never_shown(session: Session, operation: Operation, resource: Resource, name: str) -> None:
    """The answer itself, reads, lists, further writes and the deletion show no part of a secret."""
    path = session.subject(operation.id)
    secrets, exchange = _sent_secret(session, operation, path, name)
    if operation is resource.create:
        path = dict(session.created(resource, exchange, path).path)
    for each in _that_show(resource, operation):
        values = {
            name: path[name] if name in path else session.fixtures.known(name, each.path)
            for name in each.path_parameters
        }
        session.call(each.id, path=values)
    for heard in session.exchanges:
        text = heard.content.decode("utf-8", "replace") + " ".join(heard.headers.values())
        if any(secret in text for secret in secrets):
            session.broken(
                expected=f"no {name} in any answer",
                received=f"{heard.status} with what was sent",
                exchange=heard,
            )


def _sent_secret(
    session: Session, operation: Operation, path: Mapping[str, Any], name: str
) -> tuple[list[str], Exchange]:
    """The secrets that were sent with an accepted request; nested ones as well where they are taken."""
    for deep in (True, False):
        secrets: list[str] = []
        body = {**session.valid.body(operation)}
        value = _secret_value(session, operation, name, body.get(name), secrets, deep=deep)
        exchange = session.call(operation.id, path=path, body={**body, name: value})
        if exchange.ok:
            return secrets, exchange
    raise Inconclusive(f"{operation.id} takes no {name}: {exchange.status}")


def _secret_value(
    session: Session, operation: Operation, name: str, prepared: Any, secrets: list[str], *, deep: bool
) -> Any:
    assert operation.body is not None  # noqa: S101
    schema = operation.body.schema.properties[name]

    def secret() -> str:
        secrets.append(session.context.canaries.make((name,)))
        return secrets[-1]

    if "object" not in schema.types:
        return secret()
    known = prepared if isinstance(prepared, Mapping) else {}
    fresh = {key: secret() if isinstance(value, str) else deepcopy(value) for key, value in known.items()}
    if deep or not fresh:
        fresh |= {"ct_token": secret(), "ct_deep": {"list": [secret(), {"inner": secret()}]}}
    return fresh


def _that_show(resource: Resource, operation: Operation) -> Iterable[Operation]:
    """The operations that could show a thing: the reads, then the writes, the deletion last."""
    possible = (resource.read, resource.list, resource.update, resource.read, resource.delete)
    return [
        each
        for each in possible
        if each is not None and each is not resource.create and each is not operation
    ]


def not_repeated(session: Session, operation: Operation, name: str) -> None:
    """A refusal for another violation does not contain the secret, nor do members that quote the request."""
    session.positive(operation.id)
    path = session.subject(operation.id)
    secrets: list[str] = []
    body = {**session.valid.body(operation)}
    body[name] = _secret_value(session, operation, name, body.get(name), secrets, deep=True)
    faults = list(_other_faults(operation, body, name))
    bodies = [apply(body, rule) for rule in faults]
    left_out = {name, *(rule.steps[0] for rule in faults if rule.value is ABSENT)}
    # A server may require more than its document says: what a body has is perhaps missed.
    bodies += [{key: body[key] for key in body if key != each} for each in body if each not in left_out]
    exchanges = [session.call(operation.id, path=path, body=each) for each in bodies]
    refusals = [exchange for exchange in exchanges if not exchange.ok]
    if not refusals:
        raise Skipped(f"no other violation in a body of {operation.id} is refused")
    for exchange in refusals:
        text = json.dumps(_unquoted(exchange.parsed), ensure_ascii=False)
        text += " ".join(exchange.headers.values())
        _refuse_secrets(session, exchange, text, secrets=secrets, name=name)
    for exchange in refusals:
        text = json.dumps(exchange.parsed, ensure_ascii=False)
        _refuse_secrets(session, exchange, text, secrets=secrets, name=name, because=_QUOTED)


def duplicate_hides(session: Session, operation: Operation, name: str) -> None:
    """The same body again with another secret, where it is refused, is answered without the stored one."""
    path = session.subject(operation.id)
    body = {**session.valid.body(operation)}
    secrets: list[str] = []
    first, second = (
        {**body, name: _secret_value(session, operation, name, body.get(name), kept, deep=False)}
        for kept in (secrets, [])
    )
    session.control(session.call(operation.id, path=path, body=first))
    again = session.call(operation.id, path=path, body=second)
    if again.ok:
        raise Skipped(f"{operation.id} takes the same body again")
    text = again.content.decode("utf-8", "replace") + " ".join(again.headers.values())
    _refuse_secrets(session, again, text, secrets=secrets, name=name)


def _refuse_secrets(
    session: Session,
    exchange: Exchange,
    text: str,
    *,
    secrets: Iterable[str],
    name: str,
    because: Iterable[str] = (),
) -> None:
    if any(secret in text for secret in secrets):
        session.broken(
            expected=f"a refusal without the {name} that was sent",
            received=f"{exchange.status} with that very value",
            exchange=exchange,
            because=because,
        )


def _other_faults(operation: Operation, body: Mapping[str, Any], name: str) -> Iterator[InvalidInput]:
    seen: set[Any] = set()
    for rule in invalid_inputs(operation, body=body):
        first = rule.steps[0] if rule.steps else None
        other = rule.place == "body" and first not in (None, name, *seen)
        if other and (rule.value is not ABSENT or first in body):
            seen.add(first)
            yield rule


def _unquoted(value: Any) -> Any:
    """The value without the members that quote the request."""
    if isinstance(value, Mapping):
        return {name: _unquoted(inner) for name, inner in value.items() if name not in QUOTING}
    return [_unquoted(inner) for inner in value] if isinstance(value, list) else value
