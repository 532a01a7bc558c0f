"""The independent servers: their choices, the defects that can be planted in them, and how to start them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")
SERVERS = (
    *(f"{language}-{contract}" for language in ("python", "node") for contract in CONTRACTS),
    *(f"stdlib-{contract}" for contract in ("aimable", "hydracore", "patchworks")),
    *(
        f"{language}-{contract}"
        for language in ("tornado", "go")
        for contract in ("aimable", "fastapi_platform")
    ),
    "java-hydracore",
    "rails-hydracore",
    "tornado-patchworks",
    "laravel-patchworks",
)
ONE_PROCESS = frozenset({"tornado-aimable", "tornado-fastapi_platform", "go-aimable", "go-fastapi_platform"})
"""Servers of two contracts that a single process serves."""
NOT_COPIED = shutil.ignore_patterns("node_modules", "__pycache__", "defects", "targets")


@dataclass(frozen=True)
class Edit:
    """A text of a server's source, which occurs once in `file`, and the one that takes its place."""

    file: str
    find: str
    replace: str


@dataclass(frozen=True)
class Defect:
    """A mistake that can be planted in a server. breaks: the sentence it contradicts, or `none`."""

    id: str
    kind: str
    breaks: str
    says: str
    edits: tuple[Edit, ...]


def choices(server: str) -> Iterator[str]:
    """Every value of every choice that is not the default, as `name=value`."""
    language, _, contract = server.partition("-")
    files = [
        HERE / language / (f"{contract}.choices.yaml" if language == "node" else f"{contract}/choices.yaml")
    ]
    if language == "stdlib":
        files.append(HERE / language / "habits" / "choices.yaml")
    if server in ONE_PROCESS:
        files = [HERE / language / "choices.yaml"]
    for file in files:
        for choice in yaml.safe_load(file.read_text(encoding="utf-8")):
            if contract not in choice.get("serves", (contract,)):
                continue
            for value in choice["values"]:
                if str(value) != str(choice["default"]):
                    yield f"{choice['name']}={value}"


def groups(server: str, size: int) -> Iterator[tuple[str, ...]]:
    """Every value of every choice that is not the default, `size` at once, no choice twice in a group."""
    waiting = list(choices(server))
    while waiting:
        group: dict[str, str] = {}
        for choice in waiting:
            name = choice.partition("=")[0]
            if name not in group and len(group) < size:
                group[name] = choice
        yield tuple(group.values())
        waiting = [choice for choice in waiting if choice not in group.values()]


def defects(server: str) -> list[Defect]:
    """The defects that can be planted in a server."""
    entries = yaml.safe_load((HERE / "defects" / f"{server}.yaml").read_text(encoding="utf-8"))
    return [Defect(**{**entry, "edits": tuple(Edit(**edit) for edit in entry["edits"])}) for entry in entries]


@contextmanager
def planted(defect: Defect) -> Iterator[Path]:
    """A copy of the servers with the defect in it: the folder that stands for the repository."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tests" / "independent"
        shutil.copytree(HERE, copy, ignore=NOT_COPIED)
        modules = HERE / "node" / "node_modules"
        if modules.exists():
            (copy / "node" / "node_modules").symlink_to(modules)
        for edit in defect.edits:
            file = copy / edit.file
            text = file.read_text(encoding="utf-8")
            if text.count(edit.find) != 1:
                raise ValueError(f"{defect.id}: the text to replace does not occur once in {edit.file}")
            file.write_text(text.replace(edit.find, edit.replace), encoding="utf-8")
        yield Path(folder)


def go_program(root: Path) -> Path:
    """The program built from the Go sources, kept in the user's cache by their content.

    root: where the servers are, see `planted`; a copy of them has its program in itself, to go with it.
    """
    folder = root / "tests" / "independent" / "go"
    sources = sorted(file for file in folder.iterdir() if file.is_file())
    content = hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in sources))
    caches = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    cache = caches / "independent-go" if root == ROOT else root
    program = cache / content.hexdigest()[:16]
    if not program.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as unfinished:
            built = Path(unfinished) / program.name
            subprocess.run(["go", "build", "-o", built, "."], cwd=folder, check=True)
            built.replace(program)  # at once, as another run may build the same
    return program


@contextmanager
def started(server: str, chosen: Sequence[str] = (), root: Path = ROOT) -> Iterator[str]:
    """The address of a fresh server with some choices, each `name=value`.

    root: where the servers are, see `planted`.
    """
    language, _, contract = server.partition("-")
    module = f"tests.independent.{language}" + ("" if server in ONE_PROCESS else f".{contract}")
    command = [sys.executable, "-m", module]
    if language == "node":
        command = ["node", str(root / "tests" / "independent" / "node" / f"{contract}.mjs")]
    if language == "java":
        source = root / "tests" / "independent" / "java" / contract / f"{contract.capitalize()}.java"
        command = ["java", "-XX:TieredStopAtLevel=1", str(source)]
    if language == "rails":
        command = ["ruby", str(root / "tests" / "independent" / "rails" / contract / "server.rb")]
    if language == "go":
        command = [str(go_program(root))]
    if language == "laravel":
        command = ["php", str(root / "tests" / "independent" / "laravel" / contract / "serve.php")]
    arguments = ["--port", "0", *(word for choice in chosen for word in ("--choice", choice))]
    with subprocess.Popen(
        [*command, *arguments], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            announced = re.search(r"http://\S+", line)
            if announced is None:
                raise RuntimeError(f"{server} {' '.join(chosen)} does not start: {line!r}")
            yield announced.group()
        finally:
            process.kill()
