"""The application around the engine.

Contract requests are answered before Flask looks at them: its request context costs more than our whole
pipeline, and its router would answer odd bytes in a path with HTML of its own. Flask holds what lies under
/__admin.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from mock_server.admin.views import admin
from mock_server.engine import Engine
from mock_server.messages import Response
from mock_server.settings import Settings
from mock_server.web import cors
from mock_server.web.wsgi import StartResponse, is_admin, read, send


def wrap(engine: Engine, settings: Settings) -> Flask:
    """A Flask application that plays the engine's contracts and has the admin API."""
    app = Flask("mock_server", static_folder=None)
    app.register_blueprint(admin(engine))
    flask_app = app.wsgi_app

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if is_admin(environ):
            return flask_app(environ, start_response)
        request = read(environ)
        if not settings.cors:
            return send(engine.handle(request), environ, start_response)
        if cors.is_preflight(request):
            response = Response(204, cors.preflight(request))
        else:
            response = cors.shared(request, engine.handle(request))
        return send(response, environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]  # the documented place for middleware
    app.extensions["mock_server"] = engine
    return app
