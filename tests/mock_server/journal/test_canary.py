"""However a secret is sent, no entry, archive or explanation ever shows it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest

from mock_server.contract.operation import Operation
from mock_server.data import contract_names, fixtures_dir, openapi_dir
from mock_server.journal.citations import Citations
from mock_server.journal.entry import Entry, as_json
from mock_server.journal.explain import explain
from mock_server.journal.har import as_har
from mock_server.redaction import MASKED
from mock_server.yaml_file import read_yaml
from tests.mock_server.journal.conftest import Recorded

pytestmark = pytest.mark.slow

CANARY = "canary-7f3a91c0"
ODD = 'canäry/7f3a "+91=\\c0'
SECRET_MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "setupConnectorProvider": {"client_id": "{}", "client_secret": "{}", "webhook_secret": "{}"},
    "createCollectionConnector": {"credential": {"access_token": "{}", "deep": [{"refresh": "{}"}]}},
    "updateCollectionConnector": {"credential": {"access_token": "{}"}},
    "createConnection": {"credentials": {"access_token": "{}"}, "metadata_json": {"note": "{}"}},
    "storeConnector": {"variables": [{"key": "k", "label": "l", "value": "{}", "secret": True}]},
    "updateConnector": {"variables": [{"id": "4", "value": "{}"}]},
}
"""Where each operation takes a secret."""

HOLDERS = frozenset({"metadata_json", "variables"})
"""Members that hold a secret and are none themselves."""

CARRIERS = (
    *("Cookie", "Proxy-Authorization", "X-API-Key", "X-Amz-Security-Token", "X-Auth", "X-Csrf-Token"),
    *("X-Proxy-Key", "X-Auth-Token", "X-Hub-Signature-256"),
)
"""Headers that carry credentials."""

HEADERS = (  # noqa: SIM905 - a list of thirty quoted names reads worse
    "Accept Accept-Encoding Accept-Language Cache-Control Connection Content-Type Forwarded From "
    "Host Idempotency-Key If-Match If-None-Match Origin Prefer Range Referer "
    "Traceparent User-Agent X-Forwarded-For X-Mock-World X-Request-Id X-Whatever"
).split()
"""Headers that carry none: what a request also has as a credential is masked in them."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in. told: what it is, for people."""

    told: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = ...
    path: Mapping[str, str] = field(default_factory=dict)

    def with_credential(self, secret: str) -> Way:
        """The same request, which also has the secret as a credential."""
        carried = {"x-auth-token": secret.encode().decode("latin-1")}
        return replace(self, headers={**self.headers, **carried})


def _filled(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, secret) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, secret) for item in value]
    return secret if value == "{}" else value


def _ways(operation: Operation, body: Any, secret: str) -> Iterator[Way]:
    yield from _by_header(secret)
    for way in _beside_places(secret):
        yield way.with_credential(secret)
    yield Way("a query parameter that sounds secret", query=urlencode({"access_token": secret}))
    yield Way("a malformed body", body=b'{"name": "' + secret.encode())
    yield Way("a body that is no text", body=secret.encode() + b"\xff\xfe")
    yield Way("a form", body=urlencode({"client_secret": secret, "name": secret}).encode(), headers=_FORM)
    yield Way("plain text", body=secret.encode(), headers={"content-type": "text/plain"})
    yield Way("XML", body=f"<a>{secret}</a>".encode(), headers={"content-type": "application/xml"})
    for wrong in ([{"credential": secret}], {"clientSecret": secret}):
        yield Way("a body of a wrong shape", body=wrong)
    for place in ("user", "member", "fragment"):
        yield Way(f"an address with a secret as {place}", body={"name": f"see {_addresses(secret)[place]} x"})
    if body is not None:
        yield from _in_body(operation, body, secret)


def _addresses(secret: str) -> Mapping[str, str]:
    quoted = quote(secret, safe="")
    return {
        "user": f"https://u:{quoted}@example.com/a",
        "member": f"https://example.com/?page=1&access_token={quoted}",
        "fragment": f"https://example.com/#id_token={quoted}",
    }


def _beside_places(secret: str) -> Iterator[Way]:
    """Where no secret belongs, so that any value is shown that is nowhere a credential."""
    sent = secret.encode().decode("latin-1")
    for name in HEADERS:
        yield Way(f"the header {name}", headers={name.lower(): sent})
    yield Way("the name of a header", headers={sent.lower(): "x"})
    yield Way("an undeclared query parameter", query=urlencode({"anything": secret}))
    yield Way("the name of a query parameter", query=urlencode({secret: "x"}))
    yield Way("a bare word in the query", query=quote(secret, safe=""))
    for wrong in (secret, [secret], {"name": secret}, {secret: 1}):
        yield Way("a body of a wrong shape", body=wrong)


_FORM = {"content-type": "application/x-www-form-urlencoded"}


def _by_header(secret: str) -> Iterator[Way]:
    sent = secret.encode().decode("latin-1")
    for name in CARRIERS:
        yield Way(f"the header {name}", headers={name.lower(): sent})
    for value in (
        sent,
        f"Bearer {sent}",
        f"Basic {sent}",
        f"Basic {b64encode(f'user:{secret}'.encode()).decode()}",
        f'Token token="{sent}"',
        f'Digest username="u", response="{sent}"',
        f"AWS4-HMAC-SHA256 Credential={sent}, Signature={sent}",
    ):
        yield Way("an Authorization", headers={"authorization": value})
    yield Way("a cookie", headers={"cookie": f"theme=dark; session={sent}"})


def _in_body(operation: Operation, body: Mapping[str, Any], secret: str) -> Iterator[Way]:
    members = SECRET_MEMBERS.get(operation.id, {})
    if members:
        yield Way("its own place", body={**body, **_filled(members, secret)})
        yield Way("its own place and a name's", body={**body, **_filled(members, secret), "name": secret})
        yield Way("its own place, among faults", body={**_filled(members, secret), "status": 5, "name": []})
    for member in members:
        for wrong in (secret, [secret], {"x": secret}, [[{"x": secret}]], {secret: 1}):
            way = Way(f"{member} of a wrong shape", body={**body, member: wrong})
            yield way.with_credential(secret) if member in HOLDERS else way
    yield Way("a wrong name", body={**body, "Credential": secret, "passwort": {"x": [secret]}})
    for member in body:
        yield Way(f"inside {member}", body={**body, member: {"token": secret, "x": [{"y": secret}]}})
    for member in ("scope_config", "metadata_json"):
        yield Way(f"inside the open {member}", body={**body, member: {"x": {"password": secret}}})


def _path_names(operation: Operation) -> list[str]:
    return [one.name for one in operation.parameters if one.location == "path"]


def _traces(secret: str) -> set[str]:
    """The secret as any text may carry it."""
    plain = b64encode(f"user:{secret}".encode()).decode()
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, plain, quote(secret), quote(secret, safe=""), quote_plus(secret), *escaped}


def _shown(entry: Entry, recorded: Recorded, citations: Citations) -> str:
    """Everything anybody may ever see of an entry."""
    told = (as_json(entry), as_har([entry]), explain(entry, recorded.engine.context, citations))
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in told)


def _assert_hidden(shown: str, secret: str, way: str) -> None:
    unescaped = shown.replace("\\\\", "\\").replace('\\"', '"')
    for trace in _traces(secret):
        assert trace not in shown, f"{way}: {trace}"
        assert trace not in unescaped, f"{way}: {trace}"


@pytest.fixture(scope="module")
def citations() -> Citations:
    return Citations(openapi_dir())


@dataclass(frozen=True, slots=True)
class Asked:
    """A valid request for an operation."""

    operation: Operation
    path: Mapping[str, str]
    query: str
    headers: Mapping[str, str]
    body: Any

    def send(self, recorded: Recorded, way: Way) -> Entry:
        """Send it with what goes another way in."""
        known = {**self.path, **way.path}
        operation, path = self.operation, self.operation.path
        for name in _path_names(operation):
            path = path.replace(f"{{{name}}}", known.get(name, "00000000-0000-4000-8000-000000000000"))
        body = self.body if way.body is ... else way.body
        if body is None:
            sent = b""
        elif isinstance(body, bytes):
            sent = body
        else:
            sent = json.dumps(body).encode()
        query = "&".join(filter(None, (self.query, way.query)))
        return recorded.send(operation.method, path, query, {**self.headers, **way.headers}, sent)


def _asked(contract: str, operation: Operation, principal: Mapping[str, Any]) -> Asked:
    """The operation as the principal asks it by the book."""
    target = read_yaml(fixtures_dir() / contract / "target.yaml")
    body = target.get("bodies", {}).get(operation.id) if operation.body else None
    headers = {"content-type": "application/json"} if operation.body else {}
    credentials = principal["credentials"]
    headers |= (
        {"authorization": f"Bearer {credentials['bearer']}"}
        if "bearer" in credentials
        else {"x-api-key": next(iter(credentials.values()))}
    )
    if any(one.name.lower() == "idempotency-key" for one in operation.parameters):
        headers["idempotency-key"] = f"key-{operation.id}"
    query = urlencode(target.get("queries", {}).get(operation.id, {}))
    known = {name: str(value) for name, value in target["known"].items()}
    return Asked(operation, known, query, headers, body if body is not None or not operation.body else {})


@pytest.mark.parametrize("secret", [CANARY, ODD], ids=["plain", "odd"])
@pytest.mark.parametrize("contract", contract_names())
def test_a_secret_shows_nowhere_whichever_way_it_came_in(
    recorded: Recorded, citations: Citations, contract: str, secret: str
) -> None:
    played = recorded.engine.context.contracts[contract].contract
    principal = read_yaml(fixtures_dir() / contract / "principals.yaml")["principals"][0]
    for operation in played.operations.values():
        asked = _asked(contract, operation, principal)
        for way in _ways(operation, asked.body, secret):
            entry = asked.send(recorded, way)
            assert entry.operation, f"{operation.id} was not matched"
            _assert_hidden(_shown(entry, recorded, citations), secret, f"{operation.id}, {way.told}")


@pytest.mark.parametrize("contract", contract_names())
def test_the_credentials_of_principals_show_nowhere(
    recorded: Recorded, citations: Citations, contract: str
) -> None:
    played = recorded.engine.context.contracts[contract].contract
    for principal in read_yaml(fixtures_dir() / contract / "principals.yaml")["principals"]:
        for operation in played.operations.values():
            asked = _asked(contract, operation, principal)
            for credential in principal["credentials"].values():
                ways = [
                    Way("as itself"),
                    *(Way(f"as {name}", path={name: f"x{credential}y"}) for name in _path_names(operation)),
                    *(
                        Way(f"in the query as {one.name}", query=urlencode({one.name: credential}))
                        for one in operation.parameters
                        if one.location == "query"
                    ),
                    Way("in the body", body={"name": credential, "capabilities": [credential]}),
                ]
                for way in ways:
                    shown = _shown(asked.send(recorded, way), recorded, citations)
                    _assert_hidden(shown, credential, f"{operation.id}, {way.told}")


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api-proxy/v1/none", "/api/v1/Connectors", "/v1/customers/"]
)
def test_a_request_that_matches_nothing_hides_its_secrets_too(
    recorded: Recorded, citations: Citations, path: str
) -> None:
    for way in (*_by_header(CANARY), Way("query", query=f"token={CANARY}")):
        for body in (b"", json.dumps({"credential": CANARY}).encode(), CANARY.encode()):
            entry = recorded.send("POST", path, way.query, way.headers, body)
            _assert_hidden(_shown(entry, recorded, citations), CANARY, way.told)


def test_a_redirect_repeats_no_secret_of_the_query(recorded: Recorded, citations: Citations) -> None:
    path = "/api-proxy/v1/admin/connector-providers"
    entry = recorded.send("GET", f"{path}/", f"page=2&token={CANARY}")
    assert entry.status == 307
    assert entry.response.headers["location"] == f"http://127.0.0.1:4010{path}?page=2&token={MASKED}"
    _assert_hidden(_shown(entry, recorded, citations), CANARY, "redirect")


def test_what_is_sent_as_a_credential_is_masked_in_the_path_and_the_query_as_well(recorded: Recorded) -> None:
    entry = recorded.send(
        "GET", f"/api/v1/connectors/{CANARY}", f"include={CANARY}", {"authorization": f"Bearer {CANARY}"}
    )
    assert entry.path == f"/api/v1/connectors/{MASKED}"
    assert entry.bound == {"connector": MASKED}
    assert entry.query == (("include", MASKED),)


def test_what_a_granted_instance_fetches_is_not_kept(recorded: Recorded, citations: Citations) -> None:
    headers = {"authorization": "Bearer mock-hydracore-admin"}
    created = recorded.send(
        "POST",
        "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections",
        headers={**headers, "content-type": "application/json"},
        body=json.dumps({"provider": "gmail", "name": "kept", "credentials": {"t": CANARY}}).encode(),
    )
    assert created.status == 201
    (change,) = created.changes
    assert change.fields["credentials"] == [None, MASKED]
    principals = read_yaml(fixtures_dir() / "hydracore" / "principals.yaml")["principals"]
    keys = [one["credentials"]["proxyKey"] for one in principals if "proxyKey" in one["credentials"]]
    fetched = [
        recorded.send(
            "GET",
            "/internal/v1/instances/497f6eca-6276-4993-bfeb-53cbbbba6f08/connections",
            "provider=gmail&name=admin@iqm.com.au",
            {"authorization": f"Bearer {key}", "x-proxy-key": key, "x-api-key": key},
        )
        for key in keys
    ]
    assert 200 in {entry.status for entry in fetched}
    for entry in fetched:
        _assert_hidden(_shown(entry, recorded, citations), "mock-access-gmail-admin", "fetch")


def test_a_secret_is_masked_where_it_recurs_in_a_later_exchange(recorded: Recorded) -> None:
    secret = "canary-5b21e07d"
    recorded.send("GET", "/api/v1/connectors", headers={"x-auth-token": secret})
    entry = recorded.send("GET", f"/api/v1/connectors/x{secret}y", f"{secret}=1", {"user-agent": secret})
    assert entry.path == f"/api/v1/connectors/x{MASKED}y"
    assert entry.query == ((MASKED, "1"),)
    assert entry.request.headers["user-agent"] == MASKED
    assert secret not in json.dumps(as_json(entry))


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_that_is_no_json_is_shown_by_its_size(recorded: Recorded, media_type: str) -> None:
    headers = {"authorization": "Bearer mock-hydracore-admin", "content-type": media_type}
    path = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
    entry = recorded.send("POST", path, headers=headers, body=f"client_secret={CANARY}".encode())
    assert entry.operation == "createConnection"
    assert (entry.request.body, entry.request.size) == (None, len(CANARY) + 14)
    assert CANARY not in json.dumps(as_json(entry))
