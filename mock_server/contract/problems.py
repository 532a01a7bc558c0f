"""What is wrong in a specification without keeping it from being served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mock_server.yaml_file import lines_of

Source = Path | str
"""The file of a document, or the URL of a remote one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. place: the keys that lead to it from the top of its document. message: without place."""

    source: Source
    place: tuple[str | int, ...]
    message: str


def sentences(problems: Iterable[Problem]) -> Iterator[str]:
    """Each problem with its file and line, in the order of the lines of each file."""
    by_source: dict[Source, list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        by_source.setdefault(problem.source, []).append(problem)
    for source, found in by_source.items():
        if isinstance(source, str):
            yield from (f"{source}: {problem.message}" for problem in found)
            continue
        lines = lines_of(source, [problem.place for problem in found])
        ordered = sorted(zip(lines, found, strict=True), key=lambda pair: pair[0])
        yield from (f"{source}:{line}: {problem.message}" for line, problem in ordered)
