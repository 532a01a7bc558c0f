"""Step: the media type of the answer, by the request's Accept header."""

from __future__ import annotations

from mock_server.contract.plan import json_content
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.pipeline.exchange import Exchange
from mock_server.sampling.media import bare_type


def negotiate(exchange: Exchange) -> None:
    """Step: choose the media type of a success that the client prefers. Raises ApiError NOT_ACCEPTABLE.

    A client that accepts JSON is answered whatever the operation has: many libraries send the same header to
    every operation, and a server may disregard it (RFC 9110, section 12.5.1). So is one that accepts a JSON
    of a vendor: documents ask for `application/vnd.name+json;version=2` in Accept and declare plain JSON.
    """
    accept = exchange.request.headers.get("accept", "")
    operation = exchange.route.plan.operation
    response = operation.response(exchange.route.plan.success)
    if not accept or accept.startswith("*/*") or response is None or not response.content:
        return
    usual, _schema = json_content(response.content)
    offered = {bare_type(media_type): media_type for media_type in (usual, *response.content)}
    if accept.startswith(bare_type(usual)) or any("*" in media_type for media_type in offered):
        return
    chosen = _preferred(accept, list(offered))
    if chosen is not None:
        exchange.accepted = offered[chosen]
    elif exchange.route.behaviour.action == "download":
        # A file has its own type: the document can only say that some content comes.
        exchange.accepted = _first_type(accept)
    elif "+json" not in accept and _preferred(accept, ["application/json"]) is None:
        message = f"The answer can be {' or '.join(response.content)}"
        raise ApiError(ErrorCode.NOT_ACCEPTABLE, message=message)


def _first_type(accept: str) -> str:
    """The first media type of an Accept header, one of bytes where it has a wildcard."""
    first = bare_type(accept.partition(",")[0])
    return "application/octet-stream" if "*" in first else first


def _preferred(accept: str, offered: list[str]) -> str | None:
    """The media type that an Accept header prefers, None if it takes none of these."""
    from werkzeug.datastructures import MIMEAccept
    from werkzeug.http import parse_accept_header

    return parse_accept_header(accept, MIMEAccept).best_match(offered)
