"""A SARIF 2.1.0 log, for code scanning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from contract_tests.evidence.levels import Level
from contract_tests.installation import tool_version
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.places import fingerprint, message, place_of, shown
from contract_tests.requirements.results import Outcome

_LEVELS: Final = {Level.MUST: "error", Level.SHOULD: "warning", Level.ASSUMED: "note"}
"""SARIF's levels (2.1.0, section 3.27.10)."""


def write(result: MaskedResult, path: Path) -> None:
    """Write the log. Raises OSError."""
    text = json.dumps(log(result), ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def log(result: MaskedResult) -> dict[str, Any]:
    """The log: a rule for each broken requirement, a result for each defect."""
    outcomes = list(shown(result))
    driver = {
        "name": "contract-tests",
        "version": tool_version(),
        "rules": [_rule(outcome) for outcome in outcomes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(outcome, index, result) for index, outcome in enumerate(outcomes)],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _rule(outcome: Outcome) -> dict[str, Any]:
    requirement = outcome.requirement
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.title},
        "defaultConfiguration": {"level": _LEVELS[requirement.level]},
        "properties": {"tags": [requirement.contract, requirement.family]},
    }


def _result(outcome: Outcome, index: int, result: MaskedResult) -> dict[str, Any]:
    place, finding = place_of(outcome, result), outcome.finding
    return {
        "ruleId": outcome.requirement.id,
        "ruleIndex": index,
        "level": "error" if finding is None else _LEVELS[finding.level],
        "message": {"text": message(outcome)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _address(place.path)},
                    "region": {"startLine": place.line},
                },
                "logicalLocations": [{"fullyQualifiedName": outcome.requirement.operations[0]}],
            }
        ],
        "partialFingerprints": {"cause/v1": fingerprint(outcome)[:32]},
        "properties": {} if finding is None else {"curl": finding.curl},
    }


def _address(path: str) -> str:
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
