"""Redocly Respect and a browser with generated types run every workflow against the mock."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.peers.contracts import CONTRACTS, OPENAPI, prefix_of

CLIENT = Path(__file__).with_name("client")

pytestmark = [pytest.mark.peers, pytest.mark.slow]

WORKFLOWS = sorted((OPENAPI / "workflows").glob("*.arazzo.yaml"))
NAMES = [file.name.partition(".")[0] for file in WORKFLOWS]

Tool = Callable[..., Any]


@pytest.fixture(scope="module")
def walked(tool: Tool, mock: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """How each step of each workflow ended at last."""
    folder = tmp_path_factory.mktemp("respect")
    servers = [part for name in CONTRACTS for part in ("-S", f"{name}={mock}{prefix_of(name)}")]
    report = folder / "report.json"
    ended = tool("redocly", "respect", *WORKFLOWS, *servers, "--json-output", report, cwd=folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    executed = [workflow for file in files.values() for workflow in file["executedWorkflows"]]
    return {
        workflow["workflowId"]: {step["stepId"]: step["status"] for step in workflow["executedSteps"]}
        for workflow in executed
    }


@pytest.mark.parametrize("workflow", NAMES)
def test_respect_runs_the_workflow(walked: dict[str, dict[str, str]], workflow: str) -> None:
    assert set(walked[workflow].values()) == {"success"}


def test_a_page_on_another_origin_runs_every_workflow(
    tool: Tool, typed_client: Path, browser: str, mock: str, tmp_path: Path
) -> None:
    bundle = tmp_path / "page.js"
    built = tool("esbuild", typed_client / "page.ts", "--bundle", f"--outfile={bundle}", cwd=typed_client)
    assert built.returncode == 0, built.stderr
    command = ["node", str(CLIENT / "browse.mjs"), str(bundle), mock, browser]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    steps = [json.loads(line) for line in ended.stdout.splitlines()]
    assert not [step for step in steps if "failed" in step], ended.stderr
    assert {step["workflow"] for step in steps} == set(NAMES)
