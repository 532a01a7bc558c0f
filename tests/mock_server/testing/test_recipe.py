"""The recipe for pytest passes as it is written in the documentation."""

from __future__ import annotations

import pytest

from tests.repository.recipes import recipe

pytestmark = pytest.mark.slow

pytest_plugins = "pytester"


def test_the_recipe_for_pytest_passes_as_written(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOCK_SERVER_URL", raising=False)
    for name, text in recipe("pytest").files.items():
        pytester.path.joinpath(name).write_text(text, encoding="utf-8")
    done = pytester.runpytest_inprocess("-p", "no:schemathesis", "-p", "no:cacheprovider", "-p", "no:xdist")
    done.assert_outcomes(passed=2)
