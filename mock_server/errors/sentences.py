"""A broken rule in plain words, for the dialects that have no words of their own for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mock_server.errors.api_error import Violation


def said(violation: Violation) -> str:
    """One broken rule in a sentence that quotes nothing of what was sent."""
    place = ".".join(map(str, violation.path))
    subject = f"{violation.where} {place}".strip()
    if violation.message:
        return f"{subject}: {violation.message}"
    return f"{subject} {asked(violation)}"


def asked(violation: Violation) -> str:
    """What the rule asks for, the place being the subject of the sentence."""
    words_of = _RULES.get(violation.keyword)
    return words_of(violation.limit) if words_of else f"breaks the rule {violation.keyword}"


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
    "additionalProperties": lambda _limit: "has members that are not allowed",
}


def _article(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeio' else 'a'} {kind}"
