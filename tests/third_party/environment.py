"""Environments of the servers: a virtual environment and Node packages for each, made once."""

from __future__ import annotations

import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = HERE / "packages"
"""`<server>.txt` lists packages of Python, `<server>.json` packages of Node."""

ENVIRONMENTS = HERE / ".venv"
COMPLETE = "complete"
"""A copy of the package lists, written last: an interrupted or outdated environment is made again."""


@dataclass(frozen=True)
class Environment:
    """Where the programs of one server are installed.

    root: its folder.
    """

    root: Path

    def program(self, name: str) -> str:
        """The path of a command that a package of Python installed."""
        return str(self.root / "bin" / name)

    def node_module(self, path: str) -> Path:
        """The path of a file or folder below `node_modules`."""
        return self.root / "node_modules" / path


def prepare(server: str) -> Environment:
    """The environment of a server, installed at the first call.

    server: the name of its package lists.
    Raises `subprocess.CalledProcessError` when a package cannot be installed.
    """
    root = ENVIRONMENTS / server
    python, node = PACKAGES / f"{server}.txt", PACKAGES / f"{server}.json"
    wanted = "".join(path.read_text(encoding="utf-8") for path in (python, node) if path.exists())
    complete = root / COMPLETE
    if complete.exists() and complete.read_text(encoding="utf-8") == wanted:
        return Environment(root)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    if python.exists():
        venv.create(root, with_pip=True)
        pip = [root / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", python], check=True)
    if node.exists():
        shutil.copy(node, root / "package.json")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=root, check=True)
    complete.write_text(wanted, encoding="utf-8")
    return Environment(root)
