"""What is wrong with a file, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contract_tests.openapi.yaml_file import YamlFile


@dataclass(frozen=True, slots=True, order=True)
class SpecProblem:
    """One broken rule at one place of one file; sorts by file, then line."""

    file: Path
    line: int
    pointer: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


def problem_at(file: YamlFile, pointer: str, rule: str, message: str) -> SpecProblem:
    """A problem at a JSON pointer of a file, with its line looked up."""
    return SpecProblem(file.path, file.line(pointer), pointer, rule, message)
