"""Clocks and the form of times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.clock import Clock, ClockState, from_rfc3339, to_rfc3339


def test_a_stepped_clock_moves_with_requests_only() -> None:
    clock = Clock(ClockState("stepped", datetime(2026, 1, 1, tzinfo=UTC)))
    assert clock.now() == clock.now()
    clock.tick()
    assert clock.now() == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "2026-01-01T00:00:00Z"), (250_000, "2026-01-01T00:00:00.250Z"), (999, "2026-01-01T00:00:00Z")],
)
def test_times_are_reported_in_utc_with_a_z(microsecond: int, text: str) -> None:
    assert to_rfc3339(datetime(2026, 1, 1, microsecond=microsecond, tzinfo=UTC)) == text


def test_any_offset_is_read_and_none_is_refused() -> None:
    assert from_rfc3339("2026-01-01T02:00:00+02:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert (
        from_rfc3339(to_rfc3339(datetime(2026, 1, 1, tzinfo=UTC))) - datetime(2026, 1, 1, tzinfo=UTC)
        == timedelta()
    )
    with pytest.raises(ValueError, match="offset"):
        from_rfc3339("2026-01-01T00:00:00")
