"""The pytest plugin: `pytest --contract-target target.toml` makes one test of each requirement.

Every pytest run of an environment with this package loads it, so it imports nothing heavy until asked to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract_tests.requirements.profiles import PROFILES

if TYPE_CHECKING:
    from contract_tests.pytest_plugin.items import TargetFile


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; without --contract-target the others have no effect."""
    group = parser.getgroup("contract_tests", "contract tests")
    group.addoption(
        "--contract-target", type=Path, metavar="FILE", help="judge the implementation of this target file"
    )
    group.addoption("--contract-profile", choices=PROFILES, default="quick", help="how much to examine")
    group.addoption("--contract-seed", type=int, default=0, help="repeats a run")
    group.addoption(
        "--contract-baseline", type=Path, metavar="FILE", help="known faults, skipped as `known`; see accept"
    )
    group.addoption(
        "--contract-exclude",
        action="append",
        default=[],
        metavar="ID",
        help="not these requirements; patterns, may be repeated",
    )
    group.addoption("--contract-read-only", action="store_true", help="send reading requests alone")


def pytest_configure(config: pytest.Config) -> None:
    """Let the target file stand for the tests to collect, unless the command line names others too."""
    target = config.getoption("--contract-target")
    if target is None:
        return
    from contract_tests.installation import missing_packages

    if missing := missing_packages():
        raise pytest.UsageError(f"--contract-target: {missing}")
    if not target.is_file():
        raise pytest.UsageError(f"--contract-target: {target} does not exist or is a folder")
    named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    config.args = [*named, *([] if str(target) in named else [str(target)])]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TargetFile | None:
    """Collect the requirements of the target file."""
    target = parent.config.getoption("--contract-target")
    if target is None or file_path != target.resolve():
        return None
    from contract_tests.pytest_plugin.items import TargetFile

    return TargetFile.from_parent(parent, path=file_path)
