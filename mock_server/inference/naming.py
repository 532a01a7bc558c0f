"""What collections and their keys are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mock_server.inference.envelopes import words

_CAPITAL_INSIDE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DIGITS_OR_VERSION = re.compile(r"v?\d+(\.\d+)*")
_PLURALS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("ss", "ss"),
    ("s", ""),
)
"""How plurals end → how one of them does; the first that fits counts."""
_UNNAMED = "records"
"""A path without a letter of the alphabet."""


def singular(name: str) -> str:
    """One of what a plural names."""
    for plural, ending in _PLURALS:
        if name.lower().endswith(plural) and len(name) > len(plural) + 1:
            return name[: -len(plural)] + ending
    return name


def is_named(path: str) -> bool:
    """Whether a path, parameters emptied, ends in a word: no parameter, no version."""
    last = path.rpartition("/")[2]
    return bool(last) and "{" not in last and not _DIGITS_OR_VERSION.fullmatch(last)


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """What the collections at these paths, parameters emptied, are called: by the last word, with those
    before it where two would be called alike; shorter paths choose first."""
    names: dict[str, str] = {}
    for path in sorted(paths, key=lambda candidate: candidate.count("/")):
        taken = set(names.values())
        wanted = list(_wanted(path)) or [_UNNAMED]
        name = next((candidate for candidate in wanted if candidate not in taken), wanted[-1])
        while name in taken:
            name += "_2"
        names[path] = name
    return names


def key_of(members: Iterable[str], path: str, parameter: str | None) -> str:
    """The member that identifies a record: named like the path's parameter, else as identifiers usually are.

    members: of the record. path: of the collection. parameter: of the item path, None without one.
    """
    record_name = singular(path.rpartition("/")[2])
    said = parameter or ""
    tail = re.sub(rf"^{re.escape(words(record_name))}", "", words(said))
    wanted = [said, tail, "id", "uuid", f"{record_name}id", "key", "slug", "code", "number", "name"]
    by_word = {words(name): name for name in reversed(list(members))}
    return next((by_word[words(name)] for name in wanted if name and words(name) in by_word), said or "id")


def _wanted(path: str) -> Iterator[str]:
    """The names a collection might have: the last word of its path, the last two, and so on."""
    literal = [segment for segment in path.split("/") if segment and segment != "{}"]
    for count in range(1, len(literal) + 1):
        joined = _CAPITAL_INSIDE.sub("_", "_".join(literal[-count:])).lower()
        if name := re.sub(r"[^a-z0-9]+", "_", joined).strip("_"):
            yield name
