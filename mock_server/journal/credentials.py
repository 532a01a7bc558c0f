"""Texts that are credentials, found and masked wherever they stand."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from os.path import commonprefix
from typing import Any
from urllib.parse import quote, quote_plus

from mock_server.contract.json_text import dumps
from mock_server.contract.projection import MASKED
from mock_server.principals import Principal, Principals

SHORT = 6
"""A text shorter than this is masked only where it stands alone: inside other words it says nothing."""

_SCHEMES = frozenset({"apikey", "basic", "bearer", "digest", "negotiate", "token"})
_PAIR = re.compile(r"[\w.$-]+=\"?([^\"=][^\"]*)\"?")
_SAFE = re.compile(r"[A-Za-z0-9_.~-]*")


class CredentialMasker:
    """The credentials a world's principals may show, and whose they are. others: nobody's in particular."""

    def __init__(self, principals: Iterable[Principals], others: Iterable[str] = ()) -> None:
        self._owners: dict[str, Principal | None] = dict.fromkeys(others) | {
            credential: principal
            for group in principals
            for principal in group.known
            for credential in principal.credentials.values()
        }
        found = forms(self._owners)
        self._pattern = _pattern(found)
        self._start = commonprefix(found)  # noqa: RUF071 - characters are meant, not folders

    def __contains__(self, text: str) -> bool:
        return text in self._owners

    def owner(self, text: str) -> Principal | None:
        """Whose credential occurs in this text, if one does."""
        found = self._pattern.search(text) if self._pattern and self._start in text else None
        return self._owners.get(found.group()) if found else None

    def scrub(self, text: str, others: Sequence[str] = ()) -> str:
        """The text with every credential in it masked. others: further ones, as `forms` gives them."""
        if self._pattern is not None and self._start in text:
            text = self._pattern.sub(MASKED, text)
        for other in others:
            if other in text:
                text = _without(text, other)
        return text

    def scrub_json(self, value: Any, others: Sequence[str] = ()) -> str:
        """The JSON text of a value, every credential in it masked, in names too."""
        text = dumps(value).decode("utf-8", "replace")
        if self.scrub(text, others) == text:
            return text
        return dumps(self._scrubbed(value, others)).decode("utf-8", "replace")

    def _scrubbed(self, value: Any, others: Sequence[str]) -> Any:
        if isinstance(value, str):
            return self.scrub(value, others)
        if isinstance(value, dict):
            return {self.scrub(name, others): self._scrubbed(item, others) for name, item in value.items()}
        if isinstance(value, list):
            return [self._scrubbed(item, others) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return value if self.scrub(str(value), others) == str(value) else MASKED


def forms(texts: Iterable[str]) -> tuple[str, ...]:
    """These texts as they are and as they are written in JSON and in addresses, the longest first."""
    found = {form for text in texts if text for form in (text, *_written(text))}
    return tuple(sorted(found, key=len, reverse=True))


def texts_in(value: Any) -> Iterable[str]:
    """Every text in a JSON value, and every number long enough to be a code; names are not among them."""
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


def of_header(value: str) -> Iterable[str]:
    """The credentials in a header's value: the whole of it, and the pieces schemes and cookies make of it."""
    yield value
    for token in re.split(r"[\s;,]+", value):
        named = _PAIR.fullmatch(token)
        bare = named.group(1) if named else token
        if bare and bare.lower() not in _SCHEMES:
            yield bare
            yield from _password(bare)


def _pattern(found: Sequence[str]) -> re.Pattern[str] | None:
    if not found:
        return None
    return re.compile(
        "|".join(
            re.escape(form) if len(form) >= SHORT else rf"(?<!\w){re.escape(form)}(?!\w)" for form in found
        )
    )


def _without(text: str, form: str) -> str:
    if len(form) >= SHORT:
        return text.replace(form, MASKED)
    pieces = text.split(form)
    kept = pieces[0]
    for before, after in pairwise(pieces):
        alone = not _wordy(before[-1:]) and not _wordy(after[:1])
        kept += (MASKED if alone else form) + after
    return kept


def _wordy(character: str) -> bool:
    return character.isalnum() or character == "_"


def _written(text: str) -> tuple[str, ...]:
    if _SAFE.fullmatch(text):
        return ()
    inside = dumps(text).decode("utf-8", "replace")[1:-1]
    return inside, quote(text), quote(text, safe=""), quote_plus(text)


def _password(text: str) -> Iterable[str]:
    """User and password of a Basic credential, together and the password alone."""
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    if ":" in plain:
        yield plain
        yield plain.partition(":")[2]
