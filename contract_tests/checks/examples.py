"""Each operation answers a valid request with a documented success."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from contract_tests.checks.lib.records import stated_by, stating_facts
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import is_place
from contract_tests.evidence.statuses import successes, tolerated
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, Parameter
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Check, Requirement
from contract_tests.session.session import Session, described, in_words
from contract_tests.verdicts import Inconclusive

_WITHOUT_METHOD = frozenset({405, 501})
"""Refusals of a method whatever it is sent with (RFC 9110, sections 15.5.6 and 15.6.2)."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """A success per operation; one per documented example of an optional query value of a reading one."""
    build = RequirementBuilder(contract, citations, Family.EXAMPLES)
    for operation in contract.operations.values():
        statuses = in_words(successes(citations, contract, operation), operation)
        yield build(
            operation,
            "success",
            title=f"{operation.id} answers a valid request with {statuses}",
            cites=[*operation.success_cites, *operation.cites],
            check=_plain(operation),
            also=_exact(build, operation),
        )
        if operation.is_safe:
            for parameter in operation.of("query"):
                yield from _query_examples(build, operation, parameter)


def _exact(build: RequirementBuilder, operation: Operation) -> list[Assertion]:
    """That a success has the very status that a document names for it."""
    statuses = successes(build.citations, build.contract, operation)
    facts = _naming(build.citations, build.contract, operation, statuses)
    return [Assertion(f"a success of {operation.id} is {min(statuses)}", facts)] if facts else []


def _naming(
    citations: Citations, contract: Contract, operation: Operation, statuses: Collection[int]
) -> tuple[str, ...]:
    """The documents' facts that name the one status of a success by its number; none where several may
    answer.
    """
    if len(statuses) != 1:
        return ()
    number = re.compile(rf"\b{min(statuses)}\b")
    facts = stated_by(citations, contract, operation, min(statuses))
    return tuple(cite for cite in facts if number.search(citations.facts[cite].says))


def succeed(session: Session, operation: Operation, exchange: Exchange, *, what: str) -> Exchange:
    """Expect a documented success. What a third party or a job already over may have caused is
    inconclusive."""
    context = session.context
    demanded = _undocumented_demand(operation, exchange)
    if demanded:
        session.broken(
            expected=f"a success without {demanded}, which no document has {what}",
            received=described(exchange),
            exchange=exchange,
            because=stating_facts(session, operation),
        )
    if exchange.status in _WITHOUT_METHOD and str(exchange.status) not in operation.responses:
        session.broken(
            expected=f"a path that supports {operation.method} {what}".rstrip(),
            received=described(exchange),
            exchange=exchange,
            because=stating_facts(session, operation),
        )
    if not exchange.ok and exchange.status in tolerated(context.citations, context.contract, operation):
        raise Inconclusive(f"{operation.id} answers {exchange.status}, which a third party may have caused")
    if not exchange.ok and operation.path.endswith("/cancel"):
        over, _ = context.accepted("cancel", operation)
        if over is None or exchange.status in over:
            raise Inconclusive(f"{operation.id} answers {exchange.status}: the job may have been over")
    statuses = successes(context.citations, context.contract, operation)
    facts = _naming(context.citations, context.contract, operation, statuses) if exchange.ok else ()
    return session.expect(exchange, statuses, what=what, because=facts)


def _undocumented_demand(operation: Operation, exchange: Exchange) -> str:
    """The header or parameter that a refusal misses and no document names, in words; empty for none.

    Only the form in which one framework says it is read here.
    """
    detail = exchange.parsed.get("detail") if isinstance(exchange.parsed, Mapping) else None
    entries = [each for each in detail if isinstance(each, Mapping)] if isinstance(detail, list) else []
    known = {(each.place, _letters(each.name)) for each in operation.parameters}
    for place, name in (_location(each) for each in entries if each.get("type") == "missing"):
        if place in ("header", "query") and (place, _letters(name)) not in known:
            return f"the {place} {name}"
    return ""


def _location(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Place and name of what a violation speaks of, both empty where it does not say so."""
    loc = entry.get("loc")
    place, name = loc if isinstance(loc, list) and len(loc) == 2 else ("", "")
    return str(place), str(name)


def _letters(name: str) -> str:
    return name.lower().replace("_", "-")


def _told_by_state(session: Session, operation: Operation, exchange: Exchange) -> None:
    """Raises Inconclusive for a refusal of values that were made up, and for a documented one of a call that
    can only depend on state: one without any parameters, or an action that a thing may not be ready for."""
    if not 400 <= exchange.status < 500 or exchange.status in (401, 405, 406, 415):
        return
    if exchange.status == 403 and not session.valid.makes_up_query(operation):
        return
    made_up = [*session.valid.makes_up_query(operation), *_body_words(session, operation)]
    if made_up:
        raise Inconclusive(
            f"{operation.id} refuses a value that was made up ({', '.join(made_up)}): {described(exchange)}"
        )
    is_documented = str(exchange.status) in operation.responses
    if exchange.status in (404, 409) and is_documented and _may_be_absent(session, operation):
        raise Inconclusive(f"{operation.id} answers as documented where there is none: {described(exchange)}")
    if exchange.status == 404 and operation.other_keys:
        raise Inconclusive(f"{operation.id} may tell things apart by another key: {described(exchange)}")
    takes_nothing = not operation.parameters and operation.content is None
    if is_documented and (takes_nothing or (exchange.status == 409 and _is_plain_action(session, operation))):
        raise Inconclusive(f"{operation.id} answers as documented for another state: {described(exchange)}")


def _is_plain_action(session: Session, operation: Operation) -> bool:
    """Whether an operation acts on one thing, as `…/restore` does, and its file alone says when it may."""
    resource = session.resources.of(operation)
    is_action = resource is not None and operation in resource.actions
    return is_action and all(is_place(cite, session.contract) for cite in operation.cites)


def _may_be_absent(session: Session, operation: Operation) -> bool:
    """Whether a read asks for what an object has at most once, such as its picture or the file that a job
    makes, and may not have."""
    resource = session.resources.of(operation)
    return operation.is_safe and resource is not None and operation in resource.actions


def _body_words(session: Session, operation: Operation) -> list[str]:
    return ["the body"] if session.valid.is_made_up(operation) else []


def _plain(operation: Operation) -> Check:
    def check(session: Session) -> None:
        exchange = session.call_valid(operation.id, session.subject(operation.id))
        _told_by_state(session, operation, exchange)
        if session.tracker.names_old(exchange):
            raise Inconclusive(f"{operation.id} answers with an object that was there before")
        succeed(session, operation, exchange, what="for a valid request")

    return check


def _query_examples(
    build: RequirementBuilder, operation: Operation, parameter: Parameter
) -> Iterator[Requirement]:
    if parameter.required or build.is_open(operation, f"query.{parameter.name}.example"):
        return
    if _may_name_something(parameter):
        return
    for index, shown in enumerate(_distinct(parameter)):
        yield build(
            operation,
            f"query.{parameter.name}" + (f".{index + 1}" if index else ""),
            title=f"{operation.id} takes {parameter.name}={shown}",
            cites=parameter.cites,
            check=_with_query(operation, parameter.name, shown),
        )


def _may_name_something(parameter: Parameter) -> bool:
    """Whether its values are texts that may have to name what exists, which an example need not."""
    schema = parameter.schema if parameter.schema.items is None else parameter.schema.items
    return schema.types <= {"string", "null"} and not {"enum", "pattern", "const"} & set(schema.flat)


def _with_query(operation: Operation, name: str, value: Any) -> Check:
    def check(session: Session) -> None:
        session.positive(operation.id)
        exchange = session.call(operation.id, path=session.subject(operation.id), query={name: value})
        succeed(session, operation, exchange, what=f"for {name}={value}")

    return check


def _distinct(parameter: Parameter) -> list[Any]:
    """The documented examples that keep the parameter's own rules, each once."""
    found: list[Any] = []
    for shown in parameter.examples:
        if shown not in found and parameter.schema.accepts(shown):
            found.append(shown)
    return found
