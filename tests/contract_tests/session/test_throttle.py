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


def test_after_holds_turns_are_spread_as_the_target_accepts_them() -> None:
    now = 0.0
    throttle = Throttle(clock=lambda: now)

    burst = [throttle.turn() for _ in range(20)]
    held = [throttle.hold(1), throttle.hold(1)]

    assert (burst, held) == ([0.0] * 20, [1.0, 0.0])
    assert [round(throttle.turn(), 3) for _ in range(3)] == [1.0, 1.05, 1.1]
