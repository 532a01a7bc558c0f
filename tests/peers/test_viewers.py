"""What others make of the reports: JUnit is shown and converted without a loss, CTRF keeps its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from contract_tests.engine.runner import run
from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.registry import Report
from contract_tests.target.target_file import Target
from contract_tests.verdicts import Verdict
from tests.contract_tests.conftest import SPEC, TOKEN, ShelfApp
from tests.peers.conftest import Tool

pytestmark = [pytest.mark.peers, pytest.mark.slow]


@pytest.fixture(scope="module")
def result() -> MaskedResult:
    """A run in which requirements pass, break and are skipped."""
    shelf = {
        "base_url": "http://shelf.test/api",
        "wsgi": ShelfApp("bad-time", "title-unchecked"),
        "spec": SPEC,
        "credentials": {"writer": {"scheme": "bearer", "value": TOKEN, "roles": ["write"]}},
        "known": {"shelf": "one"},
    }
    return masked(run(Target.model_validate({"contracts": {"shelf": shelf}})))


def _counted(result: MaskedResult) -> dict[str, int]:
    skipped = result.counts[Verdict.SKIPPED] + result.counts[Verdict.INCONCLUSIVE]
    return {
        "tests": len(result.outcomes),
        "failed": result.counts[Verdict.FAILED],
        "skipped": skipped,
        "passed": result.counts[Verdict.PASSED] + result.counts[Verdict.WARNING],
    }


def _failing(result: MaskedResult) -> set[str]:
    return {each.requirement.id for each in result.outcomes if each.verdict is Verdict.FAILED}


def test_junit_is_converted_to_ctrf_without_a_loss(result: MaskedResult, tool: Tool, tmp_path: Path) -> None:
    Report("junit", tmp_path / "report.xml").write(result)

    ended = tool("junit-to-ctrf", tmp_path / "report.xml", "-o", tmp_path / "ctrf.json", cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads((tmp_path / "ctrf.json").read_text(encoding="utf-8"))["results"]
    assert {name: found["summary"][name] for name in _counted(result)} == _counted(result)
    failing = {each["name"].rpartition(" ")[2] for each in found["tests"] if each["status"] == "failed"}
    assert failing == _failing(result)
    traces = [each["trace"] for each in found["tests"] if "shape" in each.get("message", "")]
    assert any("curl -sS" in trace for trace in traces)


def test_a_viewer_shows_each_failing_requirement(result: MaskedResult, tool: Tool, tmp_path: Path) -> None:
    Report("junit", tmp_path / "report.xml").write(result)

    ended = tool("xunit-viewer", "-r", tmp_path / "report.xml", "-o", tmp_path / "page.html", cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "page.html").stat().st_size > 0
    printed = tool("xunit-viewer", "-r", tmp_path / "report.xml", "-c", "-n", cwd=tmp_path)
    assert {name for name in _failing(result) if name not in printed.stdout} == set()


def test_ctrf_keeps_its_schema(result: MaskedResult, packages: Path, tmp_path: Path) -> None:
    schema = json.loads((packages / "ctrf/dist/ctrf-schema-0.0.json").read_text(encoding="utf-8"))
    Report("ctrf", tmp_path / "ctrf.json").write(result)

    report = json.loads((tmp_path / "ctrf.json").read_text(encoding="utf-8"))

    assert [error.message for error in Draft7Validator(schema).iter_errors(report)] == []
