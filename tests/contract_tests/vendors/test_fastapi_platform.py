"""Document 002 forbids values of a configuration in error messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from contract_tests.vendors import fastapi_platform
from contract_tests.verdicts import Verdict
from tests.contract_tests.playing import Answer, Asked, Defect, Serve, judged, not_passed, requirements_of

ALL = requirements_of("fastapi_platform", fastapi_platform)
IN_SILENCE = ALL["setupConnectorProvider.secrets.not-repeated"]
ERRORS = [requirement for name, requirement in ALL.items() if name.endswith(".secrets.errors")]


def quotes(asked: Asked, serve: Serve) -> Answer:
    """A 422 quotes the body that was sent, as the framework does by itself."""
    answer = serve(asked)
    if answer.status != 422 or not asked.body:
        return answer
    detail = [{**entry, "input": asked.json} for entry in answer.json["detail"]]
    return answer.with_json({"detail": detail})


def plain(asked: Asked, serve: Serve) -> Answer:
    """A refusal gives its reason alone."""
    answer = serve(asked)
    return replace(answer, content=json.dumps({"detail": "no"}).encode()) if answer.status == 422 else answer


def test_refusals_that_repeat_nothing_are_left_alone() -> None:
    assert not not_passed("fastapi_platform", [IN_SILENCE])
    assert not not_passed("fastapi_platform", [IN_SILENCE], plain)


def test_a_quoted_configuration_breaks_the_document() -> None:
    (outcome,) = judged("fastapi_platform", [IN_SILENCE], quotes)

    assert outcome.verdict is Verdict.FAILED


class RepeatsConfiguration:
    """A 404 repeats the last configuration that was set up."""

    def __init__(self) -> None:
        self.latest = ""

    def __call__(self, asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("POST", "/setup") and answer.ok:
            self.latest = asked.body.decode()
        return (
            answer.with_json({"detail": f"no such provider; {self.latest}"})
            if answer.status == 404
            else answer
        )


def repeats_key(asked: Asked, serve: Serve) -> Answer:
    """A refusal repeats the key that was sent."""
    answer = serve(asked)
    sent = asked.environ.get("HTTP_X_API_KEY", "")
    return answer.with_json({"detail": f"no: {sent}"}) if answer.status in (401, 404) else answer


def test_errors_of_the_mock_repeat_nothing() -> None:
    assert len(ERRORS) == 3
    assert not not_passed("fastapi_platform", ERRORS)


@pytest.mark.parametrize("defect", [RepeatsConfiguration, lambda: repeats_key])
def test_an_error_that_repeats_a_secret_breaks_the_document(defect: Callable[[], Defect]) -> None:
    outcomes = judged("fastapi_platform", ERRORS, defect())

    assert {outcome.verdict for outcome in outcomes} == {Verdict.FAILED}
