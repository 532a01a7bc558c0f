"""The WSGI application around the engine.

Contract requests and admin calls are answered before Flask looks at them: its request context costs more time
than the whole pipeline, and its router would answer some bytes in a path with HTML of its own. Flask serves
the console's pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from mock_server.admin.api import AdminApi
from mock_server.console.pages import console
from mock_server.messages import Request, Response
from mock_server.web import cors
from mock_server.web.wsgi import StartResponse, is_admin, is_page, read, send


def wsgi_app(admin_api: AdminApi) -> Flask:
    """A Flask application that answers for the engine's contracts, the admin API and its pages."""
    app = Flask("mock_server", static_folder=None)
    app.register_blueprint(console(admin_api))
    flask_app = app.wsgi_app
    engine, settings = admin_api.context.engine, admin_api.context.settings

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if is_page(environ):
            return flask_app(environ, start_response)
        request = read(environ)
        if is_admin(environ):
            response = _admin_response(admin_api, request)
        elif not settings.cors:
            response = engine.handle(request)
        elif cors.is_preflight(request):
            response = Response(204, cors.preflight_headers(request))
        else:
            response = cors.with_origin(request, engine.handle(request))
        return send(response, environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]  # the documented place for middleware
    app.extensions["mock_server"] = engine
    return app


def _admin_response(admin_api: AdminApi, request: Request) -> Response:
    """The answer to an admin call. Pages of other origins may read it only where their origin is allowed."""
    if not admin_api.guard.allows(request.headers.get("origin", "")):
        return admin_api.handle(request)
    if cors.is_preflight(request):
        return Response(204, cors.preflight_headers(request))
    return cors.with_origin(request, admin_api.handle(request))
