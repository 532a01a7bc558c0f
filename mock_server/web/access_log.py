"""One line per request, without anything a credential could travel in: no query string, no header, and the
path as the journal keeps it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from mock_server.engine import Engine
from mock_server.journal import headers
from mock_server.journal.credentials import forms, of_header
from mock_server.journal.entry import Entry
from mock_server.web.wsgi import StartResponse
from mock_server.worlds.worlds import WorldError

log = logging.getLogger("mock_server.access")

Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_ID = "X-Mock-Request-Id"


def logged(application: Application, engine: Engine) -> Application:
    """The application, with a line in the log for every request. engine: whose journals tell what of a
    request may be shown, and who knows everybody's credentials."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        begun = perf_counter()

        def started(status: str, sent: list[tuple[str, str]], *rest: Any) -> Any:
            milliseconds = (perf_counter() - begun) * 1000
            id_ = next((value for name, value in sent if name == _ID), "")
            log.info("%s %s %.1fms", _asked(environ, _entry(id_, engine), engine), status[:3], milliseconds)
            return start_response(status, sent, *rest)

        return application(environ, started)

    return serve


def _asked(environ: dict[str, Any], entry: Entry | None, engine: Engine) -> str:
    """Method and path on one line, every credential in them masked."""
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    if entry is not None:
        return f"{entry.method} {_printable(_prefix(path) + entry.path)}"
    own = forms(
        credential
        for name, value in environ.items()
        if name.startswith("HTTP_") and headers.suspect(name)
        for credential in of_header(value)
    )
    masker = engine.recorder.masker(engine.world())
    return f"{environ['REQUEST_METHOD']} {_printable(masker.scrub(path, own))}"


def _entry(id_: str, engine: Engine) -> Entry | None:
    """What the journal keeps of an exchange; None for one it has nothing of, or nothing any more."""
    try:
        return engine.worlds.get(id_.rpartition(".")[0]).journal.get(id_) if id_ else None
    except WorldError:
        return None


def _prefix(path: str) -> str:
    """The part of a path that chose the world, which an entry's path is without."""
    return "/" + path.split("/", 2)[1] if path.startswith("/~") else ""


def _printable(path: str) -> str:
    return "".join(one if one.isprintable() and one != " " else f"%{ord(one):02X}" for one in path)
