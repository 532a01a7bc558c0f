"""The formats that CI systems read: annotations, code quality, SARIF, CTRF, a summary and a test file."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports import code_quality, ctrf, github, markdown, pytest_file, sarif
from contract_tests.reports.registry import Report
from contract_tests.requirements.results import Outcome, RunResult
from contract_tests.verdicts import Verdict
from tests.contract_tests.reports.conftest import CANARY, TOKEN

FORMATS = ("github", "markdown", "code-quality", "sarif", "ctrf", "pytest")


def _failed(result: RunResult) -> Outcome:
    return next(each for each in result.outcomes if each.verdict is Verdict.FAILED and each.finding)


@pytest.mark.parametrize("name", FORMATS)
def test_no_secret_leaves(name: str, report_result: MaskedResult, tmp_path: Path) -> None:
    Report(name, tmp_path / "out").write(report_result)

    text = (tmp_path / "out").read_text(encoding="utf-8")
    assert TOKEN not in text
    assert CANARY not in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_without_findings_is_written(
    name: str, run_result: RunResult, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [each for each in run_result.outcomes if each.verdict is Verdict.PASSED]
    clean = masked(replace(run_result, outcomes=tuple(kept), problems=(), leftovers=()))

    Report(name, Path("-")).write(clean)

    assert _failed(run_result).requirement.id not in capsys.readouterr().out


def test_annotations_stand_on_the_target_file_and_escape_what_would_end_them(run_result: RunResult) -> None:
    failed = _failed(run_result)
    assert failed.finding is not None
    odd = replace(failed, finding=replace(failed.finding, received="100 %\n::error::x"))
    contracts = tuple(replace(each, line=7) for each in run_result.contracts)
    shown = masked(
        replace(run_result, outcomes=(odd,), contracts=contracts, target="a:b,c.toml", problems=())
    )

    (line,) = github.commands(shown).splitlines()

    assert line.startswith("::error file=a%3Ab%2Cc.toml,line=7,title=")
    assert "received 100 %25%0A::error::x" in line


def test_warnings_are_errors_only_where_the_run_is_strict(run_result: RunResult) -> None:
    warning = next(each for each in run_result.outcomes if each.verdict is Verdict.WARNING)
    result = replace(run_result, outcomes=(warning,), problems=(), leftovers=())

    assert github.commands(masked(result)).startswith("::warning ")
    strict = replace(result, criteria=replace(result.criteria, strict=True))
    assert github.commands(masked(strict)).startswith("::error ")


def test_an_exit_code_that_no_finding_explains_is_annotated(run_result: RunResult) -> None:
    shown = masked(replace(run_result, outcomes=()))

    assert github.commands(shown).startswith("::error title=the target could not be judged::hydracore")


def test_code_quality_has_what_gitlab_asks_for(report_result: MaskedResult) -> None:
    issues = code_quality.issues(report_result)

    assert {issue["severity"] for issue in issues} >= {"major"}
    for issue in issues:
        assert issue["description"]
        assert issue["location"]["path"] == "target.toml"
        assert issue["location"]["lines"]["begin"] >= 1
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints)


def test_sarif_points_from_each_result_to_its_rule(report_result: MaskedResult) -> None:
    (run,) = sarif.log(report_result)["runs"]

    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]


def test_ctrf_counts_what_it_lists(report_result: MaskedResult) -> None:
    report = ctrf.report(report_result)["results"]

    statuses = [test["status"] for test in report["tests"]]
    counted = {name: report["summary"][name] for name in ("passed", "failed", "pending", "skipped", "other")}
    assert counted == {name: statuses.count(name) for name in counted}
    assert report["summary"]["tests"] == len(report_result.outcomes)
    assert report["summary"]["stop"] - report["summary"]["start"] == 17_400


def test_the_summary_is_appended_and_shows_failures_first(
    report_result: MaskedResult, tmp_path: Path
) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n", encoding="utf-8")

    markdown.write(report_result, path)

    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n### ")
    verdicts = re.findall("<summary><b>([a-z]+)</b>", text)
    assert verdicts == sorted(verdicts, key=["errored", "failed", "warning"].index)


def test_a_text_of_the_target_means_nothing_to_markdown(run_result: RunResult) -> None:
    failed = _failed(run_result)
    assert failed.finding is not None
    told = replace(failed.finding, received="<img src=x>\n| a | ![x](y) `b`", curl="curl '```'")
    text = markdown.summary(masked(replace(run_result, outcomes=(replace(failed, finding=told),))))

    assert "* received &lt;img src=x&gt; \\| a \\| \\!\\[x\\](y) \\`b\\`" in text
    assert "\n````sh\ncurl '```'\n````\n" in text


def test_the_test_file_names_each_finding(report_result: MaskedResult, tmp_path: Path) -> None:
    pytest_file.write(report_result, tmp_path / "findings.py")

    source = (tmp_path / "findings.py").read_text(encoding="utf-8")
    names = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    assert _failed(report_result).requirement.id in names
    assert json.dumps(report_result.target)[1:-1] in names
