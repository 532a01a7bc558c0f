"""JSON is parsed without loss, and only what can be serialised again is accepted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, loads

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(values)
def test_any_value_survives_a_round_trip(value: object) -> None:
    assert loads(dumps(value)) == value
    assert loads(json.dumps(value).encode()) == value


def test_long_integers_are_exact() -> None:
    assert loads(b"[18446744073709551617]") == [18446744073709551617]
    assert dumps({"n": 2**80}) == b'{"n":1208925819614629174706176}'


@pytest.mark.parametrize(
    "text", [b"NaN", b"[Infinity]", b"-Infinity", b"1e999", b'"\\ud800"', b'{"\\udfff":1}']
)
def test_a_value_that_cannot_be_serialised_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        loads(text)


@pytest.mark.parametrize("text", [b'"\xff"', b"[" * 201 + b"]" * 201, b"1" * 5000, b"[" * 100_000])
def test_input_beyond_the_parsers_limits_is_undecodable(text: bytes) -> None:
    with pytest.raises(UndecodableError):
        loads(text)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(loads(b"[" + b",".join([b"[]"] * 1000) + b"]")) == 1000
