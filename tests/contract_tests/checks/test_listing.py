"""Listing: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("listing")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("limit-ignored", "listTools.listing.size"),
        ("page-skips", "listTools.listing.pages"),
        ("lists-one-twice", "listTools.listing.pages"),
        ("says-no-more", "listTools.listing.more"),
        ("total-of-page", "listTools.listing.total"),
        ("always-page-1", "listLoans.listing.standing"),
        ("total-too-high", "listLoans.listing.standing"),
        ("never-empty", "listLoans.listing.beyond"),
        ("starts-at-2", "listLoans.listing.first-page"),
        ("all-loans", "listLoans.listing.empty"),
        ("list-differs", "listTools.listing.agrees"),
        ("list-in-ascii", "listTools.listing.letters.name"),
        ("unsorted", "listTools.listing.sort.name"),
        ("unsorted", "listTools.listing.sort.-name"),
        ("sort-loses", "listTools.listing.sort.name"),
        ("filter-ignored", "listTools.listing.filter.filter[[]kind]"),
        ("filter-of-others", "listTools.listing.filter.filter[[]kind]"),
        ("no-include", "getTool.listing.include.loans"),
        ("flat-include", "getTool.listing.include.makerShop.town"),
        ("no-count", "listTools.listing.include.makerShop_count"),
        ("always-includes", "getTool.listing.include.none"),
        ("always-includes", "listTools.listing.include.makerShop"),
        ("first-include-only", "listTools.listing.include.several"),
        ("other-count", "getTool.listing.include.makerShop.counted"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
