"""The archive is one by the letter of HAR 1.2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from mock_server.journal.har import as_har
from tests.mock_server.journal.conftest import Recorded

TEXT, NUMBER, LIST, OBJECT = (str,), (int, float), (list,), (dict,)
REQUIRED: dict[str, dict[str, tuple[type, ...]]] = {
    "log": {"version": TEXT, "creator": OBJECT, "entries": LIST},
    "log.creator": {"name": TEXT, "version": TEXT},
    "entry": {
        "startedDateTime": TEXT,
        "time": NUMBER,
        "request": OBJECT,
        "response": OBJECT,
        "cache": OBJECT,
        "timings": OBJECT,
    },
    "entry.request": {
        "method": TEXT,
        "url": TEXT,
        "httpVersion": TEXT,
        "cookies": LIST,
        "headers": LIST,
        "queryString": LIST,
        "headersSize": NUMBER,
        "bodySize": NUMBER,
    },
    "entry.response": {
        "status": NUMBER,
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": LIST,
        "headers": LIST,
        "content": OBJECT,
        "redirectURL": TEXT,
        "headersSize": NUMBER,
        "bodySize": NUMBER,
    },
    "entry.response.content": {"size": NUMBER, "mimeType": TEXT},
    "entry.timings": {"send": NUMBER, "wait": NUMBER, "receive": NUMBER},
}
"""The members HAR 1.2 asks for, and their kinds."""


def _at(root: dict[str, Any], way: str) -> dict[str, Any]:
    found: dict[str, Any] = root
    for name in way.split(".")[1:]:
        found = found[name]
    return found


def _missing(archive: dict[str, Any]) -> Iterator[str]:
    for way, members in REQUIRED.items():
        starts = [archive["log"]] if way.startswith("log") else archive["log"]["entries"]
        for start in starts:
            for name, kinds in members.items():
                if not isinstance(_at(start, way).get(name), kinds):
                    yield f"{way}.{name}"
    for entry in archive["log"]["entries"]:
        for message in (entry["request"], entry["response"]):
            pairs = [*message["headers"], *message.get("queryString", ())]
            yield from (f"{pair}" for pair in pairs if {*pair} != {"name", "value"})
        if "postData" in entry["request"] and not {"mimeType", "params", "text"} <= {
            *entry["request"]["postData"]
        }:
            yield "postData"


@pytest.fixture(scope="module")
def archive(recorded: Recorded) -> dict[str, Any]:
    read = {"authorization": "Bearer mock-patchworks-admin", "host": "localhost:4010"}
    write = {**read, "content-type": "application/json"}
    body = json.dumps({"name": "Any", "timezone": "Nowhere"}).encode()
    entries = [
        recorded.send("GET", "/api/v1/connectors", "page=2&x=1", read),
        recorded.send("POST", "/api/v1/connectors", headers=write, body=body),
        recorded.send("GET", "/nowhere/ä b", "q=1"),
        recorded.send("GET", "/api-proxy/v1/admin/connector-providers/"),
    ]
    return as_har(entries)


def test_every_required_member_is_there(archive: dict[str, Any]) -> None:
    assert list(_missing(archive)) == []
    assert archive["log"]["version"] == "1.2"
    json.dumps(archive)


def test_instants_have_an_offset_and_times_add_up(archive: dict[str, Any]) -> None:
    for entry in archive["log"]["entries"]:
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert sum(entry["timings"].values()) == pytest.approx(entry["time"])


def test_addresses_are_absolute_and_carry_the_query(archive: dict[str, Any]) -> None:
    urls = [entry["request"]["url"] for entry in archive["log"]["entries"]]
    assert urls[0].startswith("http://localhost:4010/api/v1/connectors?page=2&x=")
    assert urls[2].startswith("http://localhost/nowhere/%C3%A4%20b?")


def test_a_body_is_posted_only_where_one_was_sent(archive: dict[str, Any]) -> None:
    posted = [entry["request"].get("postData") for entry in archive["log"]["entries"]]
    assert [one is not None for one in posted] == [False, True, False, False]
    assert json.loads(posted[1]["text"]) == {"name": "Any", "timezone": "Nowhere"}


def test_a_redirect_names_its_aim(archive: dict[str, Any]) -> None:
    redirect = archive["log"]["entries"][3]["response"]["redirectURL"]
    assert redirect == "http://127.0.0.1:4010/api-proxy/v1/admin/connector-providers"
