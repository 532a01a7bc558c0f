"""How fast a run sends: no more requests a second than asked for, and none while the target asks to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Throttle:
    """Shared by all contracts of a run. Safe to use from several threads.

    rate: requests a second at most; None for as many as are answered.
    """

    def __init__(self, rate: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = 0.0 if rate is None else 1 / rate
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def turn(self) -> float:
        """Take the next turn to send, and return the seconds until it has come."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._pause
            return turn - now

    def hold(self, seconds: float) -> None:
        """Let no turn come within the next seconds."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
