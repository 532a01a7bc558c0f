"""A function that is called at intervals while a run goes on, such as to write the reports so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeated(action: Callable[[], None], *, seconds: float) -> Iterator[None]:
    """Call `action` every so many seconds, in a thread of its own, for as long as the context lasts.

    The context ends after a call under way. An exception ends the calls and is raised at the end.
    """
    over, failures = threading.Event(), list[Exception]()

    def repeat() -> None:
        while not over.wait(seconds):
            try:
                action()
            except Exception as failure:
                failures.append(failure)
                return

    thread = threading.Thread(target=repeat, name="repetition", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]
