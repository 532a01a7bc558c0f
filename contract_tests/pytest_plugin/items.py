"""What the pytest plugin collects: a target file whose requirements are the tests.

With pytest-xdist use `--dist loadfile`: what is judged over every answer of a run needs them in one process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract_tests.engine.preflight import preflight
from contract_tests.engine.runner import examine, keep_stronger, response_outcome, secrets_of, stopping
from contract_tests.engine.selection import Selection
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import SpecError
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.yaml_file import UnreadableError
from contract_tests.redaction.masking import Redactor
from contract_tests.reports.junit import as_text
from contract_tests.requirements.catalogue import CatalogueError
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import Outcome
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.context import RunContext
from contract_tests.target.target_file import Target, TargetError
from contract_tests.verdicts import Broken, Verdict


class BrokenPromiseError(Exception):
    """The implementation breaks the promise; the text is the finding, masked."""


class HarnessError(Exception):
    """An error of ours; the text is masked."""


class UnjudgedError(Exception):
    """The target does not answer or a credential is not accepted."""


@dataclass
class _ContractRun:
    """One contract of the target, and what its answers broke by the way."""

    context: RunContext
    monitor: ResponseMonitor
    broken_rules: dict[str, Broken] = field(default_factory=dict)
    problems: list[str] | None = None

    def ready(self) -> None:
        """Prove once that the contract can be judged. Raises UnjudgedError."""
        if self.problems is None:
            found = preflight(self.context)
            redactor = Redactor(secrets_of(self.context))
            self.problems = [redactor.text(problem.message) for problem in found]
        if self.problems:
            raise UnjudgedError("\n".join(self.problems))

    def outcome(self, requirement: Requirement) -> Outcome:
        """Examine a requirement."""
        if requirement.check is None:
            return response_outcome(self.context, self.monitor, requirement, self.broken_rules)
        with stopping(self.context.stopped):
            outcome, from_responses = examine(
                self.context, self.monitor, requirement, settled=self.broken_rules
            )
        keep_stronger(self.monitor, self.broken_rules, from_responses)
        return outcome


class TargetFile(pytest.File):
    """A target file: its requirements are the tests."""

    def collect(self) -> Iterator[RequirementItem]:
        """One item per requirement; those judged over every answer come last of their contract."""
        try:
            yield from self._items()
        except (TargetError, SpecError, UnreadableError, CatalogueError) as error:
            raise self.CollectError(str(error)) from error

    def _items(self) -> Iterator[RequirementItem]:
        seed, profile = (self.config.getoption(f"--contract-{name}") for name in ("seed", "profile"))
        target, citations = Target.load(self.path), Citations.load(openapi_dir())
        stopped = threading.Event()
        for name in target.contracts:
            context = RunContext.open(
                target, name, citations=citations, seed=seed, stopped=stopped, profile=profile
            )
            self.config.add_cleanup(context.client.close)
            current = _ContractRun(context, ResponseMonitor(context))
            found = Selection(profile=profile).of(context.contract, citations)
            for one in sorted(found, key=lambda each: each.check is None):
                yield RequirementItem.from_parent(self, name=one.id, requirement=one, current=current)


class RequirementItem(pytest.Item):
    """One requirement."""

    def __init__(self, *, requirement: Requirement, current: _ContractRun, **rest: Any) -> None:
        super().__init__(**rest)
        self.requirement = requirement
        self.current = current
        self.extra_keyword_matches.add(requirement.family)
        self.user_properties += [
            ("level", requirement.level.value),
            ("facts", " ".join(requirement.cites)),
            ("operation", requirement.operations[0]),
            ("seed", str(current.context.seed)),
        ]

    def setup(self) -> None:
        """Make sure that the contract can be judged at all."""
        self.current.ready()

    def runtest(self) -> None:
        """Examine the requirement; a broken should or assumed warns."""
        outcome = self.current.outcome(self.requirement)
        if self.current.context.stopped.is_set():
            raise KeyboardInterrupt
        redactor = Redactor(secrets_of(self.current.context))
        reason = redactor.text(outcome.reason)
        text = as_text(redactor.finding(outcome.finding)) if outcome.finding else reason
        match outcome.verdict:
            case Verdict.FAILED:
                raise BrokenPromiseError(f"{self.requirement.title}\n\n{text}")
            case Verdict.ERRORED:
                raise HarnessError(reason)
            case Verdict.WARNING:
                self.warn(pytest.PytestWarning(f"{self.requirement.title}\n{text}"))
            case Verdict.SKIPPED | Verdict.INCONCLUSIVE:
                pytest.skip(f"{outcome.verdict.value}: {reason}")
            case Verdict.PASSED:
                pass

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What broke, without the harness's own lines."""
        if isinstance(excinfo.value, BrokenPromiseError | HarnessError | UnjudgedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it stands, and the heading of its failure."""
        return self.path, None, f"{self.requirement.id}: {self.requirement.title}"
