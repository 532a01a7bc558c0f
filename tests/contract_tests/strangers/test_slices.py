"""Parts of lists, counts beside them and further reads of applications whose documents are their own."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
NEW_NOTE = {"type": "object", "required": ["name", "text"], "properties": {"name": TEXT, "text": TEXT}}
NOTE = {"type": "object", "properties": {"id": NUMBER, "name": TEXT, "text": TEXT}}
NOTES = {"type": "array", "items": NOTE}
PART = {"type": "object", "properties": {"limit": NUMBER, "offset": NUMBER}}


class Notes:
    """Notes that are listed in part and counted, and read by key or by name. defect: what it does wrong."""

    def __init__(self, defect: str = "") -> None:
        self._notes: dict[str, dict[str, Any]] = {"0": {"id": 0, "name": "old", "text": "of others"}}
        self._first_read: dict[str, dict[str, Any]] = {}
        self._ids = count(1)
        self._defect = defect

    def __call__(self, call: Call) -> Answer:
        last = call.parts[-1]
        if call.method == "POST" and last == "notes":
            number = next(self._ids)
            self._notes[str(number)] = {**call.json, "id": number}
            return 201, self._notes[str(number)]
        if last in ("notes", "filter"):
            asked = call.json if call.method == "POST" else dict(call.query).get("filter")
            return 200, self._part(json.loads(asked) if isinstance(asked, str) else asked or {})
        if last == "count":
            return 200, 3 if self._defect == "count" else len(self._notes)
        if "name" in call.parts:
            found = next((each for each in self._notes.values() if each["name"] == last), None)
            shown = found and {**found}
            if found and self._defect == "stale":
                shown = self._first_read.setdefault(last, {**found})
            return (404, {"message": "none"}) if shown is None else (200, shown)
        return self._one(call, last)

    def _part(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        start, size = asked.get("offset", 0), asked.get("limit", 100)
        notes = sorted(self._notes.values(), key=lambda each: str(each["name"]))
        part = notes if self._defect == "limit" else notes[start : start + size]
        if self._defect == "offset":
            part = notes[:size]
        return part[:-1] if self._defect == "drops-last" else part

    def _one(self, call: Call, key: str) -> Answer:
        if key not in self._notes:
            return 404, {"message": "none"}
        if call.method == "PATCH":
            self._notes[key].update(call.json)
        if call.method == "DELETE":
            return 204, self._notes.pop(key) and None
        return 200, self._notes[key]


def notes(listing: dict[str, Any]) -> dict[str, Any]:
    """The paths of notes. listing: the paths on which they are listed."""
    changed = {"type": "object", "properties": {"text": TEXT}}
    paths: dict[str, Any] = {
        "/notes": {"post": operation("make", 201, answer=NOTE, body=NEW_NOTE)},
        "/notes/{id}": {
            "get": operation("read", 200, 404, path="id", answer=NOTE),
            "patch": operation("change", 200, 404, path="id", answer=NOTE, body=changed),
            "delete": operation("drop", 204, 404, path="id"),
        },
        "/notes/name/{name}": {"get": operation("read-by-name", 200, 404, path="name", answer=NOTE)},
        "/notes/count": {"get": operation("count", 200, answer=NUMBER, summary="Count notes")},
    }
    paths["/notes/count"]["get"]["responses"]["200"]["description"] = "The number of notes"
    for path, node in listing.items():
        paths[path] = {**paths.get(path, {}), **node}
    return paths


BY_BODY = {"/notes/filter": {"post": operation("list", 200, answer=NOTES, body=PART)}}
BY_JSON = {
    "/notes": {
        "get": operation(
            "list",
            200,
            answer=NOTES,
            parameters=[{"name": "filter", "in": "query", "content": {"application/json": {"schema": PART}}}],
        )
    }
}


PART_SHOWN, LISTED, COUNTS, AS_BY_KEY = (
    "list.listing.part",
    "list.lifecycle.listed-once",
    "count.listing.counts",
    "read-by-name.lifecycle.as-by-key",
)


@pytest.mark.parametrize(
    ("listing", "requirement", "defect"),
    [
        (BY_BODY, LISTED, ""),
        (BY_BODY, LISTED, "drops-last"),
        (BY_BODY, PART_SHOWN, ""),
        (BY_BODY, PART_SHOWN, "limit"),
        (BY_BODY, PART_SHOWN, "offset"),
        (BY_JSON, PART_SHOWN, ""),
        (BY_JSON, PART_SHOWN, "limit"),
        (BY_BODY, COUNTS, ""),
        (BY_BODY, COUNTS, "count"),
        (BY_BODY, AS_BY_KEY, ""),
        (BY_BODY, AS_BY_KEY, "stale"),
    ],
)
def test_parts_counts_and_further_reads_are_examined(
    tmp_path: Path, listing: dict[str, Any], requirement: str, defect: str
) -> None:
    found = judged(tmp_path, document(notes(listing)), Server(Notes(defect)), only=requirement)
    assert found[requirement].verdict is (Verdict.FAILED if defect else Verdict.PASSED)


def test_a_part_may_be_what_a_filter_leaves_of_it(tmp_path: Path) -> None:
    found = judged(tmp_path, document(notes(BY_BODY)), Server(Notes("drops-last")), only=PART_SHOWN)
    assert found[PART_SHOWN].verdict is Verdict.WARNING


def test_a_count_may_leave_out_what_its_document_says_it_does(tmp_path: Path) -> None:
    paths = notes(BY_BODY)
    paths["/notes/count"]["get"]["summary"] = "Count published notes"
    found = judged(tmp_path, document(paths), Server(Notes("count")), only=COUNTS)
    assert found[COUNTS].verdict is Verdict.WARNING


def test_a_list_by_body_ends_below_the_size_that_pages_usually_have(tmp_path: Path) -> None:
    found = judged(tmp_path, document(notes(BY_BODY)), Server(Notes()), only="drop.lifecycle.not-listed")
    assert found["drop.lifecycle.not-listed"].verdict is Verdict.PASSED


@pytest.mark.parametrize("defect", ["", "twice"])
def test_a_creation_below_a_new_parent_adds_one_thing(tmp_path: Path, defect: str) -> None:
    folders: dict[str, dict[str, Any]] = {}
    ids = count(1)

    def answer(call: Call) -> Answer:
        inside = folders.get(call.parts[1]) if len(call.parts) > 1 else folders
        if inside is None:
            return 404, {"message": "none"}
        if call.method == "GET":
            return 200, inside.get(call.parts[-1], list(inside.values()))
        for _ in range(2 if defect and inside is not folders else 1):
            key = f"key-{next(ids)}"
            inside[key] = {} if inside is folders else {"id": key, "text": call.json["text"]}
        return 201, {"id": key}

    new = {"type": "object", "required": ["text"], "properties": {"text": TEXT}}
    page = {"type": "object", "properties": {"id": TEXT, "text": TEXT}}
    paths = {
        "/folders": {"post": operation("make-folder", 201, answer=page)},
        "/folders/{folder}": {"get": operation("read-folder", 200, 404, path="folder", answer=page)},
        "/folders/{folder}/pages": {
            "get": operation("list", 200, 404, path="folder", answer={"type": "array", "items": page}),
            "post": operation("make", 201, 404, path="folder", answer=page, body=new),
        },
        "/folders/{folder}/pages/{page}": {
            "get": operation("read", 200, 404, path="folder page", answer=page)
        },
    }
    found = judged(tmp_path, document(paths), Server(answer), only="list.lifecycle.listed-once")
    verdict = Verdict.FAILED if defect else Verdict.PASSED
    assert found["list.lifecycle.listed-once"].verdict is verdict
