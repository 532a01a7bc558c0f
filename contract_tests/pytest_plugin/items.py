"""What the pytest plugin collects: a target file whose requirements are the tests.

With pytest-xdist use `--dist loadfile`: some requirements are judged over all answers, in one process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contract_tests.engine.baseline import Baseline
from contract_tests.engine.examination import examine, keep_stronger, response_outcome, secrets_of
from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.engine.preflight import preflight
from contract_tests.engine.runner import judged_contract
from contract_tests.engine.selection import Selection, SelectionError, chosen
from contract_tests.engine.stop_signal import StopSignal, handled
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import Level
from contract_tests.openapi.contract import SpecError
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.yaml_file import UnreadableError
from contract_tests.redaction.masking import Redactor, masked
from contract_tests.reports.junit import as_text
from contract_tests.requirements.catalogue import CatalogueError
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import Outcome, RunResult
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.cleanup_file import CleanupFile, default_path
from contract_tests.session.context import RunContext
from contract_tests.session.sweep import is_swept, sweep
from contract_tests.target.target_file import Target, TargetError
from contract_tests.toml_tables import TableError
from contract_tests.verdicts import Broken, Verdict


def _today() -> date:
    return date.today()  # noqa: DTZ011 - as people count days


class BrokenPromiseError(Exception):
    """The implementation breaks the promise; the text is the finding, masked."""


class HarnessError(Exception):
    """An error of ours; the text is masked."""


class UnjudgedError(Exception):
    """The target cannot be judged, or not enough could be concluded about it; the text says why."""


@dataclass
class _ContractRun:
    """One contract of the target, and what became of it so far.

    broken_rules: what its answers broke by the way. problem: why it cannot be judged, masked; empty when
    nothing keeps it from that, None before it was tried. baseline: the faults that are known.
    """

    context: RunContext
    monitor: ResponseMonitor
    broken_rules: dict[str, Broken] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    problem: str | None = None
    baseline: Baseline | None = None

    def ready(self, source: str) -> None:
        """Prove once that the contract can be judged. Raises UnjudgedError the first time that it cannot, and
        skips from then on, so that one cause is one error.
        """
        if self.problem:
            pytest.skip(f"not examined: {self.problem}")
        if self.problem is None:
            problems = preflight(self.context, source=source)
            self.fail_with("\n".join(problem.message for problem in problems))

    def fail_with(self, problem: str) -> None:
        """Note why the contract cannot be judged any further; empty where it can. Raises UnjudgedError."""
        self.problem = Redactor(secrets_of(self.context)).text(problem)
        if self.problem:
            raise UnjudgedError(self.problem)

    def outcome(self, requirement: Requirement) -> Outcome:
        """Examine a requirement."""
        outcome = self._examined(requirement)
        if self.baseline is not None:
            outcome = self.baseline.judged(outcome, _today())
        self.outcomes.append(outcome)
        return outcome

    def _examined(self, requirement: Requirement) -> Outcome:
        if requirement.check is None:
            return response_outcome(self.context, self.monitor, requirement, self.broken_rules)
        with handled(StopSignal(self.context.stopped)):
            outcome, from_responses = examine(
                self.context, self.monitor, requirement, settled=self.broken_rules
            )
        keep_stronger(self.monitor, self.broken_rules, from_responses)
        return outcome


class TargetFile(pytest.File):
    """A target file: its requirements are the tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item per requirement; those judged over every answer come last of their contract, before the
        one that asks whether enough was concluded.
        """
        try:
            yield from self._items()
        except (TargetError, SpecError, UnreadableError, CatalogueError, SelectionError, TableError) as error:
            raise self.CollectError(str(error)) from error

    def _items(self) -> Iterator[pytest.Item]:
        seed, profile = (self.config.getoption(f"--contract-{name}") for name in ("seed", "profile"))
        target = Target.load(self.path)
        citations = target.known_to(Citations.load(openapi_dir()))
        stopped = threading.Event()
        file = CleanupFile(default_path(self.path), target=str(self.path.resolve()))
        contexts: list[RunContext] = []
        path = self.config.getoption("--contract-baseline")
        baseline = None if path is None else Baseline.load(path)
        excluded = tuple(self.config.getoption("--contract-exclude"))
        contracts = {name: target.contract(name) for name in target.contracts}
        selection = Selection(profile=profile, excluded=excluded)
        selected = chosen(selection, contracts, citations)
        self.config.add_cleanup(lambda: file.close(is_done=all(map(is_swept, contexts))))
        for name in target.contracts:
            context = RunContext.open(
                target,
                name,
                citations=citations,
                seed=seed,
                stopped=stopped,
                profile=profile,
                read_only=target.contracts[name].production or self.config.getoption("--contract-read-only"),
                cleanup_file=file,
            )
            contexts.append(context)
            self.config.add_cleanup(context.client.close)
            current = _ContractRun(context, ResponseMonitor(context), baseline=baseline)
            asked = [each for each in selected[name] if not selection.leaves_out(each, context.target)]
            for requirement in sorted(asked, key=lambda each: each.check is None):
                yield RequirementItem.from_parent(
                    self, name=requirement.id, requirement=requirement, current=current
                )
            yield ConclusionItem.from_parent(self, name=f"{name}.conclusion", current=current)


class _Item(pytest.Item):
    """What the items of a contract share."""

    def __init__(self, *, current: _ContractRun, **rest: Any) -> None:
        super().__init__(**rest)
        self.current = current

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What broke, without the harness's own lines."""
        if isinstance(excinfo.value, BrokenPromiseError | HarnessError | UnjudgedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class RequirementItem(_Item):
    """One requirement."""

    def __init__(self, *, requirement: Requirement, **rest: Any) -> None:
        super().__init__(**rest)
        self.requirement = requirement
        self.extra_keyword_matches.add(requirement.family)
        self.user_properties += [
            ("level", requirement.level.value),
            ("facts", " ".join(requirement.cites)),
            ("operation", requirement.operations[0]),
            ("seed", str(self.current.context.seed)),
        ]

    def setup(self) -> None:
        """Make sure that the contract can be judged; what earlier answers broke is reported anyway."""
        if self.requirement.check is not None or not self.current.outcomes:
            self.current.ready(str(self.path))

    def runtest(self) -> None:
        """Examine the requirement; a broken should or assumed warns."""
        outcome = self.current.outcome(self.requirement)
        context = self.current.context
        if context.stopped.is_set():
            raise KeyboardInterrupt
        redactor = Redactor(secrets_of(context))
        reason = redactor.text(outcome.reason)
        text = as_text(redactor.finding(outcome.finding)) if outcome.finding else reason
        match outcome.verdict:
            case Verdict.FAILED:
                raise BrokenPromiseError(f"{self.requirement.title}\n\n{text}")
            case Verdict.ERRORED:
                raise HarnessError(reason)
            case Verdict.WARNING:
                self.warn(pytest.PytestWarning(f"{self.requirement.title}\n{text}"))
            case Verdict.INCONCLUSIVE if context.delivery.gone and not self.current.problem:
                self.current.fail_with(context.delivery.gone)
            case Verdict.INCONCLUSIVE if outcome.unanswered and self.requirement.level is Level.MUST:
                raise UnjudgedError(f"inconclusive: {reason}")
            case Verdict.KNOWN:
                pytest.skip(reason)
            case Verdict.SKIPPED | Verdict.INCONCLUSIVE:
                pytest.skip(f"{outcome.verdict.value}: {reason}")
            case Verdict.PASSED:
                pass

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it stands, and the heading of its failure."""
        return self.path, None, f"{self.requirement.id}: {self.requirement.title}"


class ConclusionItem(_Item):
    """Whether enough was concluded about a contract, and everything deleted that was created."""

    def runtest(self) -> None:
        """Hold what became of the contract against the rules of `engine.exit_codes`."""
        if self.current.problem:
            pytest.skip(f"not examined: {self.current.problem}")
        context = self.current.context
        sweep(context)
        result = masked(
            RunResult(
                target=str(self.path),
                seed=context.seed,
                profile=context.profile,
                started=datetime.now(UTC),
                seconds=0.0,
                contracts=(judged_contract(context, Selection(profile=context.profile)),),
                outcomes=tuple(self.current.outcomes),
                leftovers=tuple(context.leftovers),
                undeletable=tuple(context.undeletable_objects),
                secrets=tuple(secrets_of(context)),
            )
        )
        baseline = self.current.baseline
        for mended in () if baseline is None else baseline.applied(result, today=_today()).mended:
            if mended.startswith(f"{context.contract.name}."):
                self.warn(pytest.PytestWarning(f"mended: {mended} is kept now; remove it from the baseline"))
        decision = decide(result)
        if decision.code in (Exit.UNDECIDED, Exit.LEFTOVERS):
            raise UnjudgedError(f"{decision.code.words}: {decision.reason}")

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it stands, and the heading of its failure."""
        return self.path, None, f"{self.name}: enough is concluded"
