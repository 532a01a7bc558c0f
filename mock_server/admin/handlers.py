"""The handler of every operation of the admin API."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin import (
    clocks,
    lifecycles,
    metrics,
    records,
    requests,
    rules,
    server,
    snapshots,
    webhooks,
    worlds,
)
from mock_server.admin.call import Handler

HANDLERS: Mapping[str, Handler] = {
    **server.HANDLERS,
    **metrics.HANDLERS,
    **worlds.HANDLERS,
    **clocks.HANDLERS,
    **lifecycles.HANDLERS,
    **records.HANDLERS,
    **rules.HANDLERS,
    **requests.HANDLERS,
    **webhooks.HANDLERS,
    **snapshots.HANDLERS,
}
