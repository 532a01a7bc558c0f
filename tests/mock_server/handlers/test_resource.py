"""The generic actions, on an API without handlers of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from mock_server.clock import from_rfc3339

STRING = {"type": "string"}
MEMBERS = {
    "id": {"type": "integer", "readOnly": True},
    "title": STRING,
    "note": {"type": ["string", "null"]},
    "author_id": {"type": ["integer", "string"]},
    "state": {**STRING, "readOnly": True},
    "progress": {"type": "integer", "readOnly": True},
    "created": {**STRING, "format": "date-time", "readOnly": True},
    "updated": {**STRING, "format": "date-time", "readOnly": True},
    "author": {"type": ["object", "null"], "readOnly": True},
    "pages": {"type": "array", "readOnly": True},
}


def _json(schema: Any) -> Any:
    return {"content": {"application/json": {"schema": schema}}}


def _operation(
    id_: str, status: str, path: str, *, body: str = "", shown: Any = None, query: Any = ()
) -> Any:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    reply = _json(shown) if shown else {}
    errors = {code: {"description": "", **_json({})} for code in ("400", "404", "409", "422")}
    return {
        "operationId": id_,
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": STRING} for name in names),
            *({"name": name, "in": "query", "schema": schema} for name, schema in dict(query).items()),
        ],
        **(
            {"requestBody": {"required": True, **_json({"$ref": f"#/components/schemas/{body}"})}}
            if body
            else {}
        ),
        "responses": {status: {"description": "", **reply}, **errors},
    }


RECORD: Any = {"$ref": "#/components/schemas/Book"}
PAGES = "/books/{book}/pages"
SPEC: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "paths": {
        "/books": {
            "get": _operation(
                "listBooks",
                "200",
                "/books",
                shown={"type": "object"},
                query={
                    "skip": {"type": "integer"},
                    "limit": {"type": "integer", "maximum": 3},
                    "title": STRING,
                },
            ),
            "post": _operation("addBook", "201", "/books", body="Book", shown=RECORD),
        },
        "/books/{book}": {
            "get": _operation("readBook", "200", "/books/{book}", shown=RECORD, query={"with": STRING}),
            "put": _operation("replaceBook", "200", "/books/{book}", body="Book", shown=RECORD),
            "patch": _operation("changeBook", "200", "/books/{book}", body="Book", shown=RECORD),
            "delete": _operation("removeBook", "204", "/books/{book}"),
        },
        "/books/{book}/stop": {"post": _operation("stopBook", "200", "/books/{book}/stop", shown=RECORD)},
        PAGES: {
            "get": _operation("listPages", "200", PAGES, shown={"type": "array"}),
            "post": _operation("addPage", "201", PAGES, body="Page", shown={"type": "object"}),
        },
    },
    "components": {
        "schemas": {
            "Book": {"type": "object", "properties": MEMBERS},
            "Page": {"type": "object", "required": ["code"], "properties": {"code": STRING, "text": STRING}},
        }
    },
}
ITEM: Any = {"collection": "books", "scope": {"book": "books"}}
BELOW: Any = {"collection": "pages", "scope": {"book": "books"}}
BEHAVIOUR: Any = {
    "contract": "library",
    "dialect": "fastapi",
    "collections": {
        "authors": {"fixture": "library/authors", "ids": "integer"},
        "books": {
            "ids": "integer",
            "created": "created",
            "updated": "updated",
            "references": {"author_id": "authors"},
            "unique": [["title", "author_id"]],
            "relations": {
                "author": {"one": "authors", "by": "author_id", "always": True},
                "pages": {"many": "pages", "by": "book_id"},
            },
            "lifecycle": {
                "member": "state",
                "running": "printing",
                "outcomes": {"printed": 1},
                "stops": ["stopped"],
                "seconds": [60, 120],
                "counter": "progress",
                "total": [100, 100],
            },
        },
        "pages": {"key": "code", "ids": "given", "parents": {"book_id": "books"}},
    },
    "operations": {
        "listBooks": {
            "action": "list",
            "collection": "books",
            "page": {"kind": "offset", "size": "limit", "at": "skip"},
            "filters": {"title": "title"},
            "envelope": {"data": "books", "meta": {"total": "page.total", "next": "page.next"}},
        },
        "addBook": {"action": "create", "collection": "books"},
        "readBook": {"action": "read", **ITEM, "include": {"parameter": "with", "allow": ["pages"]}},
        "replaceBook": {"action": "replace", **ITEM},
        "changeBook": {"action": "merge", **ITEM},
        "removeBook": {"action": "delete", **ITEM},
        "stopBook": {"action": "transition", **ITEM, "to": "stopped"},
        "listPages": {"action": "list", **BELOW},
        "addPage": {"action": "create", **BELOW},
    },
}
AUTHORS = {"collection": "authors", "records": [{"id": 1, "name": "Aino"}, {"id": 2, "name": "Väinö"}]}


@pytest.fixture
def library(play: Callable[..., Client]) -> Client:
    """Every request takes one second of the world's clock, and a book is printed in one or two minutes."""
    return play(SPEC, BEHAVIOUR, {"authors.yaml": AUTHORS}, start_time=from_rfc3339("2026-11-20T09:00:00Z"))


def add(library: Client, title: str, **members: Any) -> Any:
    return library.post("/books", json={"title": title, **members})


def test_a_created_record_is_complete_and_reads_back(library: Client) -> None:
    made = add(library, "Kalevala", author_id="1", id=77, state="lost", unknown=1)
    book = made.json
    assert made.status_code == 201
    assert (book["id"], book["author_id"], book["state"], book["progress"]) == (1, 1, "printing", 0)
    assert book["author"] == {"id": 1, "name": "Aino"}
    assert "unknown" not in book
    read = library.get("/books/1").json
    assert {**read, "progress": 0} == book


def test_a_replaced_record_keeps_only_what_the_server_sets(library: Client) -> None:
    before = add(library, "Kalevala", note="old", author_id=1).json
    after = library.put("/books/1", json={"title": "Kanteletar"}).json
    assert "note" not in after
    assert after["author"] is None
    assert (after["id"], after["title"], after["created"]) == (1, "Kanteletar", before["created"])
    assert after["updated"] > before["updated"]


def test_a_merged_record_keeps_what_is_not_sent(library: Client) -> None:
    add(library, "Kalevala", note="old", author_id=1)
    after = library.patch("/books/1", json={"note": None}).json
    assert (after["note"], after["title"], after["author_id"]) == (None, "Kalevala", 1)


def test_a_reference_to_a_missing_record_is_refused_on_every_write(library: Client) -> None:
    add(library, "Kalevala")
    for refused in (add(library, "x", author_id=9), library.patch("/books/1", json={"author_id": "nobody"})):
        assert refused.status_code == 422
        assert refused.json["detail"][0]["loc"] == ["body", "author_id"]


def test_duplicate_values_conflict_on_every_write(library: Client) -> None:
    add(library, "Kalevala", author_id=1)
    add(library, "Kanteletar", author_id=1)
    assert add(library, "Kalevala", author_id=1).status_code == 409
    assert library.patch("/books/2", json={"title": "Kalevala"}).status_code == 409
    assert library.patch("/books/2", json={"title": "Kanteletar"}).status_code == 200


def test_children_are_deleted_with_their_parent_and_its_id_is_not_reused(library: Client) -> None:
    add(library, "Kalevala")
    library.post("/books/1/pages", json={"code": "a"})
    assert library.delete("/books/1").status_code == 204
    assert [library.get(path).status_code for path in ("/books/1", "/books/1/pages")] == [404, 404]
    assert add(library, "Kanteletar").json["id"] == 2
    assert library.post("/books/2/pages", json={"code": "a"}).status_code == 201


def test_a_key_in_the_request_may_exist_already(library: Client) -> None:
    add(library, "Kalevala")
    page = library.post("/books/1/pages", json={"code": "a", "text": "x"}).json
    assert page == {"code": "a", "text": "x", "book_id": 1}
    assert library.post("/books/1/pages", json={"code": "a"}).status_code == 409


def test_children_are_listed_below_their_parent_only(library: Client) -> None:
    for title in ("Kalevala", "Kanteletar"):
        add(library, title)
    library.post("/books/1/pages", json={"code": "a"})
    assert [record["code"] for record in library.get("/books/1/pages").json] == ["a"]
    assert library.get("/books/2/pages").json == []


def test_a_relation_is_embedded_on_request(library: Client) -> None:
    add(library, "Kalevala")
    library.post("/books/1/pages", json={"code": "a"})
    assert "pages" not in library.get("/books/1").json
    assert [record["code"] for record in library.get("/books/1?with=pages").json["pages"]] == ["a"]
    assert library.get("/books/1?with=covers").status_code == 400


def test_a_list_is_filtered_and_paginated_with_a_cursor(library: Client) -> None:
    for number in range(4):
        add(library, f"Volume {number}")
    first = library.get("/books?limit=3").json
    assert [record["id"] for record in first["books"]] == [1, 2, 3]
    assert first["page"]["total"] == 4
    assert [record["id"] for record in library.get(first["page"]["next"]).json["books"]] == [4]
    assert [record["id"] for record in library.get("/books?title=Volume 2").json["books"]] == [3]


def test_a_running_record_can_be_stopped_once(library: Client) -> None:
    add(library, "Kalevala")
    assert library.post("/books/1/stop").json["state"] == "stopped"
    assert library.post("/books/1/stop").status_code == 409
