"""Who sends a request, whether that is enough, and how that was decided."""

from __future__ import annotations

import base64
import binascii

from mock_server.clock import to_rfc3339
from mock_server.contract.operation import SecurityRequirement, SecurityScheme
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.journal.entry import Auth
from mock_server.messages import header_value
from mock_server.pipeline.exchange import Exchange
from mock_server.principals import ANYBODY, Principal
from mock_server.redaction import CredentialMasker

_OUT_OF_REACH = frozenset({ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.UNAUTHENTICATED})
"""How a platform refuses what lies outside a principal's scope."""


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
        principal = _owner(exchange, sent)
        if principal is not None:
            return principal, tuple(role for roles in requirement.values() for role in roles)
    return (None, ()) if deciding is None and _is_open(security) else None


def auth_decision(exchange: Exchange, masker: CredentialMasker) -> Auth:
    """How access was decided for an exchange that has ended. masker: of its world."""
    if exchange.unrouted is not None:
        return Auth("not_asked")
    principal = exchange.principal
    if principal is None:
        return _without_principal(exchange, masker)
    if principal is ANYBODY:
        return Auth("anybody", principal.name)
    schemes, roles = _deciding_schemes(exchange, principal), exchange.roles
    code = exchange.error.code if exchange.error else None
    if code in _OUT_OF_REACH:
        lacking = tuple(role for role in roles if not principal.has(role))
        if lacking and code is ErrorCode.FORBIDDEN:
            return Auth("lacks_role", principal.name, schemes, roles, lacking)
        outside = [name for name, text in exchange.path_texts.items() if not principal.may_use(name, text)]
        if outside or code is not ErrorCode.NOT_FOUND:
            reason = f"{', '.join(outside)} outside what {principal.name} may use" if outside else ""
            return Auth("out_of_reach", principal.name, schemes, roles, reason=reason)
    return Auth("allowed", principal.name, schemes, roles)


def cookies(header: str) -> dict[str, str]:
    """The cookies of a request by name.

    Everything between two semicolons is one, even characters RFC 6265 forbids: a wrong value must still reach
    validation.
    """
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip().strip('"') for name, equals, value in pairs if equals}


def _is_open(security: tuple[SecurityRequirement, ...]) -> bool:
    """Whether the operation may be used without credentials."""
    return not security or any(not requirement for requirement in security)


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


def _without_principal(exchange: Exchange, masker: CredentialMasker) -> Auth:
    """No principal: the operation needs none, access was not decided, or no credential was valid."""
    security = exchange.route.plan.operation.security
    schemes = dict.fromkeys(scheme for requirement in security for scheme in requirement)
    present = tuple(scheme for scheme in schemes if _is_carried(exchange, scheme))
    if exchange.error is not None and exchange.error.code is ErrorCode.UNAUTHENTICATED:
        return Auth("unauthenticated", None, present, reason=_why_unauthenticated(exchange, present, masker))
    return Auth("open" if _is_open(security) else "not_asked", None, present)


def _why_unauthenticated(exchange: Exchange, present: tuple[str, ...], masker: CredentialMasker) -> str:
    if not present:
        return "no credential was sent"
    request = exchange.request
    for text in (*request.headers.values(), *(value for _, value in exchange.sent_query)):
        owner = masker.owner(text)
        if owner is not None and owner.expires_at and _has_expired(exchange, owner):
            expiry = to_rfc3339(owner.expires_at)
            return f"the credential of {owner.name} expired at {expiry} by the clock of this world"
        if owner is not None:
            return f"the credential of {owner.name} does not belong to this contract and scheme"
    return "the credential is unknown"


def _deciding_schemes(exchange: Exchange, principal: Principal) -> tuple[str, ...]:
    """The schemes of the first alternative by which this principal can be identified."""
    for requirement in exchange.route.plan.operation.security:
        if requirement and all(
            scheme in principal.credentials and _is_carried(exchange, scheme) for scheme in requirement
        ):
            return tuple(requirement)
    return ()


def _is_carried(exchange: Exchange, scheme_id: str) -> bool:
    """Whether the request has the header, cookie or parameter of this scheme, whatever its value."""
    scheme = exchange.route.mounted.contract.schemes[scheme_id]
    if scheme.carrier == "query":
        return any(name == scheme.name for name, _ in exchange.sent_query)
    if scheme.carrier == "cookie":
        return scheme.name in cookies(exchange.request.headers.get("cookie", ""))
    return header_value(exchange.request.headers, scheme.name) is not None
