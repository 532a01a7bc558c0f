"""Steps after the reply is made, whoever made it."""

from __future__ import annotations

from dataclasses import replace

from mock_server.messages import Response
from mock_server.pipeline.exchange import Exchange

REQUEST_ID = "X-Mock-Request-Id"


def without_body(exchange: Exchange, response: Response) -> Response:
    """No body for HEAD (RFC 9110, section 9.3.2)."""
    return replace(response, body=b"") if exchange.request.method == "HEAD" else response


def identify(exchange: Exchange, response: Response) -> Response:
    """The id under which this exchange can be asked for."""
    return replace(response, headers={**response.headers, REQUEST_ID: exchange.id})
