"""Patchworks' connectors, as its API reference describes them."""

import json
from html import escape
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.independent.python import wire
from tests.independent.python.patchworks import queries
from tests.independent.python.patchworks.resources import present_connector
from tests.independent.python.patchworks.store import Connector, Store, User
from tests.independent.python.patchworks.validation import Abort, ValidationFailed, read_input, validate
from tests.independent.python.serving import Choices, run

PREFIX = "/api/v1/connectors"


class LaravelJSONResponse(JSONResponse):
    """JSON as PHP writes it: slashes and characters outside ASCII are escaped."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).replace("/", "\\/").encode()


def authenticate(request: Request) -> User:
    store: Store = request.app.state.store
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token and store.choices["authorization"] == "bearer_or_raw":
        scheme, token = "bearer", scheme
    user = store.users.get(token.strip()) if scheme.lower() == "bearer" else None
    if user is None:
        raise Abort(401, "Unauthenticated.")
    return user


def authorize_change(user: User) -> None:
    if user.role == "viewer":
        raise Abort(403, "This action is unauthorized.")


def find(request: Request, user: User) -> Connector:
    """Return the connector of the path, as route-model binding does."""
    store: Store = request.app.state.store
    identifier = request.path_params["connector"]
    connector = store.connectors.get(identifier)
    if connector is not None and connector.company == user.company:
        return connector
    if connector is not None and store.choices["other_company"] == "403":
        raise Abort(403, "This action is unauthorized.")
    if store.choices["not_found_message"] == "plain":
        raise Abort(404, "Not Found")
    raise Abort(404, f"No query results for model [App\\Models\\Connector] {identifier}")


def resource(connector: Connector, includes: set[str], store: Store) -> Response:
    shown = present_connector(connector, includes, store)
    return LaravelJSONResponse({"data": shown} if store.choices["wrapping"] == "data" else shown)


async def index(request: Request) -> Response:
    store: Store = request.app.state.store
    user = authenticate(request)
    includes = queries.read_includes(request.query_params, store.choices)
    filters = queries.read_filters(request.query_params, store.choices)
    with store.lock:
        listed = [item for item in store.listed(user.company) if queries.matches(item, filters, store)]
        listed = queries.sort(listed, request.query_params, store.choices)
        page = queries.paginate(
            request, listed, lambda item: present_connector(item, includes, store), store.choices
        )
    return LaravelJSONResponse(page)


async def show(request: Request) -> Response:
    store: Store = request.app.state.store
    user = authenticate(request)
    includes = queries.read_includes(request.query_params, store.choices)
    filters = queries.read_filters(request.query_params, store.choices)
    with store.lock:
        connector = find(request, user)
        if store.choices["show_filters"] == "applied" and not queries.matches(connector, filters, store):
            raise Abort(404, f"No query results for model [App\\Models\\Connector] {connector.id}")
        return resource(connector, includes, store)


def refuse_taken_name(values: dict[str, Any], user: User, store: Store, own_id: str | None = None) -> None:
    names = {
        connector.name
        for connector in store.connectors.values()
        if connector.company == user.company and connector.id != own_id
    }
    if store.choices["duplicate_name"] == "refused" and values.get("name") in names:
        raise ValidationFailed({"name": ["The name has already been taken."]})


async def create(request: Request) -> Response:
    store: Store = request.app.state.store
    user = authenticate(request)
    if store.choices["refusal_order"] == "authorize_first":
        authorize_change(user)
    sent = await read_input(request, store.choices)
    with store.lock:
        values = validate(sent, store, user.company, storing=True)
        authorize_change(user)
        refuse_taken_name(values, user, store)
        connector = store.create(user.company, values)
        return resource(connector, shown_after_change(values, store), store)


async def update(request: Request) -> Response:
    store: Store = request.app.state.store
    user = authenticate(request)
    connector = find(request, user)
    if store.choices["refusal_order"] == "authorize_first":
        authorize_change(user)
    sent = await read_input(request, store.choices)
    with store.lock:
        values = validate(sent, store, user.company, storing=False)
        authorize_change(user)
        refuse_taken_name(values, user, store, own_id=connector.id)
        includes = shown_after_change(values, store)
        store.update(connector, values)
        return resource(connector, includes, store)


def shown_after_change(values: dict[str, Any], store: Store) -> set[str]:
    loaded = store.choices["changed_variables"] == "shown" and "variables" in values
    return {"variables"} if loaded else set()


async def destroy(request: Request) -> Response:
    store: Store = request.app.state.store
    user = authenticate(request)
    with store.lock:
        connector = find(request, user)
        authorize_change(user)
        del store.connectors[connector.id]
    replies = {"message": {"message": "Connector deleted successfully."}, "empty": {}}
    return LaravelJSONResponse(replies[store.choices["destroy_reply"]])


async def test(request: Request) -> Response:
    """Answer that the connector's credentials would be tried; there is no system behind this server."""
    store: Store = request.app.state.store
    user = authenticate(request)
    find(request, user)
    if store.choices["viewer_tests"] == "refused":
        authorize_change(user)
    media_type = "text/html" if store.choices["test_reply"] == "empty_html" else None
    return Response(status_code=200, media_type=media_type)


def refuse(request: Request, status: int, body: dict[str, Any], redirect_to: str | None = None) -> Response:
    """Answer a refusal as JSON; clients that do not ask for JSON may get what browsers would."""
    choices = request.app.state.choices
    if choices["without_accept"] == "browser" and "json" not in request.headers.get("accept", ""):
        if redirect_to is not None:
            return RedirectResponse(redirect_to, 302)
        return HTMLResponse(f"<!DOCTYPE html><title>{escape(body['message'])}</title>", status)
    if choices["errors"] == "error_object":
        body = {"error": {"status": status, **body}}
    return LaravelJSONResponse(body, status)


async def answer_abort(request: Request, error: Abort) -> Response:
    redirect_to = "/login" if error.status == 401 else None
    return refuse(request, error.status, {"message": error.message}, redirect_to)


async def answer_invalid(request: Request, error: ValidationFailed) -> Response:
    return refuse(request, 422, {"message": error.message, "errors": error.errors}, "/")


async def answer_unrouted(request: Request, error: HTTPException) -> Response:
    message, headers = error.detail, dict(error.headers or {})
    if error.status_code == 405:
        matching = [
            route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE
        ]
        allowed = ", ".join(sorted(set().union(*(route.methods for route in matching))))
        headers["Allow"] = allowed
        path = request.url.path.strip("/")
        message = (
            f"The {request.method} method is not supported for route {path}. Supported methods: {allowed}."
        )
    response = refuse(request, error.status_code, {"message": message})
    response.headers.update(headers)
    return response


class IgnoreTrailingSlash:
    """Route a path with a slash at its end like the path without."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = scope["path"].rstrip("/") or "/"
        await self.app(scope, receive, send)


def create_app(choices: Choices) -> Starlette:
    routes = [
        Route(PREFIX, index, methods=["GET"]),
        Route(PREFIX, create, methods=["POST"]),
        Route(PREFIX + "/{connector}", show, methods=["GET"]),
        Route(PREFIX + "/{connector}", update, methods=["PUT"]),
        Route(PREFIX + "/{connector}", destroy, methods=["DELETE"]),
        Route(PREFIX + "/{connector}/test", test, methods=["POST"]),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            Abort: answer_abort,
            ValidationFailed: answer_invalid,
            HTTPException: answer_unrouted,
        },
    )
    app.router.redirect_slashes = False
    app.state.choices = choices
    app.state.store = Store(choices)
    if choices["trailing_slash"] == "same":
        app.add_middleware(IgnoreTrailingSlash)
    wire.install(app, choices, refusal_member="message")
    return app


if __name__ == "__main__":
    run(Path(__file__).parent, create_app)
