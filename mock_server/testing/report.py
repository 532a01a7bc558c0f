"""The section about a world in the report of a failed test: the last exchanges, and why the last error
occurred.

It contains no credentials, because the journal contains none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_server.testing.client import AdminError
from mock_server.testing.replies import Entry, Missed
from mock_server.testing.world import MockWorld

_EXCHANGES = 15


def section(world: MockWorld) -> tuple[str, str]:
    """The title and text of a section. An error of the admin API becomes the text."""
    try:
        text = "\n".join(_lines(world))
    except AdminError as error:
        text = str(error)
    return f"mock world {world.name}", text


def _lines(world: MockWorld) -> Iterator[str]:
    entries = world.requests.list(limit=_EXCHANGES)
    if not entries:
        yield "no requests"
        return
    total = world.requests.count()
    if total > len(entries):
        yield f"the last {len(entries)} of {total} requests:"
    missed = {near_miss["id"]: near_miss for near_miss in world.requests.near_misses(limit=_EXCHANGES)}
    for entry in entries:
        yield _exchange(entry)
        if entry["id"] in missed:
            yield from _nearest(missed[entry["id"]])
    explained = next((entry for entry in reversed(entries) if entry["status"] >= 400), entries[-1])
    yield f"why {explained['status']} for {explained['id']}:"
    yield from _reasons(world.admin.explain(explained["id"]))


def _exchange(entry: Entry) -> str:
    what = f"{entry['contract']}.{entry['operation']}" if entry["operation"] else "matched nothing"
    asked = f"{entry['method']} {entry['path']}"
    parts = [f"{entry['id']}  {asked}  {entry['status']}  {what}", entry["error"], entry["delivery"]]
    return "  ".join(filter(None, parts))


def _nearest(missed: Missed) -> Iterator[str]:
    for near in missed["near"]:
        why = ", ".join(map(_difference, near["missed"]))
        target = f"{near['method']} {near['path']}"
        yield f"    did you mean {target} ({near['contract']}.{near['operation']}): {why}"


def _difference(missed: dict[str, Any]) -> str:
    found, wanted = missed["found"], missed["wanted"]
    if not found:
        return f"{wanted!r} is missing"
    return f"{found!r}, not {wanted!r}" if wanted else f"{found!r} is too much"


def _reasons(explanation: dict[str, Any]) -> Iterator[str]:
    for part in explanation.values():
        if isinstance(part, dict) and "sentence" in part:
            yield f"    {part['sentence']}"
