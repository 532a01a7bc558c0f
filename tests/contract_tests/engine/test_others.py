"""What others do to a target at the same time is no finding."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.target.target_file import Target
from contract_tests.verdicts import Verdict

Make = Callable[..., Target]
CHOSEN = Selection(requirements=("shelf.createBook.*no-trace", "shelf.*.listing.*", "shelf.*leaves-nothing"))


def with_others(app: Any) -> Callable[..., Any]:
    """The application, to which others add a book before each request."""
    numbers = count()

    def busy(environ: dict[str, Any], start_response: Any) -> Any:
        number = next(numbers)
        key = f"b1d5b6c4-0000-4000-8000-{number:012}"
        app.books = {**app.books, key: {**next(iter(app.books.values())), "id": key}}
        return app(environ, start_response)

    return busy


def test_a_busy_list_is_no_finding_and_says_so(shelf_app: Any, shelf_target: Make) -> None:
    result = run(shelf_target(with_others(shelf_app())), selection=CHOSEN)

    said = {one.requirement.id: (one.verdict, one.reason) for one in result.outcomes}
    assert {verdict for verdict, _ in said.values()} <= {
        Verdict.PASSED,
        Verdict.SKIPPED,
        Verdict.INCONCLUSIVE,
    }
    assert any(reason.startswith("others change /shelves/{shelf}/books") for _, reason in said.values())


class Lagging:
    """The application, whose lists show what was there LAG seconds ago."""

    LAG = 0.2

    def __init__(self, app: Any) -> None:
        self._app = app
        self._past = [(0.0, dict(app.books))]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].endswith("/books"):
            answer = self._app(environ, start_response)
            self._past.append((time.monotonic(), dict(self._app.books)))
            return answer
        now, present = time.monotonic(), self._app.books
        self._app.books = next(books for at, books in reversed(self._past) if at <= now - self.LAG)
        try:
            return self._app(environ, start_response)
        finally:
            self._app.books = present


def test_lists_that_lag_as_long_as_the_target_file_says_are_no_finding(
    shelf_app: Any, shelf_target: Make
) -> None:
    chosen = Selection(requirements=("shelf.createBook.lifecycle.*", "shelf.deleteBook.lifecycle.*"))

    result = run(shelf_target(Lagging(shelf_app()), settle=2 * Lagging.LAG), selection=chosen)

    said = {one.requirement.id: (one.verdict, one.reason) for one in result.outcomes}
    assert {verdict for verdict, _ in said.values()} == {Verdict.PASSED}, said
