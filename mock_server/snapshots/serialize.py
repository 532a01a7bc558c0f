"""A snapshot as text: readable, in an order that does not change, so that two can be told apart by a diff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson

from mock_server.snapshots.snapshot import to_text

if TYPE_CHECKING:
    from mock_server.redaction import Secrets
    from mock_server.snapshots.snapshot import Snapshot

SCHEMA: Final = "connector-contracts/snapshot"
VERSION: Final = 1


def serialize(snapshot: Snapshot, secrets: Secrets | None) -> str:
    """The text of a snapshot. secrets: what is masked in it; None to write all of it out.

    Collections and sequences stand sorted by name, records in the order they were created, members in the
    order the record has them: a reply made from an imported record is the same byte for byte.
    """
    document = _document(snapshot, secrets)
    try:
        text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # integers beyond 64 bits
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    return text + "\n"


def _document(snapshot: Snapshot, secrets: Secrets | None) -> dict[str, Any]:
    saved = snapshot.saved
    rows = {
        name: [
            {"key": key, "record": record if secrets is None else secrets.mask_record(name, record)}
            for key, record in saved.items(name)
        ]
        for name in saved.collections
    }
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "name": snapshot.name,
        "world": snapshot.world,
        "taken": to_text(snapshot.taken),
        "secrets": "included" if secrets is None and not snapshot.masked else "masked",
        **snapshot.settings(),
        "sequences": saved.sequences,
        "collections": {name: entries for name, entries in rows.items() if entries},
    }
