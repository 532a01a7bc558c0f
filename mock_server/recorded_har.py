"""HAR files of browsers and proxies as recordings."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mock_server.engine import Engine
from mock_server.errors.startup import StartupError
from mock_server.messages import Request, Response
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.pass_on import record, request_problems
from mock_server.pipeline.routing import match
from mock_server.pipeline.steering import outside_contract
from mock_server.upstream.recording import Recording

_MOST_PREFIX = 4
"""Segments before the paths of a contract that a server may have."""


@dataclass(slots=True)
class ImportedHar:
    """What became of a HAR file. skipped: the number of requests that no contract has an operation for.
    problems: what the contracts do not allow of the others."""

    recorded: int
    skipped: int
    problems: list[str]


def import_file(path: Path, scenario: Path, engine: Engine) -> ImportedHar:
    """Write the responses of a HAR file (1.2) as a scenario. engine: of the contracts that they are for.

    Raises StartupError for a file that cannot be read or written.
    """
    recording = Recording(scenario, about=f"Recorded in {path.name}")
    imported = ImportedHar(0, 0, [])
    for place, entry in _entries(path):
        try:
            request, response = _request(entry["request"]), _response(entry["response"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise StartupError(f"{path}: {place}: is not an entry of a HAR file") from None
        exchange = _matched(request, engine)
        if exchange is None or response.status < 200:
            imported.skipped += 1
            continue
        operation = exchange.route.operation
        problems = [*request_problems(exchange), outside_contract(exchange.route, response)]
        imported.problems += [
            f"{path}: {place}: {operation.contract}.{operation.id}: {problem}"
            for problem in problems
            if problem
        ]
        record(recording, exchange, response)
        imported.recorded += 1
    recording.write()
    return imported


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    """The entries, each with its place. Raises StartupError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        entries = document["log"]["entries"]
    except OSError as error:
        raise StartupError(f"{path}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise StartupError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StartupError(f"{path}: is not a HAR file: log.entries is missing") from None
    if not isinstance(entries, list):
        raise StartupError(f"{path}: log.entries must be a list")
    for number, entry in enumerate(entries):
        yield f"log.entries[{number}]", entry


def _request(sent: Mapping[str, Any]) -> Request:
    url = urlsplit(sent["url"])
    headers = {field["name"].lower(): field["value"] for field in sent["headers"]}
    posted = sent.get("postData") or {}
    if posted.get("mimeType"):
        headers.setdefault("content-type", posted["mimeType"])
    body = (posted.get("text") or "").encode()
    return Request(sent["method"].upper(), unquote(url.path) or "/", url.query, headers, body)


def _response(received: Mapping[str, Any]) -> Response:
    content = received.get("content") or {}
    text = content.get("text") or ""
    try:
        body = b64decode(text) if content.get("encoding") == "base64" else text.encode()
    except Base64Error as error:
        raise ValueError(str(error)) from None
    coded = {"content-encoding", "date", "server"}
    headers = {
        field["name"]: field["value"]
        for field in received["headers"]
        if not field["name"].startswith(":") and field["name"].lower() not in coded
    }
    if content.get("mimeType") and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = content["mimeType"]
    return Response(int(received["status"]), headers, body)


def _matched(request: Request, engine: Engine) -> Exchange | None:
    """The exchange with the operation of a request, whatever stands before the contract's paths on the real
    server; None where there is none."""
    for path in _paths(request.path, engine):
        moved = Request(request.method, path, request.query, request.headers, request.body)
        exchange = Exchange(moved, engine.context, engine.world(), "")
        match(exchange)
        if exchange.unrouted is None:
            return exchange
    return None


def _paths(path: str, engine: Engine) -> Iterator[str]:
    """The path as it is, and with other prefixes."""
    yield path
    prefixes = {mounted.contract.prefix for mounted in engine.context.contracts.values()}
    segments = path.split("/")[1:]
    for count in range(min(_MOST_PREFIX, len(segments) - 1) + 1):
        rest = "/" + "/".join(segments[count:])
        yield from (f"{prefix}{rest}" for prefix in sorted(prefixes) if f"{prefix}{rest}" != path)
