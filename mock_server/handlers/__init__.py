"""What operations do: generic actions by declaration, a thin module per contract beyond."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.handlers import aimable, hydracore, patchworks
from mock_server.handlers.registry import Registry


def registry(contracts: Iterable[str]) -> Registry:
    """A registry with the handlers of these of the shipped contracts; the names of others are free."""
    shipped = Registry()
    for vendor in (aimable, hydracore, patchworks):
        vendor.register(shipped)
    return shipped.only(contracts)
