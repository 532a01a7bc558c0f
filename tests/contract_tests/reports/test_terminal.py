"""The terminal output."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from contract_tests.engine.events import PhaseStarted, RequirementFinished, RequirementStarted
from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.terminal import progress, summary
from contract_tests.requirements.results import RunResult
from contract_tests.verdicts import Verdict


def told(result: MaskedResult) -> str:
    out = io.StringIO()
    summary(result, Console(file=out, width=80))
    return out.getvalue()


def test_summary_ends_with_the_verdict_the_counts_and_the_seed(report_result: MaskedResult) -> None:
    verdict, reason, facts = told(report_result).strip().splitlines()[-3:]
    assert verdict == "An error of the harness  target.toml"
    assert reason.startswith("1 requirement is undecided because of an error of the harness")
    assert facts.endswith("profile quick, seed 20240")
    assert len(facts) < 80


def test_summary_of_a_run_that_holds_says_so_in_a_few_lines(run_result: RunResult) -> None:
    held = [one for one in run_result.outcomes if one.verdict is Verdict.PASSED]
    text = told(masked(replace(run_result, outcomes=tuple(held), problems=(), leftovers=())))
    assert "The contract holds" in text
    assert len(text.splitlines()) < 10


def test_curl_line_is_printed_as_it_is_however_narrow_the_terminal(report_result: MaskedResult) -> None:
    lines = [one.finding.curl for one in report_result.outcomes if one.finding]
    text = told(report_result)
    assert lines
    assert all(line in text for line in lines)


def test_a_finding_shows_its_nearest_sources_and_the_number_of_others(run_result: RunResult) -> None:
    failed = next(one for one in run_result.outcomes if one.finding)
    assert failed.finding is not None
    finding = replace(failed.finding, sources=tuple(f"fact {number}" for number in range(15)))
    text = told(masked(replace(run_result, outcomes=(replace(failed, finding=finding),))))
    assert ("fact 3" in text, "fact 4" in text, "… and 11 more" in text) == (True, False, True)


def test_same_reason_is_shown_once_with_its_count(report_result: MaskedResult) -> None:
    assert "2 skipped: contracts.aimable.foreign.space_id is not in the target file" in told(report_result)


def test_many_findings_are_truncated_with_a_reference_to_the_rest(run_result: RunResult) -> None:
    failed = next(one for one in run_result.outcomes if one.finding)
    text = told(masked(replace(run_result, outcomes=(failed,) * 50)))
    assert "… and 30 more: --report html=report.html" in text


def test_progress_without_a_terminal_is_a_line_every_few_seconds(
    run_result: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("contract_tests.reports.terminal.time.monotonic", lambda: now)
    out = io.StringIO()
    with progress(Console(file=out)) as listen:
        listen(PhaseStarted("aimable", "requirements", 40))
        failed = next(outcome for outcome in run_result.outcomes if outcome.verdict is Verdict.FAILED)
        listen(RequirementFinished(failed))
        now = 106.0
        listen(RequirementFinished(failed))
        listen(RequirementFinished(failed))

    assert out.getvalue() == "2 of 40 requirements, 2 failed\n"


def test_progress_shows_a_bar_per_contract_with_what_broke(run_result: RunResult) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    failed = next(one for one in run_result.outcomes if one.verdict is Verdict.FAILED)
    with progress(console) as listen:
        listen(PhaseStarted("aimable", "requirements", 7))
        listen(RequirementStarted(failed.requirement))
        listen(RequirementFinished(failed))
        listen(PhaseStarted("aimable", "done"))
    assert "1/7" in out.getvalue()
    assert "1 failed" in out.getvalue()


def test_the_table_has_a_column_of_known_faults_only_where_there_are_some(run_result: RunResult) -> None:
    known = [replace(one, verdict=Verdict.KNOWN) for one in run_result.outcomes if one.finding]

    assert "known" not in told(masked(run_result)).partition("contract ")[2]
    assert "known" in told(masked(replace(run_result, outcomes=tuple(known)))).partition("contract ")[2]
