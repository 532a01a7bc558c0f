"""What operations do: generic actions by declaration, a thin module per contract beyond."""

from __future__ import annotations

from mock_server.handlers import aimable, hydracore, patchworks
from mock_server.handlers.registry import Registry


def registry() -> Registry:
    """A registry with the handlers of every shipped contract."""
    handlers = Registry()
    for contract in (aimable, hydracore, patchworks):
        contract.register(handlers)
    return handlers
