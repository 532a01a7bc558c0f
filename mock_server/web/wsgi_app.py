"""The WSGI application, for any WSGI server, for tests, and to be mounted in another application.

Contract requests and admin calls are answered before Flask looks at them: its request context costs more time
than the whole pipeline, and its router would answer some bytes in a path with HTML of its own. Flask serves
the console's pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from mock_server.console.pages import console_app
from mock_server.web.front import FRONT, Front
from mock_server.web.reading import is_admin, is_page
from mock_server.web.wsgi import StartResponse, path_of, read, send

ENGINE = "mock_server"
"""Key of the application's extensions: the Engine."""


def wsgi_app(front: Front) -> Flask:
    """A Flask application that answers for the engine's contracts, the admin API and its pages."""
    app = console_app(front.admin_api)
    pages = app.wsgi_app

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = path_of(environ)
        if is_page(path):
            return pages(environ, start_response)
        request = read(environ)
        response = front.admin(request) if is_admin(path) else front.contract(request)
        return send(response, environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]  # the documented place for middleware
    app.extensions[ENGINE] = front.engine
    app.extensions[FRONT] = front
    return app
