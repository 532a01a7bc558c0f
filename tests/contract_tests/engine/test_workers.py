"""Requirements side by side: what waits lets others begin, and disturbed ones are examined again alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.engine.events import Event, RequirementStarted
from contract_tests.engine.runner import run
from contract_tests.engine.workers import usual_number, work_through
from contract_tests.requirements.order import most_catching_first
from contract_tests.requirements.results import RunResult
from contract_tests.session.turns import Turns
from contract_tests.target.target_file import Target
from contract_tests.verdicts import Verdict

Make = Callable[..., Target]
LONG = 10.0


def test_as_many_works_as_workers_wait_for_their_answers_together() -> None:
    turns, together = Turns(workers=3), threading.Barrier(3)

    def ask() -> None:
        with turns.aside():
            together.wait(LONG)

    work_through(turns, [ask] * 6)

    assert not together.broken


@pytest.mark.parametrize(
    ("seconds", "in_process", "workers"),
    [(0.002, False, 1), (0.06, False, 4), (0.2, False, 16), (2.0, False, 7), (0.2, True, 1)],
)
def test_the_answer_time_says_how_many_workers_are_usual(
    seconds: float, *, in_process: bool, workers: int
) -> None:
    client: Any = SimpleNamespace(typical_seconds=seconds, is_in_process=in_process, timeout=30.0)

    assert usual_number(client) == workers


def test_the_works_of_a_lane_follow_one_another_and_others_begin_in_its_pauses() -> None:
    turns, said, others_done = Turns(), list[str](), threading.Event()

    def pauses() -> None:
        said.append("pauses")
        with turns.away():
            others_done.wait(LONG)

    def other() -> None:
        said.append("other")
        others_done.set()

    work_through(turns, [other], [[pauses, lambda: said.append("after it")]])

    assert said == ["pauses", "other", "after it"]


def test_an_error_of_a_work_is_raised_where_the_run_goes_on() -> None:
    def fails() -> None:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        work_through(Turns(workers=2), [fails])


def verdicts(result: RunResult) -> list[tuple[str, Verdict]]:
    """What is said of each requirement, in order."""
    return [(each.requirement.id, each.verdict) for each in result.outcomes]


@pytest.mark.parametrize("defects", [(), ("title-unchecked", "errors-listed")])
def test_several_workers_say_what_one_says_in_the_same_order(
    shelf_app: Any, shelf_target: Make, defects: tuple[str, ...]
) -> None:
    apps = [shelf_app(*defects) for _ in range(2)]

    alone, beside = (run(shelf_target(app), workers=number) for app, number in zip(apps, (1, 6), strict=True))

    assert verdicts(beside) == verdicts(alone)
    assert [len(app.books) for app in apps] == [1, 1]


def test_where_time_is_short_what_catches_most_is_examined_first(shelf_app: Any, shelf_target: Make) -> None:
    events: list[Event] = []

    result = run(shelf_target(shelf_app()), max_seconds=3600, listener=events.append)

    begun = [each.requirement for each in events if isinstance(each, RequirementStarted)]
    examined = [each.requirement for each in result.outcomes if each.requirement.check is not None]
    assert begun[: len(examined)] == most_catching_first(examined)
