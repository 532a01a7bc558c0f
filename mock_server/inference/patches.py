"""Changes of a record as PATCH brings them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WHOLE_MEMBER = re.compile(r"/[^/]+")


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The members of both, those of objects inside likewise, as a merge patch (RFC 7396) has it; a null stays
    a null: whether it may stand there is the schema's matter."""
    result = dict(before)
    for name, value in changes.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result


def patched(before: Mapping[str, Any], steps: list[Any]) -> dict[str, Any]:
    """The record after a JSON Patch (RFC 6902), as far as it adds, replaces or removes whole members."""
    record = dict(before)
    for step in steps:
        path = step.get("path") if isinstance(step, dict) else None
        if not isinstance(path, str) or not _WHOLE_MEMBER.fullmatch(path):
            continue
        name = path[1:].replace("~1", "/").replace("~0", "~")
        if step.get("op") in {"add", "replace"}:
            record[name] = step.get("value")
        elif step.get("op") == "remove":
            record.pop(name, None)
    return record
