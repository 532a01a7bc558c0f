"""The mock's own replies checked against its contract, refusals included."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from mock_server.contract.plan import ReplyPlan
from mock_server.contract.validation import Check
from mock_server.messages import Response
from mock_server.pipeline.mounted_contracts import Route
from mock_server.pipeline.render import NO_BODY, Rendered

log = logging.getLogger("mock_server")


class InvalidReplyError(AssertionError):
    """The mock was about to send a reply that its contract does not allow: a bug of the mock, never the
    client's fault."""


def check_reply(route: Route, rendered: Rendered, *, strict: bool) -> None:
    """Compare a response with what the operation declares.

    strict: raise InvalidReplyError where they differ, instead of writing to the log.
    """
    for problem in _problems(route, rendered):
        operation = route.plan.operation
        message = f"{operation.contract}.{operation.id} {rendered.response.status}: {problem}"
        if strict:
            raise InvalidReplyError(message)
        log.warning("reply breaks its own contract: %s", message)


def _problems(route: Route, rendered: Rendered) -> Iterator[str]:
    status = rendered.response.status
    declared = route.plan.reply(status)
    has_schema = declared is not None and declared.check is not None
    if status >= 400 and route.mounted.dialect.render_declared and not has_schema:
        return  # the specification leaves the shape of this refusal open
    if declared is None:
        yield "the status is not declared"
        return
    if has_schema and rendered.value is NO_BODY:
        yield "no body where one is declared"
    elif not has_schema and rendered.value is not NO_BODY and not route.mounted.dialect.render_declared:
        yield "a body where none is declared"
    else:
        yield from _broken_rules(declared, rendered)
        yield from _broken_headers(declared, rendered.response)


def _broken_rules(declared: ReplyPlan, rendered: Rendered) -> Iterator[str]:
    if declared.check is None or declared.check.holds(rendered.value):
        return
    for violation in declared.check.violations(rendered.value, where="body"):
        place = "/".join(map(str, violation.path)) or "(root)"
        yield f"{place} breaks {violation.keyword} {violation.limit!r}"


def _broken_headers(declared: ReplyPlan, response: Response) -> Iterator[str]:
    for name, value in response.headers.items():
        check = declared.headers.get(name.lower())
        if check is not None and not _header_conforms(check, value):
            yield f"header {name} breaks its schema"


def _header_conforms(check: Check, value: str) -> bool:
    """Whether a header's text conforms to a schema, read as text or as integer."""
    return check.holds(value) or (value.isdecimal() and check.holds(int(value)))
