"""Patchworks' six operations in Flask as a Laravel application would answer them (document 004).

What Laravel and its query builder do by default is done here: 201 for what was just created, PATCH beside
PUT, HEAD beside GET, trimmed strings with the empty one read as null, numeric strings as integers, a body
that is no object read as an empty one, 404 before 422, six fractional digits, escaped slashes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException

from tests.variants.fixture_files import Caller, callers
from tests.variants.laravelish_queries import (
    BadQueryError,
    Include,
    Tables,
    filtered,
    includes,
    page_of,
    sorted_by,
)
from tests.variants.laravelish_rules import InvalidError, validated

PER_MINUTE = 240
"""The calls a subscription has each minute; nobody here is ever refused for it."""

FIELDS = [
    "id",
    "name",
    "type",
    "authentication_implementation_id",
    "timezone",
    "date_format",
    "rate_limit_unit",
    "rate_limit_duration",
    "connection_pool_id",
    "session_id",
    "platform_app_key",
    "certificate_id",
    "created_at",
    "updated_at",
]


class NoRowError(Exception):
    """No connector has the id of the path."""


class Connectors:
    """The table and who may use it."""

    def __init__(self, *, refuse_unknown: bool) -> None:
        self.refuse_unknown = refuse_unknown
        self.tables = Tables.seeded()
        self.callers = callers("patchworks")
        self.calls = 0

    def caller(self) -> Caller | None:
        """Whose credential the request carries: a bare key, or a token after the word Bearer."""
        sent = request.headers.get("Authorization", "")
        scheme, _, token = sent.partition(" ")
        if scheme.lower() == "bearer":
            return self.callers.get(("bearer", token.strip()))
        return self.callers.get(("apiKey", sent))

    def found(self, connector: str) -> dict[str, Any]:
        """The row the path names. Raises NoRowError."""
        for row in self.tables["connectors"]:
            if str(row["id"]) == connector:
                return row
        raise NoRowError(connector)

    def written(self, row: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        """The row with what was sent, its variables included."""
        variables = sent.pop("variables", None) or []
        row.update(sent, updated_at=stamp())
        for variable in variables:
            self._write_variable(row, dict(variable))
        return row

    def _write_variable(self, row: dict[str, Any], sent: dict[str, Any]) -> None:
        named = str(sent.pop("id", ""))
        table = self.tables["variables"]
        own = [one for one in table if one.get("connector_id") == row["id"] and str(one["id"]) == named]
        fresh = {"id": self.tables.next_id("variables"), "connector_id": row["id"], "created_at": stamp()}
        variable = own[0] if own else fresh
        variable.update(sent, updated_at=stamp())
        if not own:
            table.append(variable)


def stamp() -> str:
    """Now, as Laravel writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def answer(value: Any, status: int = 200) -> Response:
    """JSON as PHP encodes it."""
    return Response(json.dumps(value).replace("/", "\\/"), status, content_type="application/json")


def empty_as_null(value: Any) -> Any:
    """The input as the global middleware leaves it: strings trimmed, empty ones null."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list):
        return [empty_as_null(one) for one in value]
    if isinstance(value, Mapping):
        return {name: empty_as_null(one) for name, one in value.items()}
    return value


def read_input(asked: Request) -> dict[str, Any]:
    """The members of the body; none where it is no JSON object."""
    if not asked.is_json:
        return dict(empty_as_null(asked.form.to_dict()))
    try:
        body = json.loads(asked.get_data())
    except (ValueError, RecursionError):
        return {}
    return dict(empty_as_null(body)) if isinstance(body, dict) else {}


def shown(row: Mapping[str, Any], wanted: Include, tables: Tables) -> dict[str, Any]:
    """A connector as its resource shows it, with what was included."""
    plain: dict[str, Any] = {name: row.get(name) for name in FIELDS}
    for name in ("created_at", "updated_at"):
        moment = datetime.fromisoformat(plain[name])
        plain[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return plain | wanted.of(row, "connectors", tables)


def create_app(*, refuse_unknown: bool = True) -> Flask:
    """The application with a state of its own.

    refuse_unknown: whether an unknown include, sort or filter is answered with 400 or ignored.
    """
    app = Flask(__name__)
    book = Connectors(refuse_unknown=refuse_unknown)
    _add_middleware(app, book)
    _add_refusals(app)
    _add_list_and_store(app, book)
    _add_single(app, book)
    return app


def _add_middleware(app: Flask, book: Connectors) -> None:
    app.url_map.strict_slashes = False

    @app.before_request
    def authenticate() -> Response | None:
        if request.routing_exception is not None:
            return None
        caller = book.caller()
        if caller is None:
            return answer({"message": "Unauthenticated."}, 401)
        connector = (request.view_args or {}).get("connector")
        if connector is not None:
            g.row = book.found(connector)
        needed = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
        if needed not in caller.roles:
            return answer({"message": "This action is unauthorized."}, 403)
        return None

    @app.after_request
    def throttle(response: Response) -> Response:
        book.calls += 1
        response.headers["X-RateLimit-Limit"] = str(PER_MINUTE)
        response.headers["X-RateLimit-Remaining"] = str(PER_MINUTE - book.calls % PER_MINUTE)
        response.headers["Cache-Control"] = "no-cache, private"
        return response


def _add_refusals(app: Flask) -> None:
    @app.errorhandler(NoRowError)
    def not_found(error: NoRowError) -> Response:
        return answer(
            {"message": f"No query results for model [App\\Models\\Connector] {error.args[0]}"}, 404
        )

    @app.errorhandler(BadQueryError)
    def bad_query(error: BadQueryError) -> Response:
        return answer({"message": str(error)}, 400)

    @app.errorhandler(InvalidError)
    def invalid(error: InvalidError) -> Response:
        return answer({"message": error.message, "errors": error.errors}, 422)

    @app.errorhandler(HTTPException)
    def routing(error: HTTPException) -> Response:
        response = answer({"message": error.description}, error.code or 500)
        response.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
        return response


def _add_list_and_store(app: Flask, book: Connectors) -> None:
    @app.get("/api/v1/connectors")
    def index() -> Response:
        wanted = includes(request.args, refuse=book.refuse_unknown)
        rows = filtered(book.tables["connectors"], request.args, book.tables, refuse=book.refuse_unknown)
        rows = sorted_by(rows, request.args, refuse=book.refuse_unknown)
        page = page_of(rows, request.args, request.base_url)
        return answer(page | {"data": [shown(row, wanted, book.tables) for row in page["data"]]})

    @app.post("/api/v1/connectors")
    def store() -> Response:
        sent = validated(read_input(request), book.tables, storing=True)
        row = {"id": book.tables.next_id("connectors"), "created_at": stamp(), "in_use": False}
        book.written(row, sent)
        book.tables["connectors"].append(row)
        return answer({"data": shown(row, Include(), book.tables)}, 201)


def _add_single(app: Flask, book: Connectors) -> None:
    at = "/api/v1/connectors/<connector>"

    def show(connector: str) -> Response:
        wanted = includes(request.args, refuse=book.refuse_unknown)
        return answer({"data": shown(g.row, wanted, book.tables)})

    def update(connector: str) -> Response:
        book.written(g.row, validated(read_input(request), book.tables, storing=False))
        return answer({"data": shown(g.row, Include(), book.tables)})

    def destroy(connector: str) -> Response:
        if g.row.get("in_use"):
            return answer({"message": "The connector is used by a process flow."}, 422)
        book.tables["connectors"].remove(g.row)
        return answer({"message": "Connector deleted successfully."})

    def test(connector: str) -> Response:
        return Response(b"", 200)

    views: list[tuple[str, list[str], Callable[[str], Response]]] = [
        (at, ["GET"], show),
        (at, ["PUT", "PATCH"], update),
        (at, ["DELETE"], destroy),
        (f"{at}/test", ["POST"], test),
    ]
    for rule, methods, view in views:
        app.add_url_rule(rule, view.__name__, view, methods=methods)
