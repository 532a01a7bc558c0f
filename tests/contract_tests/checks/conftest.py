"""Runs check families against the workshop API with planted defects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.evidence.citations import Citations
from contract_tests.target.target_file import Target
from contract_tests.verdicts import Verdict
from tests.contract_tests.checks.workshop import FOREIGN, SPEC, Workshop


def _target(application: Any, **members: Any) -> Target:
    credentials = {
        "writer": {"value": "t-writer", "roles": ["read", "write"], "scope": {"team_id": ["red", "blue"]}},
        "reader": {"value": "t-reader", "roles": ["read"], "scope": {"team_id": ["red", "blue"]}},
        "red_writer": {"value": "t-red", "roles": ["read", "write"], "scope": {"team_id": ["red"]}},
        "stranger": {"value": "t-stranger", "roles": ["read", "write"], "scope": {"team_id": ["alien"]}},
        "expired": {"value": "t-expired", "roles": ["read", "write"], "valid": False},
    }
    key = {"scheme": "apiKey", "value": "k-writer", "roles": ["read", "write"]}
    one = {
        "base_url": "http://workshop.test/api",
        "wsgi": application,
        "spec": SPEC,
        "credentials": {
            **{name: {"scheme": "bearer", **each} for name, each in credentials.items()},
            "key": key,
        },
        "any_text": True,
        "known": {"team_id": "red"},
        "neighbour": {"team_id": "blue"},
        "foreign": {"team_id": "alien", "tool_id": FOREIGN},
    }
    return Target.model_validate({"contracts": {"workshop": {**one, **members}}})


Said = dict[str, tuple[Verdict, str]]


@pytest.fixture
def judged(citations: Citations) -> Callable[..., Said]:
    """Runs families or requirements against the API with defects; returns the verdicts and reasons.

    members: those of the target file that differ from the usual ones.
    """

    def judge(
        *defects: str, families: Iterable[str] = (), requirements: Iterable[str] = (), **members: Any
    ) -> Said:
        chosen = Selection(families=frozenset(families), requirements=tuple(requirements))
        result = run(_target(Workshop(*defects), **members), selection=chosen, citations=citations)
        assert not result.problems, result.problems
        return {one.requirement.id: (one.verdict, one.reason or str(one.finding)) for one in result.outcomes}

    return judge


@pytest.fixture
def assert_conforms(judged: Callable[..., Said]) -> Callable[[str], None]:
    """Asserts that the API without defects breaks nothing of a family, and that nothing stays undecided."""

    def conforms(family: str) -> None:
        said = judged(families=[family])
        assert said
        wrong = {name: one for name, one in said.items() if one[0] not in (Verdict.PASSED, Verdict.SKIPPED)}
        assert not wrong

    return conforms


@pytest.fixture
def assert_named(judged: Callable[..., Said]) -> Callable[[str, str], None]:
    """Asserts that a planted defect breaks the requirement that names it."""

    def named(defect: str, requirement: str) -> None:
        ((verdict, reason),) = judged(defect, requirements=[f"workshop.{requirement}"]).values()
        assert verdict in (Verdict.FAILED, Verdict.WARNING), reason

    return named
