"""The registry of fault kinds.

An installed package adds a kind by an entry point in the group `mock_server.faults`: its name is the kind,
its object a subclass of ErrorFault or ResponseFault (mock_server.faults.fault) whose `kind` is that name:

    [project.entry-points."mock_server.faults"]
    teapot = "my_package.teapot:Teapot"

Rules and scenario files can then use it, and the admin document, the console and error messages list it.
After adding a kind to this package, run `python -m mock_server.faults.document` to regenerate its schemas.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from mock_server.extensions import with_installed
from mock_server.faults.contract import (
    ExtraMember,
    InvalidJson,
    MissingMember,
    NullMember,
    UnknownEnum,
    WrongContentType,
    WrongStatus,
    WrongType,
)
from mock_server.faults.delivery import Latency, Reset, SlowBody, Truncate
from mock_server.faults.errors import HtmlPage, RateLimit, Status, Unavailable
from mock_server.faults.fault import GROUP, ErrorFault, Fault, ResponseFault

_BUILT_IN: tuple[type[Fault], ...] = (
    Latency,
    Status,
    RateLimit,
    Unavailable,
    Truncate,
    SlowBody,
    Reset,
    InvalidJson,
    HtmlPage,
    MissingMember,
    NullMember,
    WrongType,
    ExtraMember,
    UnknownEnum,
    WrongStatus,
    WrongContentType,
)

BUILT_IN: Mapping[str, type[Fault]] = {fault.kind: fault for fault in _BUILT_IN}
"""The kinds of this package, by name."""


@cache
def fault_kinds() -> Mapping[str, type[Fault]]:
    """All kinds by name, those of installed packages last. Raises StartupError for an invalid extension."""
    return with_installed(GROUP, BUILT_IN, _accepted)


def _accepted(name: str, extension: Any) -> type[Fault]:
    if not (inspect.isclass(extension) and issubclass(extension, ErrorFault | ResponseFault)):
        raise TypeError("must be a subclass of ErrorFault or ResponseFault (mock_server.faults.fault)")
    if inspect.isabstract(extension):
        missing = ", ".join(sorted(getattr(extension, "__abstractmethods__", ())))
        raise TypeError(f"must define: {missing}")
    if getattr(extension, "kind", None) != name:
        raise TypeError(f"its kind must be {name!r}, the name of the entry point")
    return extension
