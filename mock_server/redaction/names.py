"""Which names mean that a secret stands under them, and which texts are secrets for their form alone."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

LONGEST_NAME: Final = 200
"""Characters of a name that are looked at."""

SHORTEST_SECRET: Final = 12
"""A value from a secret place that is at least this long is masked wherever it recurs. A shorter one may be
any word, so it is masked at its place only."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")

_SECRETS: Final = frozenset(
    {
        *("secret", "secrets", "credential", "credentials", "passphrase", "passcode", "pwd", "pass", "jwt"),
        *("authorization", "cookie", "cookies", "bearer", "apikey", "apikeys", "tokens", "otp"),
    }
)
"""Last words of names of secrets."""

_ENDINGS: Final = ("token", "secret", "apikey", "accesskey", "privatekey", "secretkey", "password", "passwd")
"""Endings of the last words, for names written in one word."""

_KEYS: Final = frozenset(
    {
        *(
            "api",
            "access",
            "private",
            "secret",
            "signing",
            "encryption",
            "auth",
            "account",
            "shared",
            "master",
        ),
        *("master", "service", "subscription", "license", "webhook", "proxy", "session", "client", "app"),
        *("ssh", "rsa"),
    }
)
"""Words before "key" that make it a secret."""

_CARRIERS: Final = frozenset({"auth", "key", "keys", "signature", "sig", "session", "sessionid", "sid"})
"""Further last words, for headers and query parameters that no contract declares."""

_PLAIN_KEYS: Final = frozenset(
    {"idempotency", "cache", "surrogate", "sort", "partition", "routing", "primary", "foreign", "public"}
)
_PLAIN_TOKENS: Final = frozenset(
    {
        *("page", "next", "previous", "prev", "continuation", "sync", "cursor", "pagination", "max", "min"),
        *("prompt", "completion", "total", "input", "output", "used", "cached", "reasoning"),
    }
)
"""Words before "token" or "tokens" that make it a cursor or a count."""

_CONTENTS: Final = frozenset(
    {"value", "data", "text", "plain", "plaintext", "confirmation", "hash", "string", "payload", "material"}
)
"""Last words that say no more than the word before them."""


def suggests_secret(name: str, *, is_carrier: bool = False) -> bool:
    """Whether a member, header or parameter of this name holds a secret.

    is_carrier: whether it is a header or query parameter that no contract declares; there a bare `key` or
    `session` is one too.
    """
    return _suggests_secret(name[:LONGEST_NAME], is_carrier)


@lru_cache(maxsize=2048)
def _suggests_secret(name: str, is_carrier: bool) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    while words and (words[-1].isdecimal() or words[-1] == "v"):
        words.pop()
    if len(words) > 1 and words[-1] in _CONTENTS:
        words.pop()
    if not words or "idempotency" in words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last.startswith("passw") or last in _SECRETS or last.endswith(_ENDINGS):
        glued = last.removesuffix("token")
        return not (last.startswith("token") and before in _PLAIN_TOKENS) and glued not in _PLAIN_TOKENS
    if last in {"key", "keys"} and (before in _KEYS or before in _PLAIN_KEYS):
        return before in _KEYS
    is_session = last == "id" and before == "session"
    return is_carrier and words[0] != "sec" and (last in _CARRIERS or is_session)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID, which names something and is shown wherever it is no credential itself."""
    return _UUID.fullmatch(text) is not None


def looks_generated(name: str) -> bool:
    """Whether what was sent as a name is a generated text instead: a secret that was put in the wrong place.

    Such a text mixes letters and digits, and is as long as a secret.
    """
    if not len(name) >= SHORTEST_SECRET or is_uuid(name):
        return False
    name = name[:LONGEST_NAME]
    kinds = [character.isdecimal() for character in name if character.isalnum()]
    changes = sum(1 for left, right in pairwise(kinds) if left is not right)
    runs = re.findall(r"[A-Za-z0-9]{12,}", name)
    has_long_run = any(sum(map(str.isdecimal, run)) > 2 and not run.isdecimal() for run in runs)
    return has_long_run or changes > 3
