"""What every single answer owes, as rules: status, media type, shape, headers, no secret, no crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Operation
from contract_tests.requirements.model import Family
from contract_tests.response_checks import judgements
from contract_tests.session.context import RunContext

Judge = Callable[[RunContext, Operation, Exchange], bool]
"""Says whether the rule speaks of this exchange; raises Broken when the exchange breaks it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One passive rule, made into one requirement per operation it can apply to."""

    what: str
    family: Family
    title: str
    general: tuple[str, ...]
    applies: Callable[[Operation], bool]
    judge: Judge


def _always(operation: Operation) -> bool:
    del operation
    return True


def _has_body(operation: Operation) -> bool:
    return any(operation.responses[str(status)].bodies for status in operation.successes)


def _has_headers(operation: Operation) -> bool:
    return any(response.headers for response in operation.responses.values())


def _has_error_body(operation: Operation) -> bool:
    return any(judgements.error_bodies(operation))


RULES: tuple[Rule, ...] = (
    Rule(
        "status",
        Family.SCHEMA,
        "{} answers with a documented status",
        ("HTTP-36",),
        _always,
        judgements.known_status,
    ),
    Rule(
        "media-type",
        Family.SCHEMA,
        "{} answers in the documented media type",
        ("HTTP-18",),
        _always,
        judgements.media_type,
    ),
    Rule(
        "body",
        Family.SCHEMA,
        "each success of {} has the documented shape",
        ("HTTP-38",),
        _has_body,
        judgements.body_schema,
    ),
    Rule(
        "headers",
        Family.SCHEMA,
        "the documented headers of {} are there",
        ("HTTP-42",),
        _has_headers,
        judgements.headers,
    ),
    Rule(
        "empty-204",
        Family.SCHEMA,
        "a 204 of {} has no content",
        ("HTTP-05",),
        lambda one: 204 in one.successes,
        judgements.empty_204,
    ),
    Rule(
        "shape",
        Family.ERRORS,
        "each refusal of {} has the documented shape",
        ("HTTP-38",),
        _has_error_body,
        judgements.error_shape,
    ),
    Rule(
        "no-trace",
        Family.ERRORS,
        "no refusal of {} shows the server's inner workings",
        ("HTTP-01",),
        _always,
        judgements.no_trace,
    ),
    Rule(
        "no-server-error",
        Family.ROBUSTNESS,
        "{} never answers with a server error",
        ("HTTP-02",),
        _always,
        judgements.no_server_error,
    ),
    Rule(
        "never-shown",
        Family.SECRETS,
        "{} shows no secret that was sent",
        ("HTTP-40",),
        _always,
        judgements.no_secret,
    ),
)
"""Every passive rule."""
