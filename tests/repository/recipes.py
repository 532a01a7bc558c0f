"""README's recipes for end-to-end tests: the files they consist of, and the line that runs them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?:#|//) (?P<name>[\w./-]+\.\w+)\n")
_TITLE = re.compile(r"^(?:\*\*(?P<bold>\w+)\.\*\*|<summary><b>(?P<folded>\w+).*</b></summary>)", re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """files: by the name in their first line. command: the words of the line that runs them."""

    files: dict[str, str]
    command: list[str]


def recipe(title: str) -> Recipe:
    """The recipe under this title, which is one word."""
    section = README.read_text(encoding="utf-8").partition("\n## End-to-end tests\n")[2].partition("\n## ")[0]
    _, *parts = re.split(r"(?m)^(?=\*\*\w+\.\*\*|<details>)", section)
    text = next(one for one in parts if (found := _TITLE.search(one)) and title in found.groups())
    files, command = {}, []
    for block in _BLOCK.finditer(text):
        named = _NAME.match(block["text"])
        if named is not None:
            files[named["name"]] = block["text"]
        elif block["language"] == "sh":
            command = shlex.split(block["text"], comments=True)
    return Recipe(files, command)
