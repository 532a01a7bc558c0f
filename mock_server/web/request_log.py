"""The request log: one line for each request, without anything that can carry a credential.

A line has no query string and no header, and the path as the journal keeps it. What is written is worked out
by a thread of its own, a few times a second, so that no request waits for it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from threading import Event, Thread
from typing import Any, Literal, NamedTuple, TextIO
from urllib.parse import urlsplit

import click

from mock_server.clock import machine_time, to_rfc3339
from mock_server.contract.json_text import dumps
from mock_server.engine import Engine
from mock_server.journal.entry import Entry
from mock_server.journal.journal import Journal
from mock_server.journal.recorder import RecordedExchange
from mock_server.messages import Request
from mock_server.pipeline.render import REQUEST_ID
from mock_server.pipeline.routing import NEAREST
from mock_server.web.reading import is_admin
from mock_server.worlds.worlds import WorldError

LogForm = Literal["text", "json"]
"""The form of a line."""

_INTERVAL = 0.2
"""Seconds between two looks at the requests that came."""
_MOST_WAITING = 20_000
"""Requests that wait to be written. Where more come, the oldest are only counted."""
_MOST_ON_A_TERMINAL = 40
"""Lines that a terminal gets in one interval, more than can be read. Further requests are only counted."""
_LONGEST_PATH = 34
"""Characters of a path in a line of text, beyond which its identifiers are shortened."""
_LONGEST_SEGMENT = 12
_UNKNOWN = {
    "id": "",
    "world": "",
    "principal": None,
    "contract": "",
    "operation": "",
    "why": "",
    "nearest": "",
}
_COLOURS = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}


class Logged(NamedTuple):
    """An answered request. at: the machine's time. headers: of its response. seconds: it took to answer."""

    at: datetime
    request: Request
    status: int
    headers: Mapping[str, str]
    seconds: float


class RequestLog:
    """Writes a line for each request to a stream."""

    def __init__(
        self, engine: Engine, stream: TextIO, *, form: LogForm, with_admin: bool, is_paused: bool = False
    ) -> None:
        """engine: whose journals and credentials decide what a line may show. with_admin: log admin calls and
        the console's pages too. is_paused: log nothing until `resume`."""
        self._engine = engine
        self._stream = stream
        self._form = form
        self._with_admin = with_admin
        self._is_paused = is_paused
        self._is_terminal = stream.isatty()
        self._waiting: deque[Logged] = deque()
        self._omitted = 0
        self._ended = Event()
        self._thread = Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def add(self, request: Request, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """Log a request, at the latest within a second. Takes no time."""
        if self._is_paused or (is_admin(request.path) and not self._with_admin):
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._omitted += 1
            return
        self._waiting.append(Logged(machine_time(), request, status, headers, seconds))

    def resume(self) -> None:
        """Log the requests that come from now on."""
        self._is_paused = False

    def close(self) -> None:
        """Write what is waiting, and end."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_INTERVAL):
            self._write()
        self._write()

    def _write(self) -> None:
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        omitted, self._omitted = self._omitted, 0
        if self._is_terminal and len(waiting) > _MOST_ON_A_TERMINAL:
            omitted += len(waiting) - _MOST_ON_A_TERMINAL
            waiting = waiting[-_MOST_ON_A_TERMINAL:]
        lines = "".join(self._lines(waiting, omitted))
        if not lines:
            return
        try:
            self._stream.write(lines)
            self._stream.flush()
        except (OSError, ValueError):  # nothing reads the stream any more
            self._ended.set()

    def _lines(self, waiting: list[Logged], omitted: int) -> Iterator[str]:
        coloured = self._is_terminal and not os.environ.get("NO_COLOR")
        if omitted:
            yield (
                dumps({"omitted": omitted}).decode() + "\n"
                if self._form == "json"
                else f"... {omitted} more\n"
            )
        for logged in waiting:
            facts = facts_of(self._engine, logged)
            line = dumps(facts).decode() if self._form == "json" else text_line(facts, coloured=coloured)
            yield f"{line}\n"


def facts_of(engine: Engine, logged: Logged) -> dict[str, Any]:
    """What is logged of a request, everything masked that can carry a credential."""
    facts = {"time": to_rfc3339(logged.at), "status": logged.status, "ms": round(logged.seconds * 1000, 1)}
    request_id = logged.headers.get(REQUEST_ID, "")
    journal = _journal(request_id, engine)
    recorded = None if journal is None else journal.recorded(request_id)
    # Redacting an exchange takes longer than answering it, and most of them have nothing to hide.
    if isinstance(recorded, RecordedExchange) and recorded.is_plain:
        return facts | _plain_facts(recorded)
    from mock_server.journal.explain import reason  # loaded by the first that needs it, for a quick start

    entry = None if journal is None else journal.get(request_id)
    if entry is None:
        path = _printable(_path(logged.request, None, engine))
        return facts | {**_UNKNOWN, "method": logged.request.method, "path": path}
    return facts | {
        "id": entry.id,
        "world": entry.world,
        "principal": entry.auth.principal,
        "method": entry.method,
        "path": _printable(_path(logged.request, entry, engine)),
        "contract": entry.contract,
        "operation": entry.operation,
        "why": reason(entry),
        "nearest": logged.headers.get(NEAREST, ""),
    }


def _plain_facts(recorded: RecordedExchange) -> dict[str, Any]:
    contract, operation, method, _ = recorded.count_key
    return {
        "id": recorded.id,
        "world": recorded.world,
        "principal": None if recorded.principal is None else recorded.principal.name,
        "method": method,
        "path": _printable(recorded.path),
        "contract": contract,
        "operation": operation,
        "why": "",
        "nearest": "",
    }


def text_line(facts: Mapping[str, Any], *, coloured: bool = False) -> str:
    """The line for people: world, who, method, path, operation, status, milliseconds, and why."""
    status = str(facts["status"])
    why = facts["why"] or (facts["nearest"] and f"nearest: {facts['nearest']}")
    path = _short(facts["path"]) if facts["operation"] else facts["path"]
    words = [facts["world"] or "-", facts["principal"] or "-", facts["method"], path, facts["operation"]]
    duration = f"{facts['ms']:.1f} ms"
    if coloured:
        status = click.style(status, fg=_COLOURS.get(facts["status"] // 100), bold=True)
        duration = click.style(duration, dim=True)
        why = why and click.style(why, fg="yellow")
    return " ".join(filter(None, [*words, status, duration, why]))


def _path(request: Request, entry: Entry | None, engine: Engine) -> str:
    """The path with every credential masked. entry: None for a request that no journal holds."""
    if entry is not None:
        return entry.path
    redactor = engine.context.redactor
    masker = redactor.masker(engine.world().scenario.principals)
    prefix = urlsplit(request.base_url).path  # names the world
    return redactor.path(prefix + request.path, request.headers.items(), masker)


def _journal(request_id: str, engine: Engine) -> Journal | None:
    """The journal of the world of a request; None where there is none, or none any more."""
    if not request_id:
        return None
    try:
        return engine.worlds.get(request_id.rpartition(".")[0]).journal
    except WorldError:
        return None


def _short(path: str) -> str:
    """The path in few characters: long identifiers by their beginning, and the end of it alone."""
    if len(path) <= _LONGEST_PATH:
        return path
    segments = [
        segment
        if len(segment) <= _LONGEST_SEGMENT or not any(map(str.isdigit, segment))
        else f"{segment[:4]}…"
        for segment in path.split("/")
    ]
    while len(segments) > 2 and len("/".join(segments)) > _LONGEST_PATH:
        segments = ["…", *segments[2:]]
    return "/".join(segments)


def _printable(path: str) -> str:
    """The path on one line, without spaces."""
    return "".join(
        character if character.isprintable() and character != " " else f"%{ord(character):02X}"
        for character in path
    )
