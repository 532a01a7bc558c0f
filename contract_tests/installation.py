"""The version of the harness, and what of it is installed: a plain installation is the mock server alone."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution, requires, version

_DISTRIBUTION = "connector-contracts"
_EXTRA = "harness"
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def missing_packages() -> str | None:
    """One line that says which packages of the extra are missing and how to install them; None if none is."""
    missing = [name for name in _needed() if not _installed(name)]
    if not missing:
        return None
    return (
        f"the harness needs {', '.join(missing)}: install the extra `{_EXTRA}`, "
        f"as in pip install '{_DISTRIBUTION}[{_EXTRA}]', or in a checkout pip install '.[{_EXTRA}]'"
    )


def tool_version() -> str:
    """The version of the distribution, or "unknown" when the package is not installed."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def _needed() -> list[str]:
    """The names that pyproject.toml lists for the extra; none where the project is only on the path."""
    try:
        lines = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        return []
    marker = re.compile(rf"extra == ['\"]{_EXTRA}['\"]")
    return [match[0] for line in lines if marker.search(line) and (match := _NAME.match(line))]


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
