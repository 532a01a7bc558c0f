"""Finds and masks credentials inside any text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from os.path import commonprefix
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from mock_server.contract.json_text import dumps
from mock_server.principals import Principal, Principals
from mock_server.redaction.masking import MASKED
from mock_server.redaction.names import SHORTEST_SECRET, is_uuid, looks_generated, suggests_secret

_SCHEMES = frozenset({"apikey", "basic", "bearer", "digest", "negotiate", "token"})
_PAIR = re.compile(r"[\w.$-]+=\"?([^\"=][^\"]*)\"?")
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
"""Texts that look the same in JSON and in addresses."""

_USER_INFO = re.compile(r"//([^\s/?#\"'<>]{1,1000})@")
_QUERY_MEMBER = re.compile(r"([?&#])([^=&?#\s\"'<>]{1,200})=([^&#\s\"'<>]+)")
_SHORTEST_NUMBER = 6
"""Digits of a number that may be a code."""

_MOST_REMEMBERED: Final = 1000
"""Secrets that are remembered of one world."""
_LARGEST_MEMORY: Final = 1 << 20
"""Characters of these secrets in all their forms."""
_START: Final = 8
"""Characters of a secret by which it is looked up in a text."""
_SEARCHED: Final = 10
"""Characters of a text that are looked up in the time in which it is searched for one secret, about."""


class CredentialMasker:
    """Masks the credentials that are valid in one world.

    Those that are shorter than SHORTEST_SECRET are masked only at the places of credentials.
    """

    def __init__(self, principals: Iterable[Principals], others: Iterable[str] = ()) -> None:
        """principals: whose credentials are masked. others: further credentials, which no principal owns."""
        self._owners: dict[str, Principal | None] = dict.fromkeys(others)
        for group in principals:
            for principal in group.known:
                self._owners.update(dict.fromkeys(principal.credentials.values(), principal))
        forms = written_forms(text for text in self._owners if len(text) >= SHORTEST_SECRET)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None
        # Most texts contain no credential: the common beginning of all of them rules that out cheaply.
        self._prefix = commonprefix(forms)  # noqa: RUF071 - common characters are meant, not folders

    def owner(self, text: str) -> Principal | None:
        """The principal whose credential a header's or a parameter's value holds, None where none does."""
        for credential in credentials_in_header(text):
            if credential in self._owners:
                return self._owners[credential]
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
                text = text.replace(secret, MASKED)
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
        text = dumps(value).decode()
        return value if self.mask(text, secrets) == text else MASKED


class SecretMemory:
    """The secrets that a world's journal has shown the places of: they are masked where they recur in other
    exchanges too. A bounded number; the latest are kept. Safe to use from many threads."""

    def __init__(self) -> None:
        self._forms: dict[str, tuple[str, ...]] = {}
        self._size = 0
        self._lock = Lock()
        self._by_start: dict[str, list[str]] | None = None

    def add(self, secrets: Iterable[str]) -> None:
        """Remember these, as far as they are long enough to be recognized."""
        with self._lock:
            for secret in secrets:
                forms = self._forms.pop(secret, None)
                if forms is None:
                    forms = written_forms([secret])
                    self._size += sum(map(len, forms))
                    self._by_start = None
                self._forms[secret] = forms
                while len(self._forms) > _MOST_REMEMBERED or self._size > _LARGEST_MEMORY:
                    oldest = next(iter(self._forms))
                    self._size -= sum(map(len, self._forms.pop(oldest)))
                    self._by_start = None

    def forms_in(self, text: str) -> list[str]:
        """The forms of remembered secrets that occur in a text."""
        with self._lock:
            if self._by_start is None:
                self._by_start = _by_start(form for forms in self._forms.values() for form in forms)
            by_start = self._by_start
        starts: Iterable[str] = by_start
        if len(by_start) * _SEARCHED > len(text):
            # A text is searched for those of many secrets alone whose start is in it.
            in_text = {text[at : at + _START] for at in range(len(text))}
            starts = [start for start in by_start if not start or start in in_text]
        return [form for start in starts for form in by_start[start] if form in text]


def _by_start(forms: Iterable[str]) -> dict[str, list[str]]:
    """The forms by their first characters, those that have fewer by an empty text."""
    grouped: dict[str, list[str]] = {}
    for form in forms:
        grouped.setdefault(form[:_START] if len(form) >= _START else "", []).append(form)
    return grouped


def recognizable(texts: Iterable[str]) -> set[str]:
    """Those of the texts that are masked wherever they recur: too long to be a word, and no UUID."""
    return {text for text in texts if len(text) >= SHORTEST_SECRET and not is_uuid(text)}


def written_forms(texts: Iterable[str]) -> tuple[str, ...]:
    """These texts as they are, and as JSON, addresses and headers write them; the longest first.

    Longest first, because a text that contains another must be replaced before it.
    """
    forms: set[str] = set()
    for text in texts:
        if text:
            forms.update(form for recoded in _recoded(text) for form in (recoded, *_escaped(recoded)))
    return tuple(sorted(forms, key=len, reverse=True))


def mask_addresses(text: str, secrets: list[str]) -> str:
    """The text with the secrets of the addresses in it masked: user and password, and the values of query
    parameters that are named like credentials. They are appended to `secrets`."""
    if "%3A%2F%2F" in text or "%3a%2f%2f" in text:
        decoded = unquote(text)
        masked = mask_addresses(decoded, secrets) if "://" in decoded else decoded
        text = text if masked == decoded else masked

    def mask_user(match: re.Match[str]) -> str:
        user, colon, password = match[1].partition(":")
        if not colon and len(user) < SHORTEST_SECRET:
            return match[0]
        secret = password if colon else user
        secrets.extend({match[1], secret, unquote(secret)})
        return f"//{MASKED}@"

    def mask_member(match: re.Match[str]) -> str:
        sign, name, value = match.groups()
        if not suggests_secret(unquote_plus(name), is_carrier=True):
            return match[0]
        secrets.extend({value, unquote_plus(value)})
        return f"{sign}{name}={MASKED}"

    if "//" in text and "@" in text:
        text = _USER_INFO.sub(mask_user, text)
    if "=" in text and ("?" in text or "#" in text):
        text = _QUERY_MEMBER.sub(mask_member, text)
    return text


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of members that are no words, and every number long enough to be a
    code."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            if looks_generated(name):
                yield name
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        text = dumps(value).decode()
        if len(text) >= _SHORTEST_NUMBER:
            yield text


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


def _recoded(text: str) -> Collection[str]:
    """The text, and as headers carry its bytes or hold the bytes of another text."""
    if text.isascii():
        return (text,)
    forms = {text}
    for encoding, decoding in (("utf-8", "latin-1"), ("latin-1", "utf-8")):
        try:
            forms.add(text.encode(encoding).decode(decoding))
        except UnicodeError:
            continue
    return forms


def _escaped(text: str) -> Collection[str]:
    """The text inside a JSON string, in a path, in a path segment and in a form."""
    if _UNRESERVED.fullmatch(text):
        return ()
    return {dumps(text).decode("utf-8", "replace")[1:-1], *_quoted(text)}


def _quoted(text: str) -> Iterator[str]:
    for write in (quote, quote_plus):
        yield write(text, errors="replace")
    yield quote(text, safe="", errors="replace")


def _user_and_password(text: str) -> Iterator[str]:
    """The decoded Basic credential, and its password alone."""
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    if ":" in decoded:
        yield decoded
        yield decoded.partition(":")[2]
