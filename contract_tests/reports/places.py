"""What the formats for CI systems share: which outcomes are shown, where they point, and in which words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contract_tests.locations import from_here
from contract_tests.redaction.masking import MaskedResult
from contract_tests.requirements.results import Outcome
from contract_tests.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the target file: that of the contract's table. path: relative to the working directory where
    the file lies below it, with forward slashes."""

    path: str
    line: int


def place_of(outcome: Outcome, result: MaskedResult) -> Place:
    """Where an outcome is shown: no file of the implementation is known, but the one that names it."""
    lines = {contract.name: contract.line for contract in result.contracts}
    return Place(from_here(Path(result.target)).as_posix(), lines.get(outcome.requirement.contract, 1))


def shown(result: MaskedResult) -> Iterator[Outcome]:
    """What asks for action, one outcome per defect: broken, warned of, or an error of the harness."""
    for verdict in (Verdict.ERRORED, Verdict.FAILED, Verdict.WARNING):
        for outcome in result.outcomes:
            if outcome.verdict is verdict and (outcome.finding or verdict is Verdict.ERRORED):
                yield outcome


def is_failing(outcome: Outcome, result: MaskedResult) -> bool:
    """Whether an outcome fails the run."""
    is_warning = outcome.verdict is Verdict.WARNING
    return outcome.verdict in (Verdict.FAILED, Verdict.ERRORED) or (is_warning and result.criteria.strict)


def message(outcome: Outcome) -> str:
    """The promise, what was expected and received, and the sentence behind it, a line each."""
    finding = outcome.finding
    if finding is None:
        return f"{outcome.requirement.title}\n{outcome.reason}"
    also = f"{len(finding.also)} more broken by the same defect" if finding.also else ""
    lines = [
        outcome.requirement.title,
        f"expected {finding.expected}",
        f"received {finding.received}",
        *finding.sources[:1],
        also,
    ]
    return "\n".join(line for line in lines if line)


def fingerprint(outcome: Outcome) -> str:
    """The same for the same break of the same requirement in every run."""
    return hashlib.sha256(f"{outcome.requirement.id}\0{outcome.cause}".encode("utf-8", "replace")).hexdigest()
