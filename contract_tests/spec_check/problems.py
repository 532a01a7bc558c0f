"""What is wrong with a file, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contract_tests.openapi.yaml_file import YamlFile


@dataclass(frozen=True, slots=True, order=True)
class SpecProblem:
    """One broken rule at one place of one file; sorts by file, then line.

    line, column: from 1. pointer: the JSON pointer of the place. rule: an id of `rules.RULES`.
    """

    file: Path
    line: int
    column: int
    pointer: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.rule}]"


def problem_at(file: YamlFile, pointer: str, rule: str, message: str) -> SpecProblem:
    """A problem at a JSON pointer of a file, with its line and column looked up."""
    line, column = file.position(pointer)
    return SpecProblem(file.path, line, column, pointer, rule, message)
