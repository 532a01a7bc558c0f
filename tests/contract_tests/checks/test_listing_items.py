"""Lists that have no pages, on the mock: each planted defect breaks the requirement that names it."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.checks import lifecycle, listing_items
from tests.contract_tests.playing import (
    Asked,
    Defect,
    answers,
    assert_named,
    not_passed,
    refuses,
    requirements_of,
)

EMPTY = "3d5b8a17-62c4-4e0f-9b71-c8f20a6e9d53"
REQUIRED = requirements_of("hydracore", listing_items, lifecycle)
NAMES = [
    "listConnections.listing.once",
    "listConnections.listing.whole",
    "listConnections.listing.empty",
    "createConnection.lifecycle.twin",
]


def first_ten(body: Any, asked: Asked) -> Any:
    """No more than ten connections."""
    return {**body, "connections": body["connections"][:10]}


def first_page(body: Any, asked: Asked) -> Any:
    """Ten connections and how many pages there are, of which no document speaks."""
    return {**first_ten(body, asked), "page": 1, "total_pages": -(-body["total"] // 10)}


def first_again(body: Any, asked: Asked) -> Any:
    """The first connection a second time."""
    return {**body, "connections": [*body["connections"], *body["connections"][:1]]}


def unique_index() -> Defect:
    """A second connection of the same provider and name ends in a defect of the server."""
    seen: set[str] = set()

    def twin(asked: Asked) -> bool:
        name = str((asked.json or {}).get("name"))
        known = name in seen
        seen.add(name)
        return known

    return refuses("POST", "/connections", 500, when=twin)


@pytest.mark.parametrize("name", NAMES)
def test_the_mock_passes(name: str) -> None:
    assert not_passed("hydracore", [REQUIRED[name]]) == []


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("listConnections.listing.once", answers("GET", "/connections", first_again)),
        ("listConnections.listing.whole", answers("GET", "/connections", first_ten)),
        (
            "listConnections.listing.empty",
            refuses("GET", "/connections", 404, when=lambda one: EMPTY in one.path),
        ),
        ("createConnection.lifecycle.twin", unique_index()),
    ],
)
def test_a_planted_defect_is_named(name: str, defect: Defect) -> None:
    assert_named("hydracore", REQUIRED[name], defect)


def test_a_list_that_says_it_has_more_pages_is_not_broken() -> None:
    requirement = REQUIRED["listConnections.listing.whole"]
    (line,) = not_passed("hydracore", [requirement], answers("GET", "/connections", first_page))
    assert "whole: inconclusive" in line
