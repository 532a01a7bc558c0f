"""What a run says: an outcome per requirement, a finding per broken promise. Plain data, to be reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from signal import Signals

from contract_tests.evidence.levels import Level
from contract_tests.exchange import Exchange
from contract_tests.requirements.model import Requirement
from contract_tests.spec_diff.differences import UNDOCUMENTED, Difference
from contract_tests.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """One requirement's verdict.

    reason: why it was skipped, inconclusive, errored or accepted. cause: how the promise is broken, in words
    that are the same in every run; empty where it is not. exchanges: how many requests it took. unanswered:
    whether it is inconclusive because the target gave no answer that could be judged.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None
    exchanges: int = 0
    seconds: float = 0.0
    unanswered: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, confirmed by a second run from scratch.

    level: that of the assertion that does not hold, at most the requirement's. sources: the facts and
    decisions this assertion needs, described (document, section, fact). cites: their ids. expected
    and received: one line each. curl: a command that shows it, credentials as environment variables. also:
    other requirements broken by the same defect.
    """

    requirement: Requirement
    operation: str
    level: Level
    expected: str
    received: str
    sources: tuple[str, ...]
    curl: str
    exchange: Exchange | None = None
    also: tuple[str, ...] = field(default=())
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no report may show.

    variable: the environment variable that stands for a credential in a curl line; empty for a canary.
    """

    value: str = field(repr=False)
    variable: str = ""

    @property
    def mask(self) -> str:
        """What a report shows in its place."""
        return f"${self.variable}" if self.variable else "***"


class ProblemKind(Enum):
    """What keeps a contract from being judged: its target file, or the target itself."""

    CONFIGURATION = "configuration"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class ContractProblem:
    """Why a contract could not be judged, or not to its end: a credential that is not accepted, a known thing
    that does not exist, a target that does not answer.
    """

    contract: str
    message: str
    kind: ProblemKind = ProblemKind.UNREACHED


@dataclass(frozen=True, slots=True)
class JudgedOperation:
    """A row of the matrix. path: the template, without the base URL."""

    id: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class JudgedContract:
    """A contract of the run with its operations in the spec's order, those without a requirement included.

    min_passed: how many requirements must pass, by the target file. line: that of its table there.
    """

    name: str
    title: str
    base_url: str
    operations: tuple[JudgedOperation, ...]
    min_passed: int = 0
    line: int = 1


class Insufficiency(Enum):
    """What may keep a run without a broken promise from ending with 0; `--fail-on` chooses among these."""

    UNANSWERED = "unanswered"
    MANY = "many-inconclusive"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    UNTESTED = "untested"


USUAL_INSUFFICIENCIES = frozenset({Insufficiency.UNANSWERED, Insufficiency.MANY, Insufficiency.UNTESTED})
"""What is not enough unless `--fail-on` says otherwise."""


@dataclass(frozen=True, slots=True)
class PassCriteria:
    """What a run must have concluded to end with 0.

    strict: whether warnings count as broken promises. fail_on: what counts as not enough. operations: those
    the command line asks for. own_document: whether a document of the deployment that differs fails the run.
    """

    strict: bool = False
    fail_on: frozenset[Insufficiency] = USUAL_INSUFFICIENCIES
    operations: tuple[str, ...] = ()
    own_document: bool = False


@dataclass(frozen=True, slots=True)
class OwnDocument:
    """How the OpenAPI document that a deployment shows at an address differs from the contract.

    differences: undocumented routes first.
    """

    contract: str
    address: str
    differences: tuple[Difference, ...]

    @property
    def undocumented(self) -> tuple[str, ...]:
        """The operations that it has besides, as method and path."""
        return tuple(each.operation for each in self.differences if each.kind == UNDOCUMENTED)

    @property
    def lines(self) -> list[str]:
        """Each difference in words."""
        undocumented = self.undocumented
        return [
            f"undocumented: {each.operation}"
            if each.operation in undocumented
            else f"{each.harm.value}: {each}"
            for each in self.differences
        ]


@dataclass(frozen=True, slots=True)
class SituationAnswers:
    """Which statuses answered in a situation about which a decision speaks, such as `unknown_id`."""

    contract: str
    situation: str
    operation: str
    statuses: frozenset[int]


@dataclass(frozen=True, slots=True)
class RunResult:
    """Everything a report needs. Before any report, `redaction.masking.masked` removes the secrets.

    target: the target file as the user named it. started: with a time zone. outcomes: one per selected
    requirement, in catalogue order; where the same defect broke several, one carries the finding (the others
    in its `also`) and the others say "same defect as <id>" as their reason. problems: why contracts could
    not be judged; one found by the preflight leaves its contract without outcomes, a target that stops
    answering leaves the outcomes so far. leftovers: what was created and could not be deleted, one line each.
    answered: what answered where decisions, not documents, say what may.
    documents: those that the deployments show of themselves, compared.
    left_out: what the target file does not give, with the number of requirements that need it.
    still_to_examine: how many requirements a run that goes on has not examined yet; None once it has ended.
    mended: the requirements that the baseline knows as broken and that are kept. shard: which part of the
    requirements was examined, and of how many; None for all of them.
    secrets: every credential and canary of the run. stopped_by: the signal that ended the run early.
    criteria: what is enough for the exit code 0.
    """

    target: str
    seed: int
    profile: str
    started: datetime
    seconds: float
    contracts: tuple[JudgedContract, ...]
    outcomes: tuple[Outcome, ...]
    problems: tuple[ContractProblem, ...] = ()
    leftovers: tuple[str, ...] = ()
    undeletable: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    still_to_examine: int | None = None
    documents: tuple[OwnDocument, ...] = ()
    answered: tuple[SituationAnswers, ...] = ()
    shard: tuple[int, int] | None = None
    secrets: tuple[Secret, ...] = ()
    stopped_by: Signals | None = None
    criteria: PassCriteria = field(default_factory=PassCriteria)

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many outcomes have each verdict; every verdict is there."""
        counts = dict.fromkeys(Verdict, 0)
        for outcome in self.outcomes:
            counts[outcome.verdict] += 1
        return counts

    def of(self, contract: str) -> Iterator[Outcome]:
        """The outcomes of one contract, in order."""
        return (outcome for outcome in self.outcomes if outcome.requirement.contract == contract)
