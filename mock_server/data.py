"""The paths of contract files, of this package (in a checkout or a wheel) and of installed packages.

An installed package adds a contract by an entry point in the group `mock_server.contracts`: its name is the
contract's, its object a ContractFiles:

    [project.entry-points."mock_server.contracts"]
    billing = "my_package.billing:FILES"

It can then be served by name, as the contracts of this package are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mock_server.extensions import installed, with_installed

GROUP = "mock_server.contracts"

_ABOVE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class ContractFiles:
    """The files of a contract of an installed package.

    openapi: the folder with `<contract>.yaml` and `<contract>.behaviour.yaml`. fixtures: the folder with
    `<contract>/principals.yaml` and the records that the behaviour file refers to. register: called with a
    handlers.registry.Registry to register handlers in Python; None where the behaviour file is enough.
    """

    openapi: Path
    fixtures: Path
    register: Callable[[Any], None] | None = None


def openapi_dir() -> Path:
    """The folder with `<contract>.yaml` and `<contract>.behaviour.yaml` of this package's contracts."""
    return _root() / "openapi"


def fixtures_dir() -> Path:
    """The folder with one folder of fixtures for each contract of this package."""
    return _root() / "fixtures"


def contract_names() -> tuple[str, ...]:
    """The contracts that can be served by name: those of this package, then those of installed packages."""
    own = _own_names()
    return (*own, *sorted({entry_point.name for entry_point in installed(GROUP)} - set(own)))


@cache
def installed_contracts() -> Mapping[str, ContractFiles]:
    """The contracts of installed packages. Raises StartupError for one that is not a ContractFiles."""
    return with_installed(GROUP, {}, _accepted)


def spec_path(openapi: Path, contract: str) -> Path:
    """The specification of a contract. openapi: the folder for contracts not from installed packages."""
    files = installed_contracts().get(contract)
    return (openapi if files is None else files.openapi) / f"{contract}.yaml"


def behaviour_path(spec: Path) -> Path:
    """The behaviour file of a specification, in the same folder."""
    return spec.with_name(f"{spec.stem}.behaviour.yaml")


def fixture_path(fixtures: Path, name: str) -> Path:
    """The file of a fixture. name: `<contract>/<file>`, without suffix. fixtures: the folder for contracts
    not from installed packages."""
    files = installed_contracts().get(name.partition("/")[0])
    return (fixtures if files is None else files.fixtures) / f"{name}.yaml"


def _own_names() -> tuple[str, ...]:
    files = openapi_dir().glob("*.behaviour.yaml")
    return tuple(sorted(path.name.removesuffix(".behaviour.yaml") for path in files))


def _accepted(name: str, extension: Any) -> ContractFiles:
    if name in _own_names():
        raise TypeError(f"{name!r} is a contract of this package: choose another name")
    if not isinstance(extension, ContractFiles):
        raise TypeError("must be a ContractFiles (mock_server.data)")
    return extension


def _root() -> Path:
    """The folder with `openapi` and `fixtures`. A wheel has them in a folder with the name of the
    distribution, so that they do not become top-level packages."""
    installed = _ABOVE / "connector_contracts"
    return installed if installed.is_dir() else _ABOVE
