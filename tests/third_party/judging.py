"""Findings of a run beside what was judged of them before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

JUDGED = Path(__file__).with_name("judged.yaml")


@dataclass(frozen=True)
class Judgement:
    """What a reading of the server's document, documentation and code said about findings.

    server: its name. requirement, received: patterns of the findings it holds for. verdict: `true` when the
    server breaks its document, `false` when the harness is mistaken. kind: the mistake's name, or the promise
    that is broken. reason: why, with the place where it stands.
    """

    server: str
    requirement: str
    verdict: bool
    kind: str
    reason: str
    received: str = "*"
    expected: str = "*"

    def holds_for(self, server: str, outcome: dict[str, Any]) -> bool:
        """Whether it is about this finding."""
        finding = outcome["finding"]
        return (
            server == self.server
            and fnmatchcase(outcome["requirement"], self.requirement)
            and fnmatchcase(finding["received"], self.received)
            and fnmatchcase(finding["expected"], self.expected)
        )


def judgements() -> list[Judgement]:
    """All judgements, in the order of their file: the first that holds for a finding counts."""
    return [Judgement(**entry) for entry in yaml.safe_load(JUDGED.read_text(encoding="utf-8"))]


@dataclass(frozen=True)
class Judged:
    """A finding and the judgement of it, if there is one."""

    outcome: dict[str, Any]
    judgement: Judgement | None

    @property
    def word(self) -> str:
        """The judgement in a word."""
        if self.judgement is None:
            return "unjudged"
        return "true" if self.judgement.verdict else "false"

    @property
    def allowed(self) -> bool:
        """Whether a run may end with it: no *must* may be false or unjudged."""
        return self.word == "true" or self.outcome["verdict"] != "failed"


def judge(server: str, report: dict[str, Any]) -> list[Judged]:
    """The findings of a report, *musts* first."""
    known = judgements()
    with_finding = [outcome for outcome in report["outcomes"] if outcome["finding"]]
    judged = [
        Judged(outcome, next((entry for entry in known if entry.holds_for(server, outcome)), None))
        for outcome in with_finding
    ]
    return sorted(judged, key=lambda entry: (entry.outcome["verdict"], entry.outcome["requirement"]))


def differences(before: dict[str, object], after: dict[str, object], leftovers: list[str]) -> list[str]:
    """How two states differ, one line an object, without new objects that the run reports as left behind.

    leftovers: the lines of the report; one explains a new object when it contains the object's key.
    """
    lines = []
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            lines.append(f"gone     {name}  was {_short(before[name])}")
        elif name not in before:
            key = name.removesuffix("/watch.json").removesuffix("/tag.json").rsplit("/", 1)[-1]
            if not any(key in leftover for leftover in leftovers):
                lines.append(f"new      {name}  {_short(after[name])}")
        elif before[name] != after[name]:
            lines += [f"changed  {name}{change}" for change in _changes(before[name], after[name])]
    return sorted(lines)


def _changes(before: object, after: object, place: str = "") -> list[str]:
    """The members in which two values differ, with both of their values."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted(before.keys() | after.keys())
        return [
            line
            for name in names
            if before.get(name) != after.get(name)
            for line in _changes(before.get(name), after.get(name), f"{place}/{name}")
        ]
    return [f"  {place}: {_short(before)} became {_short(after)}"]


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= 400 else f"{text[:400]}…"
