"""A server for document 004 on Tornado: `python -m tests.independent.tornado.patchworks --port 0`."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
from typing import Any
from urllib.parse import urlencode

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from tests.independent.tornado.patchworks.choices import Choices
from tests.independent.tornado.patchworks.queries import Queries, Query, Views, page_not_found
from tests.independent.tornado.patchworks.refusals import Refused, body
from tests.independent.tornado.patchworks.store import Record, Store
from tests.independent.tornado.patchworks.validation import Rules

RELATED = ("authenticationImplementation", "variables", "certificate")
ANSWERS = itertools.count()


class Handler(RequestHandler):
    """What every operation does: who asks, what is sent, how it is refused."""

    choices: Choices
    store: Store
    queries: Queries
    views: Views
    company: str

    def initialize(self, choices: Choices, store: Store) -> None:
        """Called by Tornado for each request."""
        self.choices = choices
        self.store = store
        self.queries = Queries(choices, store)
        self.views = Views(choices, store)

    async def prepare(self) -> None:
        """Refuse who may not ask."""
        if self.choices["delay"] == "uneven":
            await asyncio.sleep(next(ANSWERS) * 37 % 120 / 1000)
        if self.request.method not in self.methods():
            raise Refused(int(self.choices["wrong_method"]))
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(int(self.choices["no_token"]), "Unauthenticated.")
        company = self.store.tokens.get(token.strip())
        if company is None:
            raise Refused(int(self.choices["wrong_token"]), "Unauthenticated.")
        self.company = company

    def methods(self) -> list[str]:
        """The methods of this address."""
        methods = [
            method for method in ("GET", "POST", "PUT", "DELETE") if method.lower() in type(self).__dict__
        ]
        return [*methods, "HEAD"] if self.choices["head"] == "as_get" and "GET" in methods else methods

    async def head(self, *parts: str) -> None:
        """HEAD, where it is offered."""
        await self.get(*parts)  # type: ignore[misc]

    def compute_etag(self) -> str | None:
        """The ETag that Tornado makes of a body, where it is wanted."""
        return super().compute_etag() if self.choices["etag"] == "tornado" else None

    def set_default_headers(self) -> None:
        """Headers of every response."""
        style = self.settings["choices"]["headers"]  # Tornado calls this before `initialize`
        if style == "rate_limit":
            self.set_header("X-RateLimit-Limit", "6000")
            self.set_header("X-RateLimit-Remaining", "5999")
        if style == "cautious":
            self.set_header("Cache-Control", "no-store, private")
            self.set_header("X-Frame-Options", "SAMEORIGIN")
        if style == "cookies":
            self.set_header("Set-Cookie", "session=opaque; Path=/; HttpOnly; SameSite=Lax")
            self.set_header("Server", "nginx")

    def write_error(self, status_code: int, **details: Any) -> None:
        """Refusals, and what went wrong here."""
        problem = details.get("exc_info", (None, None, None))[1]
        if isinstance(problem, Refused):
            self.set_status(problem.status)
            refused = problem
        else:
            refused = Refused(status_code, "Server Error" if status_code >= 500 else None)
        if refused.status == 401:
            self.set_header("WWW-Authenticate", "Bearer")
        if refused.status == 405:
            self.set_header("Allow", ", ".join(self.methods()))
        self.answer(body(refused, self.choices), problem=True)

    def log_exception(self, *details: Any) -> None:
        """Refusals are not logged."""
        if not isinstance(details[1], Refused | HTTPError):
            super().log_exception(*details)

    def answer(self, value: Any, *, problem: bool = False) -> None:
        """Send JSON and end the response."""
        problem_type = problem and self.choices["refusals"] == "problem"
        self.set_header("Content-Type", "application/problem+json" if problem_type else "application/json")
        self.finish(json.dumps(value, ensure_ascii=False))

    def body(self) -> Record:
        """The object in the body of the request."""
        media_type = self.request.headers.get("Content-Type", "")
        if self.choices["media_type"] == "415" and not media_type.startswith("application/json"):
            raise Refused(415)
        try:
            value = json.loads(self.request.body, parse_constant=unacceptable)
        except (ValueError, RecursionError) as problem:
            if self.choices["bad_json"] == "400":
                raise Refused(400, "The body is not JSON.") from problem
            return {}
        if not isinstance(value, dict):
            raise Refused(422, "The body must be an object.", {"body": ["The body must be an object."]})
        return value

    def arguments(self) -> dict[str, str]:
        """The query; of a name that comes more than once, its last value."""
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def connector(self, identifier: str) -> Record:
        """A connector of the company that asks. Raises Refused when it has none of this identifier."""
        connector = self.store.connectors.get(identifier)
        if connector is None:
            raise Refused(404, "Connector not found.")
        if connector["company"] != self.company:
            raise Refused(int(self.choices["other_company"]), "Connector not found.")
        return connector

    def wrapped(self, connector: Record, includes: tuple[str, ...] = ()) -> Any:
        """A single connector as it is sent."""
        view = self.views.connector(connector, includes)
        return {"data": view} if self.choices["single"] == "data" else view


class Connectors(Handler):
    """The connectors of a company."""

    async def get(self) -> None:
        """Index."""
        query = self.queries.read(self.arguments())
        rows = [row for row in self.store.of(self.company) if self.queries.matches(row, query.filters)]
        rows = self.sorted(rows, query.sort)
        pages = max(1, -(-len(rows) // query.per_page))
        page = query.page
        if page > pages and self.choices["page_beyond"] == "404":
            raise page_not_found()
        if self.choices["page_beyond"] == "last":
            page = min(page, pages)
        start = (page - 1) * query.per_page
        shown = [self.views.connector(row, query.includes) for row in rows[start : start + query.per_page]]
        self.answer(self.paged(shown, len(rows), pages, page, query))

    async def post(self) -> None:
        """Store."""
        members = Rules(self.choices, self.store, self.company, storing=True).checked(self.body())
        connector = self.store.add(self.company, members)
        if self.choices["stored"] == "id_only":
            self.answer(
                {"data": {"id": connector["id"]}}
                if self.choices["single"] == "data"
                else {"id": connector["id"]}
            )
            return
        self.answer(self.wrapped(connector, RELATED if self.choices["stored"] == "with_relations" else ()))

    def sorted(self, rows: list[Record], sort: str) -> list[Record]:
        """The rows in the order that is asked for."""
        if not sort and self.choices["list_order"] == "newest_first":
            return rows[::-1]
        if not sort and self.choices["list_order"] == "oldest_first":
            return rows
        fold = self.choices["sort_case"] == "insensitive"
        by_name = sorted(rows, key=lambda row: row["name"].casefold() if fold else row["name"])
        return by_name[::-1] if sort == "-name" else by_name

    def paged(self, shown: list[Record], total: int, pages: int, page: int, query: Query) -> Any:
        """A page in the form that was chosen."""
        facts: dict[str, Any] = {"current_page": page, "per_page": query.per_page}
        if self.choices["list"] != "simple":
            facts |= {"last_page": pages, "total": total}
        if self.choices["list"] == "array":
            self.set_header("X-Total-Count", str(total))
            return shown
        links = self.links(page, pages)
        if self.choices["list"] == "flat":
            return {"data": shown, **facts, "next_page_url": links["next"], "prev_page_url": links["prev"]}
        page_body: dict[str, Any] = {"data": shown, "meta": facts}
        return page_body if self.choices["page_links"] == "none" else {**page_body, "links": links}

    def links(self, page: int, pages: int) -> dict[str, str | None]:
        """The addresses of the first, last, previous and next page."""
        base = self.request.path
        if self.choices["page_links"] == "absolute":
            base = f"{self.request.protocol}://{self.request.host}{base}"
        others = {name: value for name, value in self.arguments().items() if name != "page"}

        def link(number: int) -> str | None:
            inside = 1 <= number <= pages and self.choices["page_links"] != "none"
            return f"{base}?{urlencode({**others, 'page': number})}" if inside else None

        return {"first": link(1), "last": link(pages), "prev": link(page - 1), "next": link(page + 1)}


class Connector(Handler):
    """A connector."""

    async def get(self, identifier: str) -> None:
        """Show."""
        connector = self.connector(identifier)
        arguments = self.arguments()
        if self.choices["show_paging"] == "ignored":
            arguments = {name: value for name, value in arguments.items() if name not in ("page", "per_page")}
        query = self.queries.read(arguments)
        if self.choices["show_filters"] == "applied" and not self.queries.matches(connector, query.filters):
            raise Refused(404, "Connector not found.")
        self.answer(self.wrapped(connector, query.includes))

    async def put(self, identifier: str) -> None:
        """Update."""
        rules = Rules(self.choices, self.store, self.company, storing=False)
        if self.choices["check_order"] == "input_first":
            members = rules.checked(self.body())
            connector = self.connector(identifier)
        else:
            connector = self.connector(identifier)
            members = rules.checked(self.body())
        self.store.change(connector, members)
        if self.choices["updated"] == "message":
            self.answer({"message": "Connector updated."})
            return
        self.answer(self.wrapped(connector, RELATED if self.choices["updated"] == "with_relations" else ()))

    async def delete(self, identifier: str) -> None:
        """Destroy."""
        connector = self.connector(identifier)
        self.store.remove(connector)
        bodies = {
            "message": {"message": "Connector deleted."},
            "wordy": {"message": f"The connector “{connector['name']}” has been deleted successfully."},
            "empty_object": {},
            "with_data": {"message": "Deleted.", "data": {"id": connector["id"]}},
        }
        self.answer(bodies[self.choices["destroyed"]])


class Test(Handler):
    """The test of a connector."""

    async def post(self, identifier: str) -> None:
        """Test."""
        self.connector(identifier)
        self.clear_header("Content-Type")
        if self.choices["tested"] == "empty_json_type":
            self.set_header("Content-Type", "application/json")
        if self.choices["tested"] == "chunked":
            await self.flush()
        self.finish()


class Missing(Handler):
    """Every other address."""

    async def prepare(self) -> None:
        """Refuse."""
        raise Refused(404)


def unacceptable(constant: str) -> None:
    """NaN and Infinity are not JSON."""
    raise ValueError(constant)


async def serve(port: int, choices: Choices) -> None:
    """Serve until the process is ended. port: 0 for a free one."""
    handed = {"choices": choices, "store": Store(choices)}
    end = "/?" if choices["trailing_slash"] == "same" else ""
    base = "/api/v1/connectors"
    routes: list[Any] = [
        (f"{base}{end}", Connectors, handed),
        (f"{base}/([^/]+){end}", Connector, handed),
        (f"{base}/([^/]+)/test{end}", Test, handed),
    ]
    application = Application(
        routes,
        default_handler_class=Missing,
        default_handler_args=handed,
        log_function=quiet,
        choices=choices,
    )
    sockets = bind_sockets(port, "127.0.0.1")
    HTTPServer(application).add_sockets(sockets)
    print(f"listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await asyncio.Event().wait()


def quiet(_handler: RequestHandler) -> None:
    """No line for each request."""


def main() -> None:
    """Start the server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--choice", action="append", default=[])
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, Choices(arguments.choice)))


main()
