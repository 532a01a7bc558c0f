"""How access was decided for an exchange that has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mock_server.clock import to_rfc3339
from mock_server.errors.api_error import ErrorCode
from mock_server.journal.entry import Auth
from mock_server.messages import cookies, header_value
from mock_server.principals import ANYBODY

if TYPE_CHECKING:
    from mock_server.contract.operation import SecurityRequirement, SecurityScheme
    from mock_server.journal.recorder import RecordedExchange
    from mock_server.principals import Principal

_OUT_OF_REACH = frozenset({ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.UNAUTHENTICATED})
"""How a platform refuses what lies outside a principal's scope."""


def auth_decision(exchange: RecordedExchange) -> Auth:
    """How access was decided."""
    if exchange.plan is None:
        return Auth("not_asked")
    principal = exchange.principal
    if principal is None:
        return _without_principal(exchange)
    if principal is ANYBODY:
        return Auth("anybody", principal.name)
    schemes, roles = _deciding_schemes(exchange, principal), exchange.roles
    code = exchange.error
    if code in _OUT_OF_REACH:
        lacking = tuple(role for role in roles if not principal.has(role))
        if lacking and code is ErrorCode.FORBIDDEN:
            return Auth("lacks_role", principal.name, schemes, roles, lacking)
        outside = [name for name, text in exchange.path_texts.items() if not principal.may_use(name, text)]
        if outside or code is not ErrorCode.NOT_FOUND:
            reason = f"{', '.join(outside)} outside what {principal.name} may use" if outside else ""
            return Auth("out_of_reach", principal.name, schemes, roles, reason=reason)
    return Auth("allowed", principal.name, schemes, roles)


def _without_principal(exchange: RecordedExchange) -> Auth:
    """No principal: the operation needs none, access was not decided, or no credential was valid."""
    security = _security(exchange)
    schemes = dict.fromkeys(scheme for requirement in security for scheme in requirement)
    present = tuple(scheme for scheme in schemes if _is_carried(exchange, scheme))
    if exchange.error is ErrorCode.UNAUTHENTICATED:
        return Auth("unauthenticated", None, present, reason=_why_unauthenticated(exchange, present))
    return Auth("open" if exchange.plan and exchange.plan.operation.is_open else "not_asked", None, present)


def _why_unauthenticated(exchange: RecordedExchange, present: tuple[str, ...]) -> str:
    if not present:
        return "no credential was sent"
    request, masker = exchange.request, exchange.masker
    for text in (*request.headers.values(), *(value for _, value in exchange.sent_query)):
        owner = masker.owner(text)
        if owner is not None and owner.expires_at and owner.expires_at <= exchange.at:
            expiry = to_rfc3339(owner.expires_at)
            return f"the credential of {owner.name} expired at {expiry} by the clock of this world"
        if owner is not None:
            return f"the credential of {owner.name} does not belong to this contract and scheme"
    return "the credential is unknown"


def _deciding_schemes(exchange: RecordedExchange, principal: Principal) -> tuple[str, ...]:
    """The schemes of the first alternative by which this principal can be identified."""
    for requirement in _security(exchange):
        if requirement and all(
            scheme in principal.credentials and _is_carried(exchange, scheme) for scheme in requirement
        ):
            return tuple(requirement)
    return ()


def _is_carried(exchange: RecordedExchange, scheme_id: str) -> bool:
    """Whether the request has the header, cookie or parameter of this scheme, whatever its value."""
    scheme = _schemes(exchange)[scheme_id]
    if scheme.carrier == "query":
        return any(name == scheme.name for name, _ in exchange.sent_query)
    if scheme.carrier == "cookie":
        return scheme.name in cookies(exchange.request.headers.get("cookie", ""))
    return header_value(exchange.request.headers, scheme.name) is not None


def _security(exchange: RecordedExchange) -> tuple[SecurityRequirement, ...]:
    return exchange.plan.operation.security if exchange.plan else ()


def _schemes(exchange: RecordedExchange) -> Mapping[str, SecurityScheme]:
    return exchange.contract.schemes if exchange.contract else {}
