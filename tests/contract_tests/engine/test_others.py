"""What others do to a target at the same time is no finding."""

from __future__ import annotations

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
