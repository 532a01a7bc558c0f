"""No report of any kind holds a credential or a canary."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from contract_tests.redaction.masking import masked
from contract_tests.reports.registry import Report, ReportError, format_names, write_all
from contract_tests.reports.terminal import summary
from contract_tests.requirements.results import RunResult


@pytest.mark.parametrize("name", format_names())
def test_written_report_holds_no_secret(run_result: RunResult, tmp_path: Path, name: str) -> None:
    report = Report.parse(f"{name}={tmp_path / 'deep' / 'report'}")
    report.prepare()
    write_all(masked(run_result), [report])
    written = report.path.read_text(encoding="utf-8")
    assert "credential-never-returned" in written
    assert not [one.value for one in run_result.secrets if one.value in written]


def test_summary_holds_no_secret(run_result: RunResult) -> None:
    out = io.StringIO()
    summary(masked(run_result), Console(file=out, width=100))
    assert not [one.value for one in run_result.secrets if one.value in out.getvalue()]


def test_masked_result_does_not_carry_the_secrets_themselves(run_result: RunResult) -> None:
    assert masked(run_result).secrets == ()


@pytest.mark.parametrize("text", ["html", "html=", "pdf=x", "=x"])
def test_unknown_report_format_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ReportError, match="FORMAT is one of junit, json, html"):
        Report.parse(text)


def test_directory_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="is a directory"):
        Report("json", tmp_path).prepare()
