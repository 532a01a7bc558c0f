"""Calls with one rule of the request broken and everything else as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.generation.invalid import ABSENT, InvalidInput, apply
from contract_tests.openapi.contract import Operation
from contract_tests.session.session import PREPARED, Session
from contract_tests.verdicts import Inconclusive


def call_invalid(
    session: Session,
    operation: Operation,
    rule: InvalidInput,
    path: Mapping[str, Any],
    *,
    body: Any = PREPARED,
) -> Exchange:
    """The answer to a call that breaks the rule. body: a valid one; a fresh one unless given.

    The credential is one that may use the path as it is. Raises Inconclusive when the body has no place for
    the rule.
    """
    if rule.place == "body":
        return session.call(operation.id, path=path, body=_broken_body(session, operation, rule, body))
    name = str(rule.steps[0])
    if rule.value is ABSENT:
        return session.call(operation.id, path=path, body=body, without=[name])
    given = {name: _harmless(session, operation, rule)}
    return session.call(
        operation.id,
        path={**path, **given} if rule.place == "path" else path,
        query=given if rule.place == "query" else None,
        headers=given if rule.place == "header" else None,
        body=body,
        credential=session.requests.default_credential(operation, path),
    )


def _harmless(session: Session, operation: Operation, rule: InvalidInput) -> Any:
    """The value that breaks the rule; as an id under which something could be changed, behind a part that no
    other id has, if it breaks the rule with it as well."""
    parameter = operation.parameter(str(rule.steps[0]), "path")
    if operation.is_safe or rule.place != "path" or parameter is None or not isinstance(rule.value, str):
        return rule.value
    unlike_any = f"{session.unique()}-{rule.value}"
    return rule.value if parameter.schema.accepts(unlike_any) else unlike_any


def _broken_body(session: Session, operation: Operation, rule: InvalidInput, body: Any) -> Any:
    if not rule.steps:
        return None if rule.value is ABSENT else rule.value
    try:
        return apply(session.valid.body(operation) if body is PREPARED else body, rule)
    except (KeyError, IndexError, TypeError) as error:
        raise Inconclusive(f"the prepared body of {operation.id} has no place for {rule.rule}") from error
