"""Masking by value: no credential and no canary reaches a report, in whatever form it stands there.

Every report takes a `MaskedResult`, and only `masked` makes one.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NewType
from urllib.parse import quote, quote_plus

from contract_tests.exchange import Exchange
from contract_tests.requirements.results import Finding, Outcome, RunResult, Secret

MaskedResult = NewType("MaskedResult", RunResult)

SURROGATES = "surrogatepass"
"""How halves of surrogate pairs are encoded: an environment variable that is not UTF-8 puts them into a
credential, and a JSON escape into any other text."""

SHORTEST_SECRET = 12
"""A secret of at least as many characters is masked wherever it stands. A shorter one may be any word, so it
is masked at the places of secrets only."""

_PLACES = (
    r"(?:authorization|cookie|token|secret|passw|pwd|passphrase|credential|session|signature"
    r"|(?:api|access|private|secret|auth|app|client|proxy|account|subscription|license)[_-]?key)"
)
"""What names of headers, parameters and members contain that hold secrets."""

_SECRET_NAME = re.compile(_PLACES, re.IGNORECASE)
_SCHEME = r"(?:(?:bearer|basic|apikey|token|digest)\s+)?"
_BEFORE_VALUE = rf"""{_PLACES}[\w.\[\]-]{{0,40}}["']?\s*[:=]\s*["']?{_SCHEME}"""


class Redactor:
    """Replaces secrets by their masks."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._masks: dict[str, str] = {}
        short: list[str] = []
        for secret in secrets:
            is_short = len(secret.value) < SHORTEST_SECRET
            for form in _short_forms(secret.value) if is_short else forms(secret.value):
                self._masks.setdefault(form, secret.mask)
                if is_short:
                    short.append(form)
        self._anywhere = sorted(self._masks.keys() - {*short}, key=lambda form: (-len(form), form))
        self._words = words_pattern(short)
        self._at_places = places_pattern(short)

    def text(self, text: str) -> str:
        """The text with every secret masked."""
        # A run makes hundreds of secrets with a dozen forms each: one pattern of all of them would take
        # seconds to compile, and few texts hold any.
        present = [form for form in self._anywhere if form in text] if text else []
        if present:
            text = re.sub("|".join(map(re.escape, present)), lambda match: self._masks[match.group()], text)
        if self._at_places is None:
            return text
        return self._at_places.sub(lambda match: (match["place"] or "") + self._masks[match["secret"]], text)

    def header(self, name: str, value: str) -> str:
        """The value of a header with every secret masked."""
        value = self.text(value)
        if self._words is None or not (is_secret_name(name) or value in self._masks):
            return value
        return self._words.sub(lambda match: self._masks[match.group()], value)

    def content(self, content: bytes) -> bytes:
        """The bytes with every secret masked; what is not UTF-8 stays as it is."""
        return self.text(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange with every secret masked, headers and bodies included."""
        sent = exchange.sent
        return replace(
            exchange,
            sent=replace(
                sent,
                url=self.text(sent.url),
                headers={name: self.header(name, value) for name, value in sent.headers.items()},
                body=None if sent.body is None else self.content(sent.body),
            ),
            headers={name: self.header(name, value) for name, value in exchange.headers.items()},
            content=self.content(exchange.content),
        )

    def finding(self, finding: Finding) -> Finding:
        """The finding with every secret masked.

        Its curl line names variables already; what is left is masked.
        """
        return replace(
            finding,
            expected=self.text(finding.expected),
            received=self.text(finding.received),
            curl=self.text(finding.curl),
            exchange=None if finding.exchange is None else self.exchange(finding.exchange),
        )


def masked(result: RunResult) -> MaskedResult:
    """The result as it may be shown, and without the secrets themselves."""
    redactor = Redactor(result.secrets)

    def masked_outcome(outcome: Outcome) -> Outcome:
        finding = None if outcome.finding is None else redactor.finding(outcome.finding)
        return replace(
            outcome, reason=redactor.text(outcome.reason), cause=redactor.text(outcome.cause), finding=finding
        )

    return MaskedResult(
        replace(
            result,
            target=redactor.text(result.target),
            contracts=tuple(
                replace(contract, base_url=redactor.text(contract.base_url)) for contract in result.contracts
            ),
            outcomes=tuple(map(masked_outcome, result.outcomes)),
            problems=tuple(
                replace(problem, message=redactor.text(problem.message)) for problem in result.problems
            ),
            leftovers=tuple(map(redactor.text, result.leftovers)),
            undeletable=tuple(map(redactor.text, result.undeletable)),
            secrets=(),
        )
    )


@lru_cache(maxsize=16_384)  # each finding asks for those of every secret of its run
def forms(value: str) -> tuple[str, ...]:
    """The forms a value can stand in: plain, in a URL, in JSON, in HTML, inside something in base64."""
    if not value:
        return ()
    every = [*_written(value), *_in_base64(value.encode("utf-8", SURROGATES))]
    return tuple(dict.fromkeys(every))


def _written(value: str) -> Iterator[str]:
    """The forms of a value as text, in a URL, in JSON and in HTML."""
    yield value
    in_urls = (
        quote(value, safe="", errors=SURROGATES),
        quote(value, errors=SURROGATES),
        quote_plus(value, errors=SURROGATES),
    )
    for encoded in in_urls:
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda match: match.group().lower(), encoded)
    for plain_letters in (True, False):
        in_json = json.dumps(value, ensure_ascii=plain_letters)[1:-1]
        yield in_json
        yield in_json.replace("/", "\\/")
    yield html.escape(value)
    yield html.escape(value, quote=False)


def is_secret_name(name: str) -> bool:
    """Whether a header, parameter or member of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


def words_pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these texts as whole words; None without any."""
    alternatives = _alternatives(texts)
    return re.compile(rf"(?<!\w){alternatives}(?!\w)") if alternatives else None


def places_pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these texts where secrets stand: after a name that says so, and as the password of an
    address; None without any.

    Its groups: `place`, what stands before the text, and `secret`, the text itself.
    """
    alternatives = _alternatives(texts)
    if not alternatives:
        return None
    in_address = r"(?<=:)(?=[^\s/@]{1,200}@)"
    return re.compile(rf"(?:(?P<place>(?i:{_BEFORE_VALUE}))|{in_address})(?P<secret>{alternatives})(?!\w)")


def _alternatives(texts: Iterable[str]) -> str:
    longest_first = sorted({text for text in texts if text}, key=lambda text: (-len(text), text))
    return f"(?:{'|'.join(map(re.escape, longest_first))})" if longest_first else ""


def _short_forms(value: str) -> Iterator[str]:
    """The forms of a value at the places of secrets: all but those inside something longer in base64."""
    if value:
        yield from _written(value)
        yield base64.b64encode(value.encode("utf-8", SURROGATES)).decode()


def _in_base64(value: bytes) -> Iterator[str]:
    """What base64 makes of the value at each of the three places it can start at in a group of three
    bytes."""
    for before in range(3):
        whole = len(value) - (before + len(value)) % 3
        encoded = base64.b64encode(b"\0" * before + value[:whole])
        certain = encoded[(0, 2, 3)[before] :].decode()
        yield certain
        yield certain.translate(str.maketrans("+/", "-_"))
    yield base64.b64encode(value).decode()
