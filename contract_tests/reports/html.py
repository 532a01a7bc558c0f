"""The report for people: one page that needs nothing but itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.exchange import Exchange
from contract_tests.installation import tool_version
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports import times
from contract_tests.reports.bodies import Shown, shown
from contract_tests.reports.matrix import matrix
from contract_tests.requirements.families import family_names
from contract_tests.requirements.results import JudgedContract, Outcome
from contract_tests.verdicts import Verdict

ORDER = (
    Verdict.FAILED,
    Verdict.ERRORED,
    Verdict.WARNING,
    Verdict.KNOWN,
    Verdict.INCONCLUSIVE,
    Verdict.SKIPPED,
    Verdict.PASSED,
)
"""The order of the cards and of the filter: what asks for action first."""

SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✕",
    Verdict.WARNING: "!",
    Verdict.KNOWN: "≈",
    Verdict.INCONCLUSIVE: "?",
    Verdict.SKIPPED: "·",
    Verdict.ERRORED: "⚠",
}
"""Shown beside the colour, which not everyone can see."""

_FEW = 4
"""How many sources of a finding are shown unfolded, the nearest first; more would push its curl line away."""

_SLOWEST = 10
"""How many requirements, operations and causes are shown that took longest."""

_TONES = {Exit.HOLDS: "passed", Exit.BROKEN: "failed", Exit.OURS: "errored"}


@dataclass(frozen=True, slots=True)
class Card:
    """An outcome as the page shows it."""

    outcome: Outcome
    operation: str
    request: Shown | None
    response: Shown | None

    @property
    def search(self) -> str:
        """What the text filter looks through, in lower case."""
        requirement, finding = self.outcome.requirement, self.outcome.finding
        parts = [requirement.id, requirement.title, *requirement.operations, *requirement.cites]
        parts += [self.outcome.reason]
        if finding:
            parts += [finding.expected, finding.received, *finding.sources]
        return " ".join(parts).lower()


@dataclass(frozen=True, slots=True)
class Group:
    """Outcomes of one verdict without evidence of their own with the same reason, shown once."""

    reason: str
    cards: tuple[Card, ...]


def write(result: MaskedResult, path: Path) -> None:
    """Write the page. Raises OSError."""
    path.write_text(page(result), encoding="utf-8", errors="backslashreplace")


def page(result: MaskedResult) -> str:
    """The page."""
    decision = decide(result)
    present = {outcome.requirement.family for outcome in result.outcomes}
    return _template().render(
        result=result,
        words=decision.code.words.capitalize(),
        why=decision.reason,
        tone=_TONES.get(decision.code, "warning"),
        counts={verdict: result.counts[verdict] for verdict in ORDER},
        matrices=[_matrix(contract, result) for contract in result.contracts],
        families=[family for family in family_names() if family in present],
        requests=sum(outcome.exchanges for outcome in result.outcomes),
        findings=_findings(result),
        groups={verdict: _groups(result, verdict) for verdict in ORDER if verdict is not Verdict.PASSED},
        passed=[_card(outcome) for outcome in _with(result, Verdict.PASSED)],
        signs=SIGNS,
        few=_FEW,
        phrase=_phrase,
        times=[
            ("requirement", times.slowest(result)[:_SLOWEST]),
            ("operation", times.by_operation(result)[:_SLOWEST]),
            ("cause", times.by_cause(result)[:_SLOWEST]),
        ],
        version=tool_version(),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("contract_tests.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment.get_template("report.html.j2")


def _matrix(contract: JudgedContract, result: MaskedResult) -> dict[str, Any]:
    problems = [problem.message for problem in result.problems if problem.contract == contract.name]
    return {"contract": contract, "matrix": matrix(contract, result), "problems": problems}


def _with(result: MaskedResult, verdict: Verdict) -> list[Outcome]:
    return [outcome for outcome in result.outcomes if outcome.verdict is verdict]


def _findings(result: MaskedResult) -> list[Card]:
    """What has evidence of its own, the most urgent verdict first."""
    outcomes = [outcome for verdict in ORDER for outcome in _with(result, verdict)]
    return [_card(outcome) for outcome in outcomes if _has_evidence(outcome)]


def _has_evidence(outcome: Outcome) -> bool:
    return outcome.finding is not None or outcome.verdict is Verdict.ERRORED


def _groups(result: MaskedResult, verdict: Verdict) -> list[Group]:
    cards: dict[str, list[Card]] = {}
    for outcome in _with(result, verdict):
        if not _has_evidence(outcome):
            cards.setdefault(outcome.reason, []).append(_card(outcome))
    return [Group(reason, tuple(alike)) for reason, alike in cards.items()]


def _card(outcome: Outcome) -> Card:
    finding = outcome.finding
    exchange = finding.exchange if finding else None
    return Card(
        outcome=outcome,
        operation=finding.operation if finding else outcome.requirement.operations[0],
        request=shown(exchange.sent.body) if exchange and exchange.sent.body is not None else None,
        response=shown(exchange.content) if exchange else None,
    )


def _breakable(name: str) -> Markup:
    """A camelCase name or an id that may be broken before its capitals and after its dots."""
    return Markup("<wbr>").join(re.split(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z]\.)(?=[a-z])", name))


def _phrase(exchange: Exchange) -> str:
    """The status with its phrase, "404 Not Found"."""
    try:
        return f"{exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return str(exchange.status)
