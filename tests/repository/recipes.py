"""The recipes of docs/end-to-end-tests.md: the files each consists of, and the command that runs it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "end-to-end-tests.md"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?:#|//) (?P<name>[\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Recipe:
    """files: by the name in their first line. command: the words of the line that runs them."""

    files: dict[str, str]
    command: list[str]


def recipe(title: str) -> Recipe:
    """The recipe in the section whose heading begins with `title`. Raises StopIteration without one."""
    _, *sections = re.split(r"(?m)^## ", PAGE.read_text(encoding="utf-8"))
    text = next(section for section in sections if section.startswith(title))
    files, command = {}, []
    for block in _BLOCK.finditer(text):
        named = _NAME.match(block["text"])
        if named is not None:
            files[named["name"]] = block["text"]
        elif block["language"] == "sh":
            command = shlex.split(block["text"], comments=True)
    return Recipe(files, command)
