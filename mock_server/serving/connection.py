"""One connection: reads requests, has them answered one after the other, and sends the answers.

Nothing here waits in a thread: what comes later is a timer of the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable, Collection, Iterator
from http import HTTPStatus
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote_to_bytes

import httptools

from mock_server.admin.awaited import AwaitedResponse
from mock_server.contract.json_text import dumps
from mock_server.messages import PROMPT, Request, Response
from mock_server.web.delivery import pieces
from mock_server.web.reading import is_admin, is_page, read_request
from mock_server.web.wsgi import called

if TYPE_CHECKING:
    from mock_server.serving.limits import Limits
    from mock_server.serving.workers import Workers
    from mock_server.web.front import Front
    from mock_server.web.request_log import RequestLog

log = logging.getLogger("mock_server")

_STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_BODILESS: Final = frozenset({204, 304})
_DRAIN: Final = 2.0
"""Seconds for which the rest of a refused request is read, so that the client sees the refusal before the
connection is closed."""
_FLUSH: Final = 10.0
"""Seconds that a client may take for the rest of a response after which the connection is closed."""
_LARGE: Final = 256 * 1024
"""Bytes. A larger body is read and validated by a worker, because that takes longer than others should
wait. So is every request that a real service may answer."""
_AT_ONCE: Final = frozenset({"/__admin/health", "/__admin/health/live", "/__admin/health/ready"})
"""Admin calls that need no worker, so that they are answered also while every worker is busy."""
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED: Final = "Transfer-Encoding: chunked\r\n"
_FIELD_JOINTS: Final = {"cookie": "; "}

Headers = Collection[tuple[str, str]]


class Server(Protocol):
    """What a connection needs of its server.

    log: of every answered request, None for none. scheme: "http" or "https". common_headers: of every
    response, as they are sent. stopping: whether the server ends.
    """

    front: Front
    limits: Limits
    log: RequestLog | None
    scheme: str
    common_headers: str
    loop: asyncio.AbstractEventLoop
    workers: Workers
    stopping: bool

    def add(self, connection: Connection) -> None:
        """A connection was made."""

    def remove(self, connection: Connection) -> None:
        """A connection is closed."""


class Connection(asyncio.Protocol):
    """A connection of a client. Its methods are called by the event loop or the parser, `submit`'s jobs by
    workers."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._limits = server.limits
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        # Lets a client send more after a request that says Connection: close; it is not answered.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._peer = self._address = ""
        # The request that is being read.
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._head_size = self._body_size = 0
        self._reading_head = self._reading = False
        # The response that is awaited or sent, and the requests that came meanwhile.
        self._busy = False
        self._keep_alive = True
        self._timer: asyncio.TimerHandle | None = None
        self._finish_wait: Callable[[], None] | None = None
        self._waiting: deque[tuple[Request, str, bool, bool]] = deque()
        self._stream: Iterator[bytes] | None = None
        self._writing_paused = False
        self._unsent = 0
        self._answered_chunk = False
        self._draining = self._half_closed = self._closed = False
        self.deadline = inf
        """When `expire` is due, by the machine's monotonic clock."""

    # Called by the server.

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun."""
        return not (self._busy or self._reading or self._waiting)

    def expire(self) -> None:
        """The deadline is over."""
        if self._writing_paused and self._transport.get_write_buffer_size() < self._unsent:
            self.pause_writing()  # the client is slow, but goes on
        elif self._closed or self._writing_paused:
            self.abort()
        elif self._reading and not self._draining:
            self._refuse(408, "The request did not arrive in time.")
        else:
            self._close()

    def finish_up(self) -> None:
        """The server stops: end a wait, finish what is under way, close the connection."""
        self._waiting.clear()
        self._keep_alive = False
        if self._finish_wait is not None:
            self._finish_wait()
        elif self._timer is not None or self.is_idle or self._draining:
            self._close()

    def abort(self) -> None:
        """Close the connection without sending what is left."""
        self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        peer, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self._peer = peer[0] if peer else ""
        self._address = f"[{here[0]}]:{here[1]}" if ":" in here[0] else f"{here[0]}:{here[1]}"
        self.deadline = monotonic() + self._limits.idle
        self._server.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._closed = True
        self._cancel_timer()
        self._waiting.clear()
        self._stream = None
        self._server.remove(self)
        if self._finish_wait is not None:
            self._finish_wait()

    def eof_received(self) -> bool:
        """The client sends nothing more; it may still wait for an answer."""
        self._half_closed = True
        self._keep_alive = False
        # asyncio has no half-closed connections with TLS.
        return (self._busy or bool(self._waiting)) and self._server.scheme == "http"

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._unsent = self._transport.get_write_buffer_size()
        self.deadline = monotonic() + self._limits.send

    def resume_writing(self) -> None:
        self._writing_paused = False
        self.deadline = inf if self._busy else monotonic() + self._limits.idle
        if self._stream is not None:
            self._send_piece()
        else:
            self._answer_next()

    def data_received(self, data: bytes) -> None:
        if self._draining or self._closed:
            return
        self._answered_chunk = False
        if self._reading_head or not self._reading:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The offered protocol is not spoken here. The request is answered; what follows is not HTTP.
            self._keep_alive = False
            if self.is_idle and not self._closed:
                self._close()
        except httptools.HttpParserError as error:
            self._refuse_bytes(error)
        if self._reading_head and self._head_size > self._limits.head:
            self._refuse_head()
        if self._waiting and not self._busy and not self._closed:
            self._server.loop.call_soon(self._answer_next)

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = {}
        self._body = []
        self._body_size = 0
        self._reading = self._reading_head = True
        if not self._busy:
            self.deadline = monotonic() + self._limits.receive_head

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key in self._headers:
            text = f"{self._headers[key]}{_FIELD_JOINTS.get(key, ', ')}{text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        self._reading_head = False
        headers = self._headers
        if self._head_size > self._limits.head:  # perhaps a part of the body is counted
            names_and_values = sum(len(name) + len(value) for name, value in headers.items())
            if len(self._url) + names_and_values > self._limits.head:
                self._refuse_head()
                return
        self._head_size = 0
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limits.body:
            self._refuse_large()
            return
        if not self._busy:
            self.deadline = monotonic() + self._limits.receive_body
            if headers.get("expect", "").lower() == "100-continue":
                self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if self._body_size > self._limits.body:
            self._refuse_large()
        elif not self._draining:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._reading = False
        if self._draining or self._closed:
            return
        parser, headers = self._parser, self._headers
        keep_alive = parser.should_keep_alive()
        takes_chunks = parser.get_http_version() != "1.0"
        # HTTP/1.0 keeps a connection alive only by an answer that says so; closing it is always right.
        if not takes_chunks:
            keep_alive = False
        if "upgrade" in headers:
            keep_alive = False
        path, query = _target(self._url)
        read = self._page_request if is_page(path) else read_request
        request = read(
            parser.get_method().decode("latin-1"),
            path,
            query,
            headers,
            b"".join(self._body),
            scheme=self._server.scheme,
            server=self._address,
            peer=self._peer,
        )
        # One answer for each chunk of data: a client that sends many requests at once leaves time to others.
        if self._busy or self._waiting or self._answered_chunk or self._writing_paused:
            self._waiting.append((request, path, keep_alive, takes_chunks))
            self._transport.pause_reading()
        else:
            self._answered_chunk = True
            self._answer(request, path, keep_alive, takes_chunks)

    # Answering.

    @staticmethod
    def _page_request(
        method: str, path: str, query: str, headers: dict[str, str], body: bytes, **connection: str
    ) -> Request:
        """The request of a page, which has no world: its path is kept."""
        host = headers.get("host", connection["server"])
        base_url = f"{connection['scheme']}://{host}"
        return Request(method, path, query, headers, body, base_url, peer=connection["peer"])

    def _answer_next(self) -> None:
        """Answer the next request that has come meanwhile."""
        if self._busy or self._writing_paused or self._closed:
            return
        if self._waiting:
            self._answer(*self._waiting.popleft())
        elif not self._draining:
            self._transport.resume_reading()

    def _answer(self, request: Request, path: str, keep_alive: bool, takes_chunks: bool) -> None:
        self._busy = True
        self._keep_alive = keep_alive and not (self._half_closed or self._server.stopping)
        self.deadline = inf
        front = self._server.front
        began = monotonic()
        if is_page(path):
            self._submit(
                lambda: called(front.pages, request), lambda answer: self._send_page(request, answer)
            )
            return

        def send(response: Response) -> None:
            self._send(request, response, began)

        if path in _AT_ONCE and front.has_loaded_admin:
            send(front.admin(request))
        elif is_admin(path):
            self._submit(
                lambda: front.begin_admin(request),
                lambda answer: self._await(request, answer, send),
            )
        elif len(request.body) > _LARGE or front.engine.upstream is not None:
            self._submit(lambda: front.contract(request), send)
        else:
            try:
                response = front.contract(request, may_stream=takes_chunks)
            except Exception as error:
                self._fail(error)
                return
            send(response)

    def _submit(self, call: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Have a worker call, and give what it returns to `then` in the event loop."""
        loop = self._server.loop

        def job() -> None:
            try:
                result = call()
            except Exception as error:
                finished: tuple[Callable[[Any], None], Any] = self._fail, error
            else:
                finished = then, result
            try:
                loop.call_soon_threadsafe(self._unless_closed, *finished)
            except RuntimeError:  # the loop was closed meanwhile
                return

        self._server.workers.submit(job)

    def _unless_closed(self, then: Callable[[Any], None], result: Any) -> None:
        if not self._closed:
            then(result)
        elif isinstance(result, AwaitedResponse):
            result.finish()

    def _await(
        self, request: Request, answer: Response | AwaitedResponse, send: Callable[[Response], None]
    ) -> None:
        """Send the answer to an admin call when nothing must be waited for any more."""
        if not isinstance(answer, AwaitedResponse):
            send(answer)
            return

        def finish() -> None:
            if self._finish_wait is finish:
                self._finish_wait = None
                self._cancel_timer()
                response = self._server.front.finish_admin(request, answer.finish())
                if not self._closed:
                    send(response)

        self._finish_wait = finish
        if self._server.stopping:
            finish()
            return
        self._later(answer.timeout, finish)

        def wake() -> None:
            self._server.loop.call_soon_threadsafe(finish)

        answer.when_over(wake)

    def _send(self, request: Request, response: Response, began: float) -> None:
        delivery = response.delivery
        if self._server.log is not None:
            seconds = monotonic() - began + delivery.wait
            self._server.log.add(request, response.status, response.headers, seconds)
        if response.stream is not None:
            self._stream = response.stream
            self._write(request, response.status, response.headers.items(), b"", framing=_CHUNKED)
            self._send_piece()
        elif delivery is PROMPT:
            self._write(request, response.status, response.headers.items(), response.body)
            self._finish()
        elif delivery.wait:
            self._later(delivery.wait, lambda: self._deliver(request, response))
        else:
            self._deliver(request, response)

    def _deliver(self, request: Request, response: Response) -> None:
        """Send a response whose wait is over."""
        delivery = response.delivery
        if delivery.reset:
            self._reset()
            return
        if delivery.cut is not None:
            self._keep_alive = False
        headers, announced = response.headers.items(), _length(response.body)
        sent = pieces(response.body, delivery)
        if delivery.pace is None:
            body = b"".join(piece for piece, _ in sent)
            self._write(request, response.status, headers, body, framing=announced)
            self._finish()
        else:
            self._write(request, response.status, headers, b"", framing=announced)
            self._send_next(sent)

    def _send_piece(self) -> None:
        """Send the next piece of a stream as a chunk (RFC 9112, section 7.1). Others are answered before the
        piece after it."""
        stream = self._stream
        if stream is None or self._closed or self._writing_paused:
            return  # resume_writing goes on
        try:
            piece = next(stream, None)
        except Exception:
            # Too late for a 500: without the last chunk the client sees that something is missing.
            log.exception("a response failed while it was sent")
            self.abort()
            return
        if piece is None:
            self._stream = None
            self._transport.write(b"0\r\n\r\n")
            self._finish()
            return
        if piece:
            self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if not self._writing_paused:
            self._server.loop.call_soon(self._send_piece)

    def _send_next(self, sent: Iterator[tuple[bytes, float]]) -> None:
        """Send the pieces of a body, each after its seconds."""
        following = next(sent, None)
        if following is None:
            self._finish()
            return
        piece, seconds = following

        def send() -> None:
            if not self._writing_paused:  # else the client is slower than the fault
                self._transport.write(piece)
                self._send_next(sent)
            else:
                self._later(seconds, send)

        self._later(seconds, send)

    def _send_page(self, request: Request, answer: tuple[int, list[tuple[str, str]], bytes]) -> None:
        status, headers, body = answer
        if self._server.log is not None:
            self._server.log.add(request, status, {}, 0.0)
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        self._write(request, status, kept, body)
        self._finish()

    def _write(
        self, request: Request, status: int, headers: Headers, body: bytes, *, framing: str = ""
    ) -> None:
        """Send a head and a body. framing: the header that says where the body ends, where that is not the
        length of this one."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
            lines = "".join([f"{name}: {_on_one_line(value)}\r\n" for name, value in headers])
        head = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} Status\r\n"
        if status in _BODILESS or request.method == "HEAD":
            framing, body = "", b""
        else:
            framing = framing or _length(body)
        common = self._server.common_headers
        close = "" if self._keep_alive else "Connection: close\r\n"
        text = f"{head}{lines}{framing}{common}{close}\r\n"
        self._transport.write(text.encode("latin-1", "replace") + body)

    def _finish(self) -> None:
        """A response was sent."""
        self._busy = False
        if not self._keep_alive or (self._draining and not self._waiting):
            self._close()
            return
        if not self._writing_paused:
            self.deadline = monotonic() + self._limits.idle
        if self._waiting:
            self._server.loop.call_soon(self._answer_next)

    # Ends of a connection.

    def _refuse(self, status: int, detail: str) -> None:
        """Answer what cannot be read as a request, and close the connection."""
        if self._draining or self._closed:
            return
        self._draining = True
        if self._busy or self._waiting:  # the answers to earlier requests come first, and the end after them
            return
        self._keep_alive = False
        problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        headers = [("Content-Type", "application/problem+json")]
        self._write(Request("GET", ""), status, headers, dumps({**problem, "detail": detail}))
        self.deadline = monotonic() + _DRAIN
        if self._transport.can_write_eof():
            try:
                self._transport.write_eof()
            except OSError:  # the client has reset the connection, which is not noticed yet
                self.abort()

    def _refuse_bytes(self, error: httptools.HttpParserError) -> None:
        if isinstance(error, httptools.HttpParserCallbackError):
            self._fail(error)
        elif isinstance(error, httptools.HttpParserInvalidMethodError):
            self._refuse(501, "The method is not known.")
        else:
            self._refuse(400, f"The request is not valid HTTP ({error}).")

    def _refuse_head(self) -> None:
        self._refuse(431, f"The request line and headers are longer than {self._limits.head} bytes.")

    def _refuse_large(self) -> None:
        self._refuse(413, f"The body is longer than {self._limits.body} bytes; --max-body-mib allows more.")

    def _fail(self, error: BaseException) -> None:
        """A bug of ours."""
        log.error("a request failed", exc_info=error)
        self._keep_alive = False
        self._write(
            Request("GET", ""),
            500,
            [("Content-Type", "application/json")],
            dumps({"detail": "Internal Server Error"}),
        )
        self._finish()

    def _reset(self) -> None:
        """Close the connection without sending the rest, which resets it (RFC 9293, section 3.5.2)."""
        transport_socket = self._transport.get_extra_info("socket")
        transport_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _close(self) -> None:
        """Close the connection as soon as everything written is sent."""
        self._cancel_timer()
        self._closed = True
        self.deadline = monotonic() + _FLUSH
        self._transport.close()

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        """Continue after this time."""
        if self._server.stopping:
            self._close()
            return

        def go_on() -> None:
            self._timer = None
            then()

        self._timer = self._server.loop.call_later(seconds, go_on)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _length(body: bytes) -> str:
    return f"Content-Length: {len(body)}\r\n"


def _target(url: bytes) -> tuple[str, str]:
    """The percent-decoded path and the query string of a request target (RFC 9112, section 3.2)."""
    if not url.startswith((b"/", b"*")):  # absolute form
        url = b"/" + url.partition(b"://")[2].partition(b"/")[2]
    path, _, query = url.partition(b"#")[0].partition(b"?")
    if b"%" in path:
        path = unquote_to_bytes(path)
    return path.decode("utf-8", "replace"), query.decode("latin-1")


def _on_one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")
