"""Steps of a session with a client library, and how each went. Runs in the library's environment."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SECONDS_PER_STEP = 15
"""After this a step counts as endless."""

Step = Callable[[Any], None]


class Steps:
    """The steps of one session, in order."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def __call__(self, step: Step) -> Step:
        """Add a step: a function of the session's state. Its name says what it does."""
        self._steps.append(step)
        return step

    def run(self, state: Any) -> None:
        """Print one line of JSON per step: its name, and right, implausible or broken with the reason.

        A step is implausible if an assertion fails, and broken if the client raises or the step does not end.
        """
        for step in self._steps:
            verdict, reason = _tried(step, state)
            result = {"step": step.__name__, "verdict": verdict, "reason": reason[:400]}
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()


class Endless(BaseException):
    """A step takes too long. Client libraries that retry after an exception do not catch it."""


def _tried(step: Step, state: Any) -> tuple[str, str]:
    try:
        with _time_limit():
            step(state)
    except AssertionError as wrong:
        return "implausible", str(wrong) or "assertion failed"
    except Endless:
        return "broken", "endless"
    except Exception as broken:
        return "broken", f"{type(broken).__name__}: {broken}"
    return "right", ""


@contextmanager
def _time_limit() -> Iterator[None]:
    def late(signum: int, frame: FrameType | None) -> None:
        raise Endless

    signal.signal(signal.SIGALRM, late)
    # Again each second: an exception inside a callback of the library may get lost.
    signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_STEP, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def equal(actual: Any, expected: Any) -> None:
    """Assert that two values are equal."""
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def each_once(all_found: list[Any], expected: list[Any]) -> None:
    """Assert that a walk through all pages found each of these, and nothing twice."""
    twice = sorted({str(item) for item in all_found if all_found.count(item) > 1})
    if twice:
        raise AssertionError(f"found twice: {twice}")
    missing = [item for item in expected if item not in all_found]
    if missing:
        raise AssertionError(f"missing of {len(all_found)} found: {missing}")


def raises(kind: type[Exception], call: Callable[[], Any]) -> Any:
    """Assert that the call raises this exception of the client library, and return it."""
    try:
        result = call()
    except kind as expected:
        return expected
    raise AssertionError(f"no {kind.__name__} but {result!r}"[:300])


def base_url() -> str:
    """The address of the mock, the script's only argument."""
    return sys.argv[1].rstrip("/")
