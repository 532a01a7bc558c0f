"""JSON and SARIF: what programs read of `spec check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from contract_tests.spec_check.command import spec

LOG = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {"$ref": "#/$defs/run"}},
    },
    "additionalProperties": False,
    "$defs": {
        "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "rule": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/message"},
                "defaultConfiguration": {
                    "type": "object",
                    "properties": {"level": {"$ref": "#/$defs/level"}},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
        "region": {
            "type": "object",
            "properties": {
                "startLine": {"type": "integer", "minimum": 1},
                "startColumn": {"type": "integer", "minimum": 1},
            },
            "additionalProperties": False,
        },
        "location": {
            "type": "object",
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "properties": {"uri": {"type": "string", "pattern": "^[^ {}\\\\]+$"}},
                            "additionalProperties": False,
                        },
                        "region": {"$ref": "#/$defs/region"},
                    },
                    "additionalProperties": False,
                },
                "logicalLocations": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "properties": {"fullyQualifiedName": {"type": "string"}},
                        "additionalProperties": False,
                    },
                },
            },
            "additionalProperties": False,
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/message"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "additionalProperties": False,
        },
        "run": {
            "type": "object",
            "required": ["tool"],
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "properties": {
                        "driver": {
                            "type": "object",
                            "required": ["name"],
                            "properties": {
                                "name": {"type": "string"},
                                "version": {"type": "string"},
                                "rules": {
                                    "type": "array",
                                    "uniqueItems": True,
                                    "items": {"$ref": "#/$defs/rule"},
                                },
                            },
                            "additionalProperties": False,
                        }
                    },
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
            "additionalProperties": False,
        },
    },
}
"""The part of SARIF's schema (OASIS, sarif-schema-2.1.0.json) that the log uses, and nothing beyond it."""


@pytest.fixture
def faulty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a fault and a warning, in the working directory."""
    monkeypatch.chdir(folder)
    path = folder / "my shelves.yaml"
    text = (folder / "shelves.yaml").read_text().replace("default: abc", "default: ABC")
    path.write_text(text.replace("maxLength: 20", "maxLength: -20"))
    return Path(path.name)


def _log(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(spec, ["check", "--format", "sarif", *arguments])
    log: dict[str, Any] = json.loads(result.stdout)
    return log


def test_the_log_follows_the_schema_of_sarif(faulty: Path) -> None:
    assert list(Draft202012Validator(LOG).iter_errors(_log(str(faulty)))) == []


def test_a_result_names_rule_level_and_place(faulty: Path) -> None:
    (run,) = _log(str(faulty))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    found = {result["ruleId"]: result for result in run["results"]}
    result = found["default"]
    assert (result["level"], rules[result["ruleIndex"]]) == ("warning", "default")
    assert found["schema"]["level"] == "error"
    place = result["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20shelves.yaml"},
        "region": {"startLine": 71, "startColumn": 51},
    }
    assert place["logicalLocations"] == [
        {"fullyQualifiedName": "/components/parameters/Trace/schema/default"}
    ]


def test_a_fingerprint_stays_when_lines_move(faulty: Path) -> None:
    before = {result["partialFingerprints"]["place/v1"] for result in _log(str(faulty))["runs"][0]["results"]}
    faulty.write_text("# moved\n" + faulty.read_text())
    after = {result["partialFingerprints"]["place/v1"] for result in _log(str(faulty))["runs"][0]["results"]}
    assert before == after


def test_a_log_without_problems_has_no_results(folder: Path) -> None:
    assert _log(str(folder / "shelves.yaml"))["runs"][0]["results"] == []


def test_json_has_counts_and_places(faulty: Path) -> None:
    result = CliRunner().invoke(spec, ["check", "--format", "json", str(faulty)])
    report = json.loads(result.stdout)
    assert report["counts"] == {"fault": 1, "warning": 1, "style": 0}
    (problem,) = (each for each in report["problems"] if each["severity"] == "warning")
    assert problem == {
        "file": str(faulty),
        "line": 71,
        "column": 51,
        "pointer": "/components/parameters/Trace/schema/default",
        "rule": "default",
        "severity": "warning",
        "message": "'ABC' does not match '^[a-z]+$'",
    }
