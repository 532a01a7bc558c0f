"""Cross-origin requests (WHATWG Fetch): any page may call the mock.

The origin is reflected, and everything that a preflight request asks for is allowed.
"""

from __future__ import annotations

from dataclasses import replace

from mock_server.messages import Request, Response

_SAFELISTED = frozenset({"content-type", "content-length", "cache-control", "expires", "last-modified"})


def is_preflight(request: Request) -> bool:
    """Whether this is a browser's CORS-preflight request."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def preflight_headers(request: Request) -> dict[str, str]:
    """The headers of the answer to a preflight request."""
    headers = {
        **_origin_headers(request),
        "Access-Control-Allow-Methods": request.headers["access-control-request-method"],
        "Access-Control-Max-Age": "600",
    }
    requested = request.headers.get("access-control-request-headers")
    if requested:
        headers["Access-Control-Allow-Headers"] = requested
    if request.headers.get("access-control-request-private-network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return headers


def with_origin(request: Request, response: Response) -> Response:
    """The response, readable by the page that sent the request; unchanged for a request of no page."""
    if "origin" not in request.headers:
        return response
    headers = {**response.headers, **_origin_headers(request)}
    exposed = [name for name in response.headers if name.lower() not in _SAFELISTED]
    if exposed:
        headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
    return replace(response, headers=headers)


def _origin_headers(request: Request) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": request.headers["origin"],
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin, Access-Control-Request-Headers",
    }
