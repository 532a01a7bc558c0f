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
    if principal is not None and not all(principal.has(role) for role in exchange.roles):
        raise ApiError(ErrorCode.FORBIDDEN)


def identify(exchange: Exchange) -> tuple[Principal | None, tuple[str, ...]] | None:
    """The principal (None where the operation needs none) with the roles required of it; None where the
    credentials are wrong or missing.

    Of the operation's alternatives, the first whose credentials were sent decides. Others count only where
    they use the very same header.
    """
    operation = exchange.route.plan.operation
    if exchange.context.auth == "any":
        return ANYBODY, ()
    deciding: frozenset[tuple[str, str]] | None = None
    for requirement in operation.security:
        carriers = frozenset(_carrier(exchange, scheme) for scheme in requirement)
        if not requirement or (deciding is not None and carriers != deciding):
            continue
        sent = {scheme: _sent(exchange, scheme) for scheme in requirement}
        if None in sent.values():
            continue
        deciding = carriers
        principal = _owner(exchange, sent)
        if principal is not None:
            return principal, tuple(role for roles in requirement.values() for role in roles)
    return (None, ()) if deciding is None and operation.is_open else None


def _owner(exchange: Exchange, sent: dict[str, str | None]) -> Principal | None:
    """The principal to whom all these credentials belong, unless they have expired."""
    principals = exchange.principals
    owners = [principals.find(scheme, credential or "") for scheme, credential in sent.items()]
    principal = owners[0]
    if principal is None or any(owner is not principal for owner in owners):
        return None
    return None if _has_expired(exchange, principal) else principal


def _has_expired(exchange: Exchange, principal: Principal) -> bool:
    return principal.expires_at is not None and principal.expires_at <= exchange.world.clock.now()


def _carrier(exchange: Exchange, scheme_id: str) -> tuple[str, str]:
    """Location and name of what carries a credential of this scheme."""
    scheme = exchange.route.mounted.contract.schemes[scheme_id]
    if scheme.carrier in {"query", "cookie"}:
        return scheme.carrier, scheme.name
    return "header", scheme.name.lower()


def _sent(exchange: Exchange, scheme_id: str) -> str | None:
    """The credential of a scheme as it was sent, or None."""
    scheme = exchange.route.mounted.contract.schemes[scheme_id]
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
