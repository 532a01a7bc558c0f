"""Who sends a request, and whether that is enough."""

from __future__ import annotations

import base64
import binascii

from mock_server.contract.operation import SecurityScheme
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.messages import cookies, header_value
from mock_server.pipeline.exchange import Exchange
from mock_server.principals import ANYBODY, Principal


def authenticate(exchange: Exchange) -> None:
    """Step: find the principal, and the roles the operation requires of its kind of credential.

    Raises ApiError UNAUTHENTICATED.
    """
    caller = identify(exchange)
    if caller is None:
        raise ApiError(ErrorCode.UNAUTHENTICATED)
    exchange.principal, exchange.roles = caller


def authorize(exchange: Exchange) -> None:
    """Step: compare the principal's roles with the required ones; `locate` checks which records it may use.
    Raises ApiError FORBIDDEN."""
    principal = exchange.principal
    if principal is None or principal.roles is None:
        return
    if not principal.roles.issuperset(exchange.roles):
        raise ApiError(ErrorCode.FORBIDDEN)


def identify(exchange: Exchange) -> tuple[Principal | None, tuple[str, ...]] | None:
    """The principal (None where the operation needs none) with the roles required of it; None where the
    credentials are wrong or missing.

    Of the operation's alternatives, the first whose credentials were sent decides. Others count only where
    they use the very same header.
    """
    if exchange.context.auth == "any":
        return ANYBODY, ()
    principals, authorization = exchange.principals, exchange.context.authorization
    deciding: frozenset[tuple[str, str]] | None = None
    for alternative in exchange.route.alternatives:
        if deciding is not None and alternative.carriers != deciding:
            continue
        owners: list[Principal | None] = []
        for scheme, carrier in alternative.schemes:
            credential = _sent(exchange, carrier)
            if credential is None:
                break
            owner = None
            if authorization is not None:
                contract = exchange.route.operation.contract
                owner = authorization.owner(credential, contract, scheme, exchange.world)
            owners.append(owner or principals.find(scheme, credential))
        else:
            deciding = alternative.carriers
            principal = owners[0]
            if principal is None or owners.count(principal) < len(owners):
                continue
            if principal.expires_at is None or principal.expires_at > exchange.world.clock.now():
                return principal, alternative.roles
    return (None, ()) if deciding is None and exchange.route.operation.is_open else None


def _sent(exchange: Exchange, scheme: SecurityScheme) -> str | None:
    """The credential of a scheme as it was sent, or None."""
    if scheme.carrier == "query":
        return next((value for name, value in exchange.sent_query if name == scheme.name), None)
    if scheme.carrier == "cookie":
        return cookies(exchange.request.headers.get("cookie", "")).get(scheme.name)
    return _from_header(scheme, header_value(exchange.request.headers, scheme.name))


def _from_header(scheme: SecurityScheme, value: str | None) -> str | None:
    if not value:
        return None
    word, _, rest = value.strip().partition(" ")
    if scheme.carrier == "bearer":
        return rest.strip() if word.lower() == "bearer" and rest.strip() else None
    if scheme.carrier == "basic":
        return _decoded_basic(rest) if word.lower() == "basic" else None
    if scheme.name.lower() == "authorization" and word.lower() == "bearer" and rest:
        return rest.strip()
    return value.strip()


def _decoded_basic(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
