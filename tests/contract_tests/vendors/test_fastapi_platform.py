"""Document 002 forbids values of a configuration in error messages."""

from __future__ import annotations

import json
from dataclasses import replace

from contract_tests.requirements.families import Family
from contract_tests.vendors import fastapi_platform
from contract_tests.verdicts import Verdict
from tests.contract_tests.playing import Answer, Asked, Serve, judged, not_passed, requirements_of

(IN_SILENCE,) = [
    requirement
    for requirement in requirements_of("fastapi_platform", fastapi_platform).values()
    if requirement.family is Family.SECRETS
]


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
