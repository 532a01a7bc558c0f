"""Requirements that wait for a clock or a job, examined beside the others: while one waits, others act.

Only one requirement of a contract sends requests at a time. One that pauses lets others be examined from
first to last, and goes on at the next boundary between two of them after its pause is over. What breaks
beside others is examined again alone, so that nothing is found because of what another requirement did
meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from contract_tests.session.context import RunContext


@dataclass(eq=False)
class _Lane:
    """A thread that examines one requirement after another. due: when it may go on (a clock's seconds).

    alone: whether it goes on only when no other lane is left. go: set to let it act.
    """

    due: float = 0.0
    alone: bool = False
    is_done: bool = False
    error: BaseException | None = None
    go: threading.Event = field(default_factory=threading.Event)


class Lanes:
    """The lanes of one contract's run, and the pauses of its context."""

    def __init__(self, context: RunContext) -> None:
        self._sleep = context.sleep
        self._stopped = context.stopped
        self._lanes: dict[int, _Lane] = {}
        self._back = threading.Event()
        context.sleep = self.sleep

    def begin(self, works: Iterable[Callable[[], None]]) -> None:
        """Do these one after another in a lane of their own, until the first pause.

        Raises what they raise.
        """
        lane = _Lane()

        def act() -> None:
            try:
                for work in works:
                    work()
            except BaseException as error:  # raised again in the thread of the contract
                lane.error = error
            lane.is_done = True
            self._back.set()

        thread = threading.Thread(target=self._registered, args=(lane, act), daemon=True)
        thread.start()
        self._wait_for(lane)

    def sleep(self, seconds: float) -> None:
        """Pause; a lane lets others act meanwhile."""
        lane = self._lanes.get(threading.get_ident())
        if lane is None or lane.alone:
            self._sleep(seconds)
            return
        lane.due = time.monotonic() + seconds
        self._park(lane)

    def go_on(self) -> None:
        """Let each lane act whose pause is over."""
        for lane in list(self._lanes.values()):
            if not lane.alone and (self._stopped.is_set() or time.monotonic() >= lane.due):
                self._resume(lane)

    def alone(self) -> bool:
        """Let every other lane end first. Returns whether there were any, or this is one itself."""
        lane = self._lanes.get(threading.get_ident())
        if lane is None:
            had_lanes = bool(self._lanes)
            self.finish()
            return had_lanes
        if not lane.alone:
            lane.alone = True
            self._park(lane)
        return True

    def finish(self) -> None:
        """Let every lane act until it ends, those that want to be alone last and one by one."""
        while waiting := [lane for lane in self._lanes.values() if not lane.alone]:
            left = min(lane.due for lane in waiting) - time.monotonic()
            if left > 0:
                self._sleep(left)
            self.go_on()
        for lane in list(self._lanes.values()):
            self._resume(lane)

    def _registered(self, lane: _Lane, act: Callable[[], None]) -> None:
        self._lanes[threading.get_ident()] = lane
        act()

    def _park(self, lane: _Lane) -> None:
        self._back.set()
        lane.go.wait()
        lane.go.clear()

    def _resume(self, lane: _Lane) -> None:
        lane.go.set()
        self._wait_for(lane)

    def _wait_for(self, lane: _Lane) -> None:
        self._back.wait()
        self._back.clear()
        if lane.is_done:
            self._lanes = {number: each for number, each in self._lanes.items() if each is not lane}
            if lane.error is not None:
                raise lane.error
