"""The real services that answer operations in the mock's place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from mock_server.contract.json_text import dumps
from mock_server.messages import Request, Response

if TYPE_CHECKING:
    import httpx

    from mock_server.contract.operation import Contract, Operation
    from mock_server.upstream.recording import Recording

_LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a response of the real service."""

_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te"),
        *("trailer", "transfer-encoding", "upgrade", "content-length"),
    }
)
"""Headers of one connection alone (RFC 9110, section 7.6.1)."""

_NOT_SENT = frozenset({*_HOP_BY_HOP, "host", "accept-encoding", "prefer", "expect", "via"})
"""Headers of a request that are about the mock, or that the client library sets."""

_NOT_RETURNED = frozenset({*_HOP_BY_HOP, "content-encoding", "date", "server", "via"})
"""Headers of a response that are the mock's own. The body is passed on decoded."""


@dataclass(frozen=True, slots=True)
class Address:
    """The base URL of a real service. contract: the name of the only one it serves, empty for all."""

    url: str
    contract: str = ""

    def of(self, request: Request, contract: Contract) -> str:
        """The URL of a request. A path of the base URL takes the place of the contract's own prefix."""
        path = request.path
        if urlsplit(self.url).path.strip("/"):
            path = path.removeprefix(contract.prefix)
        query = f"?{request.query}" if request.query else ""
        return f"{self.url.rstrip('/')}{quote(path, safe='/:@!$&()*+,;=~%')}{query}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a real service answered. is_own: whether the mock answers in its place, because it could not be
    reached."""

    response: Response
    is_own: bool = False


class Upstream:
    """The real services of one server, safe to use from several threads."""

    def __init__(
        self,
        addresses: Iterable[Address],
        *,
        operations: Iterable[str] = (),
        seconds: float = 30.0,
        recording: Recording | None = None,
    ) -> None:
        """operations: the names of those that are passed on, qualified or not, with * for any characters;
        empty for all. seconds: that a response may take. recording: is given every answer."""
        self._addresses = tuple(addresses)
        self._operations = tuple(operations)
        self._seconds = seconds
        self.recording = recording
        self._lock = Lock()
        self._client: httpx.Client | None = None
        self._via = f"1.1 mock-server-{token_hex(4)}"

    def address(self, operation: Operation) -> Address | None:
        """Where an operation is passed on to, None where the mock answers it."""
        names = (operation.id, f"{operation.contract}.{operation.id}")
        if self._operations and not any(
            fnmatchcase(name, each) for name in names for each in self._operations
        ):
            return None
        fitting = (each for each in self._addresses if each.contract in {"", operation.contract})
        return min(fitting, key=lambda each: not each.contract, default=None)

    def unknown(self, operations: Iterable[Operation]) -> list[str]:
        """The names of operations that are to be passed on, and that none of these has."""
        names = {name for each in operations for name in (each.id, f"{each.contract}.{each.id}")}
        return [each for each in self._operations if not any(fnmatchcase(name, each) for name in names)]

    def ask(self, request: Request, address: Address, contract: Contract) -> Answer:
        """The answer of the real service, or a 502, 504 or 508 (RFC 9110, RFC 5842) of our own."""
        import httpx

        sent = {
            name: value
            for name, value in request.headers.items()
            if name not in _NOT_SENT and not name.startswith("x-mock-")
        }
        via = request.headers.get("via", "")
        if self._via in via:
            return _own(508, "Loop Detected", f"The upstream {address.url} is this server.")
        sent["via"] = f"{via}, {self._via}" if via else self._via
        try:
            return self._exchanged(request, address.of(request, contract), sent, address)
        except httpx.TimeoutException:
            detail = f"The upstream {address.url} did not answer within {self._seconds:g} s."
            return _own(504, "Gateway Timeout", detail)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = f"The upstream {address.url} could not be reached ({type(error).__name__})."
            return _own(502, "Bad Gateway", detail)

    def _exchanged(self, request: Request, url: str, sent: Mapping[str, str], address: Address) -> Answer:
        """Send a request to the service and return its answer. Raises httpx.HTTPError."""
        with self._opened().stream(
            request.method,
            url,
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
            content=request.body or None,
        ) as reply:
            body = bytearray()
            for piece in reply.iter_bytes():
                body += piece
                if len(body) > _LARGEST_BODY:
                    detail = f"The answer of {address.url} is longer than {_LARGEST_BODY} bytes."
                    return _own(502, "Bad Gateway", detail)
            headers = {
                "-".join(map(str.capitalize, name.split("-"))): value
                for name, value in reply.headers.items()
                if name not in _NOT_RETURNED and not name.startswith(("access-control-", "x-mock-"))
            }
            location = headers.get("Location", "")
            if location.startswith(address.url):
                headers["Location"] = request.base_url + location.removeprefix(address.url.rstrip("/"))
            return Answer(Response(reply.status_code, headers, bytes(body)))

    def close(self) -> None:
        """Close the connections, and write the end of the recording."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
        if self.recording is not None:
            self.recording.close()

    def _opened(self) -> httpx.Client:
        """The client, created at first use: loading httpx and certificates takes about 0.1 s."""
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self._seconds, follow_redirects=False)
            return self._client


def _own(status: int, title: str, detail: str) -> Answer:
    """A refusal of the mock itself: problem details (RFC 9457)."""
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = {"Content-Type": "application/problem+json"}
    return Answer(Response(status, headers, dumps(problem)), is_own=True)
