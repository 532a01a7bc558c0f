"""All requirements of a contract, gathered and checked: each id once, each citation known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from contract_tests import extensions
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import is_place
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.families import added_families, family_names
from contract_tests.requirements.model import Requirement

PACKAGES = ("contract_tests.response_checks", "contract_tests.checks")
"""Packages in which each module with a function `requirements` is asked for those of every contract."""

VENDORS = "contract_tests.vendors"
"""The package whose module named like a contract is asked for that contract alone."""


class CatalogueError(Exception):
    """Requirements that do not load; the text lists every problem."""


@lru_cache(maxsize=32)
def catalogue(contract: Contract, citations: Citations) -> tuple[Requirement, ...]:
    """The requirements of a contract, by operation in the document's order, then by family, then in the order
    they were made.

    Raises CatalogueError for an id that is taken twice and a citation that does not exist, ExtensionError for
    a family of an installed package that cannot be used.
    """
    gathered = [*_own(contract, citations), *_added(contract, citations)]
    problems = [*_twice(gathered), *_uncited(gathered, contract, citations)]
    if problems:
        raise CatalogueError("\n".join(problems))
    operations, families = list(contract.operations), family_names()

    def place(requirement: Requirement) -> tuple[int, int]:
        return operations.index(requirement.operations[0]), families.index(requirement.family)

    return tuple(sorted(gathered, key=place))


def _own(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Those of this package."""
    for package in map(import_module, PACKAGES):
        for module in sorted(iter_modules(package.__path__), key=lambda each: each.name):
            imported = import_module(f"{package.__name__}.{module.name}")
            if hasattr(imported, "requirements"):
                yield from imported.requirements(contract, citations)
    vendor = f"{VENDORS}.{contract.name}"
    if contract.name.isidentifier() and find_spec(vendor) is not None:
        imported = import_module(vendor)
        if hasattr(imported, "requirements"):
            yield from imported.requirements(contract, citations)


def _added(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Those of installed packages."""
    for point in added_families():
        for requirement in extensions.load(point)(contract, citations):
            if requirement.family != point.name:
                raise CatalogueError(
                    f"{requirement.id}: its family is {requirement.family!r}, but the entry point's name is"
                    f" {point.name!r}"
                )
            yield requirement


def _twice(found: Iterable[Requirement]) -> Iterator[str]:
    seen: set[str] = set()
    for requirement in found:
        if requirement.id in seen:
            yield f"{requirement.id}: two requirements have this id"
        seen.add(requirement.id)


def _uncited(found: Iterable[Requirement], contract: Contract, citations: Citations) -> Iterator[str]:
    for requirement in found:
        for cite in requirement.cites:
            if cite not in citations and not is_place(cite, contract):
                yield f"{requirement.id}: nothing has the id {cite}"
        for operation in requirement.operations:
            if operation not in contract.operations:
                yield f"{requirement.id}: {contract.name} has no operation {operation}"
