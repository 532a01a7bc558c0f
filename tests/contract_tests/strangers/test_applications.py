"""Ways of ordinary applications are not called broken: seen at Express, Feathers, Elysia and springdoc."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.paging import first_number, following, is_last, size_of
from contract_tests.target.target_file import ContractTarget, Credential, Target
from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
ORDER = {"type": "object", "required": ["name"], "properties": {"id": NUMBER, "name": TEXT}}
NEW_ORDER = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}


def listing(*parameters: Mapping[str, Any], statuses: tuple[int, ...] = (200,), **members: Any) -> Operation:
    """A list in an envelope, as the harness reads it."""
    page = {"type": "object", "properties": {"data": {"type": "array", "items": ORDER}, **members}}
    node = operation("list", *statuses, answer=page, parameters=[dict(each) for each in parameters])
    return Contract("orders", Path("orders.json"), document({"/orders": {"get": node}})).operation("list")


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "integer", **schema}}


@pytest.mark.parametrize(
    ("parameter", "first"),
    [
        (query("page", default=0), 0),
        (query("page[number]", minimum=1), 1),
        ({**query("pageNo"), "description": "Zero-based page index (0..N)"}, 0),
        (query("page"), None),
    ],
)
def test_the_document_says_which_page_is_the_first(parameter: dict[str, Any], first: int | None) -> None:
    assert first_number(listing(parameter)) == first


@pytest.mark.parametrize(
    ("parameter", "body", "second"),
    [
        (query("page", default=0), {}, 1),
        (query("page"), {"number": 0}, 1),
        (query("page"), {"page": 1}, 2),
        (query("$skip"), {"skip": 0}, 2),
    ],
)
def test_the_second_page_follows_the_first(parameter: dict[str, Any], body: Any, second: int) -> None:
    paged = listing(parameter, query("$limit"))
    asked = following(paged, {"$limit": 2}, {"data": [{}, {}], **body}, count=2)
    assert size_of(paged) == "$limit"
    assert asked is not None
    assert asked.query[parameter["name"]] == second


def test_the_last_of_three_pages_that_are_counted_from_0_is_number_2() -> None:
    paged = listing(query("page", minimum=0))
    assert not is_last(paged, {"page": 1}, {"totalPages": 3}, count=2)
    assert is_last(paged, {"page": 2}, {"totalPages": 3}, count=2)


class Orders:
    """Orders in memory, in pages from 0 that it repairs; `count` is that of a page. missing: it counts no
    further than this."""

    def __init__(self, missing: int | None = None) -> None:
        self._orders: dict[str, dict[str, Any]] = {}
        self._ids = count(1)
        self._missing = missing

    def __call__(self, call: Call) -> Answer:
        if call.method == "GET" and len(call.parts) == 1:
            return 200, self._page(dict(call.query))
        if call.method == "POST":
            return self._made(call)
        if call.parts[-1] not in self._orders:
            return 404, {"message": "no such order"}
        if call.method == "DELETE":
            return 204, self._orders.pop(call.parts[-1]) and None
        return 200, self._orders[call.parts[-1]]

    def _made(self, call: Call) -> Answer:
        if call.json is None and call.content != b"null":
            return 400, b"Bad Request"
        if not isinstance(call.json, dict) or not isinstance(call.json.get("name"), str):
            return 400, {"message": "no"}
        order = {"id": next(self._ids), "name": call.json["name"]}
        return 201, self._orders.setdefault(str(order["id"]), order)

    def _page(self, asked: dict[str, str]) -> dict[str, Any]:
        number, size = (
            int(asked[name]) if asked.get(name, "").isdecimal() else usual
            for name, usual in (("page", 0), ("limit", 10))
        )
        size = min(max(size, 1), 100)
        shown = [*self._orders.values()][number * size : (number + 1) * size]
        total = len(self._orders) if self._missing is None else min(self._missing, len(self._orders))
        return {"data": shown, "count": len(shown), "total": total}


def orders() -> dict[str, Any]:
    members = {"data": {"type": "array", "items": ORDER}, "count": NUMBER, "total": NUMBER}
    pages = [query("page", default=0, minimum=0), query("limit", default=10, maximum=100, minimum=1)]
    error = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
    make = operation("make", 201, answer=ORDER, body=NEW_ORDER)
    make["responses"]["400"] = {"description": "bad", "content": {"application/json": {"schema": error}}}
    shown = {"type": "object", "properties": members}
    return {
        "/orders": {"get": operation("list", 200, answer=shown, parameters=pages), "post": make},
        "/orders/{id}": {
            "get": operation("read", 200, 404, path="id", answer=ORDER),
            "delete": operation("drop", 204, 404, path="id"),
        },
    }


def test_repaired_pages_from_0_and_a_framework_s_own_refusal_are_warned_of_at_most(tmp_path: Path) -> None:
    found = judged(tmp_path, document(orders()), Server(Orders()))
    assert [name for name, each in found.items() if each.verdict is Verdict.FAILED] == []
    assert found["list.listing.pages"].verdict is Verdict.PASSED
    assert found["list.listing.total"].verdict is Verdict.PASSED
    assert found["list.validation.query.page.minimum"].verdict is Verdict.WARNING
    assert found["make.schema.media-type"].verdict is not Verdict.FAILED


def test_a_total_that_stops_at_2_is_broken(tmp_path: Path) -> None:
    found = judged(tmp_path, document(orders()), Server(Orders(missing=2)), only="list.listing.total")
    assert found["list.listing.total"].verdict is Verdict.FAILED


def test_a_body_whose_content_is_no_object_is_left_out() -> None:
    node = operation("drop", 204)
    node["responses"]["204"]["content"] = {"type": "void"}
    contract = Contract("orders", Path("orders.json"), document({"/orders": {"delete": node}}))
    assert contract.operation("drop").responses["204"].bodies == {}
    assert contract.problems == ("the content type of a body is no object",)


class Guarded:
    """Articles that are changed under their entity tag alone; a creation that has one is refused. lax:
    whether any tag will do."""

    def __init__(self, *, lax: bool = False) -> None:
        self._articles: dict[str, dict[str, Any]] = {"1": {"name": "first", "id": "1", "version": 1}}
        self._ids = count(2)
        self._lax = lax

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Call(environ)
        status, shown = self._answer(call, environ.get("HTTP_IF_MATCH"))
        headers = [("Content-Type", "application/json")]
        if shown is not None and "version" in shown:
            headers.append(("ETag", f'"{shown["version"]}"'))
        start_response(f"{status} Said", headers)
        return [json.dumps(shown).encode()] if shown is not None else [b""]

    def _answer(self, call: Call, tag: str | None) -> tuple[int, dict[str, Any] | None]:
        if call.method == "POST":
            return self._made(call) if tag is None else (412, {"message": "no such article"})
        article = self._articles.get(call.parts[-1])
        if article is None or call.method == "GET":
            return (404, {"message": "none"}) if article is None else (200, article)
        if tag is None:
            return 428, {"message": "send If-Match"}
        if tag != f'"{article["version"]}"' and not self._lax:
            return 412, {"message": "changed since"}
        if call.method == "DELETE":
            return 204, self._articles.pop(call.parts[-1]) and None
        article.update(call.json, id=call.parts[-1], version=article["version"] + 1)
        return 200, article

    def _made(self, call: Call) -> tuple[int, dict[str, Any]]:
        key = str(next(self._ids))
        self._articles[key] = {**call.json, "id": key, "version": 1}
        return 201, self._articles[key]


def guarded() -> dict[str, Any]:
    article = {"type": "object", "properties": {"id": TEXT, "name": TEXT, "version": NUMBER}}
    header = {"name": "If-Match", "in": "header", "schema": TEXT}
    taken: dict[str, Any] = {"path": "id", "parameters": [header]}
    update = operation("change", 200, 404, 412, answer=article, body=NEW_ORDER, **taken)
    return {
        "/articles": {"post": operation("make", 201, answer=article, body=NEW_ORDER, parameters=[header])},
        "/articles/{id}": {
            "get": operation("read", 200, 404, path="id", answer=article),
            "put": update,
            "delete": operation("drop", 204, 404, **taken),
        },
    }


@pytest.mark.parametrize("lax", [False, True])
def test_the_entity_tag_is_sent_and_one_of_an_earlier_state_refused(tmp_path: Path, *, lax: bool) -> None:
    server, known = Guarded(lax=lax), {"id": "1"}
    found = judged(tmp_path, document(guarded()), server, only="*.lifecycle.*", known=known)
    failed = [name for name, each in found.items() if each.verdict is Verdict.FAILED]
    assert failed == (["change.lifecycle.stale"] if lax else [])
    assert found["change.lifecycle.changes.name"].verdict is Verdict.PASSED


def test_a_thing_is_made_without_optional_members_that_end_in_a_server_error(tmp_path: Path) -> None:
    things: dict[str, Any] = {}

    def answer(call: Call) -> Answer:
        if call.method == "GET":
            key = call.parts[-1]
            return (200, things[key]) if key in things else (404, {"message": "none"})
        if "address" in call.json:
            return 500, {"message": "the map service does not answer"}
        key = str(len(things))
        things[key] = {**call.json, "id": key}
        return 201, things[key]

    members = {"name": TEXT, "address": TEXT}
    new = {"type": "object", "required": ["name"], "properties": members}
    shown = {"type": "object", "properties": {"id": TEXT, **members}}
    paths = {
        "/places": {"post": operation("make", 201, answer=shown, body=new)},
        "/places/{id}": {"get": operation("read", 200, 404, path="id", answer=shown)},
    }
    found = judged(tmp_path, document(paths), Server(answer), only="read.lifecycle.*")
    assert found["read.lifecycle.read-your-writes"].verdict is Verdict.PASSED


def test_a_credential_is_sent_where_the_file_never_says_that_it_is_needed(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        return (200, {}) if call.authorization == "Bearer mine" else (401, {"message": "no"})

    schemes = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    paths = {"/me": {"get": operation("me", 200, 401)}}
    own = {"main": Credential(scheme="key", value="mine")}
    found = judged(tmp_path, document(paths, components=schemes), Server(answer), credentials=own)
    assert found["me.examples.success"].verdict is Verdict.PASSED


def test_a_body_names_things_inside_objects_and_arrays(tmp_path: Path) -> None:
    made: dict[str, list[dict[str, Any]]] = {"customers": [], "products": [], "carts": []}

    def answer(call: Call) -> Answer:
        kind = call.parts[0]
        if kind == "carts":
            ids = {each: {one["id"] for one in made[each]} for each in made}
            named = [line["product_id"] for line in call.json["lines"]]
            if call.json["customer"]["id"] not in ids["customers"] or not set(named) <= ids["products"]:
                return 404, {"message": "no such customer or product"}
        made[kind].append({**call.json, "id": len(made[kind]) + 100})
        return 201, made[kind][-1]

    def body(**members: Any) -> dict[str, Any]:
        return {"type": "object", "required": [*members], "properties": members}

    lines = {"type": "array", "minItems": 1, "items": body(product_id=NUMBER)}
    bodies = {
        "customers": NEW_ORDER,
        "products": NEW_ORDER,
        "carts": body(customer=body(id=NUMBER), lines=lines),
    }
    paths: dict[str, Any] = {}
    for name, taken in bodies.items():
        shown = {"type": "object", "properties": {"id": NUMBER}}
        paths[f"/{name}"] = {"post": operation(f"make-{name}", 201, answer=shown, body=taken)}
        paths[f"/{name}/{{id}}"] = {"get": operation(f"read-{name}", 200, path="id", answer=shown)}
    found = judged(tmp_path, document(paths), Server(answer), only="make-carts.examples.success")
    assert found["make-carts.examples.success"].verdict is Verdict.PASSED


def todo_paths() -> dict[str, Any]:
    number = {"name": "id", "in": "path", "required": True, "type": "integer"}
    return {
        "/todos": {
            "post": {
                "operationId": "make",
                "parameters": [{"name": "todo", "in": "body", "required": True, "schema": TODO_REF}],
                "responses": {"201": {"description": "made", "schema": TODO_REF}},
            }
        },
        "/todos/{id}": {
            "parameters": [number],
            "get": {
                "operationId": "read",
                "responses": {
                    "200": {"description": "a todo", "schema": TODO_REF},
                    "404": {"description": "none"},
                },
            },
        },
    }


TODO_REF = {"$ref": "#/definitions/Todo"}
SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Todos", "version": "1"},
    "basePath": "/api",
    "definitions": {
        "Todo": {**NEW_ORDER, "properties": {**ORDER["properties"], "due": {**TEXT, "x-nullable": True}}}
    },
    "paths": todo_paths(),
}
"""As flask-restx writes it."""


def test_a_document_of_swagger_2_is_judged(tmp_path: Path) -> None:
    todos: dict[str, Any] = {}

    def answer(call: Call) -> Answer:
        if call.method == "POST":
            sent = call.json if isinstance(call.json, dict) else {}
            if not isinstance(sent.get("name"), str) or not isinstance(sent.get("due"), str | None):
                return 400, {"message": "no"}
            return 201, todos.setdefault(str(len(todos) + 1), {"due": None, **sent, "id": len(todos) + 1})
        if call.parts[-1].isdecimal():
            return (200, todos[call.parts[-1]]) if call.parts[-1] in todos else (404, {"message": "none"})
        return 404, b"<h1>Not Found</h1>"  # no route leads to it

    found = judged(tmp_path, SWAGGER, Server(answer))
    assert [name for name, each in found.items() if each.verdict is Verdict.FAILED] == []
    assert found["read.lifecycle.read-your-writes"].verdict is Verdict.PASSED
    assert found["make.validation.body.name.required"].verdict is Verdict.PASSED


def test_what_a_list_without_keys_shows_is_reported(tmp_path: Path) -> None:
    terminals: list[dict[str, str]] = []

    def answer(call: Call) -> Answer:
        if call.method == "POST":
            terminals.append({"name": str(len(terminals))})
            return 201, terminals[-1]
        return (200, terminals) if call.method == "GET" else (204, None)

    shown = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
    paths = {
        "/terminals": {
            "get": operation("list", 200, answer={"type": "array", "items": shown}),
            "post": operation("open", 201, answer=shown),
        },
        "/terminals/{terminal_id}": {"delete": operation("close", 204, path="terminal_id")},
    }
    spec = tmp_path / "terminals.json"
    spec.write_text(json.dumps(document(paths)), encoding="utf-8")
    target = Target(contracts={"terminals": ContractTarget(wsgi=Server(answer), spec=spec)})
    result = run(target, selection=Selection(requirements=("terminals.open.examples.success",)))
    assert result.undeletable == ("terminals: perhaps 1 at /terminals/…: no answer and no list names them",)


class Shop:
    """Customers, their orders, and teams of one kind of thing. defect: what it does wrong."""

    def __init__(self, defect: str = "") -> None:
        self._things: dict[str, dict[str, Any]] = {}
        self._ids = count(1)
        self._defect = defect

    def __call__(self, call: Call) -> Answer:
        kind, key = call.parts[0], call.parts[1] if len(call.parts) > 1 else ""
        if call.method == "POST":
            number = next(self._ids)
            state = {"status": "new"} if kind == "orders" else {}
            self._things[str(number)] = {**call.json, **state, "id": number, "kind": kind}
            return 201, self._things[str(number)]
        orders = [each for each in self._things.values() if each["kind"] == "orders"]
        if call.parts[-1] == "orders" and key and key != "orders":
            mine = [each for each in orders if str(each["customer_id"]) == key]
            return 200, {"everybodys": orders, "nobodys": []}.get(self._defect, mine)
        if not key:
            status = dict(call.query).get("status")
            is_all = status is None or self._defect == "unfiltered"
            return 200, [each for each in orders if is_all or each["status"] == status]
        if key not in self._things:
            return 404, {"message": "none"}
        if call.method == "DELETE":
            return 204, self._things.pop(key) and None
        return 200, self._things[key]


def shop() -> dict[str, Any]:
    status = {"type": "string", "enum": ["new", "paid"]}
    body = {"type": "object", "required": ["customer_id"], "properties": {"customer_id": NUMBER}}
    order = {"type": "object", "properties": {"id": NUMBER, "customer_id": NUMBER, "status": status}}
    orders = {"type": "array", "items": order}
    chosen = {"name": "status", "in": "query", "schema": status}
    customer = {"post": operation("make-customer", 201, answer=ORDER, body=NEW_ORDER)}
    return {
        "/customers": customer,
        "/customers/{id}": {"get": operation("read-customer", 200, 404, path="id", answer=ORDER)},
        "/customers/{id}/orders": {"get": operation("orders-of", 200, path="id", answer=orders)},
        "/orders": {
            "get": operation("list", 200, answer=orders, parameters=[chosen]),
            "post": operation("make", 201, answer=order, body=body),
        },
        "/orders/{id}": {
            "get": operation("read", 200, 404, path="id", answer=order),
            "delete": operation("drop", 204, 404, path="id"),
        },
    }


@pytest.mark.parametrize(
    ("defect", "requirement", "verdict"),
    [
        ("", "", Verdict.PASSED),
        ("everybodys", "orders-of.listing.related.customer_id", Verdict.FAILED),
        ("nobodys", "orders-of.listing.related.customer_id", Verdict.WARNING),
        ("unfiltered", "list.listing.filter.status", Verdict.FAILED),
    ],
)
def test_what_names_a_thing_is_listed_there_and_a_filter_has_an_effect(
    tmp_path: Path, defect: str, requirement: str, verdict: Verdict
) -> None:
    found = judged(tmp_path, document(shop()), Server(Shop(defect)), only="*.listing.*")
    passed = {Verdict.PASSED, Verdict.SKIPPED, Verdict.INCONCLUSIVE}
    other = {name: each.verdict for name, each in found.items() if each.verdict not in passed}
    assert other == ({requirement: verdict} if defect else {})
    assert found["orders-of.listing.related.customer_id"].verdict is not Verdict.SKIPPED


def test_a_list_that_is_replaced_as_a_whole_is_read_as_it_is(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        return 200, {"urls": [1]} if call.method == "GET" else {}

    urls = {"type": "object", "properties": {"urls": {"type": "array", "items": TEXT}}}
    node = {
        "get": operation("show", 200, answer=urls),
        "put": operation("replace", 200, body=urls),
        "delete": operation("clear", 200),
    }
    server = Server(answer)
    found = judged(tmp_path, document({"/notifications": node}), server, only="show.*")
    assert found["show.schema.body"].verdict is Verdict.FAILED
    assert {call.method for call in server.calls} == {"GET"}


def test_a_page_that_is_an_object_is_no_number(tmp_path: Path) -> None:
    every = [{"id": number, "name": "a"} for number in range(1, 21)]
    page = {
        "name": "page",
        "in": "query",
        "style": "deepObject",
        "schema": {"type": "object", "properties": {"number": NUMBER, "size": NUMBER}},
    }
    shown = {"type": "object", "properties": {"data": {"type": "array", "items": ORDER}, "total": NUMBER}}
    paths = {"/orders": {"get": operation("list", 200, 400, answer=shown, parameters=[page])}}
    paths["/orders/{id}"] = {"get": operation("read", 200, 404, path="id", answer=ORDER)}

    def answer(call: Call) -> Answer:
        if any(name == "page" for name, _ in call.query):
            return 400, {"message": "must be object"}
        asked = {name: int(value) for name, value in call.query if value.isdecimal()}
        size, number = asked.get("page[size]", 10), asked.get("page[number]", 1)
        return 200, {"data": every[(number - 1) * size : number * size], "total": len(every)}

    found = judged(tmp_path, document(paths), Server(answer), only="list.listing.*")
    assert [name for name, each in found.items() if each.verdict is Verdict.FAILED] == []
    assert found["list.listing.pages"].verdict is Verdict.PASSED
