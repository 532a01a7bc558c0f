"""Check families and report formats of an installed package: listed, refused by name, run and written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.recipes import extension_files

pytestmark = pytest.mark.slow

SPEC = Path(__file__).parent / "shelf.yaml"

TARGET = f"""
[contracts.shelf]
base_url = "http://shelf.test/api"
wsgi = "shelf_played:application"
spec = "{SPEC}"
credentials.writer = {{scheme = "bearer", value = "token-of-the-writer", roles = ["write"]}}
known = {{shelf = "one", book_id = "a3d5b6c4-0000-4000-8000-000000000001"}}
"""

PLAYED = f"""
import importlib.util

spec = importlib.util.spec_from_file_location("shelf_conftest", {str(SPEC.with_name("conftest.py"))!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
application = module.ShelfApp()
"""


def install(folder: Path, entry_points: str) -> None:
    """Put the documented package with entry points into a folder, as an installer would."""
    for name in ("my_package/latency.py", "my_package/csv_report.py"):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(extension_files()[name], encoding="utf-8")
    metadata = folder / "my_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)


def contract_tests(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with the folder among those Python imports from."""
    command = [sys.executable, "-m", "contract_tests", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parents[2])])}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


@pytest.fixture
def extended(tmp_path: Path) -> Path:
    """A folder with a package that adds a family and a format, and a target to run them on."""
    install(
        tmp_path,
        "[contract_tests.checks]\nlatency = my_package.latency:requirements\n"
        "[contract_tests.reports]\ncsv = my_package.csv_report:write\n",
    )
    (tmp_path / "target.toml").write_text(TARGET, encoding="utf-8")
    (tmp_path / "shelf_played.py").write_text(PLAYED, encoding="utf-8")
    return tmp_path


def test_an_added_family_and_format_are_run_and_written(extended: Path) -> None:
    done = contract_tests(extended, "run", "--family", "latency", "--report", "csv=report.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (extended / "report.csv").read_text() == "shelf.listBooks.latency.answers,passed\n"


def test_help_and_messages_name_what_was_added(extended: Path) -> None:
    help_text = contract_tests(extended, "run", "--help").stdout
    assert "latency" in help_text
    assert "csv" in help_text
    refused = contract_tests(extended, "run", "--report", "pdf=x")
    assert refused.returncode == 2
    assert re.search(r"FORMAT is one of junit, json, html, .*, csv\n", refused.stderr)


def test_added_requirements_are_listed_with_their_family(extended: Path) -> None:
    listed = contract_tests(extended, "list", "--target", "target.toml", "--family", "latency").stdout
    assert listed == "must\tshelf.listBooks.latency.answers\tlistBooks answers\n"


@pytest.mark.parametrize(
    ("entry_points", "arguments", "reason"),
    [
        ("[contract_tests.checks]\nerrors = my_package.latency:requirements\n", ("list",), "is taken"),
        ("[contract_tests.checks]\nlatency = my_package.latency:nothing\n", ("list",), "AttributeError"),
        ("[contract_tests.checks]\nspeed = my_package.latency:requirements\n", ("list",), "'latency'"),
        ("[contract_tests.checks]\nLate.ncy = my_package.latency:requirements\n", ("list",), "lower-case"),
        ("[contract_tests.reports]\ncsv = not_there:write\n", ("run", "--report", "csv=x"), "not_there"),
    ],
    ids=["taken", "missing", "other-family", "name", "unimportable"],
)
def test_an_extension_that_cannot_be_used_is_refused(
    tmp_path: Path, entry_points: str, arguments: tuple[str, ...], reason: str
) -> None:
    install(tmp_path, entry_points)
    (tmp_path / "target.toml").write_text(TARGET, encoding="utf-8")
    (tmp_path / "shelf_played.py").write_text(PLAYED, encoding="utf-8")
    done = contract_tests(tmp_path, *arguments, "--contract", "shelf", *_target(arguments))
    assert done.returncode == 2, done.stdout + done.stderr
    assert reason in done.stderr


def _target(arguments: tuple[str, ...]) -> tuple[str, ...]:
    return ("--target", "target.toml") if arguments == ("list",) else ()
