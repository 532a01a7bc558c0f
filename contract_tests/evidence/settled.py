"""Decisions that an implementation settles: a file that `contract-tests decide` writes and a target names."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from contract_tests.toml_tables import read_tables, write_tables

_COMMENT = """\
How an implementation decides what its documents leave open; `settled` in the target file names this file.
A confirmed decision is as strong as a convention of the framework (should); a refuted one is not asserted.
answers: the statuses that were seen, by situation and operation; no others are accepted."""


class Standing(StrEnum):
    """What an implementation says of a decision's reading."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OPEN = "open"


class SettledDecision(BaseModel):
    """An entry: what was seen of one decision on one contract.

    because: what shows it, one line. answers: statuses by situation and operationId, where the decision is on
    which status answers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract: str
    decision: str
    standing: Standing
    because: str = Field(default="")
    answers: dict[str, dict[str, tuple[int, ...]]] = {}

    @property
    def is_not_asserted(self) -> bool:
        """Whether what rests on the decision does not hold for this implementation."""
        return self.standing is Standing.REFUTED and not self.answers


def read_settled(path: Path) -> tuple[SettledDecision, ...]:
    """The entries of a file. Raises TableError."""
    return read_tables(path, "settled", SettledDecision)


def write_settled(path: Path, entries: Iterable[SettledDecision]) -> None:
    """Write a file that `read_settled` reads. Raises TableError."""
    write_tables(path, "settled", entries, comment=_COMMENT)
