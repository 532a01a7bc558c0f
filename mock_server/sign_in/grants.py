"""The grants of OAuth 2.0 as Authlib implements them, with the state and the clock of a world."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    OAuth2Payload,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge

from mock_server.contract.json_text import dumps
from mock_server.messages import Request, Response
from mock_server.sign_in.state import Granted, SignInState
from mock_server.sign_in.tokens import LIFETIME, Tokens

_CODE_LIFETIME = timedelta(minutes=10)
"""The longest that RFC 6749 recommends (section 4.1.2)."""
_REFRESH_LIFETIME = timedelta(days=30)
_FORBIDDEN_SCHEMES = frozenset({"", "javascript", "data", "vbscript", "file", "blob"})
_METHODS = ["none", "client_secret_basic", "client_secret_post"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """What answers the requests of one world.

    url: the issuer. scopes: all that contracts declare. now: the time of the world.
    """

    url: str
    world: str
    scopes: tuple[str, ...]
    state: SignInState
    tokens: Tokens
    now: datetime


class Client(ClientMixin):
    """Any client: whatever it calls itself, and with any secret or none."""

    def __init__(self, client_id: str, scopes: tuple[str, ...]) -> None:
        self.client_id = client_id
        self._scopes = scopes

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        """The scopes that are granted: those asked for, or all."""
        return scope or " ".join(self._scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Any address but one that a browser runs, such as `javascript:`."""
        parts = urlsplit(redirect_uri)
        return parts.scheme.lower() not in _FORBIDDEN_SCHEMES and not parts.fragment

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        return method in _METHODS

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:  # noqa: ARG002
        return True


class _Code:
    """A code as Authlib asks for it."""

    def __init__(self, granted: Granted) -> None:
        self.granted = granted
        self.code_challenge = granted.challenge
        self.code_challenge_method = granted.method or None

    def get_redirect_uri(self) -> str:
        return self.granted.redirect_uri

    def get_scope(self) -> str:
        return self.granted.scope

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.granted.client_id


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    """A code for a token (RFC 6749, section 4.1), with PKCE (RFC 7636)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        data, issuer = request.payload.data, self.server.issuer
        issuer.state.add_code(
            Granted(
                code,
                request.client.client_id,
                request.user,
                request.scope or request.client.get_allowed_scope(None),
                issuer.now + _CODE_LIFETIME,
                issuer.now,
                request.payload.redirect_uri or "",
                data.get("nonce", ""),
                data.get("code_challenge", ""),
                data.get("code_challenge_method", ""),
            )
        )

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:
        issuer = self.server.issuer
        granted = issuer.state.take_code(code, issuer.now)
        if granted is None or granted.client_id != client.client_id:
            return None
        self.server.nonce, self.server.signed_in = granted.nonce, granted.signed_in
        return _Code(granted)

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """It was taken when it was looked up, so that it is used once also where it is refused."""

    def authenticate_user(self, authorization_code: _Code) -> str:
        return authorization_code.granted.user


class RefreshTokenGrant(grants.RefreshTokenGrant):
    """A new token for a refresh token, which is replaced too (RFC 6749, section 6)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Code | None:
        issuer = self.server.issuer
        granted = issuer.state.refresh_token(refresh_token, issuer.now)
        if granted is None:
            return None
        self.server.signed_in = granted.signed_in  # a new ID token says the same (OpenID Connect Core, 12.2)
        return _Code(granted)

    def authenticate_user(self, refresh_token: _Code) -> str:
        return refresh_token.granted.user

    def revoke_old_credential(self, refresh_token: _Code) -> None:
        self.server.issuer.state.revoke(refresh_token.granted.secret, "")


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """A token for a client itself (RFC 6749, section 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS


class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
    """A token for a user's name and any password (RFC 6749, section 4.3)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS

    def authenticate_user(self, username: str, password: str) -> str | None:
        return username if username and password else None


class _Payload(OAuth2Payload):
    """The parameters of a request. Only those of the query must not be repeated."""

    def __init__(self, data: Mapping[str, str], query: Sequence[tuple[str, str]]) -> None:
        self._data = data
        self._listed: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in query:
            self._listed[name].append(value)

    @property
    def data(self) -> Mapping[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._listed


class _Sent(OAuth2Request):
    """A request as Authlib reads it."""

    def __init__(self, request: Request) -> None:
        # Authlib insists on TLS, which a mock on this machine does without.
        super().__init__(
            request.method, f"https://mock{request.path}?{request.query}", headers=_headers(request)
        )
        query = parse_qsl(request.query, keep_blank_values=True)
        posted = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        self._query, self._form = dict(query), dict(posted)
        self.payload = _Payload({**self._query, **self._form}, query)

    @property
    def args(self) -> Mapping[str, str]:
        return self._query

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


def _headers(request: Request) -> dict[str, str]:
    """With names as Authlib looks them up."""
    return {name.title(): value for name, value in request.headers.items()}


class Server(AuthorizationServer):
    """Answers one request."""

    def __init__(self, issuer: Issuer) -> None:
        super().__init__(scopes_supported=[*issuer.scopes, "openid", "profile", "email", "offline_access"])
        self.issuer = issuer
        self.nonce = ""
        self.signed_in = issuer.now
        self.register_grant(AuthorizationCodeGrant, [CodeChallenge(required=True)])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(ClientCredentialsGrant)
        self.register_grant(PasswordGrant)
        self.register_token_generator("default", self._token)

    def query_client(self, client_id: str) -> Client | None:
        return Client(client_id, self.issuer.scopes) if client_id else None

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:
        refresh_token = token.get("refresh_token")
        if refresh_token:
            user, client = request.user, request.client.client_id
            until = self.issuer.now + _REFRESH_LIFETIME
            scope = token.get("scope", "")
            granted = Granted(refresh_token, client, user, scope, until, self.signed_in)
            self.issuer.state.add_refresh_token(granted)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's hook for signals, which the mock does not use."""

    def create_oauth2_request(self, request: Any) -> _Sent:
        return request if isinstance(request, _Sent) else _Sent(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        content = body.encode() if isinstance(body, str) else dumps(body)
        given = dict(headers)
        if content:
            given.setdefault("Content-Type", "application/json")
        return Response(status, given, content)

    def _token(
        self,
        *,
        grant_type: str,
        client: Client,
        user: str | None = None,
        scope: str | None = None,
        expires_in: int | None = None,  # noqa: ARG002 - of Authlib's interface
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """The response to a token request (RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3)."""
        issuer, subject = self.issuer, user or client.client_id
        scope = scope or client.get_allowed_scope(None)
        claims = {"iss": issuer.url, "sub": subject, "client_id": client.client_id, "scope": scope}
        access = {**claims, "aud": issuer.url, "world": issuer.world}
        token: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": issuer.tokens.issue(access, issuer.now, kind="at+jwt"),
            "expires_in": int(LIFETIME.total_seconds()),
            "scope": scope,
        }
        if include_refresh_token and grant_type != "client_credentials":
            token["refresh_token"] = token_urlsafe(32)
        if user and "openid" in scope.split():
            identity: dict[str, Any] = {"iss": issuer.url, "aud": client.client_id, **user_claims(user)}
            identity["auth_time"] = int(self.signed_in.timestamp())
            if self.nonce:
                identity["nonce"] = self.nonce
            token["id_token"] = issuer.tokens.issue(identity, issuer.now, kind="JWT")
        return token


def user_claims(user: str) -> dict[str, str]:
    """What an ID token and the user information say of a user."""
    return {
        "sub": user,
        "name": user.replace("_", " ").title(),
        "preferred_username": user,
        "email": f"{user}@example.com",
    }
