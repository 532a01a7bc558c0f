"""Entries made for tests that need no server."""

from __future__ import annotations

from typing import Any

from mock_server.journal.entry import Auth, Entry, Message

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
        "size": 10,
    }
    return Entry(**{**usual, **members})
