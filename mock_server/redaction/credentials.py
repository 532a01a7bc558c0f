"""Finds and masks credentials inside any text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from os.path import commonprefix
from typing import Any
from urllib.parse import quote, quote_plus

from mock_server.contract.json_text import dumps
from mock_server.principals import Principal, Principals
from mock_server.redaction.masking import MASKED

SHORT = 6
"""Texts shorter than this are masked only as separate words: inside another word they reveal nothing."""

_SCHEMES = frozenset({"apikey", "basic", "bearer", "digest", "negotiate", "token"})
_PAIR = re.compile(r"[\w.$-]+=\"?([^\"=][^\"]*)\"?")
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
"""Texts that look the same in JSON and in addresses."""


class CredentialMasker:
    """Masks the credentials that are valid in one world."""

    def __init__(self, principals: Iterable[Principals], others: Iterable[str] = ()) -> None:
        """principals: whose credentials are masked. others: further credentials, which no principal owns."""
        self._owners: dict[str, Principal | None] = dict.fromkeys(others)
        for group in principals:
            for principal in group.known:
                self._owners.update(dict.fromkeys(principal.credentials.values(), principal))
        forms = written_forms(self._owners)
        self._pattern = _pattern(forms)
        # Most texts contain no credential: the common beginning of all of them rules that out cheaply.
        self._prefix = commonprefix(forms)  # noqa: RUF071 - common characters are meant, not folders

    def __contains__(self, text: str) -> bool:
        """Whether this text is one of the credentials."""
        return text in self._owners

    def owner(self, text: str) -> Principal | None:
        """The principal whose credential occurs in the text, None where none does."""
        if self._pattern is None or self._prefix not in text:
            return None
        match = self._pattern.search(text)
        return self._owners.get(match.group()) if match else None

    def mask(self, text: str, secrets: Sequence[str] = ()) -> str:
        """The text with every credential masked. secrets: further texts to mask, as `written_forms` returns
        them."""
        if self._pattern is not None and self._prefix in text:
            text = self._pattern.sub(MASKED, text)
        for secret in secrets:
            if secret in text:
                text = _replace(text, secret)
        return text

    def mask_json(self, value: Any, secrets: Sequence[str] = ()) -> str:
        """The JSON text of a value with every credential masked, in member names too."""
        text = dumps(value).decode("utf-8", "replace")
        if self.mask(text, secrets) == text:
            return text
        return dumps(self._masked(value, secrets)).decode("utf-8", "replace")

    def _masked(self, value: Any, secrets: Sequence[str]) -> Any:
        if isinstance(value, str):
            return self.mask(value, secrets)
        if isinstance(value, dict):
            return {self.mask(name, secrets): self._masked(item, secrets) for name, item in value.items()}
        if isinstance(value, list):
            return [self._masked(item, secrets) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return value if self.mask(str(value), secrets) == str(value) else MASKED


def written_forms(texts: Iterable[str]) -> tuple[str, ...]:
    """These texts as they are, and as JSON and addresses write them; the longest first.

    Longest first, because a text that contains another must be replaced before it.
    """
    forms: set[str] = set()
    for text in texts:
        if text:
            forms.add(text)
            forms.update(_escaped(text))
    return tuple(sorted(forms, key=len, reverse=True))


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, and every number long enough to be a code. Member names are left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, int | float) and not isinstance(value, bool) and len(str(value)) >= SHORT:
        yield str(value)


def credentials_in_header(value: str) -> Iterator[str]:
    """The credentials a header's value may consist of: the whole value, each token and named part of it, and
    the password of a Basic credential."""
    yield value
    for token in re.split(r"[\s;,]+", value):
        pair = _PAIR.fullmatch(token)
        credential = pair.group(1) if pair else token
        if credential and credential.lower() not in _SCHEMES:
            yield credential
            yield from _user_and_password(credential)


def _pattern(forms: Sequence[str]) -> re.Pattern[str] | None:
    if not forms:
        return None
    return re.compile("|".join(map(_form_pattern, forms)))


def _form_pattern(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= SHORT else rf"(?<!\w){escaped}(?!\w)"


def _replace(text: str, secret: str) -> str:
    """The text with this secret masked; a short one only where it stands as a separate word."""
    if len(secret) >= SHORT:
        return text.replace(secret, MASKED)
    pieces = text.split(secret)
    result = pieces[0]
    for before, after in pairwise(pieces):
        is_separate = not _is_word_end(before[-1:]) and not _is_word_end(after[:1])
        result += (MASKED if is_separate else secret) + after
    return result


def _is_word_end(character: str) -> bool:
    return character.isalnum() or character == "_"


def _escaped(text: str) -> tuple[str, ...]:
    """The text inside a JSON string, in a path, in a path segment and in a form."""
    if _UNRESERVED.fullmatch(text):
        return ()
    in_json = dumps(text).decode("utf-8", "replace")[1:-1]
    return in_json, quote(text), quote(text, safe=""), quote_plus(text)


def _user_and_password(text: str) -> Iterator[str]:
    """The decoded Basic credential, and its password alone."""
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    if ":" in decoded:
        yield decoded
        yield decoded.partition(":")[2]
