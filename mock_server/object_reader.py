"""Reads and validates the members of a JSON object; errors name the place as a JSON Pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.json_pointer import escape

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_ID_RULE = "1 to 64 letters, digits, dots, underscores and hyphens, starting with a letter or digit"


class MemberError(ValueError):
    """A missing, unknown or invalid member. place: its JSON pointer. message: what is allowed."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place or '(the document)'}: {message}")
        self.place = place
        self.message = message


class ObjectReader:
    """The members of one object. Each is read once; `done` rejects the members that were not read."""

    def __init__(self, document: Any, place: str = "") -> None:
        """place: the JSON pointer of the document. Raises MemberError if it is not an object."""
        if not isinstance(document, Mapping):
            raise MemberError(place, "must be an object")
        self.place = place
        self._left: dict[str, Any] = dict(document)
        self._known: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def refuse(self, name: str | None, message: str) -> MemberError:
        """An error about a member, or about the object itself if name is None; the caller raises it."""
        return MemberError(self.place if name is None else self._place(name), message)

    def _place(self, name: str) -> str:
        return f"{self.place}/{escape(name)}"

    def take(self, name: str, *, required: bool = False) -> Any:
        """The value of a member, not validated; None if it is missing. Raises MemberError if a required one
        is missing."""
        # Also of missing members, since `done` lists what is allowed.
        self._known.append(name)
        if required and name not in self._left:
            raise self.refuse(name, "is required")
        return self._left.pop(name, None)

    def text(self, name: str, pattern: str, allowed: str, *, required: bool = False) -> str | None:
        """A string that matches a pattern, or None. allowed: the pattern in words. Raises MemberError."""
        if name not in self and not required:
            return self.take(name)  # type: ignore[no-any-return]
        value = self.take(name, required=required)
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
            raise self.refuse(name, f"must be {allowed}")
        return value

    def id(self) -> str | None:
        """The member `id`, which needs no escaping in a URL path, or None. Raises MemberError."""
        return self.text("id", _ID, _ID_RULE)

    def name(self, name: str) -> str | None:
        """A name from a contract or a principals file, or None. Raises MemberError."""
        return self.text(name, ".{1,200}", "a string of 1 to 200 characters")

    def choice(self, name: str, options: Sequence[str], *, required: bool = False) -> str | None:
        """One of these strings, or None. Raises MemberError."""
        pattern = "|".join(map(re.escape, options))
        return self.text(name, pattern, f"one of: {', '.join(options)}", required=required)

    def integer(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """An integer from low to high, or None. 5.0 is an integer. Raises MemberError."""
        value = self.number(name, low, high, required=required, words="an integer")
        if value is not None and value != int(value):
            raise self.refuse(name, f"must be an integer from {low} to {high}")
        return None if value is None else int(value)

    def number(
        self, name: str, low: float, high: float, *, required: bool = False, words: str = "a number"
    ) -> float | None:
        """A number from low to high, or None. words: the type in the error message. Raises MemberError."""
        if name not in self and not required:
            return self.take(name)  # type: ignore[no-any-return]
        value = self.take(name, required=required)
        if not is_number(value, low, high):
            raise self.refuse(name, f"must be {words} from {low} to {high}")
        return value  # type: ignore[no-any-return]

    def inside(self, name: str) -> ObjectReader | None:
        """A reader of a member that is an object, or None. Raises MemberError if it is not an object."""
        if name not in self:
            return self.take(name)  # type: ignore[no-any-return]
        return ObjectReader(self.take(name), self._place(name))

    def done(self) -> None:
        """Raises MemberError if a member was not read."""
        for name in self._left:
            allowed = ", ".join(dict.fromkeys(self._known))
            raise self.refuse(name, f"is unknown (allowed: {allowed})")


def is_number(value: Any, low: float, high: float) -> bool:
    """Whether a JSON value is a number from low to high. true and false are not, unlike in Python."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
