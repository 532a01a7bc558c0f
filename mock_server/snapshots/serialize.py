"""Serialize a snapshot as readable JSON in a stable order, so that two can be compared with diff."""

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
    """A snapshot as JSON text. secrets: what to mask; None to include secrets.

    Collections and sequences are sorted by name. Records are in the order of creation and their members in
    the order of the record, so that replies from an imported record have the same bytes.
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
            {"key": key, "record": record if secrets is None else secrets.mask_for_export(name, record)}
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
