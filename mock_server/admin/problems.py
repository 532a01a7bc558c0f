"""The admin API's refusals: problem details that also say in words what each broken rule asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mock_server.contract.operation import Contract
from mock_server.errors.api_error import ApiError, Violation
from mock_server.errors.dialect import Dialect, Wire
from mock_server.errors.problem_json import PROBLEM_JSON, render
from mock_server.errors.sentences import sentence

_LIMITED = frozenset(
    {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "enum", "const"}
)
"""The rules whose limit is useful to a program."""

_TAIL = re.compile(r"(?: starting)? at$|:? *$")
"""The end of a parser's reason that introduces the place; here the place stands before the reason."""


def problems(contract: Contract) -> Dialect:
    """The dialect of the admin API's contract: each broken rule has a message, and its limit where useful.

    Nothing that was sent is quoted, except the names of unknown members.
    """
    forms = dict(_forms(contract.schemas))

    def render_with_messages(error: ApiError) -> Wire:
        wire = render(error)
        for entry, violation in zip(wire.body.get("errors", ()), error.violations, strict=False):
            entry["message"] = message(violation, forms)
            if violation.keyword in _LIMITED:
                entry["limit"] = violation.limit
        return wire

    return replace(PROBLEM_JSON, render=render_with_messages)


def message(violation: Violation, forms: Mapping[str, str]) -> str:
    """A broken rule in words, its place first. forms: by pattern, what a text that matches it is."""
    rule, limit = violation.keyword, violation.limit
    if rule == "required" and limit:
        return f"one of {', '.join(limit)} is required"
    subject = f"{violation.where} {'.'.join(map(str, violation.path))}".strip()
    if rule == "pattern" and limit in forms:
        return f"{subject} must be {forms[limit]}"
    words = _WORDS.get(rule)
    return f"{subject} {words(violation)}" if words else sentence(violation)


_WORDS: Mapping[str, Callable[[Violation], str]] = {
    "additionalProperties": lambda broken: f"has unknown members: {', '.join(broken.limit)}",
    "enum": lambda broken: f"must be one of {', '.join(map(str, broken.limit))}",
    "json": lambda broken: (
        f"is not valid JSON from character {broken.limit} on: {_TAIL.sub('', broken.message or '')}"
    ),
    "minProperties": lambda broken: f"must have at least {broken.limit} member{'s' * (broken.limit != 1)}",
    "unknown": lambda _broken: "is not a parameter of this operation",
}


def _forms(schema: Any) -> Iterator[tuple[str, str]]:
    """Every pattern whose schema has a description, with that description as the end of a sentence."""
    if isinstance(schema, Mapping):
        pattern, words = schema.get("pattern"), schema.get("description")
        if isinstance(pattern, str) and isinstance(words, str):
            yield pattern, words[0].lower() + words[1:].rstrip(".")
        for part in schema.values():
            yield from _forms(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _forms(part)
