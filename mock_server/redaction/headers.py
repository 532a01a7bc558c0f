"""Which headers may be kept, and which names suggest that a secret is sent under them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from mock_server.redaction.masking import MASKED

_MEDIA = (
    r"(?:application|text|image|audio|video|font|multipart|\*)/(?:[a-z]{1,24}(?:[.+-][a-z]{1,24}){0,4}|\*)"
)
_MEDIA_TYPE = rf"{_MEDIA}(?:; ?(?:charset=\"?[Uu][Tt][Ff]-8\"?|q=[01](?:\.\d)?|version=[\d.]{{1,6}}))*"
_PREFERENCE = r"(?:code=\d{3}|example=[a-z_]{1,40}|wait=\d{1,10}(?:\.\d{1,3})?)"
_HARMLESS_FORMS: Mapping[str, str] = {
    "accept": rf"{_MEDIA_TYPE}(?:, ?{_MEDIA_TYPE})*",
    "accept-encoding": r"(?:(?:gzip|deflate|br|zstd|compress|identity|\*)(?:; ?q=[\d.]{1,5})?(?:, ?)?)+",
    "accept-language": r"(?:(?:[a-z]{2}(?:-[A-Z]{2})?|\*)(?:; ?q=[\d.]{1,5})?(?:, ?)?)+",
    "allow": r"[A-Z]{3,7}(?:, [A-Z]{3,7})*",
    "cache-control": r"(?:no-cache|no-store|max-age=\d{1,10})(?:, ?(?:no-cache|no-store|max-age=\d{1,10}))*",
    "connection": r"keep-alive|close|upgrade",
    "content-length": r"\d{1,12}",
    "content-type": _MEDIA_TYPE,
    "host": r"(?:(?:[a-z0-9-]{1,63}\.)?localhost|\d{1,3}(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?",
    "prefer": rf"{_PREFERENCE}(?:, ?{_PREFERENCE})*",
    "preference-applied": rf"{_PREFERENCE}(?:, ?{_PREFERENCE})*",
    "retry-after": r"\d{1,10}",
    "www-authenticate": r"(?:Bearer|Basic|ApiKey)(?: realm=\"[A-Za-z ]{1,30}\")?",
    "x-mock-request-id": r"[a-z0-9-]{1,63}\.\d{1,12}",
}
"""Values that can be kept, by lower-case header name: forms too narrow to hide a secret in."""

_HARMLESS: Mapping[str, re.Pattern[str]] = {name: re.compile(form) for name, form in _HARMLESS_FORMS.items()}

_SECRET_NAME = re.compile(r"auth|token|key|secret|cookie|session|credential|passw|signature|jwt")


@lru_cache(maxsize=1024)
def suggests_secret(name: str) -> bool:
    """Whether a header, parameter or member of this name may carry a secret."""
    return _SECRET_NAME.search(name.lower()) is not None


def is_harmless(name: str, value: str) -> bool:
    """Whether a header can be kept as it is. name: in lower case."""
    form = _HARMLESS.get(name)
    return form is not None and form.fullmatch(value) is not None


def redact_headers(headers: Mapping[str, str], *, world: str) -> dict[str, str]:
    """The headers by lower-case name; every value that is not known to be harmless is masked.

    world: name of the world the request was for, which is no secret.
    """
    redacted: dict[str, str] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if is_harmless(lowered, value) or (lowered == "x-mock-world" and value == world):
            redacted[lowered] = value
        elif lowered == "location":
            # A query may repeat what the request hid, and a host what the client called us.
            redacted[lowered] = urlsplit(value).path
        else:
            redacted[lowered] = MASKED
    return redacted
