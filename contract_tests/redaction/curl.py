"""A request as a curl line that runs as pasted in bash.

Credentials become environment variables, canaries their masks; everything else stays as it was sent, the
Idempotency-Key and bodies of any bytes included.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlsplit

from contract_tests.exchange import SentRequest
from contract_tests.redaction.masking import (
    SHORTEST_SECRET,
    SURROGATES,
    Redactor,
    is_secret_name,
    places_pattern,
    words_pattern,
)
from contract_tests.requirements.results import Secret

_CURLS_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
"""Headers that curl sets itself, and that no promise depends on."""

_LONG_BODY = 8_000
"""A longer body travels compressed in the line."""

_LONG_LINE = 100


def curl(sent: SentRequest, secrets: Iterable[Secret] = ()) -> str:
    """The command for one request."""
    secrets = tuple(secrets)
    canaries = Redactor(secret for secret in secrets if not secret.variable)
    quoted = _Quoting(tuple(secret for secret in secrets if secret.variable), canaries)
    feed, data = _body(sent.body, quoted, canaries)
    parts = [*_start(sent), quoted(_ascii(sent.url)), *_headers(sent, quoted), *data]
    separator = " \\\n  " if len(feed) + sum(map(len, parts)) > _LONG_LINE else " "
    return feed + separator.join(parts)


def _start(sent: SentRequest) -> Iterator[str]:
    yield "curl -sS --head" if sent.method == "HEAD" else f"curl -sS -i -X {sent.method}"
    if re.search(r"[\[\]{}]", sent.url):
        yield "--globoff"
    if re.search(r"/\.\.?(/|$)", urlsplit(sent.url).path):
        yield "--path-as-is"


def _headers(sent: SentRequest, quoted: _Quoting) -> Iterator[str]:
    for name, value in sent.headers.items():
        if name.lower() in _CURLS_OWN or (name.lower(), value) == ("accept", "*/*"):
            continue
        basic = quoted.variable_behind_basic(value) if name.lower() == "authorization" else None
        if basic:
            yield f'-u "${basic}"'
        elif value.strip():
            yield f"-H {quoted(f'{name}: {value}', is_place=quoted.is_place(name, value))}"
        else:
            yield f"-H {quoted(f'{name};')}"
    if sent.body is not None and "content-type" not in {name.lower() for name in sent.headers}:
        yield "-H 'Content-Type:'"


def _body(body: bytes | None, quoted: _Quoting, canaries: Redactor) -> tuple[str, list[str]]:
    """What is piped into curl, and the options that send the body."""
    if body is None:
        return "", []
    if len(body) > _LONG_BODY:
        packed = b64encode(gzip.compress(canaries.content(body), mtime=0)).decode()
        return f"printf %s {packed} | base64 -d | gunzip | ", ["--data-binary @-"]
    text = _plain_text(body)
    if text is None:
        escaped = "".join(_byte(byte) for byte in canaries.content(body))
        return f"printf '{escaped}' | ", ["--data-binary @-"]
    return "", [f"--data-raw {quoted(text)}"]


def _plain_text(body: bytes) -> str | None:
    """The body as text a shell argument can hold and a reader can see; None when it is not such text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(sign.isprintable() or sign in "\n\t" for sign in text) else None


def _byte(byte: int) -> str:
    """One byte of a printf format."""
    if byte == ord("%"):
        return "%%"
    plain = 0x20 <= byte < 0x7F and chr(byte) not in "\\'"
    return chr(byte) if plain else f"\\{byte:03o}"


def _ascii(url: str) -> str:
    """The URL with signs beyond ASCII percent-encoded, as they went over the wire."""
    return quote(url, safe="".join(map(chr, range(0x21, 0x7F))), errors=SURROGATES)


class _Quoting:
    """Quotes text for bash; a credential within it becomes its variable, a canary its mask."""

    def __init__(self, credentials: tuple[Secret, ...], canaries: Redactor) -> None:
        self._canaries = canaries
        self._variables: dict[str, str] = {}
        for secret in credentials:
            if secret.value:
                self._variables.setdefault(secret.value, secret.variable)
        self._basic = {
            f"Basic {b64encode(value.encode('utf-8', SURROGATES)).decode()}": name
            for value, name in self._variables.items()
        }
        long = sorted(
            (each for each in self._variables if len(each) >= SHORTEST_SECRET), key=len, reverse=True
        )
        self._anywhere = re.compile("|".join(map(re.escape, long))) if long else None
        short = [each for each in self._variables if len(each) < SHORTEST_SECRET]
        self._words, self._at_places = words_pattern(short), places_pattern(short)

    def __call__(self, text: str, *, is_place: bool = False) -> str:
        """The text in quotes. is_place: whether short credentials are replaced anywhere in it."""
        short = self._words if is_place else self._at_places
        pieces = [part for piece in _split(text, self._anywhere) for part in self._parts(piece, short)]
        if any(piece in self._variables for piece in pieces):
            return self._in_one(pieces) or "".join(map(self._piece, pieces))
        return self._piece(text)

    def is_place(self, name: str, value: str) -> bool:
        """Whether a header is a place of secrets: by its name, or because a credential is all it holds."""
        return is_secret_name(name) or value in self._variables

    def _parts(self, piece: str, short: re.Pattern[str] | None) -> list[str]:
        return [piece] if piece in self._variables else _split(piece, short)

    def variable_behind_basic(self, value: str) -> str | None:
        """The variable whose value a Basic header encodes."""
        return self._basic.get(value)

    def _in_one(self, pieces: list[str]) -> str | None:
        """All pieces between one pair of double quotes, where nothing in them means something to bash."""
        quoted = ""
        for piece, after in zip(pieces, [*pieces[1:], ""], strict=True):
            if piece in self._variables:
                name = self._variables[piece]
                quoted += f"${{{name}}}" if re.match(r"\w", after) else f"${name}"
            elif re.search(r'["$`\\!]', piece) or not piece.isprintable():
                return None
            else:
                quoted += self._canaries.text(piece)
        return f'"{quoted}"'

    def _piece(self, piece: str) -> str:
        if piece in self._variables:
            return f'"${self._variables[piece]}"'
        piece = self._canaries.text(piece)
        if all(sign.isprintable() or sign in "\n\t" for sign in piece):
            return "'" + piece.replace("'", "'\\''") + "'"
        return "$'" + "".join(_in_ansi_quotes(sign) for sign in piece) + "'"


def _split(text: str, pattern: re.Pattern[str] | None) -> list[str]:
    """The text in parts: what the pattern finds, its group `secret` where it has one, and what is between."""
    if pattern is None:
        return [text]
    group = "secret" if "secret" in pattern.groupindex else 0
    parts, end = [], 0
    for match in pattern.finditer(text):
        parts += [text[end : match.start(group)], match[group]]
        end = match.end(group)
    return [part for part in (*parts, text[end:]) if part]


def _in_ansi_quotes(sign: str) -> str:
    if sign in "\\'":
        return "\\" + sign
    return (
        sign if sign.isprintable() else "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", SURROGATES))
    )
