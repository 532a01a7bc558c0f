"""A mock of one public document in a process of its own, with the target file it writes."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from tests.corpus.table import free_port

_PATIENCE = 180.0


@dataclass(frozen=True)
class Target:
    """A running mock. headers: its credentials, as header lines. target_file: for contract-tests."""

    base_url: str
    headers: tuple[str, ...]
    target_file: Path


@contextmanager
def running_mock(document: Path, *options: str) -> Iterator[Target]:
    """A mock that plays this document. Raises RuntimeError if it does not start."""
    with TemporaryDirectory() as folder, Path(folder, "log").open("w+", encoding="utf-8") as log:
        target_file = Path(folder, "target.toml")
        command = [sys.executable, "-m", "mock_server", "--spec", str(document), "--port", str(free_port())]
        command += ["--target-file", str(target_file), *options]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(process, Path(log.name), target_file)
            yield _target(document, target_file)
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], log: Path, target_file: Path) -> None:
    begun = time.monotonic()
    while "is ready at" not in log.read_text("utf-8") or not _is_written(target_file):
        if process.poll() is not None or time.monotonic() - begun > _PATIENCE:
            raise RuntimeError(f"the mock does not start: {log.read_text('utf-8')}")
        time.sleep(0.1)


def _is_written(target_file: Path) -> bool:
    """Whether a target file is there as a whole: it is written after the server is ready."""
    try:
        return "contracts" in tomllib.loads(target_file.read_text("utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError):
        return False


def _target(document: Path, target_file: Path) -> Target:
    content = tomllib.loads(target_file.read_text("utf-8"))
    contract = next(iter(content["contracts"].values()))
    schemes = yaml.load(document.read_text("utf-8-sig"), yaml.CSafeLoader)
    declared = schemes.get("components", {}).get("securitySchemes", {})
    headers = []
    for credential in contract.get("credentials", {}).values():
        scheme = declared.get(credential["scheme"], {})
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            headers.append(f"{scheme['name']}: {credential['value']}")
        elif scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "basic":
            headers.append(f"Authorization: Basic {credential['value']}")
        elif scheme.get("type") != "apiKey":
            headers.append(f"Authorization: Bearer {credential['value']}")
    return Target(contract["base_url"], tuple(dict.fromkeys(headers)), target_file)
