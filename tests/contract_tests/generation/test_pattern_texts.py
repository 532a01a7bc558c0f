"""A pattern that allows a few texts lists them."""

from __future__ import annotations

import pytest

from contract_tests.generation.pattern_texts import texts_of


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^-?name(,-?name)*$", ["name", "-name"]),
        ("^(a(_count|Exists|\\.b(\\.c)?)?|d)$", ["a", "a_count", "aExists", "a.b", "a.b.c", "d"]),
        ("^(?:up|down)$", ["up", "down"]),
    ],
)
def test_letters_groups_and_alternatives_are_listed(pattern: str, texts: list[str]) -> None:
    assert texts_of(pattern) == texts


@pytest.mark.parametrize(
    "pattern", ["^[a-z]+$", "a+", "(ab", r"\d", "a{3}", "", "(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)"]
)
def test_other_patterns_list_nothing(pattern: str) -> None:
    assert texts_of(pattern) == []
