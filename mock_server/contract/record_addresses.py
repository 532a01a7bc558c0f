"""Addresses of records in the texts of records: https://api.example.com/repos/octocat/hello/issues/7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_SERVER = r"(?:https?://[^/?#]+)?(?:/[^/?#{}]+){0,3}?"
"""The server of an address, and the path under which it serves the API."""
_SEGMENT = r"([^/?#{}]+)"
_END = r"(?=[/?#{]|$)"


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """The addresses that begin with the path of a record.

    parameters: of the path, in its order.
    """

    parameters: tuple[str, ...]
    _expression: re.Pattern[str]

    def values(self, text: str) -> dict[str, str] | None:
        """Return the value of each parameter in an address of the record itself, None for other texts."""
        return self._values(self._expression.fullmatch(text))

    def values_before_rest(self, text: str) -> dict[str, str] | None:
        """Return the value of each parameter in an address that begins with the record's, else None."""
        return self._values(self._expression.match(text))

    def _values(self, match: re.Match[str] | None) -> dict[str, str] | None:
        if match is None:
            return None
        return dict(zip(self.parameters, map(unquote, match.groups()), strict=True))

    def filled(self, text: str, values: Mapping[str, object]) -> str | None:
        """Return an address with these values of the parameters; None for a text that is no such address.

        What follows the path of the record stays.
        """
        match = self._expression.match(text)
        if match is None:
            return None
        parts, end = [], 0
        for number, parameter in enumerate(self.parameters, 1):
            parts += [text[end : match.start(number)], quote(str(values[parameter]), safe="")]
            end = match.end(number)
        return "".join([*parts, text[end:]])


@lru_cache(maxsize=4096)
def address_pattern(path: str) -> AddressPattern | None:
    """Return the pattern for a path template without the prefix of its contract.

    None for a path without parameters, and for one without words, which every address would fit.
    """
    literals = _PARAMETER.split(path)[::2]
    parameters = tuple(_PARAMETER.findall(path))
    if not parameters or not literals[0].strip("/"):
        return None
    expression = _SEGMENT.join(re.escape(literal) for literal in literals)
    return AddressPattern(parameters, re.compile(f"{_SERVER}{expression}{_END}"))
