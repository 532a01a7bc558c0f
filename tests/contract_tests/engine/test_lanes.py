"""Requirements that wait let others be examined meanwhile, and one acts at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.engine.lanes import Lanes

HOUR = 3600.0


@pytest.fixture
def pauses() -> list[float]:
    """Every pause that nothing else filled."""
    return []


@pytest.fixture
def context(pauses: list[float]) -> Any:
    """The part of a run context that lanes use; its clock does not move."""
    return SimpleNamespace(sleep=pauses.append, stopped=threading.Event())


def waiting(context: Any, said: list[str], name: str, *seconds: float) -> Callable[[], None]:
    """Work that notes each part of it, with a pause after each."""

    def act() -> None:
        for number, pause in enumerate(seconds):
            said.append(f"{name}{number}")
            context.sleep(pause)
        said.append(f"{name} ends")

    return act


def test_others_act_while_a_lane_pauses(context: Any) -> None:
    said: list[str] = []
    lanes = Lanes(context)

    lanes.begin([waiting(context, said, "a", HOUR), waiting(context, said, "b", 0.0)])
    said.append("other")
    lanes.go_on()

    assert said == ["a0", "other"]


def test_a_lane_goes_on_once_its_pause_is_over(context: Any) -> None:
    said: list[str] = []
    lanes = Lanes(context)

    lanes.begin([waiting(context, said, "a", 0.0), waiting(context, said, "b", 0.0)])
    said.append("other")
    lanes.go_on()
    lanes.go_on()

    assert said == ["a0", "other", "a ends", "b0", "b ends"]


def test_what_must_be_alone_lets_every_lane_end_first(context: Any) -> None:
    said: list[str] = []
    lanes = Lanes(context)

    lanes.begin([waiting(context, said, "a", 0.0, 0.0)])
    had_company = lanes.alone()

    assert (had_company, lanes.alone()) == (True, False)
    assert said == ["a0", "a1", "a ends"]


def test_a_lane_that_must_be_alone_is_last_and_really_pauses(context: Any, pauses: list[float]) -> None:
    said: list[str] = []
    lanes = Lanes(context)

    def again() -> None:
        said.append("a")
        assert lanes.alone()
        context.sleep(5.0)
        said.append("a again")

    lanes.begin([again])
    lanes.begin([waiting(context, said, "b", 0.0)])
    lanes.finish()

    assert said == ["a", "b0", "b ends", "a again"]
    assert pauses == [5.0]


def test_a_signal_ends_the_pauses(context: Any) -> None:
    said: list[str] = []
    lanes = Lanes(context)
    lanes.begin([waiting(context, said, "a", HOUR)])

    context.stopped.set()
    lanes.go_on()

    assert said == ["a0", "a ends"]


def test_an_error_of_a_lane_is_raised_where_the_run_goes_on(context: Any) -> None:
    def fails() -> None:
        context.sleep(0.0)
        raise ValueError("ours")

    lanes = Lanes(context)
    lanes.begin([fails])

    with pytest.raises(ValueError, match="ours"):
        lanes.finish()
