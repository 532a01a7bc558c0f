"""Documents compared: each edited copy is found and classed, another spelling is no difference."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from fastapi import Depends, FastAPI, Query
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from contract_tests.cli import main
from contract_tests.openapi.contract import NAMES, Contract
from contract_tests.spec_diff.differences import Difference, Harm, differences

Node = dict[str, Any]

BOOK: Node = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "title": {"type": "string", "minLength": 1, "maxLength": 80},
        "state": {"type": "string", "enum": ["new", "read"]},
        "pages": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
LIMIT: Node = {"type": "integer", "minimum": 1, "maximum": 50}
KEY: Node = {"name": "book_id", "in": "path", "required": True, "schema": {"type": "string"}}
NEW_BOOK: Node = {
    "type": "object",
    "required": ["title"],
    "properties": {name: BOOK["properties"][name] for name in ("title", "state", "pages", "tags")},
}


def _content(schema: Node) -> Node:
    return {"application/json": {"schema": schema}}


DOCUMENT: Node = {
    "openapi": "3.1.0",
    "info": {"title": "Books", "version": "1"},
    "servers": [{"url": "http://books.test/v1"}],
    "paths": {
        "/books": {
            "get": {
                "operationId": "listBooks",
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 50},
                    },
                    {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["new", "read"]}},
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "content": _content(
                            {"type": "array", "items": {"$ref": "#/components/schemas/Book"}}
                        ),
                    }
                },
                "security": [{"token": []}],
            },
            "post": {
                "operationId": "makeBook",
                "requestBody": {
                    "required": True,
                    "content": _content({"$ref": "#/components/schemas/NewBook"}),
                },
                "responses": {
                    "201": {"description": "", "content": _content({"$ref": "#/components/schemas/Book"})},
                    "409": {"description": ""},
                },
                "security": [{"token": []}],
            },
        },
        "/books/{book_id}": {
            "get": {
                "operationId": "readBook",
                "parameters": [
                    {"name": "book_id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": {"description": "", "content": _content({"$ref": "#/components/schemas/Book"})},
                    "404": {"description": ""},
                },
                "security": [{"token": []}],
            },
        },
    },
    "components": {
        "schemas": {"Book": BOOK, "NewBook": NEW_BOOK},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}


def _contract(document: Node) -> Contract:
    return Contract("books", Path("books.yaml"), document)


def _edited(edit: Callable[[Node], Any]) -> Node:
    copy = json.loads(json.dumps(DOCUMENT))  # in which no part is shared
    edit(copy)
    return copy


def _found(edit: Callable[[Node], Any]) -> set[tuple[Harm, str, str]]:
    return {
        (each.harm, each.operation, each.where)
        for each in differences(_contract(DOCUMENT), _contract(_edited(edit)))
    }


def _operation(document: Node, method: str, path: str = "/books") -> Node:
    found: Node = document["paths"][path][method]
    return found


def _member(document: Node, schema: str, name: str) -> Node:
    found: Node = document["components"]["schemas"][schema]["properties"][name]
    return found


LIST, MAKE, READ = "GET /books", "POST /books", "GET /books/{book_id}"


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        pytest.param(lambda d: d["paths"].pop("/books/{book_id}"), {(Harm.CLIENTS, READ, "")}, id="missing"),
        pytest.param(
            lambda d: (
                d["paths"].update({"/shelves": {"get": deepcopy(_operation(d, "get"))}})
                or _operation(d, "get", "/shelves").update(operationId="listShelves")
            ),
            {(Harm.NONE, "GET /shelves", "")},
            id="undocumented",
        ),
        pytest.param(
            lambda d: _operation(d, "get")["parameters"].pop(),
            {(Harm.CLIENTS, LIST, "query state")},
            id="filter",
        ),
        pytest.param(
            lambda d: _operation(d, "get")["parameters"][0].update(required=True),
            {(Harm.CLIENTS, LIST, "query limit")},
            id="parameter required",
        ),
        pytest.param(
            lambda d: _operation(d, "get")["parameters"].append(
                {"name": "q", "in": "query", "schema": {"type": "string"}}
            ),
            {(Harm.NONE, LIST, "query q")},
            id="parameter added",
        ),
        pytest.param(
            lambda d: _operation(d, "get")["parameters"][0]["schema"].update(maximum=20),
            {(Harm.CLIENTS, LIST, "query limit")},
            id="maximum lower",
        ),
        pytest.param(
            lambda d: _operation(d, "get")["parameters"][0]["schema"].update(maximum=100),
            {(Harm.SERVERS, LIST, "query limit")},
            id="maximum higher",
        ),
        pytest.param(
            lambda d: _operation(d, "get")["parameters"][1]["schema"]["enum"].pop(),
            {(Harm.CLIENTS, LIST, "query state")},
            id="value gone",
        ),
        pytest.param(
            lambda d: _member(d, "NewBook", "title").update(maxLength=40),
            {(Harm.CLIENTS, MAKE, "body title")},
            id="body narrower",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["NewBook"]["required"].append("state"),
            {(Harm.CLIENTS, MAKE, "body state")},
            id="member required",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["NewBook"]["properties"].update(note={"type": "string"}),
            set(),
            id="optional member added",
        ),
        pytest.param(
            lambda d: _member(d, "Book", "state")["enum"].append("lost"),
            {
                (Harm.CLIENTS, LIST, "answer 200 [].state"),
                (Harm.CLIENTS, MAKE, "answer 201 state"),
                (Harm.CLIENTS, READ, "answer 200 state"),
            },
            id="answer wider",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["Book"]["required"].remove("title"),
            {
                (Harm.CLIENTS, LIST, "answer 200 [].title"),
                (Harm.CLIENTS, MAKE, "answer 201 title"),
                (Harm.CLIENTS, READ, "answer 200 title"),
            },
            id="member owed no longer",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["Book"]["properties"].pop("tags"),
            {
                (Harm.CLIENTS, LIST, "answer 200 [].tags"),
                (Harm.CLIENTS, MAKE, "answer 201 tags"),
                (Harm.CLIENTS, READ, "answer 200 tags"),
            },
            id="member gone",
        ),
        pytest.param(
            lambda d: _member(d, "Book", "pages").update(anyOf=[{"type": "integer"}]),
            {
                (Harm.SERVERS, LIST, "answer 200 [].pages"),
                (Harm.SERVERS, MAKE, "answer 201 pages"),
                (Harm.SERVERS, READ, "answer 200 pages"),
            },
            id="null no longer",
        ),
        pytest.param(
            lambda d: _member(d, "Book", "tags")["items"].update(type="integer"),
            {
                (Harm.BOTH, LIST, "answer 200 [].tags.[]"),
                (Harm.BOTH, MAKE, "answer 201 tags.[]"),
                (Harm.BOTH, READ, "answer 200 tags.[]"),
            },
            id="other type",
        ),
        pytest.param(
            lambda d: _operation(d, "post")["responses"].update(
                {"200": _operation(d, "post")["responses"].pop("201")}
            ),
            {(Harm.CLIENTS, MAKE, "answer 201"), (Harm.NONE, MAKE, "answer 200")},
            id="success changed",
        ),
        pytest.param(
            lambda d: _operation(d, "post")["responses"].pop("409"),
            {(Harm.NONE, MAKE, "answer 409")},
            id="refusal undocumented",
        ),
        pytest.param(
            lambda d: _operation(d, "get").pop("security"), {(Harm.SERVERS, LIST, "security")}, id="open now"
        ),
        pytest.param(
            lambda d: d["components"]["securitySchemes"]["token"].update(
                {"type": "apiKey", "in": "header", "name": "X-Key"}
            ),
            {
                (harm, operation, "security")
                for harm in (Harm.CLIENTS, Harm.SERVERS)
                for operation in (LIST, MAKE, READ)
            },
            id="another credential",
        ),
        pytest.param(
            lambda d: _operation(d, "post")["requestBody"].update(required=False),
            {(Harm.SERVERS, MAKE, "body")},
            id="body optional",
        ),
    ],
)
def test_each_edit_is_found_and_classed(
    edit: Callable[[Node], Any], found: set[tuple[Harm, str, str]]
) -> None:
    assert _found(edit) == found


def _renamed(document: Node) -> None:
    """How a document is written, and nothing of what it says."""
    schemas = document["components"]["schemas"]
    schemas["BookRead"] = schemas.pop("Book")
    text = json.dumps(document["paths"]).replace("schemas/Book", "schemas/BookRead").replace("book_id", "key")
    document["paths"] = json.loads(text)
    document["paths"]["/books/{key}"]["get"]["parameters"][0]["schema"].update(title="Key", description="…")
    schemas["BookRead"]["properties"]["pages"] = {"type": ["integer", "null"], "title": "Pages"}
    schemas["BookRead"]["properties"]["state"] = {"allOf": [{"enum": ["read", "new"]}, {"type": "string"}]}
    document["info"]["title"] = "Other"
    document["components"]["securitySchemes"]["bearer"] = document["components"]["securitySchemes"].pop(
        "token"
    )
    for path in document["paths"].values():
        for operation in path.values():
            operation["security"] = [{"bearer": []}]


def test_another_spelling_is_no_difference() -> None:
    assert _found(_renamed) == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_does_not_differ_from_itself(name: str) -> None:
    contract = Contract.load(name)

    assert list(differences(contract, Contract(name, contract.path, deepcopy(dict(contract.document))))) == []


TOKEN = HTTPBearer()


class NewBook(BaseModel):
    title: Annotated[str, Field(min_length=1, max_length=80)]
    state: Literal["new", "read"] = "new"
    pages: int | None = None
    tags: list[str] = []


class Book(NewBook):
    id: Annotated[str, Field(json_schema_extra={"format": "uuid"})]


def _faithful() -> Node:
    """FastAPI's own document of an implementation of the document above."""
    app = FastAPI()

    @app.get("/v1/books", response_model=list[Book])
    def listed(
        token: Annotated[Any, Depends(TOKEN)],
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
        state: Literal["new", "read"] | None = None,
    ) -> Any: ...

    @app.post("/v1/books", status_code=201)
    def made(book: NewBook, token: Annotated[Any, Depends(TOKEN)]) -> Book: ...

    @app.get("/v1/books/{key}")
    def read(key: str, token: Annotated[Any, Depends(TOKEN)]) -> Book: ...

    return app.openapi()


def test_what_fastapi_makes_of_types_breaks_no_client() -> None:
    found = list(differences(_contract(DOCUMENT), _contract(_faithful())))

    assert [each for each in found if each.harm in (Harm.CLIENTS, Harm.BOTH)] == []
    assert {each.kind for each in found} <= {"response-added", "response-removed", "request-wider"}


@pytest.fixture
def deployment() -> Iterator[str]:
    """A server that shows its own document at a usual place."""
    content = json.dumps(_edited(lambda d: d["paths"].pop("/books/{book_id}"))).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == "/api/openapi.json"
            self.send_response(200 if is_there else 404)
            self.end_headers()
            self.wfile.write(content if is_there else b"{}")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["spec", "diff", *arguments])
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out + printed.err


def test_a_deployment_is_asked_for_its_document_and_differences_are_agreed(
    deployment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, allow = tmp_path / "books.json", tmp_path / "allow.toml"
    own.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    allow.write_text(
        '[[allow]]\nkind = "operation-*"\noperation = "GET *"\nreason = "later"', encoding="utf-8"
    )

    code, text = _command(capsys, str(own), deployment)
    agreed, silent = _command(capsys, str(own), deployment, "--allow", str(allow))
    as_json = _command(capsys, str(own), deployment, "--format", "json")[1]

    assert code == 1
    assert "breaks clients GET /books/{book_id} the newer document lacks it [operation-missing]" in text
    assert (agreed, silent) == (0, "no difference, 1 allowed\n")
    assert json.loads(as_json)["counts"]["breaks clients"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.yaml", "nothing.yaml"), "the file nothing.yaml does not exist"),
        (("http://127.0.0.1:9/x", "nothing.yaml"), "http://127.0.0.1:9/x does not answer"),
    ],
)
def test_what_cannot_be_read_is_refused(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = _command(capsys, *arguments)

    assert code == 2
    assert said in text


def test_a_deployment_without_a_document_is_reported_with_where_was_asked(
    deployment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "books.json"
    own.write_text(json.dumps(DOCUMENT), encoding="utf-8")

    code, text = _command(capsys, str(own), f"{deployment}/elsewhere")

    assert code == 2
    assert "shows no OpenAPI 3 document; asked for /elsewhere, /elsewhere/openapi.json" in text


def test_a_difference_is_plain_data() -> None:
    (found,) = differences(
        _contract(DOCUMENT), _contract(_edited(lambda d: _operation(d, "get")["parameters"].pop()))
    )

    assert found == Difference(Harm.CLIENTS, "parameter-removed", LIST, "query state", "is taken no longer")
