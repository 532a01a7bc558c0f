"""One line per request, without anything that can carry a credential.

A line has no query string and no header, and the path as the journal keeps it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from mock_server.engine import Engine
from mock_server.journal.entry import Entry
from mock_server.pipeline.render import REQUEST_ID
from mock_server.web.wsgi import StartResponse
from mock_server.worlds.worlds import WorldError

log = logging.getLogger("mock_server.access")

Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def logged(application: Application, engine: Engine) -> Application:
    """The application with a line in the log for every request. engine: whose journals and credentials decide
    what a line may show."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        begun = perf_counter()

        def start_logged(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            milliseconds = (perf_counter() - begun) * 1000
            request_id = next((value for name, value in headers if name == REQUEST_ID), "")
            line = _request_line(environ, _entry(request_id, engine), engine)
            log.info("%s %s %.1fms", line, status[:3], milliseconds)
            return start_response(status, headers, *rest)

        return application(environ, start_logged)

    return serve


def _request_line(environ: dict[str, Any], entry: Entry | None, engine: Engine) -> str:
    """Method and path with every credential masked. entry: None for a request that no journal holds."""
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    if entry is not None:
        return f"{entry.method} {_printable(_world_prefix(path) + entry.path)}"
    redactor = engine.context.redactor
    headers = ((name, value) for name, value in environ.items() if name.startswith("HTTP_"))
    redacted = redactor.path(path, headers, redactor.masker(engine.world().scenario.principals))
    return f"{environ['REQUEST_METHOD']} {_printable(redacted)}"


def _entry(request_id: str, engine: Engine) -> Entry | None:
    """The journal's entry; None where there is none, or none any more."""
    if not request_id:
        return None
    try:
        return engine.worlds.get(request_id.rpartition(".")[0]).journal.get(request_id)
    except WorldError:
        return None


def _world_prefix(path: str) -> str:
    """The part of a path that names the world; an entry's path is without it."""
    return "/" + path.split("/", 2)[1] if path.startswith("/~") else ""


def _printable(path: str) -> str:
    """The path on one line, without spaces."""
    return "".join(
        character if character.isprintable() and character != " " else f"%{ord(character):02X}"
        for character in path
    )
