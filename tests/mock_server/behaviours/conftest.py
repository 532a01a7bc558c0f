"""A contract of shelves and books: what declaring behaviour needs and nothing more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.declared import Behaviours
from mock_server.behaviours.loading import read_behaviours
from mock_server.contract.loading import load
from mock_server.contract.operation import Contract

KEY = {"type": "string", "format": "uuid"}
BOOK = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {
        "id": {**KEY, "readOnly": True},
        "title": {"type": "string", "minLength": 1},
        "pages": {"type": "integer", "default": 100},
        "language": {"type": "string", "default": "en"},
    },
}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": KEY}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "paths": {
        "/shelves/{shelf_id}/books": {
            "get": {
                "operationId": "listBooks",
                "parameters": [
                    _path("shelf_id"),
                    _query("limit", {"type": "integer", "maximum": 50, "default": 5}),
                    _query("after", {"type": "string"}),
                    _query("language", {"type": "string"}),
                ],
                "responses": {"200": {"description": "", **_json({"type": "array"})}},
            },
            "post": {
                "operationId": "addBook",
                "parameters": [_path("shelf_id")],
                "requestBody": _json({"$ref": "#/components/schemas/Book"}),
                "responses": {"201": {"description": "", **_json({"$ref": "#/components/schemas/Book"})}},
            },
        }
    },
    "components": {"schemas": {"Book": BOOK}},
}
BEHAVIOUR: dict[str, Any] = {
    "contract": "library",
    "dialect": "fastapi",
    "collections": {
        "shelves": {"fixture": "library/shelves"},
        "books": {
            "fixture": "library/books",
            "parents": {"shelf_id": "shelves"},
            "created": "added_at",
            "relations": {"shelf": {"one": "shelves", "by": "shelf_id"}},
        },
    },
    "operations": {
        "listBooks": {
            "action": "list",
            "collection": "books",
            "scope": {"shelf_id": "shelves"},
            "order": "-added_at",
            "page": {"kind": "cursor", "size": "limit", "at": "after"},
            "filters": {"language": "language"},
        },
        "addBook": {
            "action": "create",
            "collection": "books",
            "scope": {"shelf_id": "shelves"},
            "defaults": {"state": "new"},
        },
    },
}


@pytest.fixture
def library(tmp_path: Path) -> Contract:
    path = tmp_path / "library.yaml"
    path.write_text(json.dumps(SPEC))
    return load(path)


@pytest.fixture
def declared(library: Contract) -> Behaviours:
    return read_behaviours(library, BEHAVIOUR, origin="library.behaviour.yaml")
