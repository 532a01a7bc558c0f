"""What operations do: generic actions by declaration, a thin module per contract beyond."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.data import installed_contracts
from mock_server.handlers import aimable, hydracore, patchworks
from mock_server.handlers.registry import Registry


def registry(contracts: Iterable[str]) -> Registry:
    """A registry with the handlers of these contracts alone, of this package and of installed ones."""
    handlers = Registry()
    for vendor in (aimable, hydracore, patchworks):
        vendor.register(handlers)
    for files in installed_contracts().values():
        if files.register is not None:
            files.register(handlers)
    return handlers.only(contracts)
