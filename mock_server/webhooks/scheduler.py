"""Background scheduler: moves records that are due although no request comes."""

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
_PAUSE_AFTER_FAILURE = 5.0


def seconds_until(due: datetime | None, clock: ClockState) -> float | None:
    """The real seconds until an instant of a world's clock; None when it does not come by itself."""
    if due is None:
        return None
    left = (due - clock.now).total_seconds()
    if left <= 0:
        return 0.0
    if clock.mode != "running" or clock.scale <= 0:
        return None
    return left / clock.scale


class Scheduler:
    """Works on a thread of its own from `start` until `close`."""

    def __init__(
        self,
        due: Callable[[], float | None],
        run: Callable[[], None],
        *,
        name: str = "scheduler",
        pause: float = 0.05,
    ) -> None:
        """due: real seconds until something is due, None for never. run: does what is due. pause: the least
        seconds between two runs."""
        self._due = due
        self._run_due = run
        self._pause = pause
        self._changed = threading.Condition()
        self._recheck = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to watch; what is due already is done at once."""
        self._thread.start()

    def recheck(self) -> None:
        """Compute anew when something is due. Does not block."""
        with self._changed:
            self._recheck = True
            self._changed.notify_all()

    def close(self, *, wait: float = 0.0) -> None:
        """Stop. wait: seconds to wait for a run that is under way."""
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
        """Wait until something is due; False once closed."""
        while True:
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
        """Seconds until something is due, infinite for never. Computed without a lock: it may wait for a
        transaction whose end calls `recheck`."""
        try:
            seconds = self._due()
        except Exception:
            log.exception("the time of the next transition cannot be computed")
            return float("inf")
        return float("inf") if seconds is None else max(seconds, 0.0)
