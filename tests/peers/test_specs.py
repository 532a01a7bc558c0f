"""Linters and a type generator of other people read every specification without an error."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.peers.contracts import ROOT, SPECS, spec_of

pytestmark = [pytest.mark.peers, pytest.mark.slow]

Tool = Callable[..., Any]


def test_redocly_finds_nothing(tool: Tool) -> None:
    ended = tool("redocly", "lint", *map(spec_of, SPECS), "--format", "json", cwd=ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    reports = re.split(r"(?<=})(?={)", ended.stdout.strip())  # one JSON object after the other
    totals = [json.loads(report)["totals"] for report in reports]
    assert totals == [{"errors": 0, "warnings": 0, "ignored": 0}] * len(SPECS)


def test_spectral_finds_nothing(tool: Tool) -> None:
    ruleset = ROOT / ".spectral.yaml"
    specs = map(spec_of, SPECS)
    ended = tool("spectral", "lint", "--ruleset", ruleset, "--fail-severity", "warn", *specs, cwd=ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def compiled(tool: Tool, typed_client: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of a strict compiler on the client, and on broken.ts, which names an unknown member."""
    sources = tmp_path_factory.mktemp("compiled") / "client"
    shutil.copytree(typed_client, sources)
    (sources.parent / "node_modules").symlink_to((typed_client.parent / "node_modules").resolve())
    right = (sources / "set_up_a_provider.ts").read_text(encoding="utf-8")
    broken = right.replace("setup_complete", "set_up_complete")
    assert broken != right
    (sources / "broken.ts").write_text(broken, encoding="utf-8")
    said: str = tool("tsc", "--project", sources, "--pretty", "false", cwd=sources).stdout
    return said.splitlines()


def test_a_client_on_the_generated_types_compiles_strictly(compiled: list[str]) -> None:
    assert [line for line in compiled if not line.startswith(("broken.ts", " "))] == []


def test_the_compiler_rejects_an_undeclared_member(compiled: list[str]) -> None:
    assert any(line.startswith("broken.ts") and "set_up_complete" in line for line in compiled)
