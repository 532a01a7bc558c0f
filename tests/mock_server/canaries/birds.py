"""Texts that occur nowhere unless something leaks: each knows what it was sent as."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from itertools import count
from os.path import commonprefix

_STEM = "kanari"
_NUMBER = re.compile(rf"{_STEM}(\d{{4}})")


class Canaries:
    """Every secret of one server: those that are made for the purpose, and those its fixtures have."""

    def __init__(self, others: Mapping[str, str]) -> None:
        """others: secrets that are there without us, each with what it is."""
        self._numbers = count(1000)
        self._told: dict[str, str] = {}
        self._others = dict(others)
        self._forms = [*_base64_forms(_STEM), _STEM.encode().hex()]
        longest_first = sorted(others, key=len, reverse=True)
        start = commonprefix(longest_first)  # noqa: RUF071 - characters are meant, not folders
        ends = "|".join(re.escape(one.removeprefix(start)) for one in longest_first)
        self._pattern = re.compile(f"{re.escape(start)}(?:{ends})")

    def fresh(self, told: str) -> str:
        """A secret of letters and digits. told: what it is, and how it is sent."""
        number = next(self._numbers)
        self._told[str(number)] = told
        return f"{_STEM}{number}zq"

    def odd(self, told: str) -> str:
        """A secret with signs around it that JSON, addresses, HTML and shells write in other ways. Whichever
        way that is, what lies between them is found."""
        return f'ä"<{self.fresh(told)}/+=\\é'

    def any(self, told: str) -> str:
        """Now one, now the other."""
        return self.odd(told) if len(self._told) % 2 else self.fresh(told)

    def found(self, text: str) -> set[str]:
        """What the secrets in a text are, in whatever form they stand there."""
        made = {self._told[number] for number in _NUMBER.findall(text.lower()) if number in self._told}
        encoded = {f"a secret as {form}" for form in self._forms if form in text}
        return made | encoded | {self._others[one] for one in self._pattern.findall(text)}


def _base64_forms(text: str) -> list[str]:
    """What base64 makes of a text at each of the three places it can start at in a group of three bytes."""
    forms = []
    for before in range(3):
        whole = len(text) - (before + len(text)) % 3
        encoded = base64.b64encode(b"\0" * before + text[:whole].encode()).decode()
        forms.append(encoded[(0, 2, 3)[before] :])
    return forms
