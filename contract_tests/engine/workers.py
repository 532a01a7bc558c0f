"""Requirements examined side by side, so that the answers of a slow target are awaited together."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from contract_tests.session.client import Client
from contract_tests.session.turns import Turns

Work = Callable[[], object]

MOST = 16
"""The workers that are taken for the slowest targets; it may be load that makes a target slow."""

_SLOW = 0.05
"""A target that answers sooner is asked by one worker: little is waited for, and nothing is disturbed."""

_OWN_SECONDS = 0.0125
"""What the harness itself needs for a request, in about: a worker more than this fills answers nothing."""


def usual_number(client: Client) -> int:
    """The workers for a target that answers as fast as it has answered so far.

    A target that answers one request after another still answers all of them in half its time-out.
    Applications in this process may bear one request at a time alone.
    """
    seconds = client.typical_seconds
    if client.is_in_process or seconds < _SLOW:
        return 1
    borne = client.timeout / 2 / seconds
    return max(1, math.floor(min(MOST, seconds / _OWN_SECONDS, borne)))


def work_through(turns: Turns, shared: Iterable[Work], lanes: Sequence[Iterable[Work]] = ()) -> None:
    """Do all works, several at a time.

    shared: each is done by whichever worker is free. lanes: the works of each follow one another; a lane
    mostly pauses, and goes before the others when it does not. Raises the first error of a work.
    """
    with ThreadPoolExecutor(len(lanes) + turns.workers, thread_name_prefix="worker") as pool:
        ended = [pool.submit(_work, turns, iter(lane), urgent=True) for lane in lanes]
        remaining = _Shared(shared)
        ended += [pool.submit(_work, turns, remaining) for _ in range(turns.workers)]
    for each in ended:
        each.result()


class _Shared(Iterator[Work]):
    """Works that several threads take from."""

    def __init__(self, works: Iterable[Work]) -> None:
        self._works = iter(works)
        self._lock = threading.Lock()

    def __next__(self) -> Work:
        with self._lock:
            return next(self._works)


def _work(turns: Turns, works: Iterator[Work], *, urgent: bool = False) -> None:
    while True:
        with turns.taken(urgent=urgent):
            work = next(works, None)
            if work is None:
                return
            work()
