"""Code in the documentation: the files a page shows, and the recipes for end-to-end tests."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?:#|//) (?P<name>[\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Recipe:
    """files: by the name in their first line. command: the words of the line that runs them."""

    files: dict[str, str]
    command: list[str]


def files(text: str) -> dict[str, str]:
    """The files that blocks of code show, by the name in the first line of each."""
    found = {}
    for block in _BLOCK.finditer(text):
        named = _NAME.match(block["text"])
        if named is not None:
            found[named["name"]] = block["text"]
    return found


def extension_files() -> dict[str, str]:
    """The files of the package that docs/extending.md shows, by their path."""
    return files((DOCS / "extending.md").read_text(encoding="utf-8"))


def recipe(title: str) -> Recipe:
    """The recipe in the section whose heading begins with `title`. Raises StopIteration without one."""
    _, *sections = re.split(r"(?m)^## ", (DOCS / "end-to-end-tests.md").read_text(encoding="utf-8"))
    text = next(section for section in sections if section.startswith(title))
    commands = [block["text"] for block in _BLOCK.finditer(text) if block["language"] == "sh"]
    return Recipe(files(text), shlex.split(commands[-1], comments=True) if commands else [])
