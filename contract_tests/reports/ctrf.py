"""The Common Test Report Format: a test per requirement, for dashboards and pull request comments."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from contract_tests.installation import tool_version
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.junit import as_text
from contract_tests.reports.places import is_failing
from contract_tests.requirements.results import Outcome
from contract_tests.verdicts import Verdict

_STATUSES: Final = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.ERRORED: "failed",
    Verdict.WARNING: "other",
    Verdict.KNOWN: "other",
    Verdict.INCONCLUSIVE: "pending",
    Verdict.SKIPPED: "skipped",
}


def write(result: MaskedResult, path: Path) -> None:
    """Write the report. Raises OSError."""
    text = json.dumps(report(result), ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def report(result: MaskedResult) -> dict[str, Any]:
    """The report as JSON values; times in milliseconds."""
    tests = [_test(outcome, result) for outcome in result.outcomes]
    counts = Counter(test["status"] for test in tests)
    start = int(result.started.timestamp() * 1000)
    stop = result.started + timedelta(seconds=result.seconds)
    summary = {
        "tests": len(tests),
        **{status: counts[status] for status in ("passed", "failed", "pending", "skipped", "other")},
        "start": start,
        "stop": int(stop.timestamp() * 1000),
    }
    tool = {"name": "contract-tests", "version": tool_version()}
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {"tool": tool, "summary": summary, "tests": tests},
    }


def _test(outcome: Outcome, result: MaskedResult) -> dict[str, Any]:
    requirement, finding = outcome.requirement, outcome.finding
    status = "failed" if is_failing(outcome, result) else _STATUSES[outcome.verdict]
    test: dict[str, Any] = {
        "name": requirement.id,
        "status": status,
        "duration": round(outcome.seconds * 1000),
        "rawStatus": outcome.verdict.value,
        "suite": [requirement.contract, requirement.family],
        "tags": [(finding or requirement).level.value],
    }
    if outcome.reason or finding:
        test["message"] = requirement.title if finding else f"{requirement.title}: {outcome.reason}"
    if finding:
        test["trace"] = as_text(finding)
    return test
