"""A small conforming API with optional defects, and the fixtures to run the harness against it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.session.client import Client
from contract_tests.session.context import RunContext
from contract_tests.target.target_file import ContractTarget, Target

SPEC = Path(__file__).parent / "shelf.yaml"
TOKEN = "token-of-the-writer"
KNOWN = "a3d5b6c4-0000-4000-8000-000000000001"


class ShelfApp:
    """The API of shelf.yaml as a WSGI application; `defects` names what it does wrong."""

    def __init__(self, *defects: str) -> None:
        self.defects = set(defects)
        self.books: dict[str, dict[str, Any]] = {KNOWN: self._book(KNOWN, {"title": "Known", "pages": 3})}
        self.requests: list[str] = []
        self.failing_once = "fails-once" in defects

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        status, body = self._answer(environ)
        headers = [
            ("Content-Type", "text/html" if "html" in self.defects and status >= 400 else "application/json")
        ]
        if status == 429:
            headers.append(("Retry-After", "7"))
        start_response(f"{status} Said", headers)
        return [] if body is None else [json.dumps(body).encode()]

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {TOKEN}":
            return 401, {"detail": "who are you"}
        if "raises" in self.defects:
            raise ValueError("planted")
        if "throttles-once" in self.defects:
            self.defects.remove("throttles-once")
            return 429, {"detail": "slower"}
        parts = environ["PATH_INFO"].removeprefix("/api").split("/")
        if parts[2] != "one":
            return 404, {"detail": "no such shelf"}
        if len(parts) == 4:
            return self._list(environ) if environ["REQUEST_METHOD"] == "GET" else self._create(environ)
        return self._one(environ["REQUEST_METHOD"], parts[4])

    def _list(self, environ: dict[str, Any]) -> tuple[int, Any]:
        query = parse_qs(environ["QUERY_STRING"])
        told = query.get("limit", ["2"])[0]
        if "limit-ignored" not in self.defects and not (told.isdecimal() and 1 <= int(told) <= 100):
            return 422, {"detail": "limit"}
        cursor = query.get("cursor", ["0"])[0]
        if not (cursor.isascii() and cursor.isdecimal()):
            return 422, {"detail": "cursor"}
        start = int(cursor)
        end = start + (int(told) if told.isdecimal() else 2)
        found = list(self.books.values())
        return 200, {"data": found[start:end], "next_cursor": str(end) if end < len(found) else None}

    def _create(self, environ: dict[str, Any]) -> tuple[int, Any]:
        if environ.get("CONTENT_TYPE", "").partition(";")[0] != "application/json":
            return 415, {"detail": "not JSON"}
        length = int(environ.get("CONTENT_LENGTH") or 0)
        try:
            body = json.loads(environ["wsgi.input"].read(length))
        except (ValueError, RecursionError):
            body = None
        defect = self._defect_of(body)
        if defect:
            return 422, {"detail": [defect]} if "errors-listed" in self.defects else {"detail": defect}
        if self.failing_once:
            self.failing_once = False
            return 404, {"detail": "not now"}
        name = str(uuid.uuid4())
        self.books[name] = self._book(name, body)
        if "secret-shown" in self.defects:
            self.books[name]["note"] = json.dumps(body.get("seller"))
        return (200 if "create-200" in self.defects else 201), {"data": self.books[name]}

    def _defect_of(self, body: Any) -> str | None:
        if not isinstance(body, dict):
            return "not an object"
        title, pages, kind = body.get("title"), body.get("pages"), body.get("kind", "poem")
        if "title-unchecked" not in self.defects and not (isinstance(title, str) and 1 <= len(title) <= 40):
            return "title"
        if not isinstance(pages, int) or pages < 1:
            return "pages"
        if kind not in ("novel", "poem"):
            return "kind"
        seller = body.get("seller", {})
        return None if isinstance(seller, dict) and isinstance(seller.get("key", ""), str) else "seller"

    def _one(self, method: str, name: str) -> tuple[int, Any]:
        if name not in self.books:
            return 404, {"detail": "no such book"}
        if method == "DELETE":
            if "delete-refused" in self.defects:
                return 409, {"detail": "no"}
            del self.books[name]
            return 204, None
        return 200, {"data": self.books[name]}

    def _book(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        moment = "yesterday" if "bad-time" in self.defects else "2026-01-02T03:04:05Z"
        return {"id": name, "title": body.get("title"), "pages": body["pages"], "made_at": moment}


def _no_sleep(seconds: float) -> None:
    del seconds


@pytest.fixture(scope="session")
def citations() -> Citations:
    """The facts and decisions of the repository."""
    return Citations.load(openapi_dir())


@pytest.fixture
def shelf_target() -> Callable[..., Target]:
    """Makes the target of an application that implements shelf.yaml."""

    def make(application: Any, **members: Any) -> Target:
        one = {
            "base_url": "http://shelf.test/api",
            "wsgi": application,
            "spec": SPEC,
            "credentials": {"writer": {"scheme": "bearer", "value": TOKEN, "roles": ["write"]}},
            "known": {"shelf": "one", "book_id": KNOWN},
        }
        return Target.model_validate({"contracts": {"shelf": {**one, **members}}})

    return make


@pytest.fixture
def shelf_context(shelf_target: Callable[..., Target], citations: Citations) -> Callable[..., RunContext]:
    """Makes the run context of an application that implements shelf.yaml; it never sleeps."""

    def make(application: Any, **members: Any) -> RunContext:
        target: ContractTarget = shelf_target(application, **members).contracts["shelf"]
        contract = Contract.load("shelf", SPEC)
        client = Client(contract, target, sleep=_no_sleep)
        return RunContext(contract, target, citations, client, seed=1, sleep=_no_sleep)

    return make


@pytest.fixture
def shelf_app() -> type[ShelfApp]:
    """The application's class: give it the names of its defects."""
    return ShelfApp
