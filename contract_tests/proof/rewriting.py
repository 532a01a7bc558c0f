"""A proxy that changes some exchanges: plants a defect in a server whose source stays as it is."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from contract_tests.openapi.pointers import parts
from contract_tests.proof.plan import Rule

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
"""Headers that concern one connection (RFC 9110, section 7.6.1), or that are written again here."""

_TIMEOUT = 60
"""The seconds that the server may take to answer."""


@dataclass
class _Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass
class _Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class _Planted:
    """A rule with what it keeps between exchanges.

    prefix: the path of the base URL. pattern: the paths that the rule speaks of. seen: how many exchanges
    matched. remembered: the first answers by their request's address.
    """

    rule: Rule
    prefix: str
    pattern: re.Pattern[str]
    seen: int = 0
    remembered: dict[str, _Response] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def matches(self, request: _Request) -> bool:
        """Whether the rule speaks of this request."""
        names = {name for name, _ in request.query}
        methods = {method.upper() for method in self.rule.methods}
        return (
            (not methods or request.method in methods)
            and self.pattern.fullmatch(request.path) is not None
            and names.issuperset(self.rule.with_query)
        )

    def is_due(self) -> bool:
        """Count a matching exchange; whether it is one that the rule changes."""
        with self.lock:
            self.seen += 1
            return self.seen % self.rule.every == 0


@contextmanager
def defective(base_url: str, rules: Sequence[Rule]) -> Iterator[str]:
    """The base URL of a proxy in front of a server, by whose rules exchanges are changed.

    base_url: that of the server, http.
    """
    upstream = urlsplit(base_url)
    prefix = upstream.path.rstrip("/")
    planted = [_Planted(rule, prefix, _pattern(prefix, rule.path)) for rule in rules]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if self.parse_request():
                _relay(self, upstream.hostname or "", upstream.port or 80, planted)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of the base class
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
        finally:
            server.shutdown()


def _pattern(prefix: str, template: str) -> re.Pattern[str]:
    """The paths of a template below the base URL; all of them for an empty template."""
    if not template:
        return re.compile(".*", re.DOTALL)
    segments = [_segment(segment) for segment in template.split("/")]
    return re.compile(re.escape(prefix) + "/".join(segments))


def _segment(segment: str) -> str:
    is_name = re.fullmatch(r"\{(\w+)\}", segment)
    return f"(?P<{is_name[1]}>[^/]+)" if is_name else re.escape(segment)


def _relay(handler: BaseHTTPRequestHandler, host: str, port: int, planted: Sequence[_Planted]) -> None:
    path, _, query = handler.path.partition("?")
    request = _Request(
        method=handler.command,
        path=path,
        query=parse_qsl(query, keep_blank_values=True),
        headers=[(name, value) for name, value in handler.headers.items() if name.lower() not in _HOP_BY_HOP],
        body=_read_body(handler),
    )
    active = [each for each in planted if each.matches(request) and each.is_due()]
    unchanged = not any(_changes_query(each.rule) for each in active)
    changed = request
    for each in active:
        changed = _changed_request(changed, each)
    response = _answer(changed, active, handler.path if unchanged else "", host=host, port=port)
    for each in active:
        if not each.rule.statuses or response.status in each.rule.statuses:
            response = _changed_response(response, each, request.address)
    _write(handler, response)


def _read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The body of a request, in chunks or of a known length."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    chunks = []
    while size := int(handler.rfile.readline().split(b";")[0] or b"0", 16):
        chunks.append(handler.rfile.read(size))
        handler.rfile.readline()
    while handler.rfile.readline().strip():
        pass  # trailers
    return b"".join(chunks)


def _changes_query(rule: Rule) -> bool:
    return bool(rule.drop_query or rule.set_query or rule.send_to)


def _answer(request: _Request, active: Sequence[_Planted], raw: str, *, host: str, port: int) -> _Response:
    """The answer of a rule, or of the server.

    raw: path and query as they came, where no rule changed them: spelled differently they mean the same, but
    a server may judge the spelling.
    """
    for each in active:
        if each.rule.answer is not None:
            body = b"" if each.rule.answer.body is None else json.dumps(each.rule.answer.body).encode()
            headers = [("Content-Type", "application/json")] if body else []
            return _Response(each.rule.answer.status, headers, body)
    address = raw or request.address
    response = _send(request, address, host, port)
    if any(each.rule.twice for each in active):
        _send(request, address, host, port)
    return response


def _send(request: _Request, address: str, host: str, port: int) -> _Response:
    connection = HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.putrequest(request.method, address, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", f"{host}:{port}")
        for name, value in request.headers:
            connection.putheader(name, value.encode("latin-1"))
        if request.body or request.method not in ("GET", "HEAD", "DELETE", "OPTIONS"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        return _Response(answer.status, headers, answer.read())
    except (OSError, HTTPException) as error:
        return _Response(502, [("Content-Type", "text/plain")], f"the proxy got no answer: {error}".encode())
    finally:
        connection.close()


def _changed_request(request: _Request, planted: _Planted) -> _Request:
    rule, match = planted.rule, planted.pattern.fullmatch(request.path)
    values = match.groupdict() if match else {}
    query = [
        (name, value) for name, value in request.query if name not in (*rule.drop_query, *rule.set_query)
    ]
    replaced = {name.lower() for name in rule.send_header}
    headers = [(name, value) for name, value in request.headers if name.lower() not in replaced]
    body = request.body
    if rule.remove_sent or rule.set_sent:
        body = _with_members(body, rule.remove_sent, rule.set_sent)
    return replace(
        request,
        method=rule.send_as.upper() or request.method,
        path=planted.prefix + rule.send_to.format(**values) if rule.send_to else request.path,
        query=[*query, *rule.set_query.items()],
        headers=[*headers, *((name, value) for name, value in rule.send_header.items() if value)],
        body=body,
    )


def _changed_response(response: _Response, planted: _Planted, address: str) -> _Response:
    rule = planted.rule
    if rule.remember:
        with planted.lock:
            response = planted.remembered.setdefault(address, response)
    time.sleep(rule.seconds)
    gone = {name.lower() for name in (*rule.drop_header, *rule.set_header)}
    return _Response(
        status=rule.to_status or response.status,
        headers=[
            *((name, value) for name, value in response.headers if name.lower() not in gone),
            *rule.set_header.items(),
        ],
        body=_changed_body(response.body, rule),
    )


def _changed_body(body: bytes, rule: Rule) -> bytes:
    if rule.set or rule.remove or rule.copy_to or rule.items:
        body = _with_members(body, rule.remove, rule.set, copied=rule.copy_to, items=rule.items)
    for each in rule.replace:
        body = body.replace(each.find.encode(), each.by.encode())
    return body


def _with_members(
    body: bytes,
    removed: Sequence[str],
    added: dict[str, Any],
    *,
    copied: dict[str, str] | None = None,
    items: dict[str, Any] | None = None,
) -> bytes:
    """A JSON body with members changed; a body that is not JSON, or has no such place, as it is."""
    try:
        value = json.loads(body)
    except ValueError:
        return body
    for place, member in (copied or {}).items():
        for holder, key in _places(value, place):
            if isinstance(holder, dict) and key in holder:
                holder[member] = deepcopy(holder[key])
    for place, new in added.items():
        for holder, key in _places(value, place):
            holder[key] = deepcopy(new)
    for place in removed:
        for holder, key in list(_places(value, place)):
            if isinstance(holder, dict):
                holder.pop(key, None)
    value = _with_items(value, items or {})
    return json.dumps(value).encode()


def _with_items(value: Any, items: dict[str, Any]) -> Any:
    """A value with the items of some lists dropped, doubled or reversed."""
    top = {"": value}
    for place, change in items.items():
        for holder, key in _places(top, f"/{place}"):
            found = holder[key] if isinstance(holder, list) else holder.get(key)
            if isinstance(found, list) and found:
                holder[key] = _changed_items(found, change)
    return top[""]


def _changed_items(found: list[Any], change: str) -> list[Any]:
    changes = {
        "drop_first": found[1:],
        "drop_last": found[:-1],
        "double_last": [*found, found[-1]],
        "reverse": found[::-1],
        "keep_first": found[:1],
    }
    return changes[change]


def _places(value: Any, pointer: str) -> Iterator[tuple[Any, Any]]:
    """Holder and key of every place that a pointer names; the last member need not exist in an object."""
    *above, last = parts(pointer) or [""]
    holders = [value]
    for part in above:
        holders = [inner for holder in holders for inner in _inner(holder, part)]
    for holder in holders:
        if isinstance(holder, dict):
            yield from ((holder, key) for key in (list(holder) if last == "*" else [last]))
        elif isinstance(holder, list):
            chosen = range(len(holder)) if last == "*" else _index(holder, last)
            yield from ((holder, index) for index in chosen)


def _inner(holder: Any, part: str) -> list[Any]:
    """The values that one part of a pointer names."""
    if isinstance(holder, dict):
        if part == "*":
            return list(holder.values())
        return [holder[part]] if part in holder else []
    if isinstance(holder, list):
        chosen = range(len(holder)) if part == "*" else _index(holder, part)
        return [holder[index] for index in chosen]
    return []


def _index(holder: list[Any], part: str) -> list[int]:
    return [int(part)] if part.isdecimal() and int(part) < len(holder) else []


def _write(handler: BaseHTTPRequestHandler, response: _Response) -> None:
    handler.send_response_only(response.status)
    for name, value in response.headers:
        handler.send_header(name, value)
    is_empty = response.status in (204, 304)
    if not is_empty:
        handler.send_header("Content-Length", str(len(response.body)))
    handler.end_headers()
    if not is_empty and handler.command != "HEAD":
        handler.wfile.write(response.body)
