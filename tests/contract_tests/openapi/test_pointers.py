"""JSON pointers: what they name, how they are written, and what they put in place."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.openapi.pointers import at, escape, put, unescape

VALUE = {"": 0, "foo": ["bar", {"m~n": 8}], "a/b": 1, "~1": 2}


@pytest.mark.parametrize(
    ("pointer", "named"),
    [("", VALUE), ("/", 0), ("/foo/0", "bar"), ("/foo/1/m~0n", 8), ("/a~1b", 1), ("/~01", 2)],
)
def test_a_pointer_names_a_part(pointer: str, named: Any) -> None:
    assert at(VALUE, pointer) == named


@pytest.mark.parametrize("pointer", ["/none", "/foo/2", "/foo/-1", "/foo/bar", "/a~1b/deeper"])
def test_a_pointer_without_a_target_gives_none(pointer: str) -> None:
    assert at(VALUE, pointer) is None


@pytest.mark.parametrize("part", ["plain", "a/b", "m~n", "~1", "/~/"])
def test_escaped_parts_round_trip(part: str) -> None:
    assert unescape(escape(part)) == part
    assert at({part: "found"}, f"/{escape(part)}") == "found"


@pytest.mark.parametrize("pointer", ["/foo/0", "/foo/1/m~0n", "/a~1b", "/new"])
def test_a_value_set_at_a_pointer_is_found_there(pointer: str) -> None:
    value = {"foo": ["bar", {"m~n": 8}], "a/b": 1}
    put(value, pointer, "put")
    assert at(value, pointer) == "put"
