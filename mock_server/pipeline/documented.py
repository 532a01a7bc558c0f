"""The answers an operation documents, given without the situation they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mock_server.contract.json_text import dumps
from mock_server.contract.operation import Operation
from mock_server.contract.operation import Response as Declared
from mock_server.contract.plan import json_content
from mock_server.errors.api_error import ApiError, ErrorCode, Violation
from mock_server.errors.dialect import Wire
from mock_server.messages import Response
from mock_server.pipeline.context import Route
from mock_server.pipeline.media import written
from mock_server.sampling.headers import sampled_headers
from mock_server.sampling.sampler import Sampler
from mock_server.seeded_random import SeededRandom

PROBLEM = "application/problem+json"


def possible(operation: Operation) -> dict[str, list[str]]:
    """What may be wished for: every documented status ("4XX" and "default" as the spec has them) with the
    names of its examples."""
    return {status: list(declared.example_names) for status, declared in operation.responses.items()}


def impossible(operation: Operation, why: str) -> Response:
    """The refusal of a wish: problem details (RFC 9457) that say what is possible."""
    problem = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": why,
        "possible": possible(operation),
    }
    return Response(400, {"Content-Type": PROBLEM}, dumps(problem))


def documented(route: Route, status: int, example: str | None = None, *, rng: SeededRandom) -> Response:
    """What the operation documents for a status: the named example, else its first, else the platform's own
    words for that status, else a body made up from the schema.

    chance: of what is made up. A wish it cannot grant is answered with what is possible.
    """
    operation = route.plan.operation
    declared = operation.response(status)
    if declared is None or not operation.grants(status, example):
        what = f"status {status}" if example is None else f"example {example!r} for status {status}"
        return impossible(operation, f"{operation.id} documents no {what}.")
    words = _words(route, status)
    headers = dict(words.headers) if words else {}
    missing = {
        name: schema
        for name, schema in declared.headers.items()
        if name not in {one.lower() for one in headers}
    }
    if missing:
        sampler = Sampler(route.mounted.contract, rng)
        headers |= sampled_headers(sampler, replace(declared, headers=missing), operation.id)
    if not declared.content:
        return Response(status, headers)
    media_type, body = _body(route, declared, status=status, example=example, words=words, rng=rng)
    return Response(status, {"Content-Type": media_type, **headers}, written(body, media_type))


def _body(
    route: Route,
    declared: Declared,
    *,
    status: int,
    example: str | None,
    words: Wire | None,
    rng: SeededRandom,
) -> tuple[str, Any]:
    """The media type and the value of the body."""
    spoken, schema = json_content(declared.content)
    for media_type in (spoken, *declared.examples):
        named = declared.examples.get(media_type, {})
        if example in named or (example is None and named):
            value = named[example] if example is not None else next(iter(named.values()))
            return media_type, _shown(route, status, media_type, value)
    if words is not None:
        return words.media_type, words.body
    sampler = Sampler(route.mounted.contract, rng)
    return spoken.replace("*/*", "application/json"), sampler.answer(
        schema, (route.plan.operation.id, status)
    )


def _shown(route: Route, status: int, media_type: str, value: Any) -> Any:
    """An example as a reply shows it: without what only clients write."""
    plan = route.plan.reply(status)
    if plan is None or plan.project is None or plan.media_type != media_type:
        return value
    return plan.project(value)


def _words(route: Route, status: int) -> Wire | None:
    """The platform's own refusal with this status, where it keeps what the operation declares for it."""
    plan, dialect = route.plan.reply(status), route.mounted.dialect
    for error in _refusals(route.plan.operation) if status >= 400 else ():
        wire = (
            dialect.render_declared(error, route.plan.operation)
            if dialect.render_declared
            else dialect.render(error)
        )
        fits = plan is None or plan.check is None or plan.check.holds(wire.body)
        if wire.status == status and fits:
            return wire
    return None


def _refusals(operation: Operation) -> Iterator[ApiError]:
    """One refusal of every kind; the one for broken rules names the operation's first parameter or member."""
    for kind in ErrorCode:
        broken: tuple[Violation, ...] = ()
        if kind is ErrorCode.INVALID:
            first = next((one for one in operation.parameters), None)
            where, path = (first.location, (first.name,)) if first else ("body", ())
            broken = (Violation(where, path, "value", message="This value is refused."),)
        yield ApiError(kind, violations=broken)
