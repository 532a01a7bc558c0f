"""Reads the members of a JSON object one by one; errors name the place as a JSON Pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.json_pointer import escape

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_ID_RULE = "1 to 64 of letters, digits, dot, underscore and hyphen, the first a letter or digit"


class MemberError(ValueError):
    """A member that is missing, unknown, or not what is allowed there. place: its JSON pointer."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place or '(the document)'}: {message}")
        self.place = place
        self.message = message


class ObjectReader:
    """The members of one object; each is read once, and `done` refuses those that were not read."""

    def __init__(self, document: Any, place: str = "") -> None:
        """Raises MemberError when the document is no JSON object."""
        if not isinstance(document, Mapping):
            raise MemberError(place, "must be an object")
        self.place = place
        self._left: dict[str, Any] = dict(document)
        self._known: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def refuse(self, name: str | None, message: str) -> MemberError:
        """The error that says this of a member, or of the object itself."""
        return MemberError(self.place if name is None else self._place(name), message)

    def _place(self, name: str) -> str:
        return f"{self.place}/{escape(name)}"

    def take(self, name: str, *, required: bool = False) -> Any:
        """The value of a member as it is, None where there is none. Raises MemberError when one is
        required."""
        self._known.append(name)
        if required and name not in self._left:
            raise self.refuse(name, "is required")
        return self._left.pop(name, None)

    def text(self, name: str, pattern: str, allowed: str, *, required: bool = False) -> str | None:
        """A text that matches the pattern. allowed: the pattern in words. Raises MemberError."""
        if name not in self and not required:
            return self.take(name)  # type: ignore[no-any-return]
        value = self.take(name, required=required)
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
            raise self.refuse(name, f"must be {allowed}")
        return value

    def id(self) -> str | None:
        """The member `id`: a name that can stand in a path. Raises MemberError."""
        return self.text("id", _ID, _ID_RULE)

    def name(self, name: str) -> str | None:
        """A name given elsewhere, in a contract or a principals file. Raises MemberError."""
        return self.text(name, ".{1,200}", "a text of 1 to 200 characters")

    def choice(self, name: str, options: Sequence[str], *, required: bool = False) -> str | None:
        """One of these texts. Raises MemberError."""
        pattern = "|".join(map(re.escape, options))
        return self.text(name, pattern, f"one of: {', '.join(options)}", required=required)

    def integer(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """An integer from low to high; 5.0 is one. Raises MemberError."""
        value = self.number(name, low, high, required=required, words="an integer")
        if value is not None and value != int(value):
            raise self.refuse(name, f"must be an integer from {low} to {high}")
        return None if value is None else int(value)

    def number(
        self, name: str, low: float, high: float, *, required: bool = False, words: str = "a number"
    ) -> float | None:
        """A number from low to high. Raises MemberError."""
        if name not in self and not required:
            return self.take(name)  # type: ignore[no-any-return]
        value = self.take(name, required=required)
        if not is_number(value, low, high):
            raise self.refuse(name, f"must be {words} from {low} to {high}")
        return value  # type: ignore[no-any-return]

    def inside(self, name: str) -> ObjectReader | None:
        """The members of a member, None where there is none. Raises MemberError when it is no object."""
        if name not in self:
            return self.take(name)  # type: ignore[no-any-return]
        return ObjectReader(self.take(name), self._place(name))

    def done(self) -> None:
        """Raises MemberError when there are members that were not read."""
        for name in self._left:
            allowed = ", ".join(dict.fromkeys(self._known))
            raise self.refuse(name, f"is unknown; allowed here: {allowed}")


def is_number(value: Any, low: float, high: float) -> bool:
    """Whether a JSON value is a number from low to high; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
