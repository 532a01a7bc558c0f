"""The mock's own replies checked against its contract, refusals included."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from mock_server.contract.plan import ReplyPlan
from mock_server.contract.validation import Check
from mock_server.errors.api_error import Violation
from mock_server.pipeline.mounted_contracts import Route
from mock_server.pipeline.render import NO_BODY, Piece, Rendered

log = logging.getLogger("mock_server")


class InvalidReplyError(AssertionError):
    """The mock was about to send a reply that its contract does not allow: a bug of the mock, never the
    client's fault."""


def check_reply(route: Route, rendered: Rendered, *, strict: bool) -> None:
    """Compare a reply with what the operation declares.

    strict: raise InvalidReplyError where they differ, instead of writing to the log.
    """
    if rendered.pieces is not None:
        rendered.stream = _checked(route, rendered.pieces, rendered.status)
    for problem in reply_problems(route, rendered):
        if strict:
            raise InvalidReplyError(_message(route, rendered.status, problem))
        _warn(route, rendered.status, problem)


def _checked(route: Route, pieces: Iterator[Piece], status: int) -> Iterator[bytes]:
    """The texts of pieces. What one breaks is only written to the log, since others are sent already."""
    for text, broken in pieces:
        for violation in broken:
            _warn(route, status, _sentence(violation))
        yield text


def _message(route: Route, status: int, problem: str) -> str:
    operation = route.operation
    return f"{operation.contract}.{operation.id} {status}: {problem}"


def _warn(route: Route, status: int, problem: str) -> None:
    log.warning("reply breaks its own contract: %s", _message(route, status, problem))


def reply_problems(route: Route, rendered: Rendered) -> Iterable[str]:
    """What a reply breaks of its contract, in words."""
    status, declared = rendered.status, rendered.declared
    is_open = route.mounted.dialect.render_declared is not None
    check = declared.check if declared is not None else None
    if status >= 400 and is_open and check is None:
        return ()  # the specification leaves the shape of this refusal open
    if declared is None:
        return ("the status is not declared",)
    if check is not None and rendered.value is NO_BODY:
        return ("no body where one is declared",)
    if check is None and rendered.value is not NO_BODY and not is_open:
        return ("a body where none is declared",)
    problems = [] if check is None else _broken_rules(check, rendered)
    return problems + _broken_headers(declared, rendered) if declared.headers else problems


def _broken_rules(check: Check, rendered: Rendered) -> list[str]:
    broken = rendered.broken
    if broken is None:
        broken = check.violations(rendered.value, where="body")
    return [_sentence(violation) for violation in broken]


def _sentence(violation: Violation) -> str:
    place = "/".join(map(str, violation.path)) or "(root)"
    return f"{place} breaks {violation.keyword} {violation.limit!r}"


def _broken_headers(declared: ReplyPlan, rendered: Rendered) -> list[str]:
    checked = ((name, value, declared.headers.get(name.lower())) for name, value in rendered.headers.items())
    return [
        f"header {name} breaks its schema"
        for name, value, check in checked
        if check is not None and not _header_conforms(check, value)
    ]


def _header_conforms(check: Check, value: str) -> bool:
    """Whether a header's text conforms to a schema, read as text or as integer."""
    return check.holds(value) or (value.isdecimal() and check.holds(int(value)))
