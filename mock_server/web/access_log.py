"""One line per request, without anything that can carry a credential.

A line has no query string and no header, and the path as the journal keeps it.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from mock_server.engine import Engine
from mock_server.journal.entry import Entry
from mock_server.messages import Request
from mock_server.worlds.worlds import WorldError

log = logging.getLogger("mock_server.access")


def log_request(engine: Engine, request: Request, status: int, request_id: str, seconds: float) -> None:
    """Write the line of an answered request.

    engine: whose journals and credentials decide what the line may show. request_id: of the reply's
    X-Mock-Request-Id header, empty without one.
    """
    line = _request_line(request, _entry(request_id, engine), engine)
    log.info("%s %d %.1fms", line, status, seconds * 1000)


def _request_line(request: Request, entry: Entry | None, engine: Engine) -> str:
    """Method and path with every credential masked. entry: None for a request that no journal holds."""
    prefix = urlsplit(request.base_url).path  # names the world
    if entry is not None:
        return f"{entry.method} {_printable(prefix + entry.path)}"
    redactor = engine.context.redactor
    masker = redactor.masker(engine.world().scenario.principals)
    redacted = redactor.path(prefix + request.path, request.headers.items(), masker)
    return f"{request.method} {_printable(redacted)}"


def _entry(request_id: str, engine: Engine) -> Entry | None:
    """The journal's entry; None where there is none, or none any more."""
    if not request_id:
        return None
    try:
        return engine.worlds.get(request_id.rpartition(".")[0]).journal.get(request_id)
    except WorldError:
        return None


def _printable(path: str) -> str:
    """The path on one line, without spaces."""
    return "".join(
        character if character.isprintable() and character != " " else f"%{ord(character):02X}"
        for character in path
    )
