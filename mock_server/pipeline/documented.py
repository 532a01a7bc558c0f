"""The responses that an operation documents, and those in which its platform words other errors.

What generates values is loaded when it is first needed, because servers should start at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from mock_server.contract.json_text import dumps
from mock_server.contract.operation import DocumentedResponse, Operation
from mock_server.contract.plan import json_content
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.errors.dialect import Wire
from mock_server.messages import Response
from mock_server.pipeline.body import encode_body
from mock_server.pipeline.mounted_contracts import Route
from mock_server.pipeline.own_refusals import has_place, own_refusals
from mock_server.sampling.media import concrete_type
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
    route: Route,
    status: int,
    example: str | None = None,
    *,
    rng: SeededRandom,
    path: Mapping[str, str] | None = None,
) -> Response:
    """What the operation documents for a status, or how its platform words an error with this status.

    The body is the named example, else the first example, else the platform's own wording for that status,
    else generated from the schema. Operations share examples of errors: one that names a parameter or member
    which this operation does not have is replaced by the operation's own refusal, as is one for a conflict
    that the operation cannot have. rng: of what is generated. path: the texts of the path parameters. A
    status or example that is neither documented nor worded is refused with what is documented.
    """
    operation = route.plan.operation
    refusal = _own_refusal(route, status, path or {})
    declared = operation.response(status)
    if declared is None and example is None and refusal is not None:
        return _worded(refusal[1])
    if declared is None or not operation.declares(status, example):
        what = f"status {status}" if example is None else f"example {example!r} for status {status}"
        return preference_refusal(operation, f"{operation.id} documents no {what}.")
    headers = dict(refusal[1].headers) if refusal else {}
    headers |= _missing_headers(route, declared, status, headers, rng)
    if not declared.content:
        return Response(status, headers)
    shown = _example(route, declared, status, example)
    if refusal is not None and (shown is None or (example is None and _is_own_conflict(refusal[0]))):
        shown = refusal[1].media_type, refusal[1].body
    media_type, body = shown or _generated(route, declared, status, rng)
    return Response(status, {"Content-Type": media_type, **headers}, encode_body(body, media_type))


def _is_own_conflict(error: ApiError) -> bool:
    """Whether this is a conflict of the operation itself, beside those in a shared example."""
    return error.code is ErrorCode.CONFLICT and error.message is not None


def _worded(wording: Wire) -> Response:
    """A refusal in the words of the platform, for a status that it has an error for."""
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
    from mock_server.sampling.headers import response_headers
    from mock_server.sampling.sampler import Sampler

    sampler = Sampler(route.mounted.contract, rng)
    wanted = replace(declared, headers=missing)
    return response_headers(sampler, wanted, route.plan.operation.id, status=status, all_declared=True)


def _example(
    route: Route, declared: DocumentedResponse, status: int, example: str | None
) -> tuple[str, Any] | None:
    """Media type and value of the named example, or of the first one that fits; None where there is none."""
    preferred_type, _ = json_content(declared.content)
    for media_type in (preferred_type, *declared.examples):
        examples = declared.examples.get(media_type, {})
        for name, value in examples.items():
            if example in {None, name} and _fits(route, status, value):
                return media_type, _projected(route, status, media_type, value)
    return None


def _fits(route: Route, status: int, body: Any) -> bool:
    """Whether an example names only what the operation has."""
    return status < 400 or all(has_place(route, place) for place in route.mounted.dialect.places(body))


def _generated(route: Route, declared: DocumentedResponse, status: int, rng: SeededRandom) -> tuple[str, Any]:
    """Media type and value of a body generated from the schema."""
    from mock_server.sampling.sampler import Sampler, sampled_body

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


def _own_refusal(route: Route, status: int, path: Mapping[str, str]) -> tuple[ApiError, Wire] | None:
    """The platform's own refusal with this status, where it conforms to what the operation declares."""
    if status < 400:
        return None
    for error in own_refusals(route, path):
        wire = _rendered(route, error)
        if wire.status == status and _conforms(route, wire):
            return error, wire
    # Errors of a gateway have no code of their own.
    error = ApiError(ErrorCode.INTERNAL, message=_phrase(status))
    wire = replace(_rendered(route, error), status=status)
    is_error_of_server = status >= 500 and route.operation.response(status) is not None
    return (error, wire) if is_error_of_server and _conforms(route, wire) else None


def _rendered(route: Route, error: ApiError) -> Wire:
    dialect = route.mounted.dialect
    declared = dialect.render_declared
    return declared(error, route.operation) if declared else dialect.render(error)


def _conforms(route: Route, wire: Wire) -> bool:
    plan = route.plan.reply(wire.status)
    return plan is None or plan.check is None or plan.check.holds(wire.body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Server Error"
