"""The JUnit report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml, Properties, TestCase

from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.junit import write
from contract_tests.requirements.results import Outcome, PassCriteria, RunResult
from contract_tests.verdicts import Verdict


@pytest.fixture
def xml(report_result: MaskedResult, tmp_path: Path) -> JUnitXml:
    write(report_result, tmp_path / "junit.xml")
    return JUnitXml.fromfile(str(tmp_path / "junit.xml"))


def case(xml: JUnitXml, name: str) -> TestCase:
    return next(one for suite in xml for one in suite if one.name == name)


def test_every_contract_is_a_suite_with_its_requirements(xml: JUnitXml, report_result: MaskedResult) -> None:
    counted = {suite.name: suite.tests for suite in xml}
    assert counted == {
        "aimable": len(list(report_result.of("aimable"))),
        "patchworks": len(list(report_result.of("patchworks"))),
        "hydracore": 1,
    }


def test_totals_count_warnings_as_passed_and_inconclusive_as_skipped(xml: JUnitXml) -> None:
    assert (xml.failures, xml.errors, xml.skipped) == (3, 2, 3)


def test_failure_shows_expected_received_and_the_curl_command(xml: JUnitXml) -> None:
    failed = case(xml, "aimable.createCollectionConnector.secrets.credential-never-returned")
    [failure] = failed.result
    assert "expected:  no answer holds the access_token" in failure.text
    assert "received:  /data/credential/access_token is ***" in failure.text
    assert "$AIMABLE_ADMIN" in failure.text


def test_requirement_carries_level_facts_operation_and_seed(xml: JUnitXml) -> None:
    warned = case(xml, "patchworks.listConnectors.listing.sort-by-name")
    assert {one.name: one.value for found in warned.iterchildren(Properties) for one in found} == {
        "level": "should",
        "facts": "001-12 D-aimable-04",
        "operation": "listConnectors",
        "seed": "20240",
        "verdict": "warning",
    }
    assert warned.is_passed


def test_characters_that_xml_cannot_hold_are_escaped(run_result: RunResult, tmp_path: Path) -> None:
    failed = next(one for one in run_result.outcomes if one.verdict is Verdict.ERRORED)
    strange: Outcome = replace(failed, reason="a\x00b\x1b\ud800")
    path = tmp_path / "junit.xml"
    write(masked(replace(run_result, outcomes=(strange,))), path)
    assert "a\\x00b\\x1b\\xd800" in path.read_text(encoding="utf-8")


def test_a_run_that_concluded_too_little_has_a_red_test_case_that_says_why(
    run_result: RunResult, tmp_path: Path
) -> None:
    undecided = [one for one in run_result.outcomes if one.verdict is Verdict.INCONCLUSIVE]
    unanswered = tuple(replace(one, unanswered=True) for one in undecided)
    path = tmp_path / "junit.xml"
    passed = tuple(one for one in run_result.outcomes if one.verdict is Verdict.PASSED)

    write(masked(replace(run_result, outcomes=(*passed, *unanswered), problems=())), path)

    [error] = case(JUnitXml.fromfile(str(path)), "exit-code").result
    assert error.message.startswith("not enough concluded: 1 requirement is inconclusive because the target")


def test_an_inconclusive_requirement_is_skipped_as_such(xml: JUnitXml) -> None:
    [skipped] = case(xml, "aimable.cancelConnectorSync.jobs.cancel").result
    assert skipped.message.startswith("inconclusive: the sync had finished")


def test_a_warning_is_a_failure_of_a_strict_run(run_result: RunResult, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    write(masked(replace(run_result, criteria=PassCriteria(strict=True))), path)

    [failure] = case(JUnitXml.fromfile(str(path)), "patchworks.listConnectors.listing.sort-by-name").result
    assert failure.type == "warning"


def test_suites_carry_the_exit_code_and_its_reason(xml: JUnitXml) -> None:
    suite = next(iter(xml))
    properties = {one.name: one.value for one in suite.properties()}
    assert properties["exit_code"] == "4"
    assert properties["reason"].startswith("1 requirement is undecided because of an error of the harness")
