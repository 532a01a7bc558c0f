"""Where the files of contracts are: of this package, in a checkout and in a wheel alike, and of others.

An installed package brings a contract by an entry point in the group `mock_server.contracts`: its name is the
contract's, its object a ContractFiles:

    [project.entry-points."mock_server.contracts"]
    billing = "my_package.billing:FILES"

It can then be served by name, as the contracts of this package are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from mock_server.extensions import with_installed

GROUP = "mock_server.contracts"

_ABOVE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class ContractFiles:
    """What a package brings for one contract.

    openapi: the folder with `<contract>.yaml` and `<contract>.behaviour.yaml`. fixtures: the folder with
    `<contract>/principals.yaml` and the records its behaviour file names. register: claims, in
    the handlers.registry.Registry it is given, the operations
    that have handlers of their own; None where the behaviour file says everything.
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
    """The contracts that can be served by name: each of this package has a behaviour file beside its
    specification; then those of installed packages."""
    own = _own_names()
    return (*own, *sorted(entry_points(group=GROUP).names - set(own)))


@cache
def installed_contracts() -> Mapping[str, ContractFiles]:
    """The contracts of installed packages. Raises StartupError for one that is not a ContractFiles."""
    return with_installed(GROUP, {}, _accepted)


def spec_path(openapi: Path, contract: str) -> Path:
    """The specification of a contract; its behaviour file stands beside it. openapi: the folder of the
    contracts that no package brings."""
    files = installed_contracts().get(contract)
    return (openapi if files is None else files.openapi) / f"{contract}.yaml"


def behaviour_path(spec: Path) -> Path:
    """The behaviour file beside a specification."""
    return spec.with_name(f"{spec.stem}.behaviour.yaml")


def fixture_path(fixtures: Path, name: str) -> Path:
    """The file of a fixture. name: `<contract>/<file>`, without suffix. fixtures: the folder of the contracts
    that no package brings."""
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
    """A wheel carries the data under the distribution's own name, so that it claims no `openapi` among other
    packages."""
    installed = _ABOVE / "connector_contracts"
    return installed if installed.is_dir() else _ABOVE
