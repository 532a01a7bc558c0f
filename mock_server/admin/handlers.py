"""Every operation of the admin API with its handler."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin import clocks, rules, server, worlds
from mock_server.admin.call import Handler

HANDLERS: Mapping[str, Handler] = {
    **server.HANDLERS,
    **worlds.HANDLERS,
    **clocks.HANDLERS,
    **rules.HANDLERS,
}
