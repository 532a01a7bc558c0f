"""Replies written by the author of an override, whatever the contract says of the operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, loads
from mock_server.messages import Response, Transmission
from mock_server.object_reader import ObjectReader
from mock_server.overrides.preference import MAX_WAIT, TOKEN
from mock_server.overrides.template import TemplateError, compile_template

MAX_HEADERS = 50
"""The maximum number of headers of a reply."""

NORMAL = "normal"
"""Stands in a sequence for the operation's own reply."""

_BODIES = ("json", "body", "template")
_BODILESS = frozenset({204, 205, 304})
_FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that the server sets: other values would break the connection."""

_NO_BODY: Any = object()


@dataclass(frozen=True, slots=True)
class CustomReply:
    """A reply in place of the operation's own.

    status: of the response. headers: as given. kind: which member gives the body, "json", "body" (a text) or
    "template"; None for the body that is documented for the status, or in which the platform words it.
    content: the value of that member. delay: seconds.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    content: Any = None
    delay: float = 0.0
    _render: Callable[[Mapping[str, Any]], Any] | None = field(default=None, compare=False, repr=False)

    def response(self, values: Mapping[str, Any]) -> Response:
        """The response; for a reply with a body of its own. values: those that a template may use, see
        template.request_values. Raises TemplateError."""
        media_type, body = self._body(values)
        names = {name.lower() for name in self.headers}
        default = {"Content-Type": media_type} if media_type and "content-type" not in names else {}
        return Response(self.status, {**default, **self.headers}, body, Transmission(wait=self.delay))

    def _body(self, values: Mapping[str, Any]) -> tuple[str, bytes]:
        """Media type and bytes."""
        if self.kind == "body":
            return "text/plain; charset=utf-8", str(self.content).encode()
        if self.kind == "json":
            return "application/json", dumps(self.content)
        rendered = None if self._render is None else self._render(values)
        if not isinstance(self.content, str):
            return "application/json", dumps(rendered)
        body = str(rendered).encode("utf-8", "replace")
        return ("application/json" if _is_json_text(body) else "text/plain; charset=utf-8"), body

    def to_json(self) -> dict[str, Any]:
        """The reply in the form that `read_reply` accepts."""
        document: dict[str, Any] = {"status": self.status}
        if self.headers:
            document["headers"] = dict(self.headers)
        if self.kind is not None:
            document[self.kind] = self.content
        if self.delay:
            document["delay"] = self.delay
        return document


def read_reply(reader: ObjectReader) -> CustomReply:
    """The reply in a reader, all of it. Raises MemberError."""
    status = reader.integer("status", 200, 599) or 200
    headers = _headers(reader)
    kinds = [name for name in _BODIES if name in reader]
    if len(kinds) > 1:
        raise reader.refuse(kinds[1], f"cannot stand beside {kinds[0]}: a reply has one body")
    contents = {name: reader.take(name) for name in _BODIES}
    delay = reader.number("delay", 0, MAX_WAIT) or 0.0
    reader.done()
    if not kinds:
        return CustomReply(status, headers, delay=delay)
    kind = kinds[0]
    content = contents[kind]
    if status in _BODILESS:
        raise reader.refuse(kind, f"a response with status {status} has no body (RFC 9110)")
    if kind == "body" and not isinstance(content, str):
        raise reader.refuse("body", "must be a text; json is for JSON values")
    render = None
    if kind == "template":
        try:
            render = compile_template(content)
        except TemplateError as error:
            raise reader.refuse("template", str(error)) from None
    return CustomReply(status, headers, kind, content, delay, render)


def _headers(reader: ObjectReader) -> dict[str, str]:
    given = reader.take("headers")
    if given is None:
        return {}
    if not isinstance(given, Mapping) or len(given) > MAX_HEADERS:
        raise reader.refuse("headers", f"must be an object with at most {MAX_HEADERS} headers")
    inside = ObjectReader(given, f"{reader.place}/headers")
    for name, value in given.items():
        if not _may_be_set(name):
            raise inside.refuse(name, "is not the name of a header that a reply may set")
        if not _is_header_text(value):
            raise inside.refuse(name, "must be a text of at most 4000 printable ASCII characters")
    return dict(given)


def settable_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of the headers that a reply may set."""
    settable = {
        name: value for name, value in headers.items() if _may_be_set(name) and _is_header_text(value)
    }
    return dict(list(settable.items())[:MAX_HEADERS])


def _may_be_set(name: str) -> bool:
    return bool(re.fullmatch(TOKEN, name)) and name.lower() not in _FRAMING


def _is_header_text(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[\t -~]{0,4000}", value))


def _is_json_text(body: bytes) -> bool:
    try:
        loads(body)
    except (MalformedError, UndecodableError):
        return False
    return True
