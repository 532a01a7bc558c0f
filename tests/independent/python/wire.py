"""HTTP behaviour outside any contract, as gateways and frameworks add it: limits, validators, compression."""

import hashlib
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from .serving import Choices

CallNext = Callable[[Request], Awaitable[Response]]
WINDOW_SECONDS = 1.0
LIMITS = {"generous": 5000, "enforced": 25}
BODILESS = (204, 304)


async def read_body(response: Response) -> bytes:
    """Return the whole body of a response that a middleware received."""
    return b"".join([part async for part in response.body_iterator])


async def answer_head(request: Request, call_next: CallNext) -> Response:
    """Answer HEAD as GET without the body."""
    if request.method != "HEAD":
        return await call_next(request)
    request.scope["method"] = "GET"
    response = await call_next(request)
    body = await read_body(response)
    request.scope["method"] = "HEAD"  # the server cuts the body of a HEAD, and breaks off that of a GET
    headers = {**response.headers, "content-length": str(len(body))}
    return Response(status_code=response.status_code, headers=headers)


async def forbid_storing(request: Request, call_next: CallNext) -> Response:
    """Mark every response as one that no cache may store."""
    response = await call_next(request)
    response.headers["Cache-Control"] = "no-store"
    return response


async def validate_by_etag(request: Request, call_next: CallNext) -> Response:
    """Give successful GETs an entity tag and answer 304 when the client has that representation."""
    response = await call_next(request)
    if request.method != "GET" or response.status_code != 200:
        return response
    body = await read_body(response)
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    cache_headers = {"ETag": tag, "Cache-Control": "private, max-age=0, must-revalidate"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=cache_headers)
    return Response(body, headers={**response.headers, **cache_headers})


async def send_in_chunks(request: Request, call_next: CallNext) -> Response:
    """Send bodies in pieces of 64 bytes without announcing their length."""
    response = await call_next(request)
    if response.status_code in BODILESS:
        return response
    body = await read_body(response)
    if not body:
        return Response(status_code=response.status_code, headers=dict(response.headers))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 64):
            yield body[start : start + 64]

    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return StreamingResponse(pieces(), status_code=response.status_code, headers=headers)


class RateLimiter:
    """Count the requests of each credential in windows of a second; refuse with 429 beyond the limit."""

    def __init__(self, limit: int, refusal: dict[str, str]) -> None:
        self.limit = limit
        self.refusal = refusal
        self.lock = threading.Lock()
        self.window = 0
        self.counts: dict[str, int] = {}

    def count(self, client: str) -> int:
        """Count a request of `client`; return how many it has left in this window; may be negative."""
        with self.lock:
            window = int(time.monotonic() / WINDOW_SECONDS)
            if window != self.window:
                self.window, self.counts = window, {}
            self.counts[client] = self.counts.get(client, 0) + 1
            return self.limit - self.counts[client]

    async def dispatch(self, request: Request, call_next: CallNext) -> Response:
        client = request.headers.get("authorization") or request.headers.get("x-api-key") or "anonymous"
        remaining = self.count(client)
        if remaining < 0:
            response: Response = JSONResponse(self.refusal, 429, {"Retry-After": "1"})
        else:
            response = await call_next(request)
        response.headers["X-RateLimit-Limit"] = str(self.limit)
        response.headers["X-RateLimit-Remaining"] = str(max(remaining, 0))
        return response


def install(app: Starlette, choices: Choices, *, refusal_member: str = "detail") -> None:
    """Add what the choices `caching`, `framing`, `rate_limit`, `head` and `compression` name.

    The body of a 429 has its message in `refusal_member`.
    """
    if choices["caching"] == "no_store":
        app.add_middleware(BaseHTTPMiddleware, dispatch=forbid_storing)
    if choices["caching"] == "etag":
        app.add_middleware(BaseHTTPMiddleware, dispatch=validate_by_etag)
    if choices["head"] == "answered":
        app.add_middleware(BaseHTTPMiddleware, dispatch=answer_head)
    if choices["rate_limit"] != "absent":
        limiter = RateLimiter(LIMITS[choices["rate_limit"]], {refusal_member: "Too Many Requests"})
        app.add_middleware(BaseHTTPMiddleware, dispatch=limiter.dispatch)
    if choices["framing"] == "chunked":
        app.add_middleware(BaseHTTPMiddleware, dispatch=send_in_chunks)
    if choices["compression"] == "gzip":
        app.add_middleware(GZipMiddleware, minimum_size=100)
