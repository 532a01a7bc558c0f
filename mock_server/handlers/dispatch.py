"""From a valid call to its reply: idempotency, then the contract's own handler or the declared action."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours
    from mock_server.handlers.registry import Call, Registry, Reply


def answer(call: Call, registry: Registry) -> Reply:
    """Answer a call whose records exist (scope.locate has passed). Raises ApiError."""
    raise NotImplementedError


def check(registry: Registry, behaviours: Iterable[Behaviours]) -> list[str]:
    """How handlers and declarations do not fit: a handler for no operation, a custom action without a handler."""
    raise NotImplementedError
