"""The refusals that an operation can give, as errors that name its own parameters and members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.behaviours.listing import requested_order
from mock_server.contract.operation import Operation, Schema, body_schema
from mock_server.contract.schema import declared_members, member
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, not_found
from mock_server.errors.dialect import Place
from mock_server.pipeline.mounted_contracts import Route

_WRONG_TEXTS = ("not-valid!", "-1", "1000000000", "x" * 300, "")
"""Texts that break the rules of most parameters: the first that breaks one is taken for a refused value."""

_WRONG_BODIES: tuple[Any, ...] = ({}, [], "text", 0)

_UNKNOWN = "unknown"


def own_refusals(route: Route, path: Mapping[str, str]) -> Iterator[ApiError]:
    """Refusals of the operation with every error code, as it would word them itself. path: the texts of the
    path parameters."""
    for code in ErrorCode:
        if code is ErrorCode.INVALID:
            yield ApiError(code, violations=_violations(route, path))
        elif code is ErrorCode.NOT_FOUND:
            yield _missing_record(route, path)
        elif code is ErrorCode.CONFLICT:
            yield ApiError(code, message=_conflict(route))
        elif code is ErrorCode.BAD_QUERY:
            yield _bad_query(route)
        else:
            yield ApiError(code)


def has_place(route: Route, place: Place) -> bool:
    """Whether the operation has the parameter or member at a place of an error body."""
    where, path = place
    operation = route.operation
    if where != "body" and any(_names(operation, where, path)):
        return True
    schema = body_schema(operation)
    if where not in {None, "body"} or schema is None:
        return False
    return _has_member(schema, path, route.mounted.contract.schemas)


def _names(operation: Operation, where: str | None, path: tuple[str | int, ...]) -> Iterator[bool]:
    """For each parameter, whether a place is in it. where: None for any location."""
    for parameter in operation.parameters:
        # The framework names filter[state] as filter.state.
        names = (parameter.name, parameter.name.lower(), parameter.name.replace("[", ".").rstrip("]"))
        dotted = ".".join(map(str, path))
        yield where in {None, parameter.location} and ((bool(path) and path[0] in names) or dotted in names)


def _has_member(schema: Schema, path: tuple[str | int, ...], schemas: Mapping[str, Schema]) -> bool:
    current = schema
    for number, key in enumerate(path):
        inner = member(current, key, schemas)
        if inner is None:
            # Below a declared member, an object without declared members may have any.
            return number > 0 and not declared_members(current, schemas)
        current = inner
    return True


def _violations(route: Route, path: Mapping[str, str]) -> tuple[Violation, ...]:
    """The rules that an invalid request breaks: in the body, else in a query parameter, in the path, in a
    header."""
    in_body = _body_violations(route)
    if in_body:
        return in_body
    # Where the platform looks for the record first, a value of the path is never invalid.
    is_bound_first = route.mounted.dialect.finds_record_first
    locations = ("query", "header") if is_bound_first else ("query", "path", "header")
    own = [
        parameter
        for location in locations
        for parameter in route.operation.parameters
        if parameter.location == location
    ]
    for parameter in own:
        for text in _WRONG_TEXTS:
            broken = _parameter_violations(route, parameter.location, parameter.name, text, path)
            if broken:
                return broken
    if own:
        first = own[0]
        return (Violation(first.location, (first.name,), "value", message="This value is refused."),)
    return ()


def _body_violations(route: Route) -> tuple[Violation, ...]:
    plan = route.plan.body
    if plan is None:
        return ()
    for wrong in _WRONG_BODIES:
        value = wrong if plan.convert is None else plan.convert(wrong)
        broken = plan.check.violations(value, where="body", sent=wrong)
        if broken:
            return broken
    return ()


def _parameter_violations(
    route: Route, location: str, name: str, text: str, path: Mapping[str, str]
) -> tuple[Violation, ...]:
    """What a text breaks as the value of one parameter."""
    readers = route.plan.readers
    if location == "path":
        _, broken = readers.read_path({**path, name: text})
    else:
        query = [(name, text)] if location == "query" else []
        headers = {name.lower(): text} if location == "header" else {}
        _, _, broken = readers.read_rest(query, headers, tolerated=route.behaviour.tolerates)
    names = {name, name.lower()}
    return tuple(
        violation for violation in broken if violation.path[0] in names and violation.keyword != "required"
    )


def _missing_record(route: Route, path: Mapping[str, str]) -> ApiError:
    """The record that the path names last does not exist."""
    records = route.mounted.behaviours.path_records.get(route.operation.id, ())
    if not records:
        return ApiError(ErrorCode.NOT_FOUND)
    return not_found(records[-1].collection.called, path.get(records[-1].parameter, ""))


def _conflict(route: Route) -> str | None:
    """Why the operation may be in conflict with the state; None where only its platform's words are known."""
    behaviour = route.behaviour
    collection = route.mounted.behaviours.collections.get(behaviour.collection or "")
    if collection is None:
        return None
    called, lifecycle = collection.called.lower(), collection.lifecycle
    if behaviour.action == "transition":
        return f"No {called} is running"
    if behaviour.action == "create" and lifecycle is not None and lifecycle.exclusive:
        return f"A {called} is already running"
    if behaviour.action == "create" and behaviour.idempotency:
        return "The idempotency key was used for another request"
    return None


def _bad_query(route: Route) -> ApiError:
    sort = route.behaviour.sort
    if sort is not None:
        try:
            requested_order(_UNKNOWN, sort, descending=False)
        except ApiError as error:
            return error
    return ApiError(ErrorCode.BAD_QUERY)
