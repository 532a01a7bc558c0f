"""The faults of a target that are known: what a run may find without failing, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contract_tests.requirements.results import Outcome, RunResult
from contract_tests.toml_tables import read_tables, write_tables
from contract_tests.verdicts import Verdict

_BREAKS = (Verdict.FAILED, Verdict.WARNING)


class KnownFault(BaseModel):
    """An entry.

    requirement: the id. cause: how the promise is broken, as a JSON report says it; without it any break of
    the requirement is known. expires: the last day on which it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    requirement: str
    cause: str = ""
    reason: str = Field(min_length=1)
    owner: str = ""
    expires: date | None = None

    def covers(self, outcome: Outcome) -> bool:
        """Whether an outcome is this fault."""
        return outcome.requirement.id == self.requirement and self.cause in ("", outcome.cause)

    @property
    def words(self) -> str:
        """Why it is accepted, by whom and until when."""
        owner = f", {self.owner}" if self.owner else ""
        until = f", until {self.expires}" if self.expires else ""
        return f"known: {self.reason}{owner}{until}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known faults of a file."""

    path: Path
    faults: tuple[KnownFault, ...]

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read `[[known]]` tables. Raises TableError."""
        return cls(path, read_tables(path, "known", KnownFault))

    def applied(self, result: RunResult, *, today: date) -> RunResult:
        """The result with the known breaks marked as such, and with the faults that were mended.

        One that has expired breaks as any other, and says so.
        """
        outcomes = tuple(self.judged(outcome, today) for outcome in result.outcomes)
        return replace(result, outcomes=outcomes, mended=tuple(self._mended(result)))

    def judged(self, outcome: Outcome, today: date) -> Outcome:
        """An outcome with the verdict KNOWN where the baseline covers its break."""
        if outcome.verdict not in _BREAKS:
            return outcome
        covering = [fault for fault in self.faults if fault.covers(outcome)]
        current = [fault for fault in covering if fault.expires is None or fault.expires >= today]
        if current:
            return replace(outcome, verdict=Verdict.KNOWN, reason=_joined(current[0].words, outcome.reason))
        if covering:
            expired = f"accepted until {covering[0].expires} only: {covering[0].reason}"
            return replace(outcome, reason=_joined(expired, outcome.reason))
        return outcome

    def _mended(self, result: RunResult) -> Iterator[str]:
        """The entries whose requirement is kept now, or broken otherwise only."""
        for fault in self.faults:
            judged = [each for each in result.outcomes if each.requirement.id == fault.requirement]
            kept = [each for each in judged if each.verdict in (*_BREAKS, Verdict.PASSED)]
            if kept and not any(fault.covers(each) for each in kept if each.verdict in _BREAKS):
                yield fault.requirement

    def with_outcomes(self, outcomes: Iterable[Outcome], **members: Any) -> Baseline:
        """The same with an entry for each break that has none yet.

        members: reason, owner and expiry of the new ones.
        """
        added = list(self.faults)
        for outcome in outcomes:
            if outcome.verdict in _BREAKS and not any(fault.covers(outcome) for fault in added):
                added.append(KnownFault(requirement=outcome.requirement.id, cause=outcome.cause, **members))
        return Baseline(self.path, tuple(added))

    def write(self) -> None:
        """Write the file. Raises TableError."""
        write_tables(self.path, "known", self.faults, comment=_COMMENT)


_COMMENT = """\
Faults of the target that are known: contract-tests run --baseline FILE does not fail because of them.
requirement, cause (any without it), reason, owner, expires (the last day on which it is accepted)."""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
