"""Violations as sentences, for the dialects without a wording of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mock_server.errors.api_error import Violation


def sentence(violation: Violation) -> str:
    """A violation as a sentence, which does not quote the value that was sent."""
    place = ".".join(map(str, violation.path))
    subject = f"{violation.where} {place}".strip()
    if violation.message:
        return f"{subject}: {violation.message}"
    return f"{subject} {requirement(violation)}"


def requirement(violation: Violation) -> str:
    """The requirement of the violated rule as a predicate: the place is the subject of the sentence."""
    describe = _RULES.get(violation.keyword)
    return describe(violation.limit) if describe else f"breaks the rule {violation.keyword}"


_RULES: Mapping[str, Callable[[Any], str]] = {
    "required": lambda _limit: "is required",
    "type": lambda limit: f"must be {'an object' if limit == 'members' else _article(str(limit))}",
    "enum": lambda limit: f"must be one of {json.dumps(limit)}",
    "const": lambda limit: f"must be {json.dumps(limit)}",
    "format": lambda limit: f"must be a valid {limit}",
    "pattern": lambda limit: f"must match {limit}",
    "minLength": lambda limit: f"must have at least {limit} characters",
    "maxLength": lambda limit: f"must have at most {limit} characters",
    "minItems": lambda limit: f"must have at least {limit} entries",
    "maxItems": lambda limit: f"must have at most {limit} entries",
    "minimum": lambda limit: f"must be at least {limit}",
    "maximum": lambda limit: f"must be at most {limit}",
    "exclusiveMinimum": lambda limit: f"must be greater than {limit}",
    "exclusiveMaximum": lambda limit: f"must be less than {limit}",
    "multipleOf": lambda limit: f"must be a multiple of {limit}",
    "uniqueItems": lambda _limit: "must not repeat an entry",
    "additionalProperties": lambda limit: f"has members that are not allowed{_names(limit)}",
}


_MOST_NAMES = 3
_LONGEST_NAME = 60


def _names(limit: Any) -> str:
    """The first of the members that are not allowed, shortened; nothing where they are not known."""
    names = [str(name)[:_LONGEST_NAME] for name in limit] if isinstance(limit, list) else []
    return f": {', '.join(names[:_MOST_NAMES])}" if names else ""


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"
