"""Breadth: Schemathesis thinks up the requests; the credentials, the ids and the judgement are ours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from contract_tests.evidence.citations import Citations
from contract_tests.generation.hypothesis_settings import draw
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CASES = {"quick": 5, "default": 20, "thorough": 250}
"""How many generated requests an operation gets in each profile."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """One per operation, from the default profile on."""
    build = RequirementBuilder(contract, citations, Family.BREADTH)
    for operation in contract.operations.values():
        yield build(
            operation,
            "generated",
            title=f"{operation.id} answers whatever is generated from its specification as documented",
            cites=operation.cites,
            check=partial(generated, operation=operation),
            profile="default",
        )


def generated(session: Session, operation: Operation) -> None:
    """Valid and invalid requests on things that exist; the response checks judge each answer.

    Beyond that, a success is a violation when the body that was sent breaks a rule no framework repairs.
    """
    cases = draw(
        _cases(session.contract, operation.id), CASES[session.context.profile], seed=session.context.seed
    )
    for case in cases:
        body = cleaned(case.body) if operation.body is not None and _is_json(case.body) else None
        exchange = session.call(
            operation.id,
            path=session.subject(operation.id),
            query={name: cleaned(value) for name, value in (case.query or {}).items()},
            body=body,
        )
        violation = None if body is None else beyond_doubt(session, operation, body)
        if exchange.ok and violation is not None:
            session.expect(exchange, "invalid_body", what=f"for a body in which {violation}")


def beyond_doubt(session: Session, operation: Operation, body: Any) -> str | None:
    """How a body breaks a documented rule that no framework repairs, or None.

    A required member is missing, or an object or array stands where only plain values may.
    """
    if operation.body is None or not isinstance(body, Mapping):
        return None
    schema = operation.body.schema
    required = schema.flat.get("required", ())
    if operation.method in ("PUT", "PATCH") and not required:
        return None  # frameworks ignore what they cannot use where everything may be left out
    for name in required:
        if name not in body and not session.context.is_open(operation, f"body.{name}.required"):
            return f"{name} is missing"
    for name, value in body.items():
        member = schema.properties.get(name)
        if member is None or not isinstance(value, dict | list):
            continue
        plain = bool(member.types) and not member.types & {"object", "array"}
        if plain and not session.context.is_open(operation, f"body.{name}.type"):
            return f"{name} is an {'object' if isinstance(value, dict) else 'array'}"
    return None


def cleaned(value: Any) -> Any:
    """A generated value without control characters, surrogates and the like, which some stores refuse."""
    if isinstance(value, str):
        return "".join(letter for letter in value if unicodedata.category(letter)[0] != "C")
    if isinstance(value, Mapping):
        return {cleaned(name): cleaned(each) for name, each in value.items()}
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    return value


@lru_cache(maxsize=128)
def _cases(contract: Contract, operation_id: str) -> SearchStrategy[Any]:
    """Requests to an operation, valid ones and such with something wrong."""
    import schemathesis
    from schemathesis.generation import GenerationMode

    operation = contract.operation(operation_id)
    document = schemathesis.openapi.from_dict(dict(contract.document))
    found = document[operation.path][operation.method]
    valid, invalid = (found.as_strategy(generation_mode=mode) for mode in GenerationMode)
    return valid | invalid


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool | list | dict)
