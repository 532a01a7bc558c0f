"""Which operation a request is for, and the answer where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from mock_server.contract.json_text import dumps
from mock_server.contract.operation import Operation
from mock_server.contract.plan import compile_plan
from mock_server.contract.presentation import Projector
from mock_server.contract.router import Match, NoMatch, Router
from mock_server.contract.validation import compiler_of
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.errors.startup import StartupError
from mock_server.handlers.registry import Registry
from mock_server.messages import Request, Response
from mock_server.pipeline.exchange import Exchange, Unrouted
from mock_server.pipeline.mounted_contracts import MountedContract, Route
from mock_server.pipeline.render import render_error, write

NEAREST = "X-Mock-Nearest"
"""The header of a 404 for a path that no contract has: the operation that comes nearest."""

CONSOLE = "/__admin/"
"""The path of the console."""


def build_router(contracts: Iterable[MountedContract], registry: Registry) -> Router[Route]:
    """A router over every operation of these contracts.

    registry: handlers of operations that have their own. Raises StartupError where two operations take the
    same method and path.
    """
    router: Router[Route] = Router()
    problems: list[str] = []
    for mounted in contracts:
        for route in _routes(mounted, registry):
            operation = route.operation
            taken_by = router.add(operation.method, operation.path, route)
            if taken_by is not None:
                place = f"{operation.method} {operation.path}"
                problems.append(f"{mounted.contract.name}: {place} is taken by {taken_by}")
    if problems:
        raise StartupError(*problems)
    return router


def _routes(mounted: MountedContract, registry: Registry) -> Iterator[Route]:
    contract = mounted.contract
    compile_operation = partial(
        compile_plan,
        contract=contract,
        compiler=compiler_of(contract),
        projector=Projector(contract.schemas),
        coercion=mounted.dialect.coercion,
    )
    for operation in contract.operations.values():
        place = _place_of_records(mounted, operation)
        shows_examples = mounted.dialect.render_declared is not None
        yield Route(
            mounted,
            operation,
            partial(compile_operation, operation, records_at=place, shows_examples=shows_examples),
            registry,
        )


def _place_of_records(mounted: MountedContract, operation: Operation) -> str | None:
    """Where a body has its records; None where they are not written apart from it."""
    behaviour = mounted.behaviours.operation(operation.id)
    envelope = behaviour.envelope
    is_merged = envelope.data is None and envelope.meta
    if behaviour.collection is None or is_merged:
        return None
    return envelope.data or ""


def match(exchange: Exchange) -> None:
    """Step: find the operation as the nearest platform would, or note why there is none."""
    request = exchange.request
    result: Match[Route] | NoMatch[Route] | Unrouted
    result = exchange.context.router.match(request.method, request.path)
    if isinstance(result, NoMatch):
        result = _without_slash(result, exchange)
    if isinstance(result, NoMatch):
        result = _head_as_get(result, exchange)
    if isinstance(result, NoMatch):
        result = _refused(result, exchange)
    if isinstance(result, Unrouted):
        exchange.unrouted = result
    else:
        exchange.route, exchange.path_texts = result.target, result.path
        exchange.passed_over = result.passed_over


def answer_unrouted(exchange: Exchange) -> Response | None:
    """Step: answer a request without an operation.

    The answer is a redirect, the allowed methods, or a refusal in the words of the nearest platform.
    """
    unrouted = exchange.unrouted
    if unrouted is None:
        return None
    if _is_browser_at_the_root(exchange.request):
        return Response(307, {"Location": CONSOLE})
    if unrouted.location:
        return Response(307, {"Location": unrouted.location})
    if unrouted.options:
        return Response(200, {"Allow": ", ".join(unrouted.options)})
    exchange.error = unrouted.error or ApiError(ErrorCode.ROUTE_NOT_FOUND)
    if unrouted.near is None:
        refusal = Response(404, {"Content-Type": "application/json"}, dumps({"detail": "Not Found"}))
    else:
        refusal = write(render_error(unrouted.near, exchange.error))
    return refusal if refusal.status != 404 else _naming_nearest(exchange, refusal)


def _is_browser_at_the_root(request: Request) -> bool:
    """Whether a user has opened the server's address in a browser, for whom the console is meant."""
    return (
        request.method == "GET" and request.path == "/" and "text/html" in request.headers.get("accept", "")
    )


def _naming_nearest(exchange: Exchange, refusal: Response) -> Response:
    """The refusal with the operation that the request may have meant in a header."""
    from mock_server.journal.near_misses import nearest

    request = exchange.request
    contracts = [mounted.contract for mounted in exchange.context.contracts.values()]
    miss = nearest(request.method, request.path, contracts)
    if miss is None:
        return refusal
    value = f"{miss.method} {miss.path} ({miss.contract}.{miss.operation})"
    return replace(refusal, headers={**refusal.headers, NEAREST: value})


def _without_slash(missed: NoMatch[Route], exchange: Exchange) -> Match[Route] | NoMatch[Route] | Unrouted:
    """Handle a slash at the end: one platform redirects, another accepts it."""
    request, near = exchange.request, missed.near
    slashless = request.path.rstrip("/")
    if near is None or missed.allowed or not slashless or slashless == request.path:
        return missed
    slash = near.mounted.dialect.slash
    retried = exchange.context.router.match(request.method, slashless)
    if slash == "accept":
        return retried
    if slash == "redirect" and (isinstance(retried, Match) or retried.allowed):
        query = f"?{request.query}" if request.query else ""
        return Unrouted(near, location=f"{request.base_url}{_header_safe(slashless)}{query}")
    return missed


def _head_as_get(missed: NoMatch[Route], exchange: Exchange) -> Match[Route] | NoMatch[Route]:
    """Match HEAD like GET where the platform answers it so."""
    request, near = exchange.request, missed.near
    if request.method != "HEAD" or near is None or not near.mounted.dialect.head_as_get:
        return missed
    retried = exchange.context.router.match("GET", request.path)
    return retried if isinstance(retried, Match) else missed


def _refused(missed: NoMatch[Route], exchange: Exchange) -> Unrouted:
    """404, 405, or the answer to OPTIONS."""
    request, near = exchange.request, missed.near
    if not missed.allowed or near is None:
        return Unrouted(near, error=ApiError(ErrorCode.ROUTE_NOT_FOUND, key=request.path))
    head_as_get = near.mounted.dialect.head_as_get
    if request.method == "OPTIONS" and head_as_get:
        return Unrouted(near, options=_with_head(missed.allowed, near))
    return Unrouted(near, error=method_not_allowed(exchange, missed.allowed, near))


def method_not_allowed(exchange: Exchange, allowed: tuple[str, ...], route: Route) -> ApiError:
    """The refusal of a method. allowed: the methods of the path. route: of the platform that refuses."""
    request = exchange.request
    headers = {"Allow": ", ".join(_with_head(allowed, route))}
    return ApiError(ErrorCode.METHOD_NOT_ALLOWED, subject=request.method, key=request.path, headers=headers)


def _with_head(allowed: tuple[str, ...], route: Route) -> tuple[str, ...]:
    also = {"HEAD"} if route.mounted.dialect.head_as_get and "GET" in allowed else set()
    return tuple(sorted({*allowed, *also}))


def _header_safe(path: str) -> str:
    """The path quoted for a header: no byte that a client sent can end the line there."""
    return quote(path, safe="/:@!$&'()*+,;=~")
