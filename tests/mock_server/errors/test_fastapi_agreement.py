"""The same requests to a real FastAPI application and to the mock playing its OpenAPI: the same refusals,
word for word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import Body, FastAPI, Header, Query
from pydantic import BaseModel, Field
from werkzeug.test import Client

ID = "550e8400-e29b-41d4-a716-446655440000"


class Inner(BaseModel):
    key: str
    number: int = 0


class Thing(BaseModel):
    text: Annotated[str, Field(min_length=2, max_length=4)]
    slug: Annotated[str | None, Field(pattern="^[a-z]+$")] = None
    count: Annotated[int | None, Field(ge=1, le=10)] = None
    ratio: Annotated[float, Field(lt=5)] = 1
    flag: bool = True
    words: list[str] = []
    free: dict[str, Any] = {}
    inner: Inner | None = None
    inners: list[Inner] = []
    owner: UUID | None = None
    due: datetime | None = None
    day: date | None = None
    kind: Literal["a", "b", "c"] | None = None
    few: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    fives: Annotated[int, Field(multiple_of=5)] = 5


def real() -> FastAPI:
    """The application both sides are made of."""
    app = FastAPI()

    @app.post("/things/{thing_id}", operation_id="createThing")
    def create(
        thing_id: UUID,
        body: Thing,
        idempotency_key: Annotated[str, Header()],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> dict[str, Any]:
        return {}

    @app.post("/free", operation_id="createFree")
    def free(body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        return {}

    @app.get("/things", operation_id="listThings")
    def listed(
        *,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        ratio: float = 1,
        flag: bool = False,
        owner: UUID | None = None,
        kind: Literal["a", "b"] = "a",
        text: Annotated[str, Query(min_length=1)] = "x",
        numbers: Annotated[list[int], Query()] = [],  # noqa: B006  # as an application would write it
    ) -> list[dict[str, Any]]:
        return []

    return app


BEHAVIOUR = {
    "contract": "things",
    "dialect": "fastapi",
    "collections": {"things": {"called": "Thing"}},
    "operations": {
        "createThing": {"action": "create", "collection": "things"},
        "createFree": {"action": "create", "collection": "things"},
        "listThings": {"action": "list", "collection": "things"},
    },
}

APP = real()


@pytest.fixture
def played(play: Callable[..., Client]) -> Client:
    """FastAPI itself does not declare its 400, so replies are not strict here."""
    return play(APP.openapi(), BEHAVIOUR, strict_replies=False)


def ask_both(played: Client, method: str, url: str, **request: Any) -> tuple[httpx.Response, Any]:
    """The real answer and the mock's."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            sent = {"content": request.get("data"), "headers": request.get("headers")}
            return await client.request(method, url, **sent)

    expected = asyncio.run(ask())
    return expected, played.open(url, method=method, **request)


def assert_same(expected: httpx.Response, given: Any) -> None:
    assert given.status_code == expected.status_code, (expected.text, given.text)
    if expected.status_code >= 400:
        assert given.get_json() == expected.json()


JSON = {"Content-Type": "application/json", "Idempotency-Key": "k"}

MEMBERS: list[dict[str, Any]] = [
    {},
    {"text": 1},
    {"text": None},
    {"text": "a"},
    {"text": "aaaaa"},
    {"text": ["aa"]},
    {"text": "aa", "slug": "A"},
    {"text": "aa", "slug": 5},
    {"text": "aa", "slug": None},
    {"text": "aa", "count": "x"},
    {"text": "aa", "count": 1.5},
    {"text": "aa", "count": "1.0"},
    {"text": "aa", "count": True},
    {"text": "aa", "count": []},
    {"text": "aa", "count": 11},
    {"text": "aa", "count": 0},
    {"text": "aa", "count": "99999999999999999999999999"},
    {"text": "aa", "ratio": "x"},
    {"text": "aa", "ratio": []},
    {"text": "aa", "ratio": "1.5"},
    {"text": "aa", "flag": "x"},
    {"text": "aa", "flag": 2},
    {"text": "aa", "flag": 1},
    {"text": "aa", "flag": []},
    {"text": "aa", "flag": None},
    {"text": "aa", "words": "x"},
    {"text": "aa", "words": {}},
    {"text": "aa", "words": ["a", 1, "b", 2]},
    {"text": "aa", "free": []},
    {"text": "aa", "inner": []},
    {"text": "aa", "inner": {}},
    {"text": "aa", "inner": {"key": 3, "number": "x"}},
    {"text": "aa", "inners": [{}, 3, {"key": "k"}]},
    {"text": "aa", "owner": "x"},
    {"text": "aa", "owner": 3},
    {"text": "aa", "owner": ""},
    {"text": "aa", "owner": ID.replace("-", "").upper()},
    {"text": "aa", "owner": ID[:-1]},
    {"text": "aa", "due": "x"},
    {"text": "aa", "day": "x"},
    {"text": "aa", "due": []},
    {"text": "aa", "kind": "d"},
    {"text": "aa", "few": []},
    {"text": "aa", "few": [1, 2, 3]},
    {"text": "aa", "fives": 3},
    {"text": "aa", "unknown": 3},
    {"count": 0, "flag": "x", "text": 3, "few": []},
]


@pytest.mark.parametrize("body", MEMBERS, ids=lambda body: json.dumps(body)[:60])
def test_a_broken_member_is_reported_as_fastapi_reports_it(played: Client, body: dict[str, Any]) -> None:
    expected, given = ask_both(played, "POST", f"/things/{ID}", data=json.dumps(body).encode(), headers=JSON)
    assert_same(expected, given)


BODIES: list[tuple[bytes, str | None]] = [
    (b"", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b'"x"', "application/json"),
    (b"3", "application/json"),
    (b"{", "application/json"),
    (b'{"text":}', "application/json"),
    (b'{"text":"aa"}x', "application/json"),
    (b"   ", "application/json"),
    (b"{'text': 1}", "application/json"),
    (b'{"text":"aa",}', "application/json"),
    (b'{"text":"a\nb"}', "application/json"),
    (b"\xff", "application/json"),
    (b"[" * 5000, "application/json"),
    (b'{"text":' + b"1" * 5000 + b"}", "application/json"),
    (b'{"text":"aa","text":3}', "application/json"),
    (b'{"text":"aa"}', "application/vnd.x+json"),
    (b'{"text":"aa"}', "application/json; charset=utf-8"),
    (b'{"text":"aa"}', "text/plain"),
    (b'{"text":"aa"}', None),
    (b"text=aa", "application/x-www-form-urlencoded"),
    ('{"text":"aa"}'.encode("utf-16"), "application/json"),
    (b'\xef\xbb\xbf{"text":"aa"}', "application/json"),
]


@pytest.mark.parametrize(("body", "content_type"), BODIES, ids=lambda value: repr(value)[:40])
def test_a_body_that_is_no_object_is_reported_as_fastapi_reports_it(
    played: Client, body: bytes, content_type: str | None
) -> None:
    headers = {"Idempotency-Key": "k"} | ({"Content-Type": content_type} if content_type else {})
    for path in (f"/things/{ID}", "/free"):
        assert_same(*ask_both(played, "POST", path, data=body, headers=headers))


PATHS = [
    "zz",
    ID.replace("-", ""),
    f"{{{ID}}}",
    f"urn:uuid:{ID}",
    "{" + ID.replace("-", "") + "}",
    ID[:-1] + "g",
    ID[:23],
    "5" * 33,
    "550e8400-e29b41d4-a716-4466-55440000",
    "%C3%A9",
    "00000000-0000-0000-0000-000000000000",
]


@pytest.mark.parametrize("thing_id", PATHS)
def test_path_query_and_body_are_judged_together(played: Client, thing_id: str) -> None:
    assert_same(*ask_both(played, "POST", f"/things/{thing_id}?limit=0", data=b"{}", headers=JSON))


def test_a_missing_header_is_named_in_lower_case_with_hyphens(played: Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert_same(*ask_both(played, "POST", f"/things/{ID}", data=b'{"text":"aa"}', headers=headers))


QUERIES = [
    "limit=1e1",
    "limit=",
    "limit=5.0",
    "limit=%2B5",
    "limit=%205",
    "limit=5_0",
    "limit=1__0",
    "limit=101",
    "limit=0",
    "limit=-0",
    "limit=5.5",
    "limit=05",
    "limit=1&limit=200",
    "limit=200&limit=1",
    "limit=" + "9" * 5000,
    "ratio=x",
    "ratio=",
    "ratio=1e1",
    "flag=x",
    "flag=on",
    "flag=T",
    "owner=",
    f"owner={ID}",
    "kind=c",
    "text=",
    "numbers=1&numbers=x&numbers=2",
    "unknown=1",
    "limit=%FF",
    "limit=a%00b",
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:30])
def test_a_query_is_coerced_and_refused_as_fastapi_does(played: Client, query: str) -> None:
    assert_same(*ask_both(played, "GET", f"/things?{query}"))


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("PUT", "/things"), ("GET", f"/things/{ID}"), ("HEAD", "/things")],
)
def test_unknown_routes_and_methods_are_answered_as_fastapi_does(
    played: Client, method: str, path: str
) -> None:
    expected, given = ask_both(played, method, path)
    assert given.status_code == expected.status_code
    assert given.headers.get("Allow") == expected.headers.get("Allow")
    if method != "HEAD":
        assert given.get_json() == expected.json()


def test_a_slash_too_many_is_redirected(played: Client) -> None:
    expected, given = ask_both(played, "GET", "/things/?limit=3")
    assert (given.status_code, given.headers["Location"]) == (307, expected.headers["Location"])
