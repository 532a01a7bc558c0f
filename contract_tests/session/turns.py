"""Whose turn it is: several requirements of a contract are under examination, and one thread acts at a time.

While a thread waits for an answer, others act; so what checks share needs no lock of its own. A requirement
takes one of as many places as there are workers. One that pauses gives its place to another meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """The turns of one contract's run. workers: how many requirements are under examination at once.

    A thread that never takes a turn, as where one requirement is examined alone, is not affected.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._turn = threading.Lock()
        self._acting: int | None = None
        self._is_kept = False
        self._places = threading.Condition()
        self._taken = 0
        self._urgent = 0

    @contextmanager
    def taken(self, *, urgent: bool = False) -> Iterator[None]:
        """Hold a place and act. urgent: whether others that begin have to wait for this one."""
        self._take_place(urgent=urgent)
        self._act()
        try:
            yield
        finally:
            self._rest()
            self._give_place()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others act while an answer is awaited."""
        if self._may_not_rest():
            yield
            return
        self._rest()
        try:
            yield
        finally:
            self._act()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let another requirement be begun during a pause."""
        if self._may_not_rest():
            yield
            return
        self._rest()
        self._give_place()
        try:
            yield
        finally:
            self._take_place(urgent=True)
            self._act()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let no other act, not even while an answer is awaited."""
        before, self._is_kept = self._is_kept, True
        try:
            yield
        finally:
            self._is_kept = before

    def _may_not_rest(self) -> bool:
        return self._acting != threading.get_ident() or self._is_kept

    def _act(self) -> None:
        self._turn.acquire()
        self._acting = threading.get_ident()

    def _rest(self) -> None:
        self._acting = None
        self._turn.release()

    def _take_place(self, *, urgent: bool) -> None:
        """Wait for a place; never with the turn in hand, which those that hold the places need."""
        with self._places:
            self._urgent += urgent
            self._places.wait_for(
                lambda: self._taken < self.workers and (urgent or not self._urgent),
            )
            self._urgent -= urgent
            self._taken += 1

    def _give_place(self) -> None:
        with self._places:
            self._taken -= 1
            self._places.notify_all()
