"""The files of the server, read again."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin.call import AdminCall, Handler
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Reply


def get_reload(call: AdminCall) -> Reply:
    """How the last reading went."""
    return Reply(call.context.reloader.last.to_json())


def reload(call: AdminCall) -> Reply:
    """Read them now. Raises ApiError CONFLICT where one is broken; then everything stays as it was."""
    report = call.context.reloader.reload()
    if not report.current:
        raise ApiError(ErrorCode.CONFLICT, message="; ".join(report.problems))
    return Reply(report.to_json())


HANDLERS: Mapping[str, Handler] = {"getReload": get_reload, "reload": reload}
