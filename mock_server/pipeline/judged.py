"""How it was decided whether somebody may ask, read from what an exchange has become."""

from __future__ import annotations

from mock_server.clock import to_rfc3339
from mock_server.contract.operation import SecurityRequirement
from mock_server.errors.api_error import ErrorCode
from mock_server.journal.credentials import CredentialMasker
from mock_server.journal.entry import Auth
from mock_server.pipeline.authenticate import cookies
from mock_server.pipeline.exchange import Exchange
from mock_server.principals import ANYBODY, Principal

_OUT_OF_REACH = frozenset({ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.UNAUTHENTICATED})


def judged(exchange: Exchange, masker: CredentialMasker) -> Auth:
    """The decision on an exchange that found its operation."""
    principal = exchange.principal
    if principal is None:
        return _nobody(exchange, masker)
    if principal is ANYBODY:
        return Auth("anybody", principal.name)
    schemes, roles = _deciding(exchange, principal), exchange.roles
    kind = exchange.error.kind if exchange.error else None
    if kind in _OUT_OF_REACH:
        lacking = tuple(role for role in roles if not principal.has(role))
        if lacking and kind is ErrorCode.FORBIDDEN:
            return Auth("lacks_role", principal.name, schemes, roles, lacking)
        outside = [name for name, text in exchange.path_texts.items() if not principal.may_use(name, text)]
        if outside or kind is not ErrorCode.NOT_FOUND:
            reason = f"{', '.join(outside)} outside what {principal.name} may use" if outside else ""
            return Auth("out_of_reach", principal.name, schemes, roles, reason=reason)
    return Auth("allowed", principal.name, schemes, roles)


def _nobody(exchange: Exchange, masker: CredentialMasker) -> Auth:
    """No principal: nobody needs one, nobody was asked yet, or nobody valid came."""
    security = exchange.route.plan.operation.security
    present = tuple(dict.fromkeys(scheme for one in security for scheme in one if _carried(exchange, scheme)))
    if exchange.error is not None and exchange.error.kind is ErrorCode.UNAUTHENTICATED:
        return Auth("unauthenticated", None, present, reason=_why(exchange, present, masker))
    if not security or any(not requirement for requirement in security):
        return Auth("open", None, present)
    return Auth("not_asked", None, present)


def _why(exchange: Exchange, present: tuple[str, ...], masker: CredentialMasker) -> str:
    if not present:
        return "no credential was sent"
    request = exchange.request
    for text in (*request.headers.values(), *(value for _, value in exchange.sent_query)):
        owner = masker.owner(text)
        if owner is not None and owner.expires_at and owner.expires_at <= exchange.world.clock.now():
            ended = to_rfc3339(owner.expires_at)
            return f"the credential of {owner.name} ran out at {ended} by the clock of this world"
        if owner is not None:
            return f"the credential of {owner.name} is not one of this contract and scheme"
    return "the credential is nobody's"


def _deciding(exchange: Exchange, principal: Principal) -> tuple[str, ...]:
    """The schemes of the first alternative that names this principal."""
    security: tuple[SecurityRequirement, ...] = exchange.route.plan.operation.security
    for requirement in security:
        if requirement and all(
            scheme in principal.credentials and _carried(exchange, scheme) for scheme in requirement
        ):
            return tuple(requirement)
    return ()


def _carried(exchange: Exchange, scheme_id: str) -> bool:
    scheme = exchange.route.mounted.contract.schemes[scheme_id]
    if scheme.kind == "query":
        return any(name == scheme.name for name, _ in exchange.sent_query)
    if scheme.kind == "cookie":
        return scheme.name in cookies(exchange.request.headers.get("cookie", ""))
    return scheme.name.lower() in exchange.request.headers
