"""Handlers of operations: generic actions for declared behaviour, and a small module per contract beyond."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.data import installed_contracts
from mock_server.handlers import aimable, hydracore, patchworks
from mock_server.handlers.registry import Registry


def registry(contracts: Iterable[str]) -> Registry:
    """Return a registry with the handlers of these contracts, from this package and from installed ones."""
    handlers = Registry()
    for vendor in (aimable, hydracore, patchworks):
        vendor.register(handlers)
    for files in installed_contracts().values():
        if files.register is not None:
            files.register(handlers)
    return handlers.only(contracts)
