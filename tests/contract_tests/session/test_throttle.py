"""The pace of a run."""

from __future__ import annotations

from contract_tests.session.throttle import Throttle


def test_turns_keep_their_distance_and_wait_for_what_the_target_asks() -> None:
    now = 0.0
    throttle = Throttle(4, clock=lambda: now)

    assert [throttle.turn() for _ in range(3)] == [0.0, 0.25, 0.5]
    throttle.hold(10)
    assert [throttle.turn() for _ in range(2)] == [10.0, 10.25]
    now = 20.0
    assert throttle.turn() == 0.0


def test_without_a_rate_nothing_waits() -> None:
    throttle = Throttle(clock=lambda: 5.0)

    assert [throttle.turn() for _ in range(3)] == [0.0, 0.0, 0.0]
