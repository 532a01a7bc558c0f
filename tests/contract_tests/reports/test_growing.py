"""Reports while a run goes on: readable at any time, and marked as unfinished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.engine import runner
from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports import html, json
from contract_tests.reports.registry import Report, write_all
from contract_tests.requirements.results import RunResult
from contract_tests.target.target_file import Target


def test_a_run_hands_out_what_is_examined_so_far(
    shelf_app: Callable[..., Any],
    shelf_target: Callable[..., Target],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(runner, "SAVING_SECONDS", 0.01)
    path, seen = tmp_path / "report.json", list[RunResult]()

    def keep(result: RunResult) -> None:
        seen.append(result)
        write_all(masked(result), [Report("json", path)])

    result = runner.run(shelf_target(shelf_app("bad-time")), while_running=keep)

    assert result.still_to_examine is None
    assert seen
    last = json.read(path)
    assert last.still_to_examine is not None
    assert decide(last).code is Exit.UNDECIDED
    assert "still to be examined" in decide(last).reason
    assert len(last.outcomes) + last.still_to_examine == len(result.outcomes)
    assert "This run has not ended." in html.page(last)


def test_a_report_that_cannot_be_written_whole_leaves_the_last_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    path.write_text("earlier", encoding="utf-8")

    def interrupted(result: MaskedResult, path: Path) -> None:
        del result
        path.write_text("half of", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr("contract_tests.reports.json.write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Report("json", path).write(masked_nothing())

    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def masked_nothing() -> MaskedResult:
    """A result that no report reads."""
    return MaskedResult(object())  # type: ignore[arg-type]
