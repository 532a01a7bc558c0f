"""Redocly Respect walks every workflow file against the mock, and a browser walks them on generated types."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.peers.contracts import OPENAPI, prefix_of
from tests.peers.test_specs import CLIENT, typed_client

pytestmark = pytest.mark.peers

WORKFLOWS = sorted((OPENAPI / "workflows").glob("*.arazzo.yaml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name.partition(".")[0])
def test_respect_runs_the_workflow(tool: Callable[..., Any], mock: str, file: Path, tmp_path: Path) -> None:
    sources = yaml.safe_load(file.read_text(encoding="utf-8"))["sourceDescriptions"]
    servers = [part for one in sources for part in ("-S", f"{one['name']}={mock}{prefix_of(one['name'])}")]
    report = tmp_path / "report.json"
    ended = tool("redocly", "respect", file, *servers, "--json-output", report, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (told,) = json.loads(report.read_text(encoding="utf-8"))["files"].values()
    (walked,) = told["executedWorkflows"]
    at_last = {step["stepId"]: step["status"] for step in walked["executedSteps"]}
    assert set(at_last.values()) == {"success"}


def test_a_page_on_another_origin_runs_every_workflow(
    tool: Callable[..., Any], packages: Path, browser: str, mock: str, tmp_path: Path
) -> None:
    sources = typed_client(tool, packages, tmp_path)
    bundle = tmp_path / "page.js"
    built = tool("esbuild", sources / "page.ts", "--bundle", f"--outfile={bundle}", cwd=sources)
    assert built.returncode == 0, built.stderr
    command = ["node", str(CLIENT / "browse.mjs"), str(bundle), mock, browser]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    steps = [json.loads(line) for line in ended.stdout.splitlines()]
    assert not [step for step in steps if "failed" in step], ended.stderr
    assert {step["workflow"] for step in steps} == {file.name.partition(".")[0] for file in WORKFLOWS}
