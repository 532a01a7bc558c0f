"""The mock server alone, beside a user's own pytest, in an environment without the harness's packages."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.repository.tree import names

pytestmark = pytest.mark.slow

PROJECT = "connector-contracts"
WITH_EXTRA = {"mock_server.sign_in.grants"}
"""What is imported only where a contract has a login, with the extra `oauth`."""


class Environment:
    """A virtual environment with links to some of the packages installed here."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False)
        self.python = folder / "bin" / "python"
        self.site = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def link(self, installed: Distribution) -> None:
        """Make a package importable, with its metadata."""
        for name in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            link = self.site / name
            if not link.exists():
                link.symlink_to(Path(str(installed.locate_file(name))).resolve())

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-I", *arguments], cwd=cwd, capture_output=True, text=True, check=False
        )


def needed(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """A package and, without any extra, all that it requires on this system."""
    installed = distribution(name)
    if installed.name not in seen:
        seen[installed.name] = installed
        for requirement in map(Requirement, installed.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed(requirement.name, seen)
    return seen


@pytest.fixture(scope="module")
def mock_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """The packages of a plain installation and of a user's pytest only."""
    environment = Environment(tmp_path_factory.mktemp("mock-alone"))
    packages = needed(PROJECT, {}) | needed("pytest", {})
    for installed in packages.values():
        environment.link(installed)
    return environment


def test_the_mock_needs_no_test_library() -> None:
    assert not {"pytest", "hypothesis", "schemathesis"} & set(needed(PROJECT, {}))


def test_every_module_of_the_mock_can_be_imported(mock_alone: Environment, tmp_path: Path) -> None:
    files = [name for name in names() if name.startswith("mock_server/") and name.endswith(".py")]
    modules = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    importable = [name for name in modules if not name.endswith("__main__") and name not in WITH_EXTRA]
    done = mock_alone.run("-c", code, *importable, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_users_tests_get_a_world(mock_alone: Environment, tmp_path: Path) -> None:
    test = "def test_a_world(mock_world_in_process):\n    assert mock_world_in_process.client.get('/')\n"
    (tmp_path / "test_theirs.py").write_text(test)
    done = mock_alone.run("-m", "pytest", "-q", cwd=tmp_path)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_pytest_names_the_missing_extra(mock_alone: Environment, tmp_path: Path) -> None:
    done = mock_alone.run("-m", "pytest", "--contract-target", "target.toml", cwd=tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "hypothesis" in done.stderr
    assert "pip install 'connector-contracts[harness]'" in done.stderr


@pytest.mark.parametrize("command", ["run", "list", "spec"])
def test_contract_tests_names_the_missing_extra(
    mock_alone: Environment, tmp_path: Path, command: str
) -> None:
    done = mock_alone.run("-m", "contract_tests", command, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "hypothesis" in line
    assert "pip install 'connector-contracts[harness]'" in line
