"""The JSON report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from signal import Signals

import jsonschema
import pytest

from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.json import SCHEMA, UnreadableReportError, document, read, write
from contract_tests.requirements.results import RunResult


@pytest.fixture
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def test_report_is_valid_against_its_schema(
    report_result: MaskedResult, validator: jsonschema.Draft202012Validator, tmp_path: Path
) -> None:
    write(report_result, tmp_path / "report.json")
    validator.validate(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))


def test_report_of_an_empty_interrupted_run_is_valid(
    run_result: RunResult, validator: jsonschema.Draft202012Validator
) -> None:
    empty = masked(replace(run_result, outcomes=(), contracts=(), stopped_by=Signals.SIGINT))
    report = document(empty)
    validator.validate(report)
    assert report["exit_code"] == 130


def test_schema_refuses_a_finding_on_a_passed_requirement(
    report_result: MaskedResult, validator: jsonschema.Draft202012Validator
) -> None:
    report = document(report_result)
    broken = next(one for one in report["outcomes"] if one["finding"])
    broken["verdict"] = "passed"
    assert not validator.is_valid(report)


def test_finding_contains_request_and_response(report_result: MaskedResult) -> None:
    found = next(one["finding"] for one in document(report_result)["outcomes"] if one["finding"])
    assert found["exchange"]["request"]["headers"]["authorization"] == "Bearer $AIMABLE_ADMIN"
    assert '"access_token": "***"' in found["exchange"]["response"]["body"]["text"]


@pytest.mark.parametrize("stopped_by", [None, Signals.SIGINT, Signals.SIGTERM])
def test_report_can_be_read_and_written_again(
    run_result: RunResult, stopped_by: Signals | None, tmp_path: Path
) -> None:
    long = "x" * 30_000
    odd = [
        replace(
            one, finding=replace(one.finding, exchange=replace(one.finding.exchange, content=long.encode()))
        )
        for one in run_result.outcomes
        if one.finding is not None and one.finding.exchange is not None
    ]
    shown = masked(replace(run_result, outcomes=(*run_result.outcomes, *odd), stopped_by=stopped_by))
    write(shown, tmp_path / "first.json")

    again = read(tmp_path / "first.json")
    write(again, tmp_path / "second.json")

    assert (tmp_path / "second.json").read_text() == (tmp_path / "first.json").read_text()
    assert [one.finding.exchange.content for one in again.outcomes if one.finding and one.finding.exchange][
        -1
    ] == long.encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"version": 1}', "not a JSON report of version 2"),
        ('{"version": 2}', "'tool' is a required property"),
    ],
)
def test_another_file_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(text, encoding="utf-8")

    with pytest.raises(UnreadableReportError, match=said):
        read(tmp_path / "other.json")
