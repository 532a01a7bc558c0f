"""Which header values may be kept: those whose form leaves no room for a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from mock_server.contract.projection import MASKED

_MEDIA = (
    r"(?:application|text|image|audio|video|font|multipart|\*)/(?:[a-z]{1,24}(?:[.+-][a-z]{1,24}){0,4}|\*)"
)
_MEDIA_TYPE = rf"{_MEDIA}(?:; ?(?:charset=\"?[Uu][Tt][Ff]-8\"?|q=[01](?:\.\d)?|version=[\d.]{{1,6}}))*"
_WISH = r"(?:code=\d{3}|example=[a-z_]{1,40}|wait=\d{1,10}(?:\.\d{1,3})?)"
_FORMS: Mapping[str, str] = {
    "accept": rf"{_MEDIA_TYPE}(?:, ?{_MEDIA_TYPE})*",
    "accept-encoding": r"(?:(?:gzip|deflate|br|zstd|compress|identity|\*)(?:; ?q=[\d.]{1,5})?(?:, ?)?)+",
    "accept-language": r"(?:(?:[a-z]{2}(?:-[A-Z]{2})?|\*)(?:; ?q=[\d.]{1,5})?(?:, ?)?)+",
    "allow": r"[A-Z]{3,7}(?:, [A-Z]{3,7})*",
    "cache-control": r"(?:no-cache|no-store|max-age=\d{1,10})(?:, ?(?:no-cache|no-store|max-age=\d{1,10}))*",
    "connection": r"keep-alive|close|upgrade",
    "content-length": r"\d{1,12}",
    "content-type": _MEDIA_TYPE,
    "host": r"(?:(?:[a-z0-9-]{1,63}\.)?localhost|\d{1,3}(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?",
    "prefer": rf"{_WISH}(?:, ?{_WISH})*",
    "preference-applied": rf"{_WISH}(?:, ?{_WISH})*",
    "retry-after": r"\d{1,10}",
    "www-authenticate": r"(?:Bearer|Basic|ApiKey)(?: realm=\"[A-Za-z ]{1,30}\")?",
    "x-mock-request-id": r"[a-z0-9-]{1,63}\.\d{1,12}",
}
_HARMLESS: Mapping[str, re.Pattern[str]] = {name: re.compile(form) for name, form in _FORMS.items()}

_SUSPECT = re.compile(r"auth|token|key|secret|cookie|session|credential|passw|signature|jwt")


@lru_cache(maxsize=1024)
def suspect(name: str) -> bool:
    """Whether a secret may be sent under this name, wherever it stands."""
    return _SUSPECT.search(name.lower()) is not None


def harmless(name: str, value: str) -> bool:
    """Whether a header may be kept as it is. name: in lower case."""
    form = _HARMLESS.get(name)
    return form is not None and form.fullmatch(value) is not None


def shown(headers: Mapping[str, str], *, world: str) -> dict[str, str]:
    """The headers by lower-case name; a value not known to be harmless is masked. world: the one the request
    came to, whose name is no secret."""
    kept: dict[str, str] = {}
    for name, value in headers.items():
        small = name.lower()
        if harmless(small, value) or (small == "x-mock-world" and value == world):
            kept[small] = value
        elif small == "location":
            kept[small] = _path_only(value)
        else:
            kept[small] = MASKED
    return kept


def media_type(headers: Mapping[str, str]) -> str:
    """The media type these (shown) headers name, without parameters; empty when there is none to show."""
    value = headers.get("content-type", "")
    return "" if value == MASKED else value.partition(";")[0].strip()


def _path_only(address: str) -> str:
    """A query may repeat what the request hid, and a host what the client called us."""
    return urlsplit(address).path
