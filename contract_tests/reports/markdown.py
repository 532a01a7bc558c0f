"""A summary in Markdown: GitHub's job summary (`--report markdown=$GITHUB_STEP_SUMMARY`) or a comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.places import shown
from contract_tests.requirements.results import Outcome
from contract_tests.verdicts import Verdict

_MOST = 30
"""Defects that are shown: a summary may have a mebibyte at most, a comment less."""

_SIGNS = {Exit.HOLDS: "✅", Exit.BROKEN: "❌"}
_ORDER = tuple(Verdict)


def write(result: MaskedResult, path: Path) -> None:
    """Append the summary: other steps write to the same file. Raises OSError."""
    with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(summary(result))


def summary(result: MaskedResult) -> str:
    """The verdict, a table of the contracts, and each defect folded, failures first."""
    decision = decide(result)
    lines = [f"### {_SIGNS.get(decision.code, '⚠️')} {decision.code.words.capitalize()}", ""]
    lines += [_plain(decision.reason), ""] if decision.reason else []
    lines += _table(result)
    lines += _documents(result)
    for outcome in list(shown(result))[:_MOST]:
        lines += _details(outcome)
    rest = len(list(shown(result))) - _MOST
    lines += [f"… and {rest} more", ""] if rest > 0 else []
    return "\n".join(lines) + "\n"


def _table(result: MaskedResult) -> Iterator[str]:
    yield "| contract | " + " | ".join(verdict.value for verdict in _ORDER) + " |"
    yield "|---" * (len(_ORDER) + 1) + "|"
    for contract in result.contracts:
        counts = Counter(outcome.verdict for outcome in result.of(contract.name))
        cells = (str(counts[verdict] or "") for verdict in _ORDER)
        yield f"| {_plain(contract.name)} | " + " | ".join(cells) + " |"
    yield ""


def _documents(result: MaskedResult) -> Iterator[str]:
    """How the deployments' own documents differ, folded."""
    for document in result.documents:
        if document.differences:
            summary = f"{_plain(document.address)} differs from {_plain(document.contract)}"
            yield f"<details><summary>{summary} ({len(document.differences)})</summary>"
            yield ""
            yield from (f"* {_plain(line)}" for line in document.lines[:_MOST])
            yield from ("", "</details>", "")


def _details(outcome: Outcome) -> Iterator[str]:
    finding, requirement = outcome.finding, outcome.requirement
    level = requirement.level if finding is None else finding.level
    verdict, title = outcome.verdict.value, _plain(requirement.title)
    yield f"<details><summary><b>{verdict}</b> ({level.value}): {title}</summary>"
    yield ""
    yield f"`{requirement.id}`"
    yield ""
    if finding is None:
        yield _plain(outcome.reason)
    else:
        yield f"* expected {_plain(finding.expected)}"
        yield f"* received {_plain(finding.received)}"
        yield from (f"* {_plain(source)}" for source in finding.sources)
        yield from (f"* also broken: `{name}`" for name in finding.also)
        yield from ("", *_fenced(finding.curl))
    yield from ("", "</details>", "")


def _fenced(text: str) -> Iterator[str]:
    """A code block that the text cannot end."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}sh"
    yield text
    yield fence


def _plain(text: str) -> str:
    """Text on one line that means nothing to Markdown or HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|#!":
        escaped = escaped.replace(sign, f"\\{sign}")
    return " ".join(escaped.split())
