"""The registry of dialects, which behaviour files refer to by name.

An installed package adds one by an entry point in the group `mock_server.dialects`: its name is the
dialect's, its object a Dialect (mock_server.errors.dialect) of that name:

    [project.entry-points."mock_server.dialects"]
    rails = "my_package.rails:RAILS"
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from mock_server.errors.dialect import Dialect
from mock_server.errors.fastapi import FASTAPI
from mock_server.errors.laravel import LARAVEL
from mock_server.errors.problem_json import PROBLEM_JSON
from mock_server.extensions import with_installed

GROUP = "mock_server.dialects"

DECLARED = "declared"
"""The dialect of inferred contracts: errors take the shape that each operation declares for them."""

BUILT_IN: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (FASTAPI, LARAVEL, PROBLEM_JSON)}


@cache
def dialects() -> Mapping[str, Dialect]:
    """All dialects by name, those of installed packages last. Raises StartupError for an invalid
    extension."""
    return with_installed(GROUP, BUILT_IN, _accepted)


def _accepted(name: str, extension: Any) -> Dialect:
    if not isinstance(extension, Dialect) or extension.name != name:
        raise TypeError(f"must be a Dialect (mock_server.errors.dialect) named {name!r}")
    return extension
