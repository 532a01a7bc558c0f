"""The endpoints of the authorization server: sign-in page, tokens, keys and discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from mock_server.contract.json_text import dumps
from mock_server.messages import Request, Response
from mock_server.principals import Principal
from mock_server.sign_in.tokens import ALGORITHM, Tokens

if TYPE_CHECKING:
    from mock_server.contract.operation import Contract
    from mock_server.principals import Principals
    from mock_server.sign_in.grants import Issuer
    from mock_server.worlds.world import World

AUTHORIZE = "/oauth/authorize"
TOKEN = "/oauth/token"  # noqa: S105 - a path
KEYS = "/oauth/jwks"
USER = "/oauth/userinfo"
REVOKE = "/oauth/revoke"
_OPENID = "/.well-known/openid-configuration"
_OAUTH = "/.well-known/oauth-authorization-server"
_NOT_INSTALLED = "The authorization server needs: pip install 'connector-contracts[oauth]'"

Endpoint = Callable[[Request, "Issuer", tuple[str, ...]], Response]


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """The authorization server of one mock. All worlds share its key; each has its own grants.

    schemes: contract and id of the security schemes whose tokens it issues. scopes: all that they declare.
    paths: those that documents name, with the endpoint that each stands for.
    """

    schemes: frozenset[tuple[str, str]]
    scopes: tuple[str, ...]
    paths: Mapping[str, str]
    tokens: Tokens

    @classmethod
    def of(cls, contracts: Iterable[Contract], tokens: Tokens) -> AuthorizationServer | None:
        """The server for these contracts, None where none of them says how to sign in."""
        schemes: set[tuple[str, str]] = set()
        scopes: dict[str, None] = {}
        paths = {path: path for path in (*_ENDPOINTS, _OPENID, _OAUTH)}
        for contract in contracts:
            for scheme in contract.schemes.values():
                if scheme.sign_in is None:
                    continue
                schemes.add((contract.name, scheme.id))
                scopes.update(dict.fromkeys(scheme.sign_in.scopes))
                paths.update((path, AUTHORIZE) for path in _paths(scheme.sign_in.authorize, contract))
                paths.update((path, TOKEN) for path in _paths(scheme.sign_in.token, contract))
                paths.update((path, _OPENID) for path in _paths(scheme.sign_in.discovery, contract))
        return cls(frozenset(schemes), tuple(scopes), paths, tokens) if schemes else None

    def answers(self, path: str) -> bool:
        """Whether a path is one of its endpoints."""
        return path in self.paths

    def respond(self, request: Request, world: World, users: Iterable[Principals]) -> Response:
        """The response of an endpoint. users: the principals of the world, of every contract."""
        path = self.paths[request.path]
        if path in {_OPENID, _OAUTH}:
            return _json(200, self._metadata(request.base_url))
        try:
            from mock_server.sign_in.grants import Issuer
        except ModuleNotFoundError:
            return _json(501, {"error": "not_installed", "error_description": _NOT_INSTALLED})
        now = world.clock.now()
        issuer = Issuer(request.base_url, world.name, self.scopes, world.sign_in, self.tokens, now)
        names = tuple(dict.fromkeys(principal.name for each in users for principal in each.known))
        try:
            return _ENDPOINTS[path](request, issuer, names)
        except ValueError:  # of an address, or of bytes that are no text
            return _json(400, {"error": "invalid_request"})

    def owner(self, token: str, contract: str, scheme: str, world: World) -> Principal | None:
        """Whom a token of this server stands for, valid or not any more; None for any other credential."""
        if (contract, scheme) not in self.schemes:
            return None
        claims = self.tokens.read(token)
        if claims is None:
            return None
        principal = Principal(
            str(claims["sub"]),
            frozenset(str(claims.get("scope", "")).split()),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            purpose="signed in",
            credentials={scheme: token},
        )
        if claims.get("world") != world.name or world.sign_in.is_revoked(str(claims["jti"])):
            return replace(principal, expires_at=datetime.fromtimestamp(0, UTC))
        return principal

    def _metadata(self, issuer: str) -> dict[str, Any]:
        """RFC 8414, section 2, and OpenID Connect Discovery 1.0, section 3."""
        return {
            "issuer": issuer,
            "authorization_endpoint": issuer + AUTHORIZE,
            "token_endpoint": issuer + TOKEN,
            "userinfo_endpoint": issuer + USER,
            "jwks_uri": issuer + KEYS,
            "revocation_endpoint": issuer + REVOKE,
            "scopes_supported": ["openid", "profile", "email", "offline_access", *self.scopes],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "password",
            ],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256", "plain"],
        }


def _paths(urls: Iterable[str], contract: Contract) -> Iterator[str]:
    """The paths of URLs of a document; a relative one is below its server."""
    for url in urls:
        path = urlsplit(url).path
        if path.strip("/"):
            yield path if path.startswith("/") else f"{contract.prefix}/{path}"


def _authorize(request: Request, issuer: Issuer, users: tuple[str, ...]) -> Response:
    """The sign-in page, and what a user decides on it (RFC 6749, section 4.1.1)."""
    from authlib.oauth2 import OAuth2Error

    from mock_server.sign_in.grants import Server
    from mock_server.sign_in.page import error_page, sign_in_page

    server: Any = Server(issuer)
    sent = server.create_oauth2_request(request)
    try:
        grant = server.get_consent_grant(sent)
    except OAuth2Error as error:
        if error.redirect_uri:
            redirect: Response = server.handle_error_response(sent, error)
            return redirect
        return error_page(400, str(error.description or error.error))
    scopes = grant.client.get_allowed_scope(sent.payload.scope).split()
    query = dict(parse_qsl(request.query))
    if request.method == "GET" and query.get("prompt") == "none" and query.get("login_hint"):
        return _decided(server, sent, grant, query["login_hint"], scopes)
    if request.method != "POST":
        return sign_in_page(request, query.get("client_id", ""), users, scopes)
    form = parse_qs(request.body.decode("utf-8", "replace"))
    user = (form.get("user") or [""])[0].strip()
    if form.get("decision") == ["allow"] and not user:
        return sign_in_page(request, query.get("client_id", ""), users, scopes, problem="Enter a name.")
    allowed = [scope for scope in scopes if scope in form.get("allowed", ())]
    return _decided(server, sent, grant, user if form.get("decision") == ["allow"] else "", allowed)


def _decided(server: Any, sent: Any, grant: Any, user: str, scopes: list[str]) -> Response:
    sent.scope = " ".join(scopes)
    response: Response = server.create_authorization_response(sent, grant_user=user or None, grant=grant)
    return response


def _token(request: Request, issuer: Issuer, _users: tuple[str, ...]) -> Response:
    from mock_server.sign_in.grants import Server

    if request.method != "POST":
        return _json(405, {"error": "invalid_request"}, Allow="POST")
    server: Any = Server(issuer)
    response: Response = server.create_token_response(request)
    return response


def _keys(_request: Request, issuer: Issuer, _users: tuple[str, ...]) -> Response:
    return _json(200, issuer.tokens.key_set())


def _user(request: Request, issuer: Issuer, _users: tuple[str, ...]) -> Response:
    """Who has signed in (OpenID Connect Core 1.0, section 5.3)."""
    from mock_server.sign_in.grants import user_claims

    word, _, token = request.headers.get("authorization", "").partition(" ")
    claims = issuer.tokens.read(token.strip()) if word.lower() == "bearer" else None
    if claims is None or not _is_valid(claims, issuer):
        return _json(401, {"error": "invalid_token"}, **{"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return _json(200, user_claims(str(claims["sub"])))


def _revoke(request: Request, issuer: Issuer, _users: tuple[str, ...]) -> Response:
    """Revoke a token; an unknown one is none any more (RFC 7009, section 2.2)."""
    token = dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("token", "")
    claims = issuer.tokens.read(token)
    issuer.state.revoke(token, str(claims["jti"]) if claims else "")
    return Response(200, {"Cache-Control": "no-store"})


def _is_valid(claims: Mapping[str, Any], issuer: Issuer) -> bool:
    is_current = claims["exp"] > issuer.now.timestamp() and claims.get("world") == issuer.world
    return is_current and not issuer.state.is_revoked(str(claims["jti"]))


def _json(status: int, document: Any, **headers: str) -> Response:
    given = {"Content-Type": "application/json", "Cache-Control": "no-store", **headers}
    return Response(status, given, dumps(document))


_ENDPOINTS: dict[str, Endpoint] = {
    AUTHORIZE: _authorize,
    TOKEN: _token,
    KEYS: _keys,
    USER: _user,
    REVOKE: _revoke,
}
