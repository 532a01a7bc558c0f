"""Signing in at the mock's own authorization server, as a client library does it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from mock_server.app import build_engine
from mock_server.clock import ClockState, from_rfc3339
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.settings import Settings

NOTES = Path(__file__).parents[2] / "cases" / "60-sign-in.yaml"
NOW = from_rfc3339("2026-11-20T09:00:00Z")
BASE = "http://127.0.0.1:4010"
CALLBACK = "http://localhost:5173/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-1"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "notes-app",
    "redirect_uri": CALLBACK,
    "state": "a state",
    "scope": "openid notes:read",
    "nonce": "once",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def engine() -> Engine:
    """A mock of the notes, whose clock stands still."""
    engine = build_engine(Settings(contracts=(), specs=(NOTES,)))
    engine.world().clock.set(ClockState("frozen", NOW))
    return engine


def get(engine: Engine, path: str, query: Mapping[str, str] | None = None, token: str = "") -> Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return engine.handle(Request("GET", path, urlencode(query or {}), headers, base_url=BASE))


def post(
    engine: Engine, path: str, form: Mapping[str, Any], query: Mapping[str, str] | None = None
) -> Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode(form, doseq=True).encode()
    return engine.handle(Request("POST", path, urlencode(query or {}), headers, body, BASE))


def decided(engine: Engine, decision: str = "allow", **asked: str) -> dict[str, str]:
    """What the client is sent back with after a user has decided on the sign-in page."""
    allowed = ["openid", "notes:read", "notes:write"]
    form = {"user": "ann", "decision": decision, "allowed": allowed}
    response = post(engine, "/oauth/authorize", form, {**ASKED, **asked})
    assert response.status == 302, response.body
    address = response.headers["Location"]
    assert address.startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(address).query))


def exchanged(engine: Engine, code: str, **changed: str) -> Response:
    """The response to a code at the token endpoint."""
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": "notes-app",
        "code_verifier": VERIFIER,
    }
    return post(engine, "/oauth/token", {**sent, **changed})


def signed_in(engine: Engine, **asked: str) -> dict[str, Any]:
    """The tokens of a user who has signed in."""
    response = exchanged(engine, decided(engine, **asked)["code"])
    assert response.status == 200, response.body
    tokens: dict[str, Any] = json.loads(response.body)
    return tokens


def test_discovery_names_endpoints_that_answer(engine: Engine) -> None:
    document = json.loads(get(engine, "/.well-known/openid-configuration").body)
    assert document["issuer"] == BASE
    for member in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert get(engine, urlsplit(document[member]).path).status in {200, 400, 401, 405}, member


def test_the_paths_of_the_document_lead_to_the_same_endpoints(engine: Engine) -> None:
    assert get(engine, "/authorize", ASKED).status == 200
    assert json.loads(post(engine, "/token", {}).body)["error"] == "unsupported_grant_type"


def test_the_page_asks_for_a_name_and_shows_the_scopes(engine: Engine) -> None:
    response = get(engine, "/oauth/authorize", {**ASKED, "client_id": "<b>app</b>"})
    page = response.body.decode()
    assert response.headers["Content-Type"].startswith("text/html")
    assert "&lt;b&gt;app&lt;/b&gt;" in page
    assert "notes:read" in page
    assert 'name="user"' in page


def test_a_code_becomes_tokens_that_the_api_accepts(engine: Engine) -> None:
    sent_back = decided(engine)
    assert sent_back["state"] == "a state"
    tokens = json.loads(exchanged(engine, sent_back["code"]).body)
    assert get(engine, "/v1/notes", token=tokens["access_token"]).status == 200
    (entry,) = [each for each in engine.world().journal.find() if each.operation == "listNotes"]
    assert entry.auth.principal == "ann"


def test_an_id_token_is_signed_by_a_published_key(engine: Engine) -> None:
    tokens = signed_in(engine)
    keys = KeySet.import_key_set(json.loads(get(engine, "/oauth/jwks").body))
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["sub"], claims["nonce"]) == (
        BASE,
        "notes-app",
        "ann",
        "once",
    )
    assert claims["exp"] - NOW.timestamp() == 3600
    user = json.loads(get(engine, "/oauth/userinfo", token=tokens["access_token"]).body)
    assert user["sub"] == "ann"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": VERIFIER.upper()}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://localhost:1/"}, "invalid_grant"),
        ({"client_id": "another"}, "invalid_grant"),
        ({"grant_type": "device"}, "unsupported_grant_type"),
    ],
)
def test_a_code_with_something_else_wrong_is_refused(
    engine: Engine, changed: dict[str, str], error: str
) -> None:
    response = exchanged(engine, decided(engine)["code"], **changed)
    assert (response.status, json.loads(response.body)["error"]) == (400, error)


def test_a_code_is_valid_once_and_for_ten_minutes_of_the_world(engine: Engine) -> None:
    code = decided(engine)["code"]
    assert exchanged(engine, code).status == 200
    assert json.loads(exchanged(engine, code).body)["error"] == "invalid_grant"
    late = decided(engine)["code"]
    engine.world().clock.set(ClockState("frozen", from_rfc3339("2026-11-20T09:10:01Z")))
    assert json.loads(exchanged(engine, late).body)["error"] == "invalid_grant"


def test_a_token_expires_by_the_clock_of_the_world_and_is_refreshed(engine: Engine) -> None:
    tokens = signed_in(engine)
    engine.world().clock.set(ClockState("frozen", from_rfc3339("2026-11-20T10:00:01Z")))
    assert get(engine, "/v1/notes", token=tokens["access_token"]).status == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "notes-app"}
    renewed = json.loads(post(engine, "/oauth/token", form).body)
    assert get(engine, "/v1/notes", token=renewed["access_token"]).status == 200
    assert json.loads(post(engine, "/oauth/token", form).body)["error"] == "invalid_grant"


def test_a_scope_that_was_not_granted_is_missing(engine: Engine) -> None:
    tokens = signed_in(engine)
    assert tokens["scope"] == "openid notes:read"
    headers = {"authorization": f"Bearer {tokens['access_token']}", "content-type": "application/json"}
    creation = Request("POST", "/v1/notes", headers=headers, body=b'{"text": "a"}', base_url=BASE)
    assert engine.handle(creation).status == 403


def test_a_token_is_valid_in_its_world_alone_until_it_is_revoked(engine: Engine) -> None:
    token = signed_in(engine)["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    elsewhere = Request("GET", "/v1/notes", headers=headers, world="bob")
    assert engine.handle(elsewhere).status == 401
    assert post(engine, "/oauth/revoke", {"token": token}).status == 200
    assert get(engine, "/v1/notes", token=token).status == 401


def test_a_user_may_refuse(engine: Engine) -> None:
    sent_back = decided(engine, "deny")
    assert (sent_back["error"], sent_back["state"]) == ("access_denied", "a state")


def test_a_client_may_ask_for_a_user_without_a_page(engine: Engine) -> None:
    response = get(engine, "/oauth/authorize", {**ASKED, "prompt": "none", "login_hint": "ann"})
    assert response.status == 302
    assert "code=" in response.headers["Location"]


@pytest.mark.parametrize(
    "asked",
    [
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://["},
        {"redirect_uri": ""},
        {"client_id": ""},
    ],
)
def test_a_request_that_cannot_be_sent_back_shows_an_error_page(
    engine: Engine, asked: dict[str, str]
) -> None:
    response = get(engine, "/oauth/authorize", {**ASKED, **asked})
    assert (response.status, "Location" in response.headers) == (400, False)


def test_a_machine_signs_in_with_its_own_credentials(engine: Engine) -> None:
    form = {"grant_type": "client_credentials", "client_id": "worker", "client_secret": "any"}
    tokens = json.loads(post(engine, "/oauth/token", form).body)
    assert "refresh_token" not in tokens
    assert get(engine, "/v1/notes", token=tokens["access_token"]).status == 200


def test_the_journal_shows_no_token(engine: Engine) -> None:
    tokens = signed_in(engine)
    shown = str(engine.world().journal.find())
    assert tokens["access_token"] not in shown
    assert tokens["refresh_token"] not in shown


def test_a_server_whose_contracts_need_no_sign_in_has_no_endpoints() -> None:
    engine = build_engine(Settings(contracts=("hydracore",)))
    assert get(engine, "/oauth/authorize").status == 404
