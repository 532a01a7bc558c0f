"""Records written apart from the body around them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mock_server.contract.operation import Contract
from mock_server.contract.presentation import Projector, RecordWriter, may_have_links, record_at, split
from mock_server.contract.validation import SchemaCompiler

RECORD = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
PAGE = {
    "type": "object",
    "required": ["data", "total"],
    "properties": {"data": {"type": "array", "items": RECORD}, "total": {"type": "integer"}},
}


def writer(schema: Any) -> RecordWriter:
    """A writer for records of this schema."""
    contract = Contract(name="c", title="C", prefix="", operations={}, schemes={}, schemas={})
    check = SchemaCompiler(contract).check(schema, sent=False, place="the test")
    return RecordWriter(Projector({}).compile(schema), check)


def test_a_list_and_its_records_are_described_apart() -> None:
    parts = split(PAGE, "data", {})
    assert parts is not None
    assert parts.is_list
    assert parts.record is RECORD
    around: Any = parts.around
    assert around["properties"] == {"data": {"type": "array"}, "total": {"type": "integer"}}


def test_a_record_that_is_the_body_has_nothing_around_it() -> None:
    parts = split({"$ref": "#/components/schemas/Record"}, "", {"Record": RECORD})
    assert parts is not None
    assert (parts.is_list, parts.around) == (False, True)


@pytest.mark.parametrize(
    "schema",
    [
        {**PAGE, "allOf": [{"required": ["data"]}]},
        {**PAGE, "minProperties": 2},
        {"type": "object", "properties": {"data": {"type": "array", "items": RECORD, "minItems": 1}}},
        {"type": "object", "properties": {"data": {"type": "array", "items": RECORD, "uniqueItems": True}}},
        {"type": "object", "properties": {"items": {"type": "array", "items": RECORD}}},
    ],
    ids=["combined", "counted", "at least one", "unique", "elsewhere"],
)
def test_what_speaks_of_body_and_records_together_is_not_split(schema: Any) -> None:
    assert split(schema, "data", {}) is None


def test_a_version_of_a_record_is_written_once() -> None:
    records, record = writer(RECORD), {"id": 1, "private": "x"}
    (first,), (second,) = records.write([record]), records.write([record])
    assert first is second
    assert first.json == b'{"id":1}'
    (other,) = records.write([{**record, "id": 2}])
    assert other.json == b'{"id":2}'


def test_an_invalid_record_is_reported_each_time() -> None:
    records, record = writer(RECORD), {"id": "one"}
    for _ in range(2):
        (written,) = records.write([record])
        assert [violation.path for violation in written.violations] == [("id",)]


def test_a_record_with_links_is_written_for_each_address() -> None:
    records = writer({"type": "object", "properties": {"self": {"type": "string"}}})
    record = {"self": "http://api.example/1"}
    for address in ("http://a/1", "http://b/1"):
        (written,) = records.write([record], lambda _value, address=address: {"self": address})
        assert orjson.loads(written.json) == {"self": address}


def test_links_are_looked_for_at_any_depth() -> None:
    assert may_have_links({"a": [{"b": "https://api.example"}]})
    assert may_have_links({"a": {"self": "/x"}})
    assert not may_have_links({"a": ["text", 1, None]})


def test_the_first_record_of_an_example_stands_for_all() -> None:
    assert record_at({"data": [{"id": 1}, {"id": 2}]}, "data", is_list=True) == {"id": 1}
    assert record_at({"data": []}, "data", is_list=True) is None
    assert record_at({"id": 1}, "", is_list=False) == {"id": 1}
