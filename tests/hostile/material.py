"""Makes hostile requests from a seed: texts, bodies and headers that clients should not send."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from mock_server.data import contract_names, fixtures_dir, openapi_dir
from mock_server.yaml_file import read_yaml

TEXTS: tuple[str, ...] = (
    *("", " ", ".", "..", "/", "\\", "%", "%00", "{", "}", "{}", "{0}", "{key}", "{key.__class__.__mro__}"),
    *("{key:>500000000}", "{0.__init__.__globals__}", "%s", "%n%n%n", "%(key)s", "$ref", "${7*7}", "{{7*7}}"),
    *(
        "\x00",
        "a\x00b",
        "\r\n",
        "a\r\nX-Injected: 1",
        "\ud83d\ude00",
        "\u202e",
        "\ufeff",
        "\ufffe",
        "é",
        "ß" * 300,
    ),
    *(
        "-1",
        "0",
        "1e999",
        "-0",
        "NaN",
        "Infinity",
        "9" * 400,
        "0x41",
        "1_000",
        "٣",
        "true",
        "null",
        "undefined",
    ),
    *("(" * 60, "[" * 60, "a" * 30 + "!", "(a+)+$", ".*" * 40, "^(([a-z])+.)+[A-Z]([a-z])+$", "\\", "[", "*"),
    *(
        "/etc/passwd",
        "../../../../etc/passwd",
        "..%2f..%2fetc/passwd",
        "file:///dev/zero",
        "C:\\x",
        "/dev/zero",
    ),
    *("' OR 1=1 --", "<script>alert(1)</script>", "&amp;", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "`id`", "$(id)"),
    *(
        "1.0.0.0.0.0",
        "2026-02-30",
        "9999-12-31T23:59:60Z",
        "0000-00-00",
        "00000000-0000-0000-0000-000000000000",
    ),
    *(
        "__proto__",
        "constructor",
        "__class__",
        "self",
        "default",
        "x" * 5000,
        "a/" * 500,
        "http://[",
        "//@:/?#",
    ),
)
"""Texts that break what formats, matches, decodes, opens or counts them."""

HOSTS = (
    *("[::1", "[1234]", "xn--a.localhost", "a!b.example", "", ":", "a:b:c", "127.0.0.1:99999", "localhost:x"),
    *(
        "ümlaut.localhost",
        "..localhost",
        "-.localhost",
        "a" * 300 + ".localhost",
        "localhost:4010",
        "[::1]:80",
    ),
)
ORIGINS = ("http://[", "null", "", "://", "http://a@b", "http://localhost:1", "x", "http://[::1", "file://")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
HEADERS = (
    *("accept", "accept-encoding", "accept-language", "authorization", "content-type", "cookie", "forwarded"),
    *(
        "idempotency-key",
        "if-match",
        "if-none-match",
        "prefer",
        "range",
        "referer",
        "traceparent",
        "user-agent",
    ),
    *("x-api-key", "x-forwarded-for", "x-forwarded-host", "x-http-method-override", "x-proxy-key", "te"),
    *("access-control-request-method", "access-control-request-headers", "x-mock-world", "sec-fetch-site"),
)
MEDIA_TYPES = (
    *(
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "multipart/form-data",
        "a/b/c",
        ";",
    ),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/xml", "*/*", "é"),
)
ADMIN_PATHS = (
    *("", "/", "/health", "/worlds", "/worlds/{}", "/worlds/{}/requests", "/worlds/{}/requests/count"),
    *("/worlds/{}/requests/har", "/worlds/{}/requests/near-misses", "/worlds/{}/collections", "/explain/{}"),
    *("/worlds/{}/collections/{}/{}", "/worlds/{}/collections/{}/{}/{}", "/worlds/{}/clock", "/contracts"),
    *("/contracts/{}/openapi.json", "/snapshots/{}", "/snapshots/{}/file", "/compare", "/scenarios", "/{}"),
    *("/ui/worlds/{}", "/ui/worlds/{}/requests", "/ui/{}", "/static/{}", "/worlds/{}/faults/{}", "/reload"),
)
"""Paths that only read, or that refuse what is sent to them."""


_MEMBERS = ("name", "credential", "variables", "provider_slug", "scope_config", "status", "id")
_NUMBERS = ("1e999", "-0", "1" * 400, "1" * 5000, "NaN", "0.1e-400")
_NO_JSON = (
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"nul",
    b"{",
    b'{"a"',
    b"'a'",
    b"{} {}",
    b"\x00",
    b"\xed\xa0\x80",
)
_SURROGATES = (b'"\\ud800"', b'{"\\udfff": 1}', b'{"a": "\\u0000"}', b'"\\ud800\\u0041"')
_DEPTHS = (5, 190, 250, 3000)


def _member(rng: Random, value: str) -> bytes:
    return f'{{"{rng.choice(_MEMBERS)}": {value}}}'.encode("utf-8", "replace")


_BODIES: tuple[Callable[[Random, str], bytes], ...] = (
    lambda _rng, _text: b"",
    lambda rng, text: _member(rng, json.dumps(text)),
    lambda rng, text: json.dumps({text: [text], rng.choice(_MEMBERS): {text: None}}).encode(),
    lambda rng, _text: _member(rng, rng.choice(_NUMBERS)),
    lambda rng, _text: _member(rng, "[" * (deep := rng.choice(_DEPTHS)) + "]" * deep),
    lambda rng, _text: b'{"a":' * (deep := rng.choice(_DEPTHS)) + b"1" + b"}" * deep,
    lambda rng, _text: rng.choice((b"[", b'{"a":', b"<a>")) * rng.choice(_DEPTHS),
    lambda rng, _text: rng.choice(_SURROGATES),
    lambda _rng, text: b'{"a": 1, "a": 2, "a": ' + json.dumps(text).encode() + b"}",
    lambda rng, _text: rng.choice(_NO_JSON),
    lambda rng, _text: (
        b'--b\r\nContent-Disposition: form-data; name="' + rng.randbytes(5) + b'"\r\n\r\nx\r\n--b--'
    ),
    lambda rng, _text: b"a=%ff&b[c][d][e]=1&=&[]=" + b"&x=1" * rng.choice((1, 2000)),
    lambda _rng, _text: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bb'>]><a>&b;</a>",
    lambda rng, _text: rng.randbytes(rng.choice((1, 100, 20_000))),
)
"""Make a body. Given a hostile text."""

_END = b"\r\n\r\n"
_LONG = (9_000, 70_000, 300_000)
_LENGTHS = (b"-1", b"+5", b"1e3", b"", b"0x5", b"9" * 5, b"9" * 20, b"9" * 5000, b"3\r\nContent-Length: 4")
_CODINGS = (b"gzip", b"chunked, identity", b"x", b"", b"chunked\r\nContent-Length: 3")
_LINES = (b"X A: b", b"X\x00: b", b": b", b"X", b"X: a\x00b", b"\xff: a", b" X: b", b"X: " + b"a" * 70_000)
_CHUNKS = (
    *(b"5\r\nabcde\r\n0" + _END, b"5\r\nab\r\n0" + _END, b"-1" + _END, b"z\r\n", b"5;" + b"a" * 70_000),
    *(b"f" * 20 + b"\r\n", b"5\r\nabcdeX\r\n", b"0\r\nX: " + b"a" * 70_000 + _END, b"5\nabcde\n0\n\n"),
)
_TARGETS = (b"http://[/", b"*", b"", b"\xff", b"/\x00", b"a b", b"//", b"?", b"/%", b"http://a@b:c/")
_VERSIONS = (b"0.9", b"2.0", b"9.9", b"1", b"1.1.1", b"x", b"1.1\r\nHost: a")

_ENDINGS: tuple[Callable[[Random, bytes], bytes], ...] = (
    lambda _rng, body: b"Content-Length: %d" % (len(body) + 10) + _END + body,
    lambda _rng, body: b"Content-Length: %d" % max(0, len(body) - 5) + _END + body,
    lambda rng, body: b"Content-Length: " + rng.choice(_LENGTHS) + _END + body,
    lambda rng, _body: b"Transfer-Encoding: " + rng.choice(_CODINGS) + _END + b"0" + _END,
    lambda rng, _body: b"Transfer-Encoding: chunked" + _END + rng.choice(_CHUNKS),
    lambda rng, _body: (
        b"".join(b"X-%d: a\r\n" % number for number in range(rng.choice((90, 2000)))) + b"\r\n"
    ),
    lambda rng, _body: rng.choice(_LINES) + _END,
    lambda rng, _body: b"Expect: " + rng.choice((b"100-continue", b"x")) + b"\r\nContent-Length: 8" + _END,
    lambda _rng, _body: b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x" + _END,
)
"""End a request after its first lines. Given the body it would have."""

_BROKEN: tuple[Callable[[Random], bytes], ...] = (
    lambda rng: b"GET /" + b"a" * rng.choice(_LONG) + b" HTTP/1.1\r\nHost: a" + _END,
    lambda rng: b"GET " + rng.choice(_TARGETS) + b" HTTP/1.1\r\nHost: a" + _END,
    lambda rng: b"GET / HTTP/" + rng.choice(_VERSIONS) + b"\r\nHost: a" + _END,
    lambda rng: rng.choice((b"GET / HTTP/1.1\n\n", b"GET / HTTP/1.1" + _END, b"GET /\r\n", b"")),
    lambda rng: rng.choice((b"BREW", b"get", b"G\x00T", b"A" * 5000)) + b" / HTTP/1.1\r\nHost: a" + _END,
    lambda _rng: b"PRI * HTTP/2.0\r\n\r\nSM" + _END,
    lambda rng: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(64),
    lambda rng: rng.randbytes(rng.choice((1, 30, 3000))),
    lambda rng: b"\r\n" * rng.choice((1, 3000)),
)
"""Make bytes that are no request, or a broken one."""


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """A request that HTTP permits. target: path and query, percent-encoded. headers: without Host and without
    those of the body's length."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    host: str


class Material:
    """Hostile requests from a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)  # noqa: S311 - chooses requests
        self._operations = tuple(_operations())
        self._credentials = tuple(_credentials())

    def request(self) -> HostileRequest:
        """The next request."""
        rng = self._rng
        method, template = rng.choice(self._operations)
        path = "/".join(self._filled(segment) for segment in template.split("/"))
        headers: list[tuple[str, str]] = []
        body = b""
        if rng.random() < 0.15:
            admin = rng.choice(ADMIN_PATHS)
            while "{}" in admin:
                admin = admin.replace("{}", self._quoted(), 1)
            method, path = rng.choice(("GET", "HEAD", "GET", "OPTIONS")), f"/__admin{admin}"
        elif rng.random() < 0.1:
            path = "/" + "/".join(self._quoted() for _ in range(rng.randrange(6)))
        if rng.random() < 0.1:
            method = rng.choice(METHODS)
        query = "&".join(self._pair() for _ in range(rng.choice((0, 0, 1, 2, 30))))
        if rng.random() < 0.8:
            headers.append(("authorization", f"Bearer {rng.choice(self._credentials)}"))
        headers += [(rng.choice(HEADERS), self._header_value()) for _ in range(rng.choice((0, 0, 1, 3)))]
        if rng.random() < 0.1:
            headers.append(("origin", rng.choice(ORIGINS)))
        if method not in {"GET", "HEAD"}:
            body = self._body()
            if rng.random() < 0.9:
                kind = "application/json" if rng.random() < 0.8 else rng.choice(MEDIA_TYPES)
                headers.append(("content-type", kind))
        host = rng.choice(HOSTS) if rng.random() < 0.1 else "127.0.0.1:4010"
        return HostileRequest(method, f"{path}?{query}" if query else path, tuple(headers), body, host)

    def payload(self) -> bytes:
        """The bytes of the next connection, which break HTTP itself."""
        rng = self._rng
        if rng.random() < 0.4:
            sent = rng.choice(_BROKEN)(rng)
        else:
            good = self.request()
            head = f"{good.method} {good.target} HTTP/1.1\r\nHost: localhost\r\n".encode("utf-8", "replace")
            sent = head + rng.choice(_ENDINGS)(rng, good.body or b'{"a": 1}')
        return sent[: rng.randrange(len(sent) + 1)] if rng.random() < 0.3 else sent

    def _filled(self, segment: str) -> str:
        """A segment of a path template with its parameter filled in."""
        if not segment.startswith("{"):
            return segment if self._rng.random() < 0.98 else self._quoted()
        return self._quoted() if self._rng.random() < 0.7 else "1"

    def _text(self) -> str:
        return self._rng.choice(TEXTS)

    def _quoted(self) -> str:
        """A text as a segment of a path: encoded, or as far as HTTP permits it as it is."""
        text = self._text()
        if self._rng.random() < 0.1:
            return "".join(f"%{byte:02X}" for byte in self._rng.randbytes(4))
        permitted = "".join(
            character for character in text if "!" <= character <= "~" and character not in "?#"
        )
        return permitted if self._rng.random() < 0.3 else quote(text, safe="", errors="surrogatepass")

    def _pair(self) -> str:
        rng = self._rng
        name = rng.choice(("limit", "page", "per_page", "sort", "include", "filter", "cursor", "offset", "q"))
        if rng.random() < 0.3:
            name = self._quoted()
        return f"{name}{rng.choice(('', '=', '[]=', '[a]=', '[[=', '=&='))}{self._quoted()}"

    def _header_value(self) -> str:
        """A text that a header may carry: one line, each character one byte."""
        text = self._text() if self._rng.random() < 0.8 else f"Bearer {self._text()}"
        encoded = text.encode("utf-8", "replace").decode("latin-1")
        return "".join(one if one >= " " and one != "\x7f" else " " for one in encoded).strip()[:4000]

    def _body(self) -> bytes:
        make = self._rng.choice(_BODIES)
        return make(self._rng, self._text())


def _operations() -> Sequence[tuple[str, str]]:
    operations: list[tuple[str, str]] = []
    for contract in contract_names():
        document = read_yaml(openapi_dir() / f"{contract}.yaml")
        server = str(document["servers"][0]["url"])
        prefix = "/" + server.split("://", 1)[-1].partition("/")[2] if "://" in server else server
        for path, methods in document["paths"].items():
            operations += [
                (method.upper(), prefix.rstrip("/") + path) for method in methods if method.upper() in METHODS
            ]
    return operations


def _credentials() -> Sequence[str]:
    return [
        text
        for contract in contract_names()
        for principal in read_yaml(fixtures_dir() / contract / "principals.yaml")["principals"]
        for text in principal["credentials"].values()
    ]
