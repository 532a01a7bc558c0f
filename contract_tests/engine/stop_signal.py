"""Ctrl-C and SIGTERM end a run in order: no further request but those that delete what was created."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""The signals that end a run in order."""


@dataclass
class StopSignal:
    """Whether a signal has come. event: set when it has. number: which one; None before."""

    event: threading.Event = field(default_factory=threading.Event)
    number: signal.Signals | None = None


@contextmanager
def handled(stop: StopSignal) -> Iterator[None]:
    """Let a signal set `stop` instead of tearing through whatever runs; a second one does what it always did.

    Outside the main thread, where no handler may be set, signals are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        stop.number = signal.Signals(number)
        stop.event.set()
        restore()

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
