"""What a run created and no operation of the contract deletes stands in every report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from junitparser import JUnitXml

from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports import html, junit
from contract_tests.reports.json import document
from contract_tests.requirements.results import RunResult

LINE = "aimable: 3 at /v1/spaces/…: the contract has no operation that deletes them"


def stays(run_result: RunResult) -> MaskedResult:
    return masked(replace(run_result, undeletable=(LINE,)))


def test_in_json(run_result: RunResult) -> None:
    assert json.loads(json.dumps(document(stays(run_result))))["undeletable"] == [LINE]


def test_in_html(run_result: RunResult) -> None:
    assert LINE in html.page(stays(run_result))


def test_in_junit_as_a_property_of_the_contract(run_result: RunResult, tmp_path: Path) -> None:
    junit.write(stays(run_result), tmp_path / "junit.xml")
    suites = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    shown = {suite.name for suite in suites for each in suite.properties() if each.value == LINE}
    assert shown == {"aimable"}
