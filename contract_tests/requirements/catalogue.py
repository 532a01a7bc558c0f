"""All requirements of a contract, gathered and checked: each id once, each citation known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import is_place
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.model import Family, Requirement
from contract_tests.response_checks import monitor as watch

PACKAGES = ("contract_tests.checks",)
"""Where every module that has `requirements` speaks of every contract."""

OF_ONE_CONTRACT = "contract_tests.vendors"
"""Where the module named like a contract speaks of that one alone."""


class CatalogueError(Exception):
    """A requirement that does not load; the text lists every problem."""


@lru_cache(maxsize=32)
def catalogue(contract: Contract, citations: Citations) -> tuple[Requirement, ...]:
    """The requirements of a contract, by operation in the document's order, then by family, then as they were
    made.

    Raises CatalogueError for an id that is taken twice and for a citation nothing has.
    """
    found = [one for module in _modules(contract.name) for one in module.requirements(contract, citations)]
    problems = [*_twice(found), *_uncited(found, contract, citations)]
    if problems:
        raise CatalogueError("\n".join(problems))
    operations, families = list(contract.operations), list(Family)

    def place(requirement: Requirement) -> tuple[int, int]:
        return operations.index(requirement.operations[0]), families.index(requirement.family)

    return tuple(sorted(found, key=place))


def _modules(contract: str) -> Iterator[ModuleType]:
    yield watch
    for name in PACKAGES:
        if find_spec(name) is not None:
            package = import_module(name)
            for module in sorted(iter_modules(package.__path__), key=lambda each: each.name):
                imported = import_module(f"{name}.{module.name}")
                if hasattr(imported, "requirements"):
                    yield imported
    own = f"{OF_ONE_CONTRACT}.{contract}"
    if contract.isidentifier() and find_spec(OF_ONE_CONTRACT) is not None and find_spec(own) is not None:
        yield import_module(own)


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
