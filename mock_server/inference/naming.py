"""Choose names for inferred collections and find the members that are their keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mock_server.sampling.meanings import normalized

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
"""Ending of a plural → ending of its singular; the first match counts."""
_UNNAMED = "records"
"""The name for a path without letters."""

CREATED = frozenset(
    {
        "createdat",
        "created",
        "createdon",
        "datecreated",
        "creationdate",
        "createdate",
        "createddate",
        "creationtime",
    }
)
STATES = frozenset({"status", "state", "phase", "stage"})
"""Normalized names of members that hold the state of a record."""


def singular(name: str) -> str:
    """Return the singular of a plural; other words are returned unchanged."""
    for plural, ending in _PLURALS:
        if name.lower().endswith(plural) and len(name) > len(plural) + 1:
            return name[: -len(plural)] + ending
    return name


def is_named(path: str) -> bool:
    """Whether a path (without parameter names) ends in a word, not in a parameter or a version."""
    last = path.rpartition("/")[2]
    return bool(last) and "{" not in last and not _DIGITS_OR_VERSION.fullmatch(last)


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the name of the collection at each path (without parameter names).

    That is the last word of the path, preceded by the words before it if the name is taken.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    # Shorter paths first, so that /pets is called "pets" and /owners/{}/pets "owners_pets".
    for path in sorted(paths, key=lambda path: path.count("/")):
        candidates = list(_candidates(path)) or [_UNNAMED]
        name = next((candidate for candidate in candidates if candidate not in taken), candidates[-1])
        while name in taken:
            name += "_2"
        names[path] = name
        taken.add(name)
    return names


_SYNONYMS: Mapping[str, tuple[str, ...]] = {"username": ("login",), "login": ("username",)}
"""Other names of the member that a path's parameter of this name means."""


def key_of(members: Iterable[str], path: str, parameter: str | None) -> str:
    """Return the member that identifies a record: named like the path's parameter, else a usual name.

    members: of the record. path: of the collection. parameter: of the item path, None without one.
    """
    record_name = singular(path.rpartition("/")[2])
    parameter = parameter or ""
    # floating_ip → ip; logsink_id → sink_id where no member is called by a whole word.
    words = [word for word in re.split(r"[^a-z0-9]+", _CAPITAL_INSIDE.sub("_", parameter).lower()) if word]
    ends = ["".join(words[start:]) for start in range(1, len(words))]
    # petId → id, for a pet.
    tail = re.sub(rf"^{re.escape(normalized(record_name))}", "", normalized(parameter))
    usual = ("id", "uuid", "gid", "sid", f"{record_name}id", "key", "slug", "code", "number", "name")
    # Reversed, so that the first of equally normalized members counts.
    by_normalized = {normalized(name): name for name in reversed(list(members))}
    # reserved_ipv6 → ip.
    ends += [name for end in ends for name in by_normalized if len(name) > 1 and end.startswith(name)]
    # A user's `name` is what people call them: their username is the `login`.
    for candidate in (parameter, *_SYNONYMS.get(normalized(parameter), ()), tail, *usual[:-1], *ends):
        if candidate and normalized(candidate) in by_normalized:
            return by_normalized[normalized(candidate)]
    part_of = [
        name for name in by_normalized if len(name) > len("id") and normalized(parameter).endswith(name)
    ]
    longest = max(part_of, key=len, default=usual[-1])
    return by_normalized.get(longest, parameter or "id")


def _candidates(path: str) -> Iterator[str]:
    """The possible names of a collection: the last word of its path, the last two, and so on."""
    literal = [segment for segment in path.split("/") if segment and segment != "{}"]
    for count in range(1, len(literal) + 1):
        joined = _CAPITAL_INSIDE.sub("_", "_".join(literal[-count:])).lower()
        if name := re.sub(r"[^a-z0-9]+", "_", joined).strip("_"):
            yield name
