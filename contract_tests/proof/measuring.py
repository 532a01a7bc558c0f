"""One run of the harness against a server of a plan, and what it amounts to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from contract_tests.engine.exit_codes import decide
from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.engine.stop_signal import StopSignal
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import Level
from contract_tests.proof.launch import launched
from contract_tests.proof.plan import NO_SENTENCE, Defect, Plan, PlanError, Server
from contract_tests.requirements.results import Outcome, RunResult
from contract_tests.verdicts import Verdict

Verdicts = Literal["must", "warning", "nothing"]
"""What a run says of a server: that it breaks a must, that it breaks something less, or nothing."""

_CONCLUDED = (Verdict.PASSED, Verdict.FAILED, Verdict.WARNING)


@dataclass(frozen=True, slots=True)
class Judged:
    """A run as a line of a results file.

    id: of the honest server or the defect. kind: the defect's class, empty for an honest server. breaks: as
    in the plan. says: the harness's verdict; a finding that the plan's first honest server has too counts for
    no defect. by: the requirements behind it. also: requirements with a weaker finding. concluded: those
    that passed or were broken, of honest servers alone. requests, seconds: of the run. complete: false where
    the time limit ended it.
    """

    source: str
    server: str
    id: str
    kind: str
    breaks: str
    honest: bool
    says: Verdicts
    by: tuple[str, ...]
    also: tuple[str, ...]
    concluded: tuple[str, ...]
    requests: int
    seconds: float
    profile: str
    seed: int
    complete: bool

    @property
    def cites(self) -> bool:
        """Whether the defect contradicts a sentence."""
        return not self.honest and self.breaks != NO_SENTENCE

    def as_json(self) -> dict[str, Any]:
        """The line as an object of a results file."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


def measured(
    plan: Plan, *, only: frozenset[str], citations: Citations, profile: str, seed: int, seconds: float
) -> Iterator[Judged]:
    """Judge the honest servers of a plan and then its defects, each with a fresh server.

    only: ids of honest servers and defects; all when empty. The first honest server is judged always.
    seconds: the limit of one run.
    Raises PlanError and TargetError where a server cannot be started, or the first one cannot be judged.
    """
    usual: frozenset[tuple[str, Level]] = frozenset()
    for place, server in enumerate((*plan.honest, *plan.defects)):
        if place and only and server.id not in only:
            continue
        result = _run(plan, server, citations=citations, profile=profile, seed=seed, seconds=seconds)
        if not place and not any(outcome.verdict in _CONCLUDED for outcome in result.outcomes):
            why = decide(result).reason
            raise PlanError(f"{plan.source_file}: the honest server {server.id} could not be judged: {why}")
        found, beside = _found(result, plan.accepted), _beside(result, plan.accepted)
        if not place:
            usual = found | beside
        if isinstance(server, Defect):
            found = of_defect(found, beside, usual)
        yield _judged(plan, server, result, found=found)


def _run(
    plan: Plan, server: Server, *, citations: Citations, profile: str, seed: int, seconds: float
) -> RunResult:
    with launched(plan, server) as target:
        stop = StopSignal()
        limit = threading.Timer(seconds, stop.event.set)
        limit.start()
        try:
            selection = Selection(profile=profile, tags=frozenset(plan.tags))
            return run(target, selection=selection, seed=seed, citations=citations, stop=stop)
        finally:
            limit.cancel()


def _found(result: RunResult, accepted: tuple[str, ...]) -> frozenset[tuple[str, Level]]:
    """The requirements with a finding, each with the level of the finding."""
    return frozenset(
        (outcome.requirement.id, outcome.finding.level)
        for outcome in result.outcomes
        if outcome.finding is not None and not _is_accepted(outcome, accepted)
    )


def _beside(result: RunResult, accepted: tuple[str, ...]) -> frozenset[tuple[str, Level]]:
    """The requirements that are broken too by the defect behind another one's finding."""
    return frozenset(
        (outcome.requirement.id, Level.MUST if outcome.verdict is Verdict.FAILED else Level.ASSUMED)
        for outcome in result.outcomes
        if outcome.verdict in (Verdict.FAILED, Verdict.WARNING)
        and outcome.finding is None
        and not _is_accepted(outcome, accepted)
    )


def _is_accepted(outcome: Outcome, accepted: tuple[str, ...]) -> bool:
    return any(fnmatchcase(outcome.requirement.id, pattern) for pattern in accepted)


def of_defect(
    found: frozenset[tuple[str, Level]],
    beside: frozenset[tuple[str, Level]],
    usual: frozenset[tuple[str, Level]],
) -> frozenset[tuple[str, Level]]:
    """The findings that the honest server does not have. Where none is a must, one that the honest server has
    too, or that is accepted, may stand for others: then these count.

    beside: the requirements for which another one's finding stands.
    """
    new = new_findings(found, usual)
    if any(level is Level.MUST for _, level in new):
        return new
    return new | new_findings(beside, usual)


def _judged(
    plan: Plan,
    server: Server,
    result: RunResult,
    *,
    found: frozenset[tuple[str, Level]],
) -> Judged:
    is_honest = not isinstance(server, Defect)
    musts = {requirement for requirement, level in found if level is Level.MUST}
    weaker = {requirement for requirement, level in found} - musts
    concluded = {outcome.requirement.id for outcome in result.outcomes if outcome.verdict in _CONCLUDED}
    says: Verdicts = "warning" if weaker else "nothing"
    if musts:
        says = "must"
    return Judged(
        source=plan.source,
        server=plan.server,
        id=server.id,
        kind=server.kind if isinstance(server, Defect) else "",
        breaks=server.breaks if isinstance(server, Defect) else NO_SENTENCE,
        honest=is_honest,
        says=says,
        by=tuple(sorted(musts or weaker)),
        also=tuple(sorted(weaker)) if musts else (),
        concluded=tuple(sorted(concluded)) if is_honest else (),
        requests=sum(outcome.exchanges for outcome in result.outcomes),
        seconds=round(result.seconds, 1),
        profile=result.profile,
        seed=result.seed,
        complete=len(result.problems) == 0 and result.stopped_by is None,
    )


def new_findings(
    found: frozenset[tuple[str, Level]], usual: frozenset[tuple[str, Level]]
) -> frozenset[tuple[str, Level]]:
    """The findings that an honest server does not have.

    A must counts where the honest server has no must of that requirement; a warning where it has no finding
    of that requirement.
    """
    names = {requirement for requirement, _ in usual}
    return frozenset(
        (requirement, level)
        for requirement, level in found
        if (level is Level.MUST and (requirement, level) not in usual) or requirement not in names
    )
