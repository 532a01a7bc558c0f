"""Background scheduler for due transitions, which must not wait for the next request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.clock import ClockState

log = logging.getLogger("mock_server")

_MAX_WAIT = 3600.0
"""Seconds. Longer waits overflow in some implementations of threading."""
_PAUSE_AFTER_FAILURE = 5.0
"""Seconds, so that a transition that fails each time does not fill the log."""


def seconds_until(due: datetime | None, clock: ClockState) -> float | None:
    """The real seconds until an instant of a world's clock; None if the clock does not reach it by itself."""
    if due is None:
        return None
    left = (due - clock.now).total_seconds()
    if left <= 0:
        return 0.0
    if clock.mode != "running" or clock.scale <= 0:
        return None
    return left / clock.scale


class Scheduler:
    """Runs due transitions in a thread, from `start` until `close`."""

    def __init__(
        self,
        due: Callable[[], float | None],
        run: Callable[[], None],
        *,
        name: str = "scheduler",
        pause: float = 0.05,
    ) -> None:
        """due: returns the real seconds until the next transition, None for never. run: runs due transitions.
        pause: the minimum number of seconds between two runs."""
        self._due = due
        self._run_due = run
        self._pause = pause
        self._changed = threading.Condition()
        self._recheck = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread. Transitions that are due already run at once."""
        self._thread.start()

    def recheck(self) -> None:
        """Compute the time of the next transition again. Does not block."""
        with self._changed:
            self._recheck = True
            self._changed.notify_all()

    def close(self, *, wait: float = 0.0) -> None:
        """Stop. wait: the maximum number of seconds to wait for a run in progress."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if wait:
            self._thread.join(wait)

    def _run(self) -> None:
        while self._is_time():
            pause = self._pause
            try:
                self._run_due()
            except Exception:
                log.exception("the due transitions failed")
                pause = _PAUSE_AFTER_FAILURE
            with self._changed:
                self._changed.wait_for(lambda: self._closed, pause)

    def _is_time(self) -> bool:
        """Block until a transition is due; returns False after `close`."""
        while True:
            # Reset first: a recheck that comes during the computation below is not lost.
            with self._changed:
                self._recheck = False
            seconds = self._seconds_until_due()
            with self._changed:
                self._changed.wait_for(lambda: self._recheck or self._closed, min(seconds, _MAX_WAIT))
                if self._closed:
                    return False
                if not self._recheck and seconds <= _MAX_WAIT:
                    return True

    def _seconds_until_due(self) -> float:
        """Seconds until the next transition; infinity for never.

        Must be called without the lock: it may wait for a transaction, at the end of which `recheck` is
        called.
        """
        try:
            seconds = self._due()
        except Exception:
            log.exception("the time of the next transition cannot be computed")
            return float("inf")
        return float("inf") if seconds is None else max(seconds, 0.0)
