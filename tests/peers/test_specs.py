"""Linters and a type generator of other people read every contract without an error."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.peers.contracts import ROOT, SPECS, spec_of

pytestmark = pytest.mark.peers

CLIENT = Path(__file__).with_name("client")


@pytest.mark.parametrize("contract", SPECS)
def test_redocly_finds_nothing(tool: Callable[..., Any], contract: str) -> None:
    ended = tool("redocly", "lint", spec_of(contract), "--format", "json", cwd=ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


@pytest.mark.parametrize("contract", SPECS)
def test_spectral_finds_nothing(tool: Callable[..., Any], contract: str) -> None:
    ruleset = ROOT / ".spectral.yaml"
    ended = tool(
        "spectral", "lint", "--ruleset", ruleset, "--fail-severity", "warn", spec_of(contract), cwd=ROOT
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_client_on_the_generated_types_compiles_strictly(
    tool: Callable[..., Any], packages: Path, tmp_path: Path
) -> None:
    sources = typed_client(tool, packages, tmp_path)
    ended = tool("tsc", "--project", sources, cwd=sources)
    assert ended.returncode == 0, ended.stdout


def test_the_compiler_rejects_an_undeclared_member(
    tool: Callable[..., Any], packages: Path, tmp_path: Path
) -> None:
    sources = typed_client(tool, packages, tmp_path)
    broken = sources / "set_up_a_provider.ts"
    broken.write_text(broken.read_text(encoding="utf-8").replace("setup_complete", "set_up_complete"))
    assert "set_up_complete" in tool("tsc", "--project", sources, cwd=sources).stdout


def typed_client(tool: Callable[..., Any], packages: Path, folder: Path) -> Path:
    """The client's sources in `folder`, with types generated from every contract beside them."""
    sources = folder / "client"
    shutil.copytree(CLIENT, sources)
    (folder / "node_modules").symlink_to(packages)
    for contract in SPECS:
        types = sources / "generated" / f"{contract}.ts"
        ended = tool(
            "openapi-typescript", spec_of(contract), "--default-non-nullable=false", "-o", types, cwd=sources
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return sources
