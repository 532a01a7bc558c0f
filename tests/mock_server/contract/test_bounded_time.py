"""Texts of clients and expressions of users take a bounded time, however they are made."""

from __future__ import annotations

import re
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from mock_server.contract.patterns import BOUNDED
from mock_server.contract.router import Router, segment_texts, segment_values
from mock_server.pipeline.links import _below, _patterns
from mock_server.sampling.patterns import matching
from mock_server.similarity import is_similar

PIECES = st.lists(st.sampled_from(["{a}", "{b}", "-", ".", "x", "--"]), min_size=1, max_size=6).map("".join)
SECONDS = 1.0
"""More than any of these takes on a slow machine, and much less than what would not be bounded."""


@given(PIECES.filter(lambda text: "{" in text), st.text("-.xy", max_size=8))
def test_a_segment_gives_the_values_that_a_lazy_expression_gives(template: str, segment: str) -> None:
    parts = re.split(r"\{[^{}]+\}", template)
    expected = re.fullmatch("(.+?)".join(map(re.escape, parts)), segment)
    found = segment_values(segment_texts(template), segment)
    assert found == (None if expected is None else expected.groups())


def test_a_long_segment_is_matched_at_once() -> None:
    router: Router[str] = Router()
    router.add("GET", "/{a}-{b}-{c}-{d}-{e}x", "route")
    begun = process_time()
    router.match("GET", "/" + "-" * 50_000)
    assert process_time() - begun < SECONDS


def test_a_long_text_is_compared_with_an_address_at_once() -> None:
    patterns = _patterns(("https://{a}.{b}.{c}.{d}.example.com/{base}/v1",))
    begun = process_time()
    assert _below("https://" + "a." * 200_000, patterns[0]) is None
    assert process_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("server", "url", "rest"),
    [
        ("https://{region}.example.com/v1", "https://eu.example.com/v1/things", "/things"),
        ("https://{a}.{b}.example.com", "https://x.y.example.com/things", "/things"),
        ("https://{host}", "https://anything/things", "/things"),
        ("https://{host}/{base}/v1", "https://anything/b/v1/things", "/things"),
        ("https://{region}.example.com/v1", "https://eu.example.org/v1/things", None),
    ],
)
def test_variables_of_an_address_stand_for_any_text(server: str, url: str, rest: str | None) -> None:
    assert _below(url, _patterns((server,))[0]) == rest


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(\w+)\1$", "a" * 20_000 + "!"),
        (r"^(?=(a+)+$)(a+)+!", "a" * 20_000),
        (r"^(?!.*(x+x+)+y$).*$", "x" * 5_000),
    ],
)
def test_an_expression_that_must_backtrack_gives_up(pattern: str, text: str) -> None:
    validator = Draft202012Validator({"pattern": pattern}, pattern_options=BOUNDED)
    begun = process_time()
    validator.is_valid(text)
    assert process_time() - begun < SECONDS


@pytest.mark.parametrize(
    "pattern",
    ["(" * 40 + "a" + "*)" * 40, "((a{1000}){1000}){1000}", "(a+)" + r"\1" * 500, "\\p{L}" * 10_000],
)
def test_no_text_is_generated_for_an_expression_that_asks_for_too_much(pattern: str) -> None:
    begun = process_time()
    text = matching(pattern, Random(1))  # noqa: S311 - repeatable, not secret
    assert text is None or len(text) <= 100_000
    assert process_time() - begun < SECONDS


def test_a_long_word_is_like_no_short_one() -> None:
    begun = process_time()
    assert not any(is_similar("conn" * 50_000, "connectors") for _ in range(1000))
    assert process_time() - begun < SECONDS
