"""Step: who asks."""

from __future__ import annotations

import base64
import binascii

from mock_server.contract.operation import SecurityRequirement, SecurityScheme
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.pipeline.exchange import Exchange
from mock_server.principals import ANYBODY, Principal


def authenticate(exchange: Exchange) -> None:
    """Name the principal, and the roles the operation asks of its kind of credential. Raises ApiError
    UNAUTHENTICATED."""
    found = who_asks(exchange)
    if found is None:
        raise ApiError(ErrorCode.UNAUTHENTICATED)
    exchange.principal, exchange.roles = found


def who_asks(exchange: Exchange) -> tuple[Principal | None, tuple[str, ...]] | None:
    """The principal (None: nobody in particular) and the roles asked of it; None where credentials are wrong
    or missing.

    The first alternative whose credentials were sent decides; others count no more, unless they travel in the
    very same header.
    """
    security = exchange.route.plan.operation.security
    if exchange.context.auth == "any":
        return ANYBODY, ()
    deciding: frozenset[tuple[str, str]] | None = None
    for requirement in security:
        carriers = frozenset(_carrier(exchange, scheme) for scheme in requirement)
        if not requirement or (deciding is not None and carriers != deciding):
            continue
        sent = {scheme: _sent(exchange, scheme) for scheme in requirement}
        if None in sent.values():
            continue
        deciding = carriers
        principal = _named(exchange, sent)
        if principal is not None:
            return principal, tuple(role for roles in requirement.values() for role in roles)
    return (None, ()) if deciding is None and _open(security) else None


def _open(security: tuple[SecurityRequirement, ...]) -> bool:
    """Whether nobody needs to say who asks."""
    return not security or any(not requirement for requirement in security)


def _named(exchange: Exchange, sent: dict[str, str | None]) -> Principal | None:
    """Whom all these credentials name together, unless they have expired."""
    principals = exchange.principals
    found = {id(one): one for one in (principals.find(scheme, text or "") for scheme, text in sent.items())}
    if len(found) != 1:
        return None
    principal = next(iter(found.values()))
    if principal is None or (principal.expires_at and principal.expires_at <= exchange.world.clock.now()):
        return None
    return principal


def _carrier(exchange: Exchange, scheme_id: str) -> tuple[str, str]:
    scheme = exchange.route.mounted.contract.schemes[scheme_id]
    kind = scheme.kind if scheme.kind in {"query", "cookie"} else "header"
    return kind, scheme.name.lower() if kind == "header" else scheme.name


def _sent(exchange: Exchange, scheme_id: str) -> str | None:
    """The credential of a scheme as it was sent, or None."""
    scheme = exchange.route.mounted.contract.schemes[scheme_id]
    if scheme.kind == "query":
        return next((value for name, value in exchange.sent_query if name == scheme.name), None)
    if scheme.kind == "cookie":
        return cookies(exchange.request.headers.get("cookie", "")).get(scheme.name)
    return _from_header(scheme, exchange.request.headers.get(scheme.name.lower()))


def _from_header(scheme: SecurityScheme, value: str | None) -> str | None:
    if not value:
        return None
    word, _, rest = value.strip().partition(" ")
    if scheme.kind == "bearer":
        return rest.strip() if word.lower() == "bearer" and rest.strip() else None
    if scheme.kind == "basic":
        return _basic(rest) if word.lower() == "basic" else None
    if scheme.name.lower() == "authorization" and word.lower() == "bearer" and rest:
        return rest.strip()
    return value.strip()


def _basic(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def cookies(header: str) -> dict[str, str]:
    """The cookies of a request by name: whatever stands between two semicolons is one, so that a value nobody
    should send is still seen and judged."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip().strip('"') for name, equals, value in pairs if equals}
