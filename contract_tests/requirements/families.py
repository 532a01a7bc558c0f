"""The check families: the one list from which the command line, the catalogue and the reports take the names.

To add a family here, add its name to `Family` and a module to `contract_tests.checks` with a function
`requirements(contract, citations)` that yields the requirements of a contract. The catalogue finds every such
module.

To add a family from another package, declare an entry point whose name is the family's name and whose value
is that function:

    [project.entry-points."contract_tests.checks"]
    latency = "my_package.latency:requirements"

The function builds requirements with `RequirementBuilder(contract, citations, "latency")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from importlib.metadata import EntryPoint

from contract_tests import extensions

GROUP = "contract_tests.checks"
"""The entry point group of families."""

_NAME = re.compile(r"[a-z][a-z0-9-]*")


class Family(StrEnum):
    """The built-in families: the columns of the matrix, in the order they are run and shown."""

    EXAMPLES = "examples"
    SCHEMA = "schema"
    ERRORS = "errors"
    VALIDATION = "validation"
    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    LIFECYCLE = "lifecycle"
    IDEMPOTENCY = "idempotency"
    JOBS = "jobs"
    ISOLATION = "isolation"
    SECRETS = "secrets"
    LISTING = "listing"
    ROBUSTNESS = "robustness"
    MODEL = "model"
    BREADTH = "breadth"


COMPARING = frozenset(
    {Family.LIFECYCLE, Family.IDEMPOTENCY, Family.JOBS, Family.ISOLATION, Family.LISTING, Family.MODEL}
)
"""Families whose checks compare what is there after a call with what was there before it."""

_BUILT_IN = tuple(family.value for family in Family)


def family_names() -> tuple[str, ...]:
    """Every family, in the order of the reports: the built-in ones, then those of installed packages."""
    return extensions.names(GROUP, built_in=_BUILT_IN)


def added_families() -> Iterator[EntryPoint]:
    """The families of installed packages. Raises ExtensionError for a name that cannot be used."""
    for name, point in extensions.installed(GROUP, built_in=_BUILT_IN).items():
        if _NAME.fullmatch(name) is None:
            raise extensions.ExtensionError(
                f"entry point {GROUP}: {name}: use lower-case letters, digits and hyphens"
            )
        yield point
