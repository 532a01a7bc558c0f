"""Entries made for tests that need no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_server.journal.entry import Auth, Entry, Message
from mock_server.redaction import SecretMemory

NOTHING = Message({}, "", 0, None)


def entry(number: int, **members: Any) -> Entry:
    """An entry of the world `w`; members as given, others harmless."""
    usual: dict[str, Any] = {
        "id": f"w.{number}",
        "world": "w",
        "at": "2026-11-20T09:00:00Z",
        "started": "2026-11-20T09:00:00Z",
        "duration_ms": 1.5,
        "method": "GET",
        "path": "/things",
        "query": (),
        "request": NOTHING,
        "contract": "things",
        "operation": "listThings",
        "bound": {},
        "status": 200,
        "response": NOTHING,
        "auth": Auth("open"),
        "error": "",
    }
    return Entry(**{**usual, **members})


@dataclass(frozen=True, slots=True)
class Held:
    """What a journal holds, for tests of the journal alone. size: bytes."""

    shown: Entry
    size: int = 10

    @property
    def id(self) -> str:
        return self.shown.id

    @property
    def count_key(self) -> tuple[str, str, str, int]:
        shown = self.shown
        return shown.contract, shown.operation, shown.method, shown.status

    @property
    def path(self) -> str:
        return self.shown.path

    def secrets(self) -> set[str]:
        return set()

    def entry(self, _memory: SecretMemory) -> Entry:
        return self.shown


def held(number: int, *, size: int = 10, **members: Any) -> Held:
    """An exchange of the world `w`; members of its entry as given, others harmless."""
    return Held(entry(number, **members), size)
