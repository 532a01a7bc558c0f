"""Steps: the body, read; parameters and body, coerced and validated."""

from __future__ import annotations

from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid, not_found
from mock_server.errors.dialect import ABSENT, UNREADABLE
from mock_server.pipeline.body import JSON_PATCH, declared_media_type, is_patch, parse_body
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.routing import method_not_allowed
from mock_server.sampling.media import bare_type


def read_body(exchange: Exchange) -> None:
    """Step: parse the body as the platform does, whatever its media type. Raises ApiError where the platform
    refuses a text it cannot read."""
    route, request = exchange.route, exchange.request
    if route.plan.body is None:
        exchange.sent_body = ABSENT
        return
    content_type = request.headers.get("content-type", "")
    exchange.sent_body = route.mounted.dialect.read_body(content_type, request.body)


def read_media(exchange: Exchange) -> None:
    """Step: parse the body in one of the media types the operation declares.

    Raises ApiError: UNSUPPORTED_MEDIA_TYPE for a type the operation does not declare, INVALID or
    UNDECODABLE_BODY for a body that cannot be read as its type.
    """
    bodies, request = exchange.route.plan.bodies, exchange.request
    exchange.sent_body = ABSENT
    content_type = request.headers.get("content-type", "")
    # Without any bytes a text is an empty text, and a form has no fields; other bodies are not there.
    may_be_empty = content_type.startswith(("text/", "application/x-www-form-urlencoded"))
    if not bodies or (not request.body and not may_be_empty):
        return
    # A change that is declared as JSON may be sent in the usual forms of a patch.
    is_change = exchange.route.plan.operation.method == "PATCH" and is_patch(content_type)
    sought = "application/json" if is_change and content_type not in bodies else content_type
    media_type = content_type if content_type in bodies else declared_media_type(sought, bodies)
    if media_type is None:
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message=f"The body must be {' or '.join(bodies)}")
    exchange.media_type = media_type
    schema = bodies[media_type].check.schema
    try:
        schemas = exchange.route.mounted.contract.schemas
        exchange.sent_body, exchange.upload = parse_body(
            request.body, content_type or media_type, schema, schemas
        )
    except MalformedError as error:
        raise invalid(Violation("body", (), "json", limit=error.offset, message=error.reason)) from None
    except UndecodableError:
        raise ApiError(ErrorCode.UNDECODABLE_BODY) from None
    except ValueError as error:
        message = f"The body cannot be read: {type(error).__name__}"
        raise ApiError(ErrorCode.UNDECODABLE_BODY, message=message) from None


def validate(exchange: Exchange) -> None:
    """Step: validate path, query, headers and body together. Raises ApiError with every violation."""
    path, violations = exchange.route.plan.readers.read_path(exchange.path_texts)
    if violations and exchange.passed_over and exchange.route.mounted.dialect.render_declared:
        # OpenAPI matches concrete paths first: the address is theirs, and a template does not even fit it.
        raise method_not_allowed(exchange, exchange.passed_over, exchange.route)
    validate_the_rest(exchange, violations)
    exchange.path = path


def bind_path(exchange: Exchange) -> None:
    """Step: read the path alone. A value that cannot be a key is refused like a record that does not exist.
    Raises ApiError NOT_FOUND."""
    route = exchange.route
    path, violations = route.plan.readers.read_path(exchange.path_texts)
    if violations:
        name = str(violations[0].path[0])
        collection = route.mounted.behaviours.collections.get(route.behaviour.collection or "")
        raise not_found(collection.called if collection else name, exchange.path_texts.get(name, ""))
    exchange.path = path


def refuse_unknown_query(exchange: Exchange) -> None:
    """Step: refuse query parameters that the operation does not declare: where they select what is listed, a
    misspelled one would select everything. Raises ApiError INVALID."""
    parameters = exchange.route.plan.operation.parameters
    declared = {parameter.name for parameter in parameters if parameter.location == "query"}
    unknown = dict.fromkeys(name for name, _ in exchange.sent_query if name not in declared)
    if unknown:
        raise invalid(*(Violation("query", (name,), "unknown") for name in unknown))


def validate_the_rest(exchange: Exchange, violations: tuple[Violation, ...] = ()) -> None:
    """Step: validate query, headers and body, after the path. violations: of the path. Raises ApiError with
    all violations."""
    route = exchange.route
    query, headers, further = route.plan.readers.read_rest(
        exchange.sent_query, exchange.request.headers, tolerated=route.behaviour.tolerates
    )
    body, in_body = _validated_body(exchange)
    violations = violations + further + in_body
    if violations:
        raise invalid(*violations)
    exchange.take(query, headers, body)


def _is_json_patch(exchange: Exchange) -> bool:
    """Whether a body that is a list is a JSON Patch (RFC 6902) that the document does not describe: its
    schema is that of a merge patch."""
    sent_type = bare_type(exchange.request.headers.get("content-type", ""))
    is_described = sent_type == bare_type(exchange.media_type)
    is_patch = exchange.route.plan.operation.method == "PATCH" and sent_type == JSON_PATCH
    return is_patch and not is_described


def _validated_body(exchange: Exchange) -> tuple[Any, tuple[Violation, ...]]:
    """The coerced body, and what is wrong with it."""
    plan, sent = exchange.route.plan, exchange.sent_body
    body = plan.bodies.get(exchange.media_type, plan.body)
    if body is None:
        return None, ()
    if isinstance(sent, list) and _is_json_patch(exchange):
        return sent, ()
    if sent is ABSENT:
        return None, (Violation("body", (), "required"),) if body.required else ()
    if sent is UNREADABLE:
        # Validated as an empty object; where even that would pass, it is refused all the same.
        unreadable = Violation("body", ("body",), "value", message="The body must be a JSON object.")
        return None, body.check.violations({}, where="body") or (unreadable,)
    value = sent if body.convert is None else body.convert(sent)
    return value, body.check.violations(value, where="body", sent=sent)
