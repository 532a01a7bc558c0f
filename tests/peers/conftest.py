"""What the peers need: Node with their packages, Chromium, a mock. What is missing skips, with the reason."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.contracts import SPECS, spec_of
from tests.peers.mock import running_mock

HERE = Path(__file__).parent
CLIENT = HERE / "client"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
SMALL = {"CYPRESS_INSTALL_BINARY": "0"}
"""What is not downloaded: of Cypress only the types are needed."""

Tool = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def packages() -> Path:
    """node_modules with the locked versions, installed where they are not yet."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = HERE / "node_modules"
    installed = folder / ".installed-from"
    with (HERE / "package-lock.json").open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # npm ci empties the folder: one worker at a time
        wanted = lock.read()
        if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
            command = ["npm", "ci", "--no-audit", "--no-fund"]
            ended = subprocess.run(
                command, cwd=HERE, env={**os.environ, **SMALL}, capture_output=True, text=True, check=False
            )
            if ended.returncode:
                pytest.skip(f"npm could not install the peers: {ended.stderr.strip()[-300:]}")
            installed.write_text(wanted, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tool(packages: Path) -> Tool:
    """Runs a peer by its command's name; the result has its words in stdout and stderr."""

    def call(name: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [str(packages / ".bin" / name), *map(str, arguments)]
        return subprocess.run(
            command, cwd=cwd, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False
        )

    return call


@pytest.fixture(scope="session")
def chromium() -> str:
    """The executable of Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    return found


@pytest.fixture(scope="session")
def browser(packages: Path, chromium: str) -> Iterator[str]:
    """The address of a running Chromium, for scripts that connect to it by chromium.mjs."""
    assert packages
    command = ["node", str(HERE / "chromium.mjs"), chromium]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "Chromium does not start"
        yield address


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """The address of a mock that the tests of a module share."""
    with running_mock() as address:
        yield address


@pytest.fixture(scope="session")
def typed_client(tool: Tool, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the TypeScript client, with types generated from every specification beside them."""
    folder = tmp_path_factory.mktemp("typed-client")
    sources = folder / "client"
    shutil.copytree(CLIENT, sources)
    (folder / "node_modules").symlink_to(packages)
    generated = {
        name: {"root": str(spec_of(name)), "x-openapi-ts": {"output": f"./generated/{name}.ts"}}
        for name in SPECS
    }
    (sources / "redocly.yaml").write_text(json.dumps({"apis": generated}), encoding="utf-8")
    ended = tool("openapi-typescript", "--default-non-nullable=false", cwd=sources)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return sources
