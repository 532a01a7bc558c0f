"""Steps: which operation is asked, and what is said where none is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from mock_server.contract.json_text import dumps
from mock_server.contract.router import Match, NoMatch
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.messages import Response
from mock_server.pipeline.context import Route
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.render import render_error


@dataclass(frozen=True, slots=True)
class Unrouted:
    """The request is answered without an operation.

    near: the route whose platform words the answer, None when the server plays nothing. error: 404 or 405.
    location: where a redirect leads. options: the methods an OPTIONS request is told.
    """

    near: Route | None
    error: ApiError | None = None
    location: str = ""
    options: tuple[str, ...] = ()


def match(exchange: Exchange) -> Response | None:
    """Find the route the way the nearest platform does."""
    request, router = exchange.request, exchange.context.router
    found: Match[Route] | NoMatch[Route] | Unrouted = router.match(request.method, request.path)
    if isinstance(found, NoMatch):
        found = _without_slash(found, exchange)
    if isinstance(found, NoMatch):
        found = _as_get(found, exchange)
    if isinstance(found, NoMatch):
        found = _refused(found, exchange)
    if isinstance(found, Unrouted):
        exchange.unrouted = found
    else:
        exchange.route, exchange.path_texts = found.target, found.path
    return None


def answer_unrouted(exchange: Exchange) -> Response | None:
    """The answer to a request without an operation: a redirect, the methods there are, or a refusal in the
    words of the nearest platform."""
    elsewhere = exchange.unrouted
    if elsewhere is None:
        return None
    if elsewhere.location:
        return Response(307, {"Location": elsewhere.location})
    if elsewhere.options:
        return Response(200, {"Allow": ", ".join(elsewhere.options)})
    exchange.error = elsewhere.error or ApiError(ErrorCode.ROUTE_NOT_FOUND)
    if elsewhere.near is None:
        return Response(404, {"Content-Type": "application/json"}, dumps({"detail": "Not Found"}))
    return render_error(elsewhere.near, exchange.error).response


def _without_slash(missed: NoMatch[Route], exchange: Exchange) -> Match[Route] | NoMatch[Route] | Unrouted:
    """A slash too many at the end: one platform redirects, another does not mind."""
    request, near = exchange.request, missed.near
    slashless = request.path.rstrip("/")
    if near is None or missed.allowed or not slashless or slashless == request.path:
        return missed
    slash = near.mounted.dialect.slash
    again = exchange.context.router.match(request.method, slashless)
    if slash == "accept":
        return again
    if slash == "redirect" and (isinstance(again, Match) or again.allowed):
        query = f"?{request.query}" if request.query else ""
        return Unrouted(near, location=f"{request.base_url}{_quoted(slashless)}{query}")
    return missed


def _as_get(missed: NoMatch[Route], exchange: Exchange) -> Match[Route] | NoMatch[Route]:
    """HEAD where the platform answers it like GET."""
    request, near = exchange.request, missed.near
    if request.method != "HEAD" or near is None or not near.mounted.dialect.head_as_get:
        return missed
    found = exchange.context.router.match("GET", request.path)
    return found if isinstance(found, Match) else missed


def _refused(missed: NoMatch[Route], exchange: Exchange) -> Unrouted:
    request, near = exchange.request, missed.near
    if not missed.allowed or near is None:
        return Unrouted(near, error=ApiError(ErrorCode.ROUTE_NOT_FOUND, key=request.path))
    like_get = near.mounted.dialect.head_as_get
    allowed = sorted({*missed.allowed, *(("HEAD",) if like_get and "GET" in missed.allowed else ())})
    if request.method == "OPTIONS" and like_get:
        return Unrouted(near, options=tuple(allowed))
    allow = {"Allow": ", ".join(allowed)}
    error = ApiError(ErrorCode.METHOD_NOT_ALLOWED, subject=request.method, key=request.path, headers=allow)
    return Unrouted(near, error=error)


def _quoted(path: str) -> str:
    """The path as it may stand in a header: whatever bytes were sent, no line ends there."""
    return quote(path, safe="/:@!$&'()*+,;=~")
