"""Every operation of the admin API with its handler."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin import (
    callbacks,
    clocks,
    lifecycles,
    records,
    reload,
    requests,
    rules,
    scenarios,
    server,
    snapshots,
    worlds,
)
from mock_server.admin.call import Handler

HANDLERS: Mapping[str, Handler] = {
    **server.HANDLERS,
    **reload.HANDLERS,
    **worlds.HANDLERS,
    **clocks.HANDLERS,
    **lifecycles.HANDLERS,
    **records.HANDLERS,
    **rules.HANDLERS,
    **requests.HANDLERS,
    **callbacks.HANDLERS,
    **scenarios.HANDLERS,
    **snapshots.HANDLERS,
}
