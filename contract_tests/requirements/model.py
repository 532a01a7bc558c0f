"""Requirements: one promise each, with the facts that make it one. An uncited requirement does not load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract_tests.evidence.levels import Level

if TYPE_CHECKING:
    from contract_tests.session.session import Session
    from contract_tests.target.target_file import ContractTarget


Check = Callable[["Session"], None]
"""Returns when the promise is kept; raises Broken, Inconclusive or Skipped otherwise.

Anything else is our own error.
"""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that is asserted. needs: the citations without which it could not be."""

    what: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What a check needs that no document says and a target file may give.

    what: it, in words. is_in: whether a target file gives it.
    """

    what: str
    is_in: Callable[[ContractTarget], bool]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise of one contract.

    id: `<contract>.<operationId or subject>.<family>.<what>`, stable between versions. title: the promise, as
    a present-tense fact. level: the strongest one that an assertion of it has. operations: operationIds it
    speaks of (the first one is blamed). cites: fact and decision ids, at least one. assertions: what is
    asserted, with the citations it needs; the first is what a check asserts that says nothing else.
    check: how it is examined; None for a response requirement, which
    `response_checks` judges over every exchange of the run.
    profile: the smallest profile that runs it (a "quick" one runs in all).
    waits: whether the check mostly waits, for a clock or a job, so that others can be examined meanwhile.
    compares: whether the check compares what is there after a call with what was there before it, so that
    nothing else may change that meanwhile.
    given: what only the target file can give; the requirement is left out where it does not. None where the
    document gives what the check needs.
    """

    id: str
    contract: str
    family: str
    level: Level
    title: str
    operations: tuple[str, ...]
    cites: tuple[str, ...]
    check: Check | None
    profile: str = "quick"
    assertions: tuple[Assertion, ...] = ()
    waits: bool = False
    compares: bool = False
    given: Given | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The citations that an assertion needs which names none of its own."""
        return self.assertions[0].needs if self.assertions else self.cites

    def __post_init__(self) -> None:
        if not self.cites:
            raise ValueError(f"requirement {self.id} cites nothing")
        if not self.operations:
            raise ValueError(f"requirement {self.id} names no operation")
