"""The HTML report."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.html import page
from contract_tests.requirements.results import RunResult
from contract_tests.verdicts import Verdict


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def text(report_result: MaskedResult) -> str:
    return page(report_result)


def test_page_loads_nothing(text: str) -> None:
    for tag, attributes in Elements(text).found:
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "#").startswith(("#", "data:")), tag
    assert not re.search(r"url\(|@import", text)


def test_every_outcome_is_there_once_with_its_verdict(text: str, report_result: MaskedResult) -> None:
    shown = [
        attributes["data-verdict"] for _, attributes in Elements(text).found if "data-item" in attributes
    ]
    assert sorted(map(str, shown)) == sorted(one.verdict.value for one in report_result.outcomes)


def test_finding_shows_its_curl_command_request_and_response(text: str) -> None:
    assert "authorization: Bearer $AIMABLE_ADMIN" in text
    assert "201 Created" in text
    assert "ct-Ünïcode-41" in text


def test_response_content_is_escaped(text: str) -> None:
    assert "<h1>Server" not in text
    assert "&lt;h1&gt;Server" in text


def test_every_button_has_a_name_and_a_type(text: str) -> None:
    buttons = [attributes for tag, attributes in Elements(text).found if tag == "button"]
    assert buttons
    assert all(attributes.get("type") for attributes in buttons)
    assert all(
        attributes.get("aria-label") for attributes in buttons if "cell" in (attributes.get("class") or "")
    )


def test_page_of_a_run_that_concluded_nothing_says_why(run_result: RunResult) -> None:
    text = page(masked(replace(run_result, outcomes=())))
    assert "The target could not be judged" in text
    assert "hydracore was not judged." in text


def test_page_survives_a_lone_surrogate(run_result: RunResult) -> None:
    odd = [replace(one, reason="\ud800") for one in run_result.outcomes if one.verdict is Verdict.SKIPPED]
    assert "skipped" in page(masked(replace(run_result, outcomes=tuple(odd))))
