"""Which records a request's path names: they exist, belong together, and the caller may know of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.handlers.registry import Call
    from mock_server.store.protocol import Record


def locate(call: Call) -> Mapping[str, Record]:
    """The records the path names, by collection, in the order of the declared scope.

    Works before validation too (call.body is not looked at). Raises ApiError: NOT_FOUND for one that does not exist
    or lies under another parent; what the operation declares for one outside the caller's scope.
    """
    raise NotImplementedError
