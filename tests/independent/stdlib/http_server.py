"""HTTP for the independent servers without a framework: routes, JSON bodies, habits no document settles."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

Choices = Mapping[str, str]
NO_BODY: Any = object()
LARGEST_BODY = 1_000_000
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, x-api-key",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a request. place: for example ("body", "name")."""

    place: tuple[str | int, ...]
    message: str
    kind: str = "value_error"


class Refusal(Exception):
    """A request that is not carried out: the status, a message and what was wrong in detail."""

    def __init__(self, status: int, message: str, problems: Iterable[Problem] = (), **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.problems = tuple(problems)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Reply:
    """What a handler answers. body: a JSON value, or NO_BODY."""

    body: Any = NO_BODY
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """A request that matched a route. headers: by lower-case name."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    params: dict[str, str] = field(default_factory=dict)

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter."""
        values = [value for given, value in self.query if given == name]
        return values[-1] if values else None

    def is_json(self) -> bool:
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return media_type == "application/json" or media_type.endswith("+json")

    def json(self) -> Any:
        """The body as strict JSON. Raises ValueError for what a reply could not repeat."""
        try:
            value = json.loads(self.body)
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return value


Handler = Callable[[Request], Reply]


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


class Application:
    """The routes of a server and what all its replies have in common."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.lock = threading.RLock()
        self.routes: list[Route] = []

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Serve a method of a path; `{name}` in the template is a parameter."""
        flags = re.IGNORECASE if self.choices["path_case"] == "folded" else 0
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        self.routes.append(Route(method, re.compile(pattern, flags), handler))

    def refusal_body(self, refusal: Refusal) -> Any:
        """The body of a refusal; each server has its own."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        try:
            return self.dispatch(request)
        except Refusal as refusal:
            return Reply(self.refusal_body(refusal), refusal.status, refusal.headers)
        except Exception:
            traceback.print_exc()
            return Reply(self.refusal_body(Refusal(500, "Internal error")), 500)

    def dispatch(self, request: Request) -> Reply:
        path = request.path
        if path.endswith("/") and self.choices["trailing_slash"] == "same":
            path = path.rstrip("/")
        if path.endswith("/") and self.choices["trailing_slash"] == "308" and self.allowed(path.rstrip("/")):
            return Reply(status=308, headers={"Location": path.rstrip("/")})
        allowed = self.allowed(path)
        if request.method == "OPTIONS" and allowed and self.choices["options"] != "405":
            cross_origin = CORS if self.choices["options"] == "200_cors" else {}
            status = 200 if cross_origin else 204
            return Reply(status=status, headers={"Allow": ", ".join(allowed), **cross_origin})
        method = request.method
        if method == "HEAD" and self.choices["head"] == "answered":
            method = "GET"
        for route in self.routes:
            match = route.pattern.fullmatch(path)
            if match and route.method == method:
                request.params = {name: unquote(value) for name, value in match.groupdict().items()}
                if method == "GET" and self.choices["pace"] == "slow_reads":
                    time.sleep(0.08)
                return route.handler(request)
        if allowed:
            raise Refusal(405, "Method not allowed", Allow=", ".join(allowed))
        raise Refusal(404, "Not found")

    def allowed(self, path: str) -> list[str]:
        """The methods that a path offers, sorted."""
        return sorted({route.method for route in self.routes if route.pattern.fullmatch(path)})


def serialize(value: Any, layout: str) -> bytes:
    """Write JSON as `compact`, `indented` or `escaped` (nothing but ASCII)."""
    if layout == "indented":
        return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
    if layout == "escaped":
        return json.dumps(value).replace("/", "\\/").encode()
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def handler_of(app: Application) -> type[BaseHTTPRequestHandler]:  # noqa: C901
    """A handler class of the standard library that serves an application."""
    choices = app.choices

    class RequestHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if choices["protocol"] == "http10" else "HTTP/1.1"
        server_version, sys_version = "plain/1", ""
        disable_nagle_algorithm = True  # headers and body are written apart: each reply would wait 40 ms

        def serve(self) -> None:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                method=self.command,
                path=path,
                query=parse_qsl(query, keep_blank_values=True),
                headers=headers,
                body=self.read_body(headers),
            )
            self.send(app.answer(request))

        def read_body(self, headers: dict[str, str]) -> bytes:
            if "chunked" in headers.get("transfer-encoding", ""):
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(min(int(headers.get("content-length", 0)), LARGEST_BODY))

        def send(self, reply: Reply) -> None:
            content = b"" if reply.body is NO_BODY else serialize(reply.body, choices["json_layout"])
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if choices["extra_headers"] == "many":
                self.send_header("X-Request-Id", f"req-{time.monotonic_ns()}")
                self.send_header("Vary", "Origin, Accept, Authorization")
                self.send_header("Strict-Transport-Security", "max-age=31536000")
                self.send_header("Set-Cookie", "lb=a1; Path=/; HttpOnly")
            if reply.body is not NO_BODY:
                charset = "; charset=utf-8" if choices["content_type"] == "charset" else ""
                self.send_header("Content-Type", f"application/json{charset}")
            if reply.status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Keep standard error for errors."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = serve  # noqa: N815

    return RequestHandler


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(app: Application, port: int) -> None:
    """Serve on 127.0.0.1 until the process is stopped; announce the address when it listens."""
    server = Server(("127.0.0.1", port), handler_of(app))
    sys.stdout.write(f"listening on http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
