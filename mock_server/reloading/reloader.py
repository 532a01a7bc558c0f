"""Reload files on request, or as soon as they change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from mock_server.clock import machine_time, to_rfc3339
from mock_server.errors.startup import StartupError
from mock_server.reloading.rebasing import Lost
from mock_server.reloading.sources import Sources

log = logging.getLogger("mock_server")

Built = TypeVar("Built")

_QUIET_MS, _LONGEST_MS = 50, 1000
"""Milliseconds. Changes are combined until no more come for the first time, at most for the second time."""
_POLL_MS = 400
"""Milliseconds between two checks of the files, for file systems that send no notifications, and for changes
before the notifications were requested."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a reload.

    at: real time. problems: the errors because of which nothing was changed; empty after a successful reload.
    lost: the records that were dropped.
    """

    at: datetime
    problems: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def current(self) -> bool:
        """Whether the server uses the files as they were then."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "current": self.current,
            "at": to_rfc3339(self.at),
            "problems": list(self.problems),
            "dropped": [record.to_json() for record in self.lost],
        }


class Reloader(Generic[Built]):
    """Builds contracts and scenarios from files and puts them in place. After an error nothing changes."""

    def __init__(
        self,
        build: Callable[[], Built],
        swap: Callable[[Built], Iterable[Lost]],
        roots: Iterable[Path],
        *,
        now: Callable[[], datetime] = machine_time,
    ) -> None:
        """build: read and check all files; raises StartupError. swap: put the result in place; returns what
        was dropped. Neither is called from two threads at once. roots: see Sources; the files must have been
        read before. now: the real time."""
        self._build = build
        self._swap = swap
        self._now = now
        self._sources = Sources(roots)
        self._seen = self._sources.look()
        self._last = Report(now())
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def last(self) -> Report:
        """The result of the last reload; at first that of the start of the server."""
        return self._last

    def reload(self) -> Report:
        """Reload now. Never raises: errors are in the report."""
        with self._lock:
            return self._reload()

    def start(self) -> None:
        """Start to watch the files, in a thread."""
        self._thread = threading.Thread(target=self._watch, name="watching files", daemon=True)
        self._thread.start()

    def stop(self, *, wait: float = 0.0) -> None:
        """Stop watching. wait: the maximum number of seconds to wait for a reload in progress."""
        self._stopped.set()
        if self._thread is not None and wait:
            self._thread.join(wait)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch_folders(self._sources.folders(self._seen))
            except (OSError, RuntimeError) as error:
                # A folder was removed meanwhile, or the limit of watched folders is reached: poll instead.
                log.debug("no notifications of file changes: %s", error)
                self._stopped.wait(_POLL_MS / 1000)
                self._reload_if_changed()

    def _watch_folders(self, folders: frozenset[Path]) -> None:
        """Reload after each change, until other folders must be watched."""
        from watchfiles import watch  # here, since it is needed by servers that watch only

        for _ in watch(
            *folders,
            watch_filter=None,
            recursive=False,
            step=_QUIET_MS,
            debounce=_LONGEST_MS,
            rust_timeout=_POLL_MS,
            yield_on_timeout=True,
            stop_event=self._stopped,
            raise_interrupt=False,
        ):
            self._reload_if_changed()
            if self._sources.folders(self._seen) != folders:
                return

    def _reload_if_changed(self) -> None:
        with self._lock:
            if not self._stopped.is_set() and self._sources.look() != self._seen:
                self._reload()

    def _reload(self) -> Report:
        # Before the files are read, so that a change during the reload leads to another reload.
        self._seen = self._sources.look()
        at = self._now()
        try:
            lost = tuple(self._swap(self._build()))
        except StartupError as error:
            self._last = Report(at, error.problems)
        except Exception as error:  # a defect of ours must not end the thread that watches
            log.exception("Reloading the files failed.")
            self._last = Report(at, (f"internal error of the mock server: {type(error).__name__}",))
        else:
            self._last = Report(at, lost=lost)
        _log(self._last)
        return self._last


def _log(report: Report) -> None:
    # As warnings, which are shown by default: this is the response to saving a file.
    if report.current:
        log.warning("Reloaded the files. Dropped records: %d", len(report.lost))
    else:
        log.warning("The changed files have errors. The previous contracts and data stay in use:")
    for line in (*report.problems, *map(str, report.lost)):
        log.warning("  %s", line)
