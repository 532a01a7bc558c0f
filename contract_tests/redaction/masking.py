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
from typing import NewType
from urllib.parse import quote, quote_plus

from contract_tests.exchange import Exchange
from contract_tests.requirements.results import Finding, Outcome, RunResult, Secret

MaskedResult = NewType("MaskedResult", RunResult)

SURROGATES = "surrogatepass"
"""How halves of surrogate pairs are encoded: an environment variable that is not UTF-8 puts them into a
credential, and a JSON escape into any other text."""

_SHORT = 8
"""A secret of fewer characters is masked as a whole word only; "a" must not turn every sentence into
masks."""


class Redactor:
    """Replaces secrets by their masks."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        masks: dict[str, str] = {}
        for secret in secrets:
            for form in forms(secret.value):
                masks.setdefault(form, secret.mask)
        self._masks = masks
        self._longest_first = sorted(masks, key=lambda form: (-len(form), form))

    def text(self, text: str) -> str:
        """The text with every secret masked."""
        # A run makes hundreds of secrets with a dozen forms each: one pattern of all of them would take
        # seconds to compile, and few texts hold any.
        present = [form for form in self._longest_first if form in text]
        if not present:
            return text
        return re.sub("|".join(map(_pattern, present)), lambda match: self._masks[match.group()], text)

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
                headers={name: self.text(value) for name, value in sent.headers.items()},
                body=None if sent.body is None else self.content(sent.body),
            ),
            headers={name: self.text(value) for name, value in exchange.headers.items()},
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
        return replace(outcome, reason=redactor.text(outcome.reason), finding=finding)

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


def forms(value: str) -> Iterator[str]:
    """The forms a value can stand in: plain, in a URL, in JSON, in HTML, inside something in base64."""
    if not value:
        return
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
    if len(value) >= _SHORT:
        yield from _in_base64(value.encode("utf-8", SURROGATES))


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


def _pattern(form: str) -> str:
    return rf"(?<!\w){re.escape(form)}(?!\w)" if len(form) < _SHORT else re.escape(form)
