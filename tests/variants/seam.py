"""Where a transformation is put on: between a WSGI application and its caller, request and answer in hand."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import yaml
from werkzeug.test import run_wsgi_app

OPENAPI = Path(__file__).resolve().parents[2] / "openapi"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. operation: the id of the one it is for, empty where it is for none. at: its path values."""

    environ: Mapping[str, Any] = field(repr=False)
    body: bytes
    operation: str = ""
    at: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path, decoded."""
        return str(self.environ.get("PATH_INFO", ""))

    def header(self, name: str) -> str | None:
        """A header's value, None where it was not sent."""
        found = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return None if found is None else str(found)

    def query(self) -> dict[str, str]:
        """The query's values, the last one of each name."""
        return dict(parse_qsl(str(self.environ.get("QUERY_STRING", "")), keep_blank_values=True))

    def with_environ(self, **changed: Any) -> Asked:
        """The request with other parts of its environment."""
        return replace(self, environ={**self.environ, **changed})

    def with_query(self, **added: str) -> Asked:
        """The request with these query values set; the others keep their text."""
        kept = {name: value for name, value in self.query().items() if name not in added}
        return self.with_environ(QUERY_STRING=urlencode({**kept, **added}))

    def with_body(self, body: bytes) -> Asked:
        """The request with another body."""
        return replace(self.with_environ(CONTENT_LENGTH=str(len(body))), body=body)

    def without_environ(self, name: str) -> Asked:
        """The request without a part of its environment."""
        return replace(self, environ={key: value for key, value in self.environ.items() if key != name})

    def without_header(self, name: str) -> Asked:
        """The request as if a header had not been sent."""
        dropped = "HTTP_" + name.upper().replace("-", "_")
        return replace(self, environ={key: value for key, value in self.environ.items() if key != dropped})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, its headers in order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def value(self) -> Any:
        """The JSON value of the body; None where there is none."""
        return json.loads(self.body) if self.body else None

    def with_value(self, value: Any, **dumping: Any) -> Answer:
        """The answer with another JSON body."""
        kept = self.headers if self.body else (*self.headers, ("Content-Type", "application/json"))
        dumped = json.dumps(value, **{"ensure_ascii": False, **dumping}).encode("utf-8", "backslashreplace")
        return replace(self, headers=kept, body=dumped)

    def with_body(self, body: bytes) -> Answer:
        """The answer with another body, of whatever kind."""
        return replace(self, body=body)

    def with_status(self, status: int) -> Answer:
        """The answer with another status."""
        return replace(self, status=status)

    def with_headers(self, **headers: str) -> Answer:
        """The answer with these headers (underscores for hyphens) in place of those of the same name."""
        new = {name.replace("_", "-"): value for name, value in headers.items()}
        names = {name.lower() for name in new}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in names)
        return replace(self, headers=(*kept, *new.items()))

    def without_headers(self, *names: str) -> Answer:
        """The answer without headers of these names."""
        dropped = {name.lower() for name in names}
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() not in dropped))

    def empty(self, status: int) -> Answer:
        """An answer of this status without content."""
        return replace(self.without_headers("content-type"), status=status, body=b"")


Serve = Callable[[Asked], Answer]
Transformation = Callable[[Asked, Serve], Answer]


def transformed(app: Wsgi, transformation: Transformation, *, contract: str) -> Wsgi:
    """The application behind a transformation."""

    def serve(asked: Asked) -> Answer:
        environ = {**asked.environ, "wsgi.input": io.BytesIO(asked.body)}
        body, status, headers = run_wsgi_app(app, environ)
        return Answer(int(status.split()[0]), tuple(headers), b"".join(body))

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = transformation(_asked(environ, contract), serve).without_headers("content-length")
        length = [] if answer.status == 204 else [("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} -", [*answer.headers, *length])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    return wrapped


def _asked(environ: Mapping[str, Any], contract: str) -> Asked:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    chunked = bool(environ.get("wsgi.input_terminated"))
    body = environ["wsgi.input"].read() if chunked else environ["wsgi.input"].read(length)
    for operation, method, path in routes(contract):
        match = path.fullmatch(str(environ.get("PATH_INFO", "")))
        if match and method == environ["REQUEST_METHOD"]:
            return Asked(environ, body, operation, match.groupdict())
    return Asked(environ, body)


@cache
def routes(contract: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Each operation's id, method and path, as the contract's specification says."""
    spec = yaml.safe_load((OPENAPI / f"{contract}.yaml").read_text(encoding="utf-8"))
    prefix = re.escape(urlsplit(spec["servers"][0]["url"]).path)
    return tuple(
        (
            operation["operationId"],
            method.upper(),
            re.compile(prefix + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)),
        )
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    )
