"""Every rule that a response is held to, whichever check asked for it."""

from __future__ import annotations

from contract_tests.response_checks.content import EMPTY_204, HEADERS, MEDIA_TYPE, NO_CONTENT
from contract_tests.response_checks.leaks import NEVER_SHOWN, NO_TRACE, NO_UNKNOWN_SECRET
from contract_tests.response_checks.rule import ResponseRule
from contract_tests.response_checks.shapes import BODY, ERROR_SHAPE
from contract_tests.response_checks.statuses import NO_SERVER_ERROR, STATUS

RULES: tuple[ResponseRule, ...] = (
    STATUS,
    MEDIA_TYPE,
    BODY,
    HEADERS,
    EMPTY_204,
    NO_CONTENT,
    ERROR_SHAPE,
    NO_TRACE,
    NO_SERVER_ERROR,
    NO_UNKNOWN_SECRET,
    NEVER_SHOWN,
)
