"""Every kind of fault a rule can name."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.faults.fault import Fault
from mock_server.faults.kinds.extra_member import ExtraMember
from mock_server.faults.kinds.html_page import HtmlPage
from mock_server.faults.kinds.invalid_json import InvalidJson
from mock_server.faults.kinds.latency import Latency
from mock_server.faults.kinds.missing_member import MissingMember
from mock_server.faults.kinds.null_member import NullMember
from mock_server.faults.kinds.rate_limit import RateLimit
from mock_server.faults.kinds.reset import Reset
from mock_server.faults.kinds.slow_body import SlowBody
from mock_server.faults.kinds.status import Status
from mock_server.faults.kinds.truncate import Truncate
from mock_server.faults.kinds.unavailable import Unavailable
from mock_server.faults.kinds.unknown_enum import UnknownEnum
from mock_server.faults.kinds.wrong_content_type import WrongContentType
from mock_server.faults.kinds.wrong_status import WrongStatus
from mock_server.faults.kinds.wrong_type import WrongType

_EFFECTS: tuple[type[Fault], ...] = (
    Latency,
    Status,
    RateLimit,
    Unavailable,
    Reset,
    HtmlPage,
    Truncate,
    SlowBody,
    InvalidJson,
    MissingMember,
    NullMember,
    WrongType,
    ExtraMember,
    UnknownEnum,
    WrongStatus,
    WrongContentType,
)

KINDS: Mapping[str, type[Fault]] = {fault.kind: fault for fault in _EFFECTS}
"""By the name rules use."""
