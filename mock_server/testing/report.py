"""The section about a world in the report of a failed test: the last exchanges, and why the last error
occurred.

It contains no credentials, because the journal contains none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mock_server.testing.client import AdminError
from mock_server.testing.replies import Entry, Missed
from mock_server.testing.world import MockWorld

_EXCHANGES = 15
"""The number of exchanges that are shown."""

_CONSIDERED = 100
"""The number of exchanges among which the one to explain is sought."""


def section(world: MockWorld, failing: Sequence[str] = ()) -> tuple[str, str]:
    """The title and text of a section. An error of the admin API becomes the text.

    failing: the ids of the exchanges that the failing statement is about.
    """
    try:
        text = "\n".join(_lines(world, failing))
    except AdminError as error:
        text = str(error)
    return f"mock world {world.name}", text


def _lines(world: MockWorld, failing: Sequence[str]) -> Iterator[str]:
    known = world.requests.list(limit=_CONSIDERED)
    if not known:
        yield "no requests"
        return
    total, shown = world.requests.count(), known[-_EXCHANGES:]
    if total > len(shown):
        yield f"the last {len(shown)} of {total} requests:"
    missed = {near_miss["id"]: near_miss for near_miss in world.requests.near_misses(limit=_EXCHANGES)}
    for entry in shown:
        yield _exchange(entry)
        if entry["id"] in missed:
            yield from _nearest(missed[entry["id"]])
    explained = _decisive(known, failing)
    yield f"why {explained['status']} for {explained['id']}:"
    if explained not in shown:
        yield f"    {_exchange(explained)}"
    yield from _reasons(world.admin.explain(explained["id"]))


def _decisive(entries: Sequence[Entry], failing: Sequence[str]) -> Entry:
    """The exchange that most likely made the test fail.

    It is the one that the failing statement is about. Otherwise it is the first refusal, of those that the
    test did not arrange and that no later request repaired, a refused write before a refused read: what comes
    after it are its consequences.
    """
    by_id = {entry["id"]: entry for entry in entries}
    for request_id in failing:
        if request_id in by_id:
            return by_id[request_id]
    answered = {(entry["method"], entry["path"]): entry["status"] for entry in entries}
    refusals = [entry for entry in entries if entry["status"] >= 400]
    lasting = [entry for entry in refusals if answered[entry["method"], entry["path"]] >= 400]
    return min(lasting or refusals, key=_rank, default=entries[-1])


def _rank(refusal: Entry) -> tuple[bool, bool]:
    """Refusals with a lower rank are more likely to be decisive."""
    is_arranged = bool(refusal["faults"] or refusal["override"])
    return is_arranged, refusal["method"] in {"GET", "HEAD"}


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
