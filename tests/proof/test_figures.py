"""The committed measurements say what the page of figures says, and no less than the floor."""

from __future__ import annotations

import pytest

from contract_tests.proof.figures import below
from contract_tests.proof.measuring import Judged
from tests.proof.collect import FIGURES, FLOOR, collected, page


@pytest.fixture(scope="module")
def runs() -> list[Judged]:
    return collected()


def test_the_page_of_figures_is_up_to_date(runs: list[Judged]) -> None:
    assert FIGURES.read_text(encoding="utf-8") == page(runs)


def test_no_figure_is_worse_than_the_floor(runs: list[Judged]) -> None:
    assert below(runs, FLOOR) == []
