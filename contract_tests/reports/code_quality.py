"""GitLab's code quality report, which a merge request compares with that of its target branch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from contract_tests.evidence.levels import Level
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.places import fingerprint, message, place_of, shown
from contract_tests.requirements.results import Outcome

_SEVERITIES: Final = {Level.MUST: "major", Level.SHOULD: "minor", Level.ASSUMED: "info"}
"""Of info, minor, major, critical and blocker; an error of the harness is critical."""


def write(result: MaskedResult, path: Path) -> None:
    """Write the report. Raises OSError."""
    text = json.dumps(issues(result), ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def issues(result: MaskedResult) -> list[dict[str, Any]]:
    """An issue for each defect; its fingerprint is the same in every run."""
    return [_issue(outcome, result) for outcome in shown(result)]


def _issue(outcome: Outcome, result: MaskedResult) -> dict[str, Any]:
    place = place_of(outcome, result)
    return {
        "description": message(outcome),
        "check_name": outcome.requirement.id,
        "fingerprint": fingerprint(outcome),
        "severity": "critical" if outcome.finding is None else _SEVERITIES[outcome.finding.level],
        "location": {"path": place.path, "lines": {"begin": place.line}},
    }
