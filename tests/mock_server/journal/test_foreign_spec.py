"""A spec without any preparation is recorded with the same care: forms, keys in queries and cookies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_server.app import build_engine
from mock_server.journal.entry import Entry, as_json
from mock_server.journal.har import as_har
from mock_server.settings import Settings
from tests.mock_server.journal.conftest import Recorded

CANARY = "canary-7f3a91c0"
ACCOUNT = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "login": {
            "type": "object",
            "properties": {"user": {"type": "string"}, "password": {"type": "string", "writeOnly": True}},
        },
        "pins": {"type": "array", "items": {"type": "string", "format": "password"}},
    },
}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = (
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
    )
    return {"content": {kind: {"schema": schema} for kind in kinds}}


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Accounts", "version": "1"},
    "security": [{"key": []}, {"session": []}],
    "paths": {
        "/accounts": {
            "get": {
                "operationId": "listAccounts",
                "responses": {"200": {"description": "", **_content({"type": "array", "items": ACCOUNT})}},
            },
            "post": {
                "operationId": "createAccount",
                "requestBody": _content(ACCOUNT),
                "responses": {"201": {"description": "", **_content(ACCOUNT)}},
            },
        }
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "query", "name": "k"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
        }
    },
}


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    path: Path = tmp_path_factory.mktemp("specs") / "accounts.json"
    path.write_text(json.dumps(SPEC))
    return Recorded(build_engine(Settings(contracts=(), specs=(path,))))


def _told(entry: Entry) -> str:
    return json.dumps([as_json(entry), as_har([entry])])


@pytest.mark.parametrize(
    ("query", "headers"),
    [(f"k={CANARY}", {}), (f"k=x&sid={CANARY}", {}), ("", {"cookie": f"sid={CANARY}"})],
    ids=["query key", "wrong place", "cookie"],
)
def test_a_key_is_hidden_wherever_it_travels(foreign: Recorded, query: str, headers: dict[str, str]) -> None:
    entry = foreign.send("GET", "/accounts", query, headers)
    assert entry.operation == "listAccounts"
    assert CANARY not in _told(entry)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps({"name": "n", "login": {"password": CANARY}, "pins": [CANARY]})),
        ("application/json", json.dumps({"name": CANARY, "login": {"user": CANARY, "password": CANARY}})),
        ("application/x-www-form-urlencoded", urlencode({"name": "n", "login[password]": CANARY})),
        ("application/x-www-form-urlencoded", urlencode({"name": "n", "pins": CANARY, "other": CANARY})),
        (
            "multipart/form-data; boundary=b",
            f'--b\r\nContent-Disposition: form-data; name="pins"\r\n\r\n{CANARY}\r\n--b--\r\n',
        ),
        ("application/xml", f"<a><name>n</name><login><password>{CANARY}</password></login></a>"),
        ("application/pdf", CANARY),
    ],
)
def test_a_secret_member_is_hidden_in_every_media_type(foreign: Recorded, kind: str, body: str) -> None:
    entry = foreign.send("POST", "/accounts", "k=key-of-mine", {"content-type": kind}, body.encode())
    assert entry.operation == "createAccount"
    assert CANARY not in _told(entry)
    assert "key-of-mine" not in _told(entry)


def test_what_is_no_secret_is_kept(foreign: Recorded) -> None:
    body = urlencode({"name": "Ada", "login[user]": "ada", "login[password]": CANARY})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    entry = foreign.send("POST", "/accounts", "k=key-of-mine", headers, body.encode())
    assert json.loads(entry.request.body or "") == {
        "name": "Ada",
        "login": {"user": "ada", "password": "*" * 10},
    }
    assert entry.status == 201
