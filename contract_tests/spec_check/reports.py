"""What `spec check` prints: text for people, JSON for programs, SARIF for tools that show findings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from contract_tests.installation import tool_version
from contract_tests.locations import from_here
from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.rules import RULES, Severity

_LEVELS: Final = {Severity.FAULT: "error", Severity.WARNING: "warning", Severity.STYLE: "note"}
"""SARIF's levels (2.1.0, section 3.27.10)."""

Severities = Mapping[str, Severity]


def counts(problems: Sequence[SpecProblem], severities: Severities) -> dict[Severity, int]:
    """How many problems there are of each severity, the worst first."""
    found = [severities[problem.rule] for problem in problems]
    return {severity: found.count(severity) for severity in _LEVELS}


def text(problems: Sequence[SpecProblem], severities: Severities) -> str:
    """One line for each problem, in the form that editors and CI systems recognise."""
    return "\n".join(
        f"{problem.file}:{problem.line}:{problem.column}: {severities[problem.rule]}: "
        f"{_encodable(problem.message)} [{problem.rule}]"
        for problem in problems
    )


def as_json(problems: Sequence[SpecProblem], severities: Severities) -> str:
    """An object with the counts and a list of problems."""
    listed = [
        {
            "file": str(problem.file),
            "line": problem.line,
            "column": problem.column,
            "pointer": problem.pointer,
            "rule": problem.rule,
            "severity": severities[problem.rule],
            "message": problem.message,
        }
        for problem in problems
    ]
    return json.dumps({"counts": counts(problems, severities), "problems": listed}, indent=2)


def sarif(problems: Sequence[SpecProblem], severities: Severities) -> str:
    """A SARIF 2.1.0 log; paths of files below the working directory are relative to it."""
    used = sorted({problem.rule for problem in problems})
    driver = {
        "name": "contract-tests spec check",
        "version": tool_version(),
        "rules": [
            {
                "id": rule,
                "shortDescription": {"text": RULES[rule][1]},
                "defaultConfiguration": {"level": _LEVELS[severities[rule]]},
            }
            for rule in used
        ],
    }
    results = [
        {
            "ruleId": problem.rule,
            "ruleIndex": used.index(problem.rule),
            "level": _LEVELS[severities[problem.rule]],
            "message": {"text": problem.message},
            "locations": [_location(problem)],
            "partialFingerprints": {"place/v1": _fingerprint(problem)},
        }
        for problem in problems
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2)


FORMATS: Final[Mapping[str, Callable[[Sequence[SpecProblem], Severities], str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
}
"""What each value of `--format` writes."""


def _location(problem: SpecProblem) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _address(problem.file)},
            "region": {"startLine": problem.line, "startColumn": problem.column},
        },
        "logicalLocations": [{"fullyQualifiedName": problem.pointer or "/"}],
    }


def _address(path: Path) -> str:
    shown = from_here(path.resolve())
    return shown.as_uri() if shown.is_absolute() else quote(shown.as_posix())


def _fingerprint(problem: SpecProblem) -> str:
    """What tells a problem from others, although lines move."""
    place = "\0".join((_address(problem.file), problem.pointer, problem.rule, problem.message))
    return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _encodable(message: str) -> str:
    """A message on one line that a terminal can take: half of a surrogate pair becomes a question mark."""
    return " ".join(message.encode("utf-8", "replace").decode().split())
