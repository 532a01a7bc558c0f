"""Step: what the body says, in one of the media types the operation takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.contract.operation import Schema
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.errors.dialect import ABSENT, is_json
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.media import form_pairs, from_pairs, from_xml, multipart_pairs


def read_media(exchange: Exchange) -> None:
    """Parse the body of an operation that has one.

    Raises ApiError: UNSUPPORTED_MEDIA_TYPE for a type the operation does not name, INVALID or
    UNDECODABLE_BODY for a text that cannot be read as its type.
    """
    bodies, request = exchange.route.plan.bodies, exchange.request
    exchange.sent_body = ABSENT
    sent_type = request.headers.get("content-type", "")
    if not bodies or (not request.body and not sent_type.startswith("text/")):
        return
    media_type = _matching(sent_type, bodies)
    if media_type is None:
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message=f"The body must be {' or '.join(bodies)}")
    exchange.media_type = media_type
    schema = exchange.route.plan.bodies[media_type].check.schema
    try:
        exchange.sent_body = _read(exchange, sent_type or media_type, schema)
    except MalformedError as error:
        raise invalid(Violation("body", (), "json", limit=error.offset, message=error.reason)) from None
    except UndecodableError:
        raise ApiError(ErrorCode.UNDECODABLE_BODY) from None
    except ValueError as error:
        raise ApiError(
            ErrorCode.UNDECODABLE_BODY, message=f"The body cannot be read: {type(error).__name__}"
        ) from None


def _matching(sent: str, declared: Iterable[str]) -> str | None:
    """The declared media type a sent one is: exactly, of its kind of JSON, or by a wildcard."""
    declared = list(declared)
    plain = _plain(sent)
    if not plain:
        return next((one for one in declared if is_json(one)), declared[0])
    for one in declared:
        if _plain(one) == plain:
            return one
    for one in declared:
        main, _, rest = _plain(one).partition("/")
        if rest == "*" and main in {"*", plain.partition("/")[0]}:
            return one
    return next((one for one in declared if is_json(one)), None) if plain == "application/json" else None


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _read(exchange: Exchange, media_type: str, schema: Schema) -> Any:
    body, schemas = exchange.request.body, exchange.route.mounted.contract.schemas
    plain = _plain(media_type)
    if is_json(plain):
        return loads(body)
    if plain == "application/x-www-form-urlencoded":
        return from_pairs(form_pairs(body), schema, schemas)
    if plain == "multipart/form-data":
        return from_pairs(multipart_pairs(body, media_type), schema, schemas)
    if plain.endswith("xml"):
        return from_xml(body, schema, schemas)
    return body.decode("utf-8", "replace")
