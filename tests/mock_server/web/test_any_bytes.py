"""No request, whatever its bytes, gets a 500, HTML or an exception; every reply keeps to its own contract."""

from __future__ import annotations

import io
import json
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.app import create_app
from mock_server.clock import from_rfc3339
from mock_server.settings import Settings

SETTINGS = Settings(strict_replies=True, start_time=from_rfc3339("2026-11-20T09:00:00Z"))
APP = create_app(SETTINGS)
ENGINE = APP.extensions["mock_server"]

OPERATIONS = [
    operation
    for mounted in ENGINE.context.contracts.values()
    for operation in mounted.contract.operations.values()
]
TEMPLATES = sorted({operation.path for operation in OPERATIONS})
EXAMPLES = {
    parameter.name: str(parameter.example)
    for operation in OPERATIONS
    for parameter in operation.parameters
    if parameter.location == "path"
}
CREDENTIALS = [
    f"Bearer {credential}"
    for mounted in ENGINE.context.contracts.values()
    for principal in mounted.principals.known
    for credential in principal.credentials.values()
]

latin = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=40)
segments = st.one_of(st.sampled_from(sorted(EXAMPLES.values())), latin, st.integers(-2, 50).map(str))
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
names = st.sampled_from(
    ["limit", "cursor", "page", "per_page", "include", "sort", "filter[name]", "provider", "x"]
)
queries = st.one_of(
    st.lists(st.tuples(names, st.one_of(latin, st.integers().map(str)))).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
    latin,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = [
    *(
        "provider_slug",
        "credential",
        "scope_config",
        "status",
        "client_id",
        "client_secret",
        "name",
        "provider",
    ),
    *(
        "credentials",
        "auth_type",
        "scopes",
        "capabilities",
        "instance_id",
        "timezone",
        "date_format",
        "variables",
    ),
    *("authentication_implementation_id", "rate_limit_unit", "rate_limit_duration"),
]
members = st.dictionaries(
    st.sampled_from(MEMBERS),
    anything,
)
bodies = st.one_of(
    st.binary(max_size=60), st.one_of(members, anything).map(lambda one: json.dumps(one).encode())
)
types = st.one_of(
    st.sampled_from(
        ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
    ),
    latin,
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """A path of some contract with odd segments, or no path at all."""
    if draw(st.integers(0, 9)) == 0:
        return "/" + draw(latin)
    template = draw(st.sampled_from(TEMPLATES))
    return "/".join(_filled(draw, segment) for segment in template.split("/"))


def _filled(draw: st.DrawFn, segment: str) -> str:
    """A segment of a path template; for a parameter its example, one time in four an odd text."""
    if segment[:1] != "{":
        return segment
    return EXAMPLES[segment[1:-1]] if draw(st.integers(0, 3)) else draw(segments)


def ask(environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """The application's answer to a bare environ."""
    answered: list[Any] = []
    body = b"".join(APP.wsgi_app(environ, lambda status, headers: answered.extend((status, headers))))
    return int(answered[0][:3]), dict(answered[1]), body


def environ_of(method: str, path: str, query: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4010",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **headers,
    }


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    method=methods,
    path=paths(),
    query=queries,
    body=bodies,
    content_type=types,
    credential=st.sampled_from(CREDENTIALS) | latin,
    key=latin,
    cookie=latin,
)
def test_any_request_is_answered_in_json(
    *,
    method: str,
    path: str,
    query: str,
    body: bytes,
    content_type: str,
    credential: str,
    key: str,
    cookie: str,
) -> None:
    headers = {
        "HTTP_AUTHORIZATION": credential,
        "HTTP_IDEMPOTENCY_KEY": key,
        "HTTP_COOKIE": cookie,
        "CONTENT_TYPE": content_type,
    }
    status, sent, answer = ask(environ_of(method, path, query, body, headers))
    assert status < 500
    if answer:
        assert "json" in sent["Content-Type"]
        json.loads(answer)


HOSTILE = {
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b"[" * 150 + b"]" * 150,
    "deeper and closed": b"[" * 600 + b"]" * 600,
    "deep in a free-form member": b'{"provider_slug":"slack","credential":'
    + b'{"a":' * 190
    + b"1"
    + b"}" * 191,
    "too deep in a free-form member": b'{"credential":' + b'{"a":' * 400 + b"1" + b"}" * 401,
    "lone surrogate": b'{"provider_slug":"\\ud800","credential":{}}',
    "lone surrogate as a name": b'{"provider_slug":"slack","credential":{"\\udfff":1}}',
    "NUL": b'{"provider_slug":"a\\u0000b","credential":{}}',
    "NaN": b'{"provider_slug":NaN,"credential":{"a":Infinity}}',
    "huge number": b'{"provider_slug":"slack","credential":{"a":1e999}}',
    "huge integer": b'{"provider_slug":"slack","credential":{"a":' + b"9" * 4000 + b"}}",
    "too huge an integer": b'{"provider_slug":"slack","credential":{"a":' + b"9" * 5000 + b"}}",
    "beyond 64 bits": b'{"provider_slug":18446744073709551617,"credential":{"a":-9223372036854775809}}',
    "equal names": b'{"provider_slug":1,"provider_slug":"slack","credential":{},"credential":{"a":1}}',
    "no UTF-8": b'{"provider_slug":"\xff\xfe"}',
    "surrogate bytes": b'{"provider_slug":"\xed\xa0\x80","credential":{}}',
    "long text": b'{"provider_slug":"' + b"a" * 1_000_000 + b'"}',
    "many members": json.dumps({f"m{n}": n for n in range(20_000)}).encode(),
}

SPACE, COLLECTION = "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c", "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f"
CREATES = [
    f"/api-proxy/v1/spaces/{SPACE}/collections/{COLLECTION}/connectors",
    "/api-proxy/v1/admin/connector-providers/google-workspace/setup",
    "/v1/admin/connector-providers/google-workspace/setup",
    "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections",
    "/api/v1/connectors",
]
ADMIN = {
    "/api-proxy": "mock-aimable-admin",
    "/v1/cus": "mock-hydracore-admin",
    "/api/v1/c": "mock-patchworks-admin",
}


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_answered_in_json(path: str, body: bytes) -> None:
    token = next((token for start, token in ADMIN.items() if path.startswith(start)), "")
    headers = {"CONTENT_TYPE": "application/json", "HTTP_IDEMPOTENCY_KEY": f"key-{zlib.crc32(body)}"}
    if token:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    status, sent, answer = ask(environ_of("POST", path, "", body, headers))
    assert status < 500
    assert sent["Content-Type"] == "application/json"
    json.loads(answer)
