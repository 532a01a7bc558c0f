"""What a person sees: progress during the run, then its result."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column, Table
from rich.text import Text

from contract_tests.engine.events import (
    Event,
    Listener,
    PhaseStarted,
    RequirementFinished,
    RequirementStarted,
)
from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports import times
from contract_tests.reports.matrix import matrix
from contract_tests.requirements.results import Outcome, OwnDocument
from contract_tests.verdicts import Verdict

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.WARNING: "yellow",
    Verdict.KNOWN: "cyan",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.SKIPPED: "dim",
    Verdict.ERRORED: "bold white on red",
}

_HEADINGS = {
    Verdict.FAILED: "broken",
    Verdict.WARNING: "warnings",
    Verdict.ERRORED: "errors of the harness",
}

_VERDICT_STYLES = {Exit.HOLDS: "bold green", Exit.BROKEN: "bold red"}

_WHOLE, _SHORT = 5, 20
"""Findings shown with their curl line, and findings shown at all: a summary is read in seconds."""

_ALSO = 3
"""Further requirements broken by the same defect that are named."""

_SOURCES = 4
"""Sources of a finding, the nearest ones first."""

_DIFFERENCES = 12
"""How many differences of a deployment's own document are shown."""

_REASONS = 6
"""How many reasons are shown for what was not examined."""

_LINE_SECONDS = 5.0
"""The seconds between two lines of progress in a log."""

_LONGEST = 400
"""Characters of an expectation, a receipt or a reason."""

_ORDER = (
    Verdict.PASSED,
    Verdict.FAILED,
    Verdict.WARNING,
    Verdict.KNOWN,
    Verdict.INCONCLUSIVE,
    Verdict.SKIPPED,
    Verdict.ERRORED,
)


@contextmanager
def progress(console: Console) -> Iterator[Listener]:
    """A listener that shows a run: bars on a terminal, a line every few seconds elsewhere."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(table_column=Column(justify="right", no_wrap=True)),
        TimeElapsedColumn(),
        TextColumn("{task.fields[status]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as bars:
        yield _Live(bars)


class _Lines:
    """A line every few seconds, for the log of a job."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._total = 0
        self._counts: Counter[Verdict] = Counter()
        self._due = time.monotonic() + _LINE_SECONDS

    def __call__(self, event: Event) -> None:
        with self._lock:
            match event:
                case PhaseStarted(total=total):
                    self._total += total
                case RequirementFinished(outcome):
                    self._counts[outcome.verdict] += 1
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + _LINE_SECONDS
                self._console.print(self._line())

    def _line(self) -> str:
        bad = (Verdict.FAILED, Verdict.WARNING, Verdict.ERRORED)
        counts = [f"{self._counts[verdict]} {verdict.value}" for verdict in bad if self._counts[verdict]]
        return ", ".join([f"{self._counts.total()} of {self._total} requirements", *counts])


class _Live:
    """One bar per contract."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._counts: dict[str, Counter[Verdict]] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseStarted(contract, phase, total):
                self._start(contract, phase, total)
            case RequirementStarted(requirement):
                self._show(requirement.contract, doing=requirement.family)
            case RequirementFinished(outcome):
                contract = outcome.requirement.contract
                self._counts.setdefault(contract, Counter())[outcome.verdict] += 1
                self._bars.advance(self._task(contract))

    def _start(self, contract: str, phase: str, total: int) -> None:
        if total:
            self._bars.update(self._task(contract), total=total)
        self._show(contract, doing=phase)

    def _show(self, contract: str, *, doing: str) -> None:
        counts = self._counts.get(contract, Counter())
        bad = " ".join(
            f"[{STYLES[verdict]}]{counts[verdict]} {verdict.value}[/]"
            for verdict in (Verdict.FAILED, Verdict.WARNING, Verdict.ERRORED)
            if counts[verdict]
        )
        self._bars.update(self._task(contract), status=f"{bad} [dim]{doing}[/]".lstrip())

    def _task(self, contract: str) -> TaskID:
        if contract not in self._tasks:
            self._tasks[contract] = self._bars.add_task(contract, total=None, status="")
        return self._tasks[contract]


def summary(result: MaskedResult, console: Console, *, slowest: int = 0) -> None:
    """Print the result: findings first; the counts and the verdict last, where the eye ends up.

    slowest: how many of the slowest requirements, operations and causes are shown.
    """
    for verdict, heading in _HEADINGS.items():
        outcomes = [outcome for outcome in result.outcomes if outcome.verdict is verdict]
        evident = [outcome for outcome in outcomes if _has_evidence(outcome)]
        if evident:
            _heading(console, Text(f"{heading} ({_counted(evident, outcomes)})", STYLES[verdict]))
            _findings(console, evident)
    reasons = list(_reasons(result))
    if reasons:
        _heading(console, Text("not examined" + ", not cleaned up" * bool(result.leftovers), "dim"))
        for line in reasons:
            console.print(line, soft_wrap=True)
    for document in result.documents:
        _own_document(console, document)
    if slowest:
        _slowest(console, result, slowest)
    if result.contracts:
        console.print("", _table(result))
    console.print(_verdict(result), soft_wrap=True)


def _counted(evident: Sequence[Outcome], outcomes: Sequence[Outcome]) -> str:
    """How many there are, as the table below counts them, and of how many defects."""
    if len(evident) == len(outcomes):
        return str(len(outcomes))
    defects = "1 defect" if len(evident) == 1 else f"{len(evident)} defects"
    return f"{len(outcomes)}, {defects} shown"


def _has_evidence(outcome: Outcome) -> bool:
    """Whether it is shown by itself; what the same defect breaks too is counted with its finding."""
    is_shown = outcome.finding is not None and outcome.verdict is not Verdict.KNOWN
    return is_shown or outcome.verdict is Verdict.ERRORED


def _heading(console: Console, text: Text) -> None:
    console.print("", Text.assemble(("── ", "dim"), text), "", sep="\n")


def _findings(console: Console, outcomes: Sequence[Outcome]) -> None:
    """The first ones whole, further ones without their curl lines, the rest as a number."""
    for place, outcome in enumerate(outcomes[:_SHORT]):
        for line in _lines(outcome, whole=place < _WHOLE):
            console.print(line, soft_wrap=True)
    if len(outcomes) > _SHORT:
        rest = f"… and {len(outcomes) - _SHORT} more: --report html=report.html shows all of them"
        console.print(Text(rest, "dim"), soft_wrap=True)


def _lines(outcome: Outcome, *, whole: bool) -> Iterator[Text]:
    """Unwrapped, so that what is copied runs."""
    requirement, finding = outcome.requirement, outcome.finding
    yield Text(_visible(requirement.title), "bold")
    level = requirement.level if finding is None else finding.level
    yield Text(f"  {_visible(requirement.id)}  ({level.value})", "dim")
    if finding is None:
        yield _pair("reason", outcome.reason)
    else:
        yield _pair("expected", finding.expected, "green")
        yield _pair("received", finding.received, "red")
        for source in finding.sources[:_SOURCES]:
            yield _pair("source", source)
        if len(finding.sources) > _SOURCES:
            yield _pair("", f"… and {len(finding.sources) - _SOURCES} more", "dim")
        if finding.also:
            yield _pair("also", f"{len(finding.also)} more broken by the same defect:")
            yield from (_pair("", name, "dim") for name in finding.also[:_ALSO])
            if len(finding.also) > _ALSO:
                yield _pair("", f"… and {len(finding.also) - _ALSO} more", "dim")
        if whole:
            yield Text(finding.curl, "cyan")
    yield Text("")


def _pair(label: str, text: str, style: str = "") -> Text:
    return Text.assemble((f"  {label:<10}", "dim"), (_short(text), style))


def _short(text: str) -> str:
    return _visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _visible(text: str) -> str:
    """The text with escapes for what a terminal would obey or cannot show: an answer may hold any of it."""
    return "".join(sign if sign.isprintable() or sign == "\n" else f"\\x{ord(sign):02x}" for sign in text)


def _own_document(console: Console, document: OwnDocument) -> None:
    """What a deployment's own document says otherwise: undocumented routes, then what breaks whom."""
    if not document.differences:
        return
    number = len(document.differences)
    title = f"{document.address} differs from {document.contract} ({number})"
    _heading(console, Text(title, STYLES[Verdict.WARNING]))
    for line in document.lines[:_DIFFERENCES]:
        console.print(Text(f"  {_visible(line)}"), soft_wrap=True)
    if number > _DIFFERENCES:
        console.print(Text(f"  … and {number - _DIFFERENCES} more", "dim"))


def _slowest(console: Console, result: MaskedResult, most: int) -> None:
    """What took longest."""
    for heading, spent in (
        ("slowest requirements", times.slowest(result)),
        ("slowest operations", times.by_operation(result)),
        ("slowest causes", times.by_cause(result)),
    ):
        if not spent:
            continue
        _heading(console, Text(heading, "dim"))
        for each in spent[:most]:
            line = f"{each.seconds:8.2f} s  {each.requests:5} requests  {_short(each.name)}"
            console.print(Text(line), soft_wrap=True)


def _reasons(result: MaskedResult) -> Iterator[Text]:
    for problem in result.problems:
        yield Text.assemble((f"{problem.contract}: ", "bold red"), _visible(problem.message))
    for name in result.mended:
        yield Text.assemble(("mended: ", "green"), f"{name} is kept now; remove it from the baseline")
    for verdict in (Verdict.KNOWN, Verdict.INCONCLUSIVE, Verdict.SKIPPED):
        outcomes = [outcome for outcome in result.outcomes if outcome.verdict is verdict]
        reasons = Counter(outcome.reason for outcome in outcomes).most_common()
        for reason, number in reasons[:_REASONS]:
            yield Text.assemble((f"{number} {verdict.value}: ", STYLES[verdict]), _short(reason))
        if len(reasons) > _REASONS:
            rest = sum(number for _, number in reasons[_REASONS:])
            yield Text(f"{rest} {verdict.value} for {len(reasons) - _REASONS} more reasons", STYLES[verdict])
    for what, number in result.left_out.items():
        yield Text(f"{number} left out: the target file gives no {what}", "dim")
    for leftover in result.leftovers:
        yield Text.assemble(("left behind: ", "yellow"), _visible(leftover))
    for line in result.undeletable:
        yield Text.assemble(("stays: ", "dim"), _visible(line))


def _table(result: MaskedResult) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("contract", no_wrap=True)
    table.add_column("operations", justify="right")
    shown = [each for each in _ORDER if each is not Verdict.KNOWN or result.counts[each]]
    for verdict in shown:
        table.add_column(verdict.value, justify="right")
    for contract in result.contracts:
        counts = Counter(outcome.verdict for outcome in result.of(contract.name))
        rows = matrix(contract, result).rows
        covered = sum(row.passed > 0 for row in rows)
        cells = (
            Text(
                str(counts[verdict]) if counts[verdict] else "·",
                STYLES[verdict] if counts[verdict] else "dim",
            )
            for verdict in shown
        )
        table.add_row(contract.name, f"{covered}/{len(rows)}", *cells)
    return table


def _verdict(result: MaskedResult) -> Text:
    decision = decide(result)
    style = _VERDICT_STYLES.get(decision.code, "bold yellow")
    requests = sum(outcome.exchanges for outcome in result.outcomes)
    facts = (
        f"{len(result.outcomes)} requirements, {requests} requests, {result.seconds:.1f} s, "
        f"profile {result.profile}, seed {result.seed}"
    )
    words = decision.code.words.capitalize()
    reason = f"{_short(decision.reason)}\n" if decision.reason else ""
    return Text.assemble("\n", (words, style), f"  {result.target}\n", reason, (facts, "dim"))
