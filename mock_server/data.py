"""Where the specs and fixtures lie, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from pathlib import Path

_ABOVE = Path(__file__).resolve().parent.parent


def openapi_dir() -> Path:
    """The folder with `<contract>.yaml` and `<contract>.behaviour.yaml`."""
    return _root() / "openapi"


def contract_names() -> tuple[str, ...]:
    """The contracts that come with this package: each has a behaviour file beside its specification."""
    found = openapi_dir().glob("*.behaviour.yaml")
    return tuple(sorted(path.name.removesuffix(".behaviour.yaml") for path in found))


def fixtures_dir() -> Path:
    """The folder with one folder of fixtures per contract."""
    return _root() / "fixtures"


def _root() -> Path:
    """A wheel carries the data under the distribution's own name: it claims no `openapi` among other
    packages."""
    installed = _ABOVE / "connector_contracts"
    return installed if installed.is_dir() else _ABOVE
