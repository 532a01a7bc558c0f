"""One line per request, without anything a credential could travel in: no query string, no header."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from mock_server.web.wsgi import StartResponse

log = logging.getLogger("mock_server.access")

Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def logged(application: Application) -> Application:
    """The application, with a line in the log for every request."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        begun = perf_counter()

        def started(status: str, *rest: Any) -> Any:
            milliseconds = (perf_counter() - begun) * 1000
            log.info("%s %s %s %.1fms", environ["REQUEST_METHOD"], _path(environ), status[:3], milliseconds)
            return start_response(status, *rest)

        return application(environ, started)

    return serve


def _path(environ: dict[str, Any]) -> str:
    """The path on one line, whatever bytes it is made of."""
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    return "".join(one if one.isprintable() and one != " " else f"%{ord(one):02X}" for one in path)
