"""The responses that an operation documents, and those in which its platform words other errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mock_server.contract.json_text import dumps
from mock_server.contract.operation import DocumentedResponse, Operation
from mock_server.contract.plan import json_content
from mock_server.errors.api_error import ApiError, ErrorCode, Violation
from mock_server.errors.dialect import Wire
from mock_server.messages import Response
from mock_server.pipeline.body import encode_body
from mock_server.pipeline.mounted_contracts import Route
from mock_server.sampling.headers import response_headers
from mock_server.sampling.media import concrete_type
from mock_server.sampling.sampler import Sampler, sampled_body
from mock_server.seeded_random import SeededRandom

PROBLEM_JSON = "application/problem+json"


def documented_statuses(operation: Operation) -> dict[str, list[str]]:
    """What can be preferred: every documented status ("4XX" and "default" as the specification writes them)
    with the names of its examples."""
    return {status: list(declared.example_names) for status, declared in operation.responses.items()}


def preference_refusal(operation: Operation, message: str) -> Response:
    """The refusal of a preference: problem details (RFC 9457) with what is possible. message: why."""
    problem = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": message,
        "possible": documented_statuses(operation),
    }
    return Response(400, {"Content-Type": PROBLEM_JSON}, dumps(problem))


def documented_response(
    route: Route, status: int, example: str | None = None, *, rng: SeededRandom
) -> Response:
    """What the operation documents for a status.

    The body is the named example, else the first example, else the platform's own wording for that status,
    else generated from the schema. rng: of what is generated. A status that the operation does not document
    has the platform's own wording where it has one; else it is refused with what is documented, as is an
    example.
    """
    operation = route.plan.operation
    declared = operation.response(status)
    if declared is None and example is None and status in route.error_statuses:
        return _worded(_platform_wording(route, status))
    if declared is None or not operation.declares(status, example):
        what = f"status {status}" if example is None else f"example {example!r} for status {status}"
        return preference_refusal(operation, f"{operation.id} documents no {what}.")
    wording = _platform_wording(route, status)
    headers = dict(wording.headers) if wording else {}
    headers |= _missing_headers(route, declared, status, headers, rng)
    if not declared.content:
        return Response(status, headers)
    media_type, body = (
        _example(route, declared, status, example)
        or (wording and (wording.media_type, wording.body))
        or _generated(route, declared, status, rng)
    )
    return Response(status, {"Content-Type": media_type, **headers}, encode_body(body, media_type))


def _worded(wording: Wire | None) -> Response:
    """A refusal in the words of the platform, for a status that it has an error for."""
    if wording is None:
        raise AssertionError("the platform words every error that it has")
    headers = {"Content-Type": wording.media_type, **wording.headers}
    return Response(wording.status, headers, encode_body(wording.body, wording.media_type))


def _missing_headers(
    route: Route, declared: DocumentedResponse, status: int, headers: dict[str, str], rng: SeededRandom
) -> dict[str, str]:
    """Generated values of the declared headers that are not there yet."""
    present = {name.lower() for name in headers}
    missing = {name: schema for name, schema in declared.headers.items() if name not in present}
    if not missing:
        return {}
    sampler = Sampler(route.mounted.contract, rng)
    wanted = replace(declared, headers=missing)
    return response_headers(sampler, wanted, route.plan.operation.id, status=status, all_declared=True)


def _example(
    route: Route, declared: DocumentedResponse, status: int, example: str | None
) -> tuple[str, Any] | None:
    """Media type and value of the named example, or of the first one; None where there is none."""
    preferred_type, _ = json_content(declared.content)
    for media_type in (preferred_type, *declared.examples):
        examples = declared.examples.get(media_type, {})
        if example in examples or (example is None and examples):
            value = next(iter(examples.values())) if example is None else examples[example]
            return media_type, _projected(route, status, media_type, value)
    return None


def _generated(route: Route, declared: DocumentedResponse, status: int, rng: SeededRandom) -> tuple[str, Any]:
    """Media type and value of a body generated from the schema."""
    media_type, schema = json_content(declared.content)
    sampler = Sampler(route.mounted.contract, rng)
    value = sampled_body(sampler, media_type, schema, (route.plan.operation.id, status))
    return concrete_type(media_type), value


def _projected(route: Route, status: int, media_type: str, value: Any) -> Any:
    """An example as a reply shows it: without members that only clients write."""
    plan = route.plan.reply(status)
    if plan is None or plan.project is None or plan.media_type != media_type:
        return value
    return plan.project(value)


def _platform_wording(route: Route, status: int) -> Wire | None:
    """The platform's own refusal with this status, where it conforms to what the operation declares."""
    if status < 400:
        return None
    plan, dialect = route.plan.reply(status), route.mounted.dialect
    for error in _refusals(route.plan.operation):
        wire = (
            dialect.render_declared(error, route.plan.operation)
            if dialect.render_declared
            else dialect.render(error)
        )
        conforms = plan is None or plan.check is None or plan.check.holds(wire.body)
        if wire.status == status and conforms:
            return wire
    return None


def _refusals(operation: Operation) -> Iterator[ApiError]:
    """One refusal with every error code; the one for broken rules names the operation's first parameter."""
    for code in ErrorCode:
        yield ApiError(code, violations=(_refused_value(operation),) if code is ErrorCode.INVALID else ())


def _refused_value(operation: Operation) -> Violation:
    first = next(iter(operation.parameters), None)
    where, path = (first.location, (first.name,)) if first else ("body", ())
    return Violation(where, path, "value", message="This value is refused.")
