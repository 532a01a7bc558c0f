"""The action for GitHub and the template for GitLab: their very commands, on a target that is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
APPLICATION = """
import sys
sys.path.insert(0, {root!r})
from tests.contract_tests.conftest import ShelfApp

application = ShelfApp("create-200")
"""
TARGET = """
[contracts.shelf]
base_url = "http://shelf.test/api"
wsgi = "shelf_on_trial:application"
spec = {spec}

[contracts.shelf.credentials.writer]
scheme = "bearer"
value = "token-of-the-writer"
roles = ["write"]

[contracts.shelf.known]
shelf = "one"
book_id = "a3d5b6c4-0000-4000-8000-000000000001"
"""
VARIABLES = {
    "CONTRACT_TARGET": "target.toml",
    "CONTRACT_PROFILE": "quick",
    "CONTRACT_ARGUMENTS": "--operation createBook --family examples",
}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A checkout with a target file."""
    (tmp_path / "shelf_on_trial.py").write_text(APPLICATION.format(root=str(ROOT)), encoding="utf-8")
    spec = json.dumps(str(ROOT / "tests/contract_tests/shelf.yaml"))
    (tmp_path / "target.toml").write_text(TARGET.format(spec=spec), encoding="utf-8")
    return tmp_path


def _run(script: str, job: Path, **more: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, **VARIABLES, **more, "PATH": path, "PYTHONPATH": str(job)}
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=job, env=env, capture_output=True, text=True, check=False
    )


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_action_annotates_and_writes_a_summary(job: Path) -> None:
    steps = _yaml(".github/actions/contract-tests/action.yml")["runs"]["steps"]
    (script,) = [step["run"] for step in steps if step.get("name") == "Run"]

    done = _run(script, job, GITHUB_STEP_SUMMARY=str(job / "summary.md"))

    assert done.returncode == 1, done.stderr
    assert "::error file=target.toml,line=2,title=shelf.createBook.examples.success::" in done.stdout
    assert "### ❌ The contract is broken" in (job / "summary.md").read_text(encoding="utf-8")
    written = {path.name for path in (job / "contract-report").iterdir()}
    assert written == {"index.html", "report.json", "junit.xml"}


def test_the_template_writes_what_a_merge_request_shows(job: Path) -> None:
    template = _yaml(".gitlab/contract-tests.yml")["contract-tests"]

    done = _run("\n".join(template["script"]), job)

    assert done.returncode == 1, done.stderr
    reports = template["artifacts"]["reports"]
    assert all((job / path).exists() for path in reports.values())
    issues = json.loads((job / reports["codequality"]).read_text(encoding="utf-8"))
    assert "shelf.createBook.examples.success" in {issue["check_name"] for issue in issues}
