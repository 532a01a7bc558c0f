"""Reading the files again: when somebody asks, or as soon as they change."""

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
"""Changes are one change until this much quiet, or this long after the first."""
_LOOK_EVERY_MS = 400
"""Folders from which no notice comes, or came before anybody listened, are looked at so often."""


@dataclass(frozen=True, slots=True)
class Report:
    """How the files were last read.

    at: in real time. problems: why what is played stayed as it was, empty when it follows the files. lost:
    the records that no longer fitted.
    """

    at: datetime
    problems: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def current(self) -> bool:
        """Whether what is played is what the files said then."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """What is told of it."""
        return {
            "current": self.current,
            "at": to_rfc3339(self.at),
            "problems": list(self.problems),
            "dropped": [record.to_json() for record in self.lost],
        }


class Reloader(Generic[Built]):
    """Builds what is played from its files and puts it in place. A failure leaves everything as it was."""

    def __init__(
        self,
        build: Callable[[], Built],
        swap: Callable[[Built], Iterable[Lost]],
        roots: Iterable[Path],
        *,
        now: Callable[[], datetime] = machine_time,
    ) -> None:
        """build: reads every file and checks it; raises StartupError. swap: puts what was built in place and
        says what did not fit. Both run one after the other, never twice at once. roots: as Sources takes
        them, read already when this is made."""
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
        """How the last reading went; the first one is the start of the server."""
        return self._last

    def reload(self) -> Report:
        """Read the files now. Never raises: what is wrong stands in the report."""
        with self._lock:
            return self._reload()

    def start(self) -> None:
        """Watch from now on, on a thread of its own."""
        self._thread = threading.Thread(target=self._watch, name="watching files", daemon=True)
        self._thread.start()

    def stop(self, *, wait: float = 0.0) -> None:
        """Watch no longer. wait: seconds a reading under way is given to end."""
        self._stopped.set()
        if self._thread is not None and wait:
            self._thread.join(wait)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch_folders(self._sources.folders(self._seen))
            except (
                OSError,
                RuntimeError,
            ) as error:  # a folder went meanwhile, or there are too many to watch
                log.debug("no notice of changes: %s", error)
                self._stopped.wait(_LOOK_EVERY_MS / 1000)
                self._follow()

    def _watch_folders(self, folders: frozenset[Path]) -> None:
        """Follow every change until there are other folders to watch."""
        from watchfiles import watch

        for _ in watch(
            *folders,
            watch_filter=None,
            recursive=False,
            step=_QUIET_MS,
            debounce=_LONGEST_MS,
            rust_timeout=_LOOK_EVERY_MS,
            yield_on_timeout=True,
            stop_event=self._stopped,
            raise_interrupt=False,
        ):
            self._follow()
            if self._sources.folders(self._seen) != folders:
                return

    def _follow(self) -> None:
        """Read the files if one of them changed."""
        with self._lock:
            if not self._stopped.is_set() and self._sources.look() != self._seen:
                self._reload()

    def _reload(self) -> Report:
        self._seen = self._sources.look()  # before they are read: what changes meanwhile is a change
        at = self._now()
        try:
            lost = tuple(self._swap(self._build()))
        except StartupError as error:
            self._last = Report(at, error.problems)
        except Exception as error:
            log.exception("The files could not be read again.")
            self._last = Report(at, (f"the mock server failed: {type(error).__name__}",))
        else:
            self._last = Report(at, lost=lost)
        self._tell(self._last)
        return self._last

    def _tell(self, report: Report) -> None:
        """To whoever started the server: it is the answer to a file saved."""
        if report.current:
            log.warning("The files were read again; records that no longer fit: %d", len(report.lost))
        else:
            log.warning("The files changed and are faulty; what was played before goes on:")
        for line in (*report.problems, *map(str, report.lost)):
            log.warning("  %s", line)
