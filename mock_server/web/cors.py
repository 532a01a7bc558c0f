"""Any page may talk to the mock: the origin is reflected, and whatever a preflight asks for is allowed."""

from __future__ import annotations

from dataclasses import replace

from mock_server.messages import Request, Response

_SAFELISTED = frozenset({"content-type", "content-length", "cache-control", "expires", "last-modified"})


def is_preflight(request: Request) -> bool:
    """Whether a browser is asking for leave (WHATWG Fetch, CORS-preflight request)."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def preflight(request: Request) -> dict[str, str]:
    """The leave: headers of the answer to a preflight."""
    headers = {
        **_origin(request),
        "Access-Control-Allow-Methods": request.headers["access-control-request-method"],
        "Access-Control-Max-Age": "600",
    }
    asked = request.headers.get("access-control-request-headers")
    if asked:
        headers["Access-Control-Allow-Headers"] = asked
    if request.headers.get("access-control-request-private-network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return headers


def shared(request: Request, response: Response) -> Response:
    """The response, readable by the page that asked; unchanged for everybody else."""
    if "origin" not in request.headers:
        return response
    headers = {**response.headers, **_origin(request)}
    exposed = [name for name in response.headers if name.lower() not in _SAFELISTED]
    if exposed:
        headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
    return replace(response, headers=headers)


def _origin(request: Request) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": request.headers["origin"],
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin, Access-Control-Request-Headers",
    }
