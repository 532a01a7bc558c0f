"""The documented recipes for Playwright and Vitest pass as they are written, beside a small frontend.

The one for Cypress, whose binary is not installed, compiles against its types.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.repository.recipes import Recipe, recipe

pytestmark = [pytest.mark.peers, pytest.mark.slow]

FRONTEND = Path(__file__).parent / "recipes" / "frontend"
STRICT = ("--noEmit", "--strict", "--skipLibCheck", "--allowJs", "--target", "es2022", "--module", "esnext")

Written = Callable[[str], Recipe]


@pytest.fixture
def project(packages: Path, tmp_path: Path) -> Path:
    """A frontend project with the tools installed."""
    shutil.copytree(FRONTEND, tmp_path / "project")
    (tmp_path / "project" / "node_modules").symlink_to(packages)
    return tmp_path / "project"


@pytest.fixture
def written(project: Path) -> Written:
    """Writes the files of a recipe into the project."""

    def write(title: str) -> Recipe:
        taken = recipe(title)
        for name, text in taken.files.items():
            file = project / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return taken

    return write


def run(command: list[str], project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a user's shell runs it, where mock-server is installed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "NO_COLOR": "1", **environment}
    return subprocess.run(
        command, cwd=project, env=env, capture_output=True, text=True, check=False, timeout=240
    )


def in_browser(command: list[str], project: Path, chromium: str) -> subprocess.CompletedProcess[str]:
    """The same with the frontend on a free port, and the browser of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    return run(command, project, APP_URL=address, CHROMIUM=chromium)


def passed(ended: subprocess.CompletedProcess[str], taken: Recipe) -> bool:
    """Whether all tests of a recipe were run and none failed."""
    tests = sum(len(re.findall(r"^ *test\(", text, re.MULTILINE)) for text in taken.files.values())
    return ended.returncode == 0 and re.search(rf"\b{tests} passed", ended.stdout) is not None


def test_the_recipe_for_playwright_passes_as_written(written: Written, project: Path, chromium: str) -> None:
    taken = written("Playwright")
    ended = in_browser(taken.command, project, chromium)
    assert passed(ended, taken), ended.stdout + ended.stderr


def test_its_tests_run_in_parallel(written: Written, project: Path, chromium: str) -> None:
    taken = written("Playwright")
    ended = in_browser([*taken.command, "--workers=3", "--repeat-each=2"], project, chromium)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "using 3 workers" in ended.stdout


def test_its_count_shows_what_the_page_does_not(written: Written, project: Path, chromium: str) -> None:
    taken = written("Playwright")
    plant(project / "index.html", "      button.disabled = true;\n", "")
    plant(project / "connectors.js", "crypto.randomUUID()", '"always-the-same"')
    ended = in_browser([*taken.command, "--grep", "double click"], project, chromium)
    assert ended.returncode == 1
    assert re.search(r"Expected: 1\s+Received: 2", ended.stdout), ended.stdout


def plant(file: Path, right: str, wrong: str) -> None:
    """Add a mistake to a file of the frontend."""
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong), encoding="utf-8")


def test_the_recipe_for_vitest_passes_as_written(written: Written, project: Path) -> None:
    taken = written("Vitest")
    ended = run(taken.command, project)
    assert passed(ended, taken), ended.stdout + ended.stderr


@pytest.mark.parametrize("title", ["Playwright", "Vitest", "Cypress"])
def test_the_code_of_a_recipe_compiles_strictly(
    tool: Callable[..., Any], written: Written, project: Path, title: str
) -> None:
    files = written(title).files
    types = "cypress,node" if title == "Cypress" else "node"
    ended = tool("tsc", *STRICT, "--moduleResolution", "bundler", "--types", types, *files, cwd=project)
    assert ended.returncode == 0, ended.stdout
    assert files
