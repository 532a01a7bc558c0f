"""Entries as an HTTP Archive (HAR), version 1.2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote, urlencode

from mock_server.journal.entry import Entry, Message
from mock_server.redaction import MASKED

_HTTP = "HTTP/1.1"
_PHRASES: Mapping[int, str] = {status.value: status.phrase for status in HTTPStatus}
_REDACTED = "Secrets are masked; a body that is not JSON, or is long, is left out."


def as_har(entries: Iterable[Entry]) -> dict[str, Any]:
    """The archive's JSON object.

    Members of our own begin with an underscore, as the format demands. Cookies are not listed, because their
    values are masked with their headers.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "mock-server", "version": _version()},
            "entries": [_entry(entry) for entry in entries],
            "comment": _REDACTED,
        }
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "startedDateTime": entry.started,
        "time": entry.duration_ms,
        "request": _request(entry),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": entry.duration_ms, "receive": 0},
        "_id": entry.id,
        "_world": entry.world,
        "_operation": f"{entry.contract}.{entry.operation}" if entry.operation else "",
    }


def _request(entry: Entry) -> dict[str, Any]:
    sent = entry.request
    request = {
        "method": entry.method,
        "url": _url(entry),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(sent.headers),
        "queryString": [{"name": name, "value": value} for name, value in entry.query],
        "headersSize": -1,
        "bodySize": sent.size,
    }
    return {**request, "postData": _post_data(sent)} if sent.size else request


def _post_data(sent: Message) -> dict[str, Any]:
    return {"mimeType": sent.media_type, "params": [], "text": sent.body or "", "comment": _REDACTED}


def _response(entry: Entry) -> dict[str, Any]:
    replied = entry.response
    content: dict[str, Any] = {"size": replied.size, "mimeType": replied.media_type}
    if replied.body is not None:
        content["text"] = replied.body
    return {
        "status": entry.status,
        "statusText": _PHRASES.get(entry.status, ""),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(replied.headers),
        "content": content,
        "redirectURL": replied.headers.get("location", ""),
        "headersSize": -1,
        "bodySize": replied.size,
        "comment": entry.delivery,
    }


def _headers(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _url(entry: Entry) -> str:
    """The request's address; a masked host is replaced by localhost."""
    host = entry.request.headers.get("host", MASKED)
    query = f"?{urlencode(entry.query)}" if entry.query else ""
    shown_host = "localhost" if host == MASKED else host
    return f"http://{shown_host}{quote(entry.path, safe='/:@!$&()*+,;=~')}{query}"


def _version() -> str:
    try:
        return version("connector-contracts")
    except PackageNotFoundError:
        return "0"
