"""Threads for admin calls and pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class Workers:
    """A number of threads that are started when they are needed.

    They are daemons, so that a call that takes long does not hold up the end of the process.
    """

    def __init__(self, limit: int) -> None:
        """limit: the largest number of threads."""
        self._limit = limit
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def submit(self, job: Callable[[], None]) -> None:
        """Have a thread call this. It must not raise. Called by one thread only."""
        self._jobs.put(job)
        if self._idle.acquire(blocking=False) or self._started >= self._limit:
            return
        self._started += 1
        threading.Thread(target=self._work, name="mock-server-worker", daemon=True).start()

    def close(self) -> None:
        """End the threads after the calls they have been given."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            self._idle.release()
