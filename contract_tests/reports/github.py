"""Annotations of GitHub Actions: workflow commands, for the output of a step (`--report github=-`)."""

from __future__ import annotations

from pathlib import Path

from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.places import is_failing, message, place_of, shown


def write(result: MaskedResult, path: Path) -> None:
    """Write one command a line. Raises OSError."""
    path.write_text(commands(result), encoding="utf-8", errors="backslashreplace")


def commands(result: MaskedResult) -> str:
    """An error for each defect that fails the run, a warning for each other one, and the reason of an exit
    code that no defect explains. GitHub shows ten of each for a step, the first ones."""
    lines = []
    for outcome in shown(result):
        kind = "error" if is_failing(outcome, result) else "warning"
        place = place_of(outcome, result)
        properties = {"file": place.path, "line": str(place.line), "title": outcome.requirement.id}
        written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{kind} {written}::{_data(message(outcome))}\n")
    decision = decide(result)
    if decision.code not in (Exit.HOLDS, Exit.BROKEN):
        lines.insert(0, f"::error title={_property(decision.code.words)}::{_data(decision.reason)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
