"""How fast a run sends: no more requests a second than asked for, and none while the target asks to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_ENOUGH = 5
"""So many turns between two holds say at which pace a target accepts requests."""

_LONGEST_PAUSE = 0.5
"""The longest pause between two turns, in seconds, that is concluded from holds."""

_QUICKER = 0.995
"""By what a concluded pause shrinks with each turn, since the target may have become quicker."""


class Throttle:
    """Shared by all contracts and workers of a run. Safe to use from several threads.

    Where a target asks to wait again and again, turns are spread so that it need not ask.

    rate: requests a second at most; None for as many as are answered.
    """

    def __init__(self, rate: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_given = rate is not None
        self._pause = 0.0 if rate is None else 1 / rate
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._held_until = clock()
        self._turns = 0

    def turn(self) -> float:
        """Take the next turn to send, and return the seconds until it has come."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._pause
            self._turns += 1
            if not self._is_given:
                self._pause *= _QUICKER
            return turn - now

    def hold(self, seconds: float) -> float:
        """Let no turn come within the next seconds. Returns by how many that is later than before."""
        with self._lock:
            now = self._clock()
            until = now + seconds
            self._next = max(self._next, until)
            if until <= self._held_until:
                return 0.0
            later = min(seconds, until - self._held_until)
            if not self._is_given and self._turns >= _ENOUGH:
                self._pause = min(_LONGEST_PAUSE, (until - self._held_until) / self._turns)
            self._held_until, self._turns = until, 0
            return later
