"""The Flask blueprint of the console: routes, security headers, sign-in with the token, error pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import metadata
from urllib.parse import quote, unquote

from flask import Blueprint, Flask, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from mock_server.admin.api import AdminApi
from mock_server.admin.guard import COOKIE
from mock_server.console import views
from mock_server.console.api_reader import API, ApiReader, ApiRefusal
from mock_server.console.reference import renderer
from mock_server.console.wording import FILTERS
from mock_server.messages import Request

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{inline}; img-src 'self' data:; font-src 'self'"
    " data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TITLES = {
    401: "Token required",
    403: "Access denied",
    404: "Page not found",
}


def console_app(admin_api: AdminApi) -> Flask:
    """A Flask application with the console's pages alone."""
    app = Flask("mock_server", static_folder=None)
    app.register_blueprint(console(admin_api))
    return app


def console(admin_api: AdminApi) -> Blueprint:
    """The blueprint with the pages of one server, at /__admin/ and below /__admin/ui/."""
    blueprint = Blueprint(
        "console", __name__, url_prefix=API, static_folder="static", template_folder="templates"
    )
    for name, (path, view) in views.VIEWS.items():
        blueprint.add_url_rule(path, name, _page(admin_api, view), methods=["GET"])
    blueprint.add_url_rule("/ui/renderer.js", "renderer", _renderer, methods=["GET"])
    blueprint.add_url_rule("/ui/token", "token", _token, methods=["POST"])
    blueprint.add_url_rule("/ui/<path:nowhere>", "nowhere", _nowhere, methods=["GET"])
    blueprint.register_error_handler(ApiRefusal, _refused)
    blueprint.register_error_handler(NotFound, _not_found)
    blueprint.after_request(_closed)
    blueprint.context_processor(lambda: {"version": _version(), "api": API})
    for name, made in FILTERS.items():
        blueprint.add_app_template_filter(made, name)
    return blueprint


def _page(admin_api: AdminApi, view: views.View) -> Callable[..., str]:
    def show(**path: str) -> str:
        template, context = view(ApiReader(admin_api, _asked()), **path)
        return render_template(f"console/{template}.html", **context)

    return show


def _asked() -> Request:
    return Request(
        method="GET",
        path=request.path,
        headers={name.lower(): value for name, value in request.headers.items()},
        base_url=views.origin(),
        peer=request.remote_addr or "",
    )


def _renderer() -> Response:
    return send_file(renderer(), mimetype="text/javascript", max_age=86400)


def _token() -> ResponseReturnValue:
    """Store the token in a cookie, because a browser cannot send it in a header when it opens a page; then
    redirect to the requested page."""
    wanted = request.form.get("page", "")
    answer = redirect(wanted if _is_ours(wanted) else url_for("console.worlds"), 303)
    answer.set_cookie(
        COOKIE,
        request.form.get("token", ""),
        path=API,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return answer


def _is_ours(address: str) -> bool:
    """Whether an address is below the console's path on this server, also after a browser has normalized
    it."""
    # Backslashes are excluded, because browsers treat them as slashes.
    if re.fullmatch(rf"{API}/[!-\[\]-~]*", address) is None:
        return False
    segments = unquote(address.partition("?")[0]).split("/")
    return {".", ".."}.isdisjoint(segments)


def _nowhere(nowhere: str) -> str:
    raise NotFound(nowhere)


def _refused(error: ApiRefusal) -> tuple[str, int]:
    return _trouble(error.status, str(error)), error.status


def _not_found(_: NotFound) -> tuple[str, int]:
    return _trouble(404, "The console has no page at this address."), 404


def _trouble(status: int, detail: str) -> str:
    title = _TITLES.get(status, f"Status {status}")
    page = _address() if status == 401 else None
    return render_template("console/trouble.html", title=title, detail=detail, page=page)


def _address() -> str:
    """The path and query of the request, encoded."""
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def _closed(response: Response) -> Response:
    """Add security headers: nothing is loaded from other servers, and no page may embed this one.

    The API reference needs inline styles.
    """
    inline = " 'unsafe-inline'" if request.endpoint == "console.reference" else ""
    response.headers["Content-Security-Policy"] = _POLICY.format(inline=inline)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint not in {"console.static", "console.renderer"}:
        response.headers["Cache-Control"] = "no-store"
    return response


@cache
def _version() -> str:
    """The version that the pages show, or "unknown" when the package is not installed."""
    try:
        return metadata.version("connector-contracts")
    except metadata.PackageNotFoundError:
        return "unknown"
