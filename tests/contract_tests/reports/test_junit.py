"""The report for continuous integration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml, Properties, TestCase

from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.junit import write
from contract_tests.requirements.results import Outcome, RunResult
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
