"""Step: our own reply, judged by our own contract, refusals included."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from mock_server.contract.validation import Check
from mock_server.pipeline.context import Route
from mock_server.pipeline.render import NO_BODY, Rendered

log = logging.getLogger("mock_server")


class InvalidReplyError(AssertionError):
    """The mock was about to send something its contract does not allow: our fault, never the client's."""


def check_reply(route: Route, rendered: Rendered, *, strict: bool) -> None:
    """Compare a response with what the operation declares. Raises InvalidReplyError when strict, else writes
    to the log."""
    for fault in _faults(route, rendered):
        operation = route.plan.operation
        told = f"{operation.contract}.{operation.id} {rendered.response.status}: {fault}"
        if strict:
            raise InvalidReplyError(told)
        log.warning("reply breaks its own contract: %s", told)


def _faults(route: Route, rendered: Rendered) -> Iterator[str]:
    response = rendered.response
    declared = route.plan.reply(response.status)
    if (
        response.status >= 400
        and route.mounted.dialect.render_declared
        and (declared is None or not declared.check)
    ):
        return
    if declared is None:
        yield "the status is not declared"
        return
    if (declared.check is None) != (rendered.value is NO_BODY):
        yield "a body where none is declared" if declared.check is None else "no body where one is declared"
        return
    if declared.check is not None and not declared.check.holds(rendered.value):
        for violation in declared.check.violations(rendered.value, where="body"):
            place = "/".join(map(str, violation.path)) or "(root)"
            yield f"{place} breaks {violation.keyword} {violation.limit!r}"
    for name, value in response.headers.items():
        check = declared.headers.get(name.lower())
        if check is not None and not _header_holds(check, value):
            yield f"header {name} breaks its schema"


def _header_holds(check: Check, value: str) -> bool:
    return check.holds(value) or (value.isdecimal() and check.holds(int(value)))
