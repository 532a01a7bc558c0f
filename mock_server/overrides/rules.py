"""Overrides: a response preference for the next requests it fits, and the overrides of one world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from mock_server.contract.operation import Operation
from mock_server.object_reader import MemberError, ObjectReader
from mock_server.overrides.preference import MAX_WAIT, ResponsePreference

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
_PREFERENCES = ("code", "example", "wait")

MAX_OVERRIDES = 100
"""The maximum number of overrides in a world."""


@dataclass(frozen=True, slots=True)
class Override:
    """A response preference for the next requests that match.

    A request matches by contract, operation and method (None matches any), and if its operation can grant the
    preference. id: empty until the override is added to the overrides of a world. times: the number of
    requests it applies to.
    """

    id: str
    preference: ResponsePreference
    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    times: int = 1

    def fits(self, operation: Operation, method: str) -> bool:
        """Whether a request matches."""
        return (
            self.contract in {None, operation.contract}
            and self.operation in {None, operation.id}
            and self.method in {None, method}
            and self.preference.granted(operation)
        )

    def to_json(self) -> dict[str, Any]:
        """The override in the form that `parse_override` accepts."""
        members = {
            "id": self.id,
            "contract": self.contract,
            "operation": self.operation,
            "method": self.method,
            "code": self.preference.code,
            "example": self.preference.example,
            "wait": self.preference.wait,
            "times": self.times,
        }
        return {name: value for name, value in members.items() if value is not None}


def parse_override(document: Any, *, id: str = "", place: str = "") -> Override:  # noqa: A002 - the member's name
    """The override in a JSON document.

    id: for a document without one; an override with an empty id gets one when it is added. place: the JSON
    pointer of the document, if it is part of another one. Raises MemberError with the member and what is
    allowed.
    """
    reader = ObjectReader(document, place)
    override = read_override(reader, id=id)
    reader.done()
    return override


def read_override(reader: ObjectReader, *, id: str = "") -> Override:  # noqa: A002 - the member's name
    """Read an override; other members are left in the reader. Raises MemberError."""
    if not any(name in reader for name in _PREFERENCES):
        raise reader.refuse(None, f"needs at least one of: {', '.join(_PREFERENCES)}")
    return Override(
        id=reader.id() or id,
        contract=reader.name("contract"),
        operation=reader.name("operation"),
        method=reader.choice("method", METHODS),
        preference=ResponsePreference(
            reader.integer("code", 200, 599),
            reader.name("example"),
            reader.number("wait", 0, MAX_WAIT),
        ),
        times=reader.integer("times", 1, 1_000_000) or 1,
    )


class OverrideConflictError(ValueError):
    """An override cannot be added: its id is in use, or the maximum number of overrides is reached."""


@dataclass(slots=True)
class _Armed:
    override: Override
    left: int


class OverrideRules:
    """The overrides of a world in their order, safe to use from several threads. Used-up ones are removed."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        """Raises OverrideConflictError."""
        self._lock = Lock()
        self._armed: dict[str, _Armed] = {}
        self._named = 0
        for override in overrides:
            self.add(override)

    def add(self, override: Override) -> Override:
        """Append an override; returns it with an id, which is generated if empty. Raises
        OverrideConflictError."""
        with self._lock:
            if len(self._armed) >= MAX_OVERRIDES:
                raise OverrideConflictError(f"a world can have at most {MAX_OVERRIDES} overrides")
            if override.id in self._armed:
                raise OverrideConflictError(f"an override {override.id!r} exists already")
            override = override if override.id else replace(override, id=self._new_id())
            self._armed[override.id] = _Armed(override, override.times)
        return override

    def get(self, override_id: str) -> Override | None:
        """The override with this id, or None."""
        armed = self._armed.get(override_id)
        return None if armed is None else armed.override

    def left(self, override_id: str) -> int:
        """The number of requests that an override still applies to; 0 for an unknown one."""
        armed = self._armed.get(override_id)
        return 0 if armed is None else armed.left

    def list(self) -> tuple[Override, ...]:
        """All overrides, in order."""
        with self._lock:
            return tuple(armed.override for armed in self._armed.values())

    def remove(self, override_id: str) -> bool:
        """Remove an override; returns whether it existed."""
        with self._lock:
            return self._armed.pop(override_id, None) is not None

    def clear(self) -> None:
        """Remove all overrides."""
        with self._lock:
            self._armed.clear()

    def take(self, operation: Operation, method: str) -> Override | None:
        """The first override that matches a request, or None. Counts it as used once."""
        if not self._armed:
            return None
        with self._lock:
            for armed in self._armed.values():
                if armed.override.fits(operation, method):
                    armed.left -= 1
                    if armed.left <= 0:
                        del self._armed[armed.override.id]
                    return armed.override
        return None

    def _new_id(self) -> str:
        while True:
            self._named += 1
            if f"override-{self._named}" not in self._armed:
                return f"override-{self._named}"

    def to_json(self) -> dict[str, Any]:
        """Overrides and their remaining uses as JSON, in the form that `parse_overrides` accepts."""
        with self._lock:
            armed = [{**entry.override.to_json(), "left": entry.left} for entry in self._armed.values()]
            return {"overrides": armed, "named": self._named}

    def copy(self) -> OverrideRules:
        """A copy with equal overrides and remaining uses."""
        return parse_overrides(self.to_json())


def parse_overrides(document: Any, *, place: str = "") -> OverrideRules:
    """The overrides in a document from `OverrideRules.to_json`. Raises MemberError with the place of an
    error."""
    reader = ObjectReader(document, place)
    listed = reader.take("overrides", required=True)
    if not isinstance(listed, list):
        raise reader.refuse("overrides", "must be a list")
    overrides = OverrideRules()
    for number, override in enumerate(listed):
        _arm(overrides, ObjectReader(override, f"{place}/overrides/{number}"))
    overrides._named = reader.integer("named", 0, 2**53) or 0
    reader.done()
    return overrides


def _arm(overrides: OverrideRules, reader: ObjectReader) -> None:
    if "id" not in reader:
        raise reader.refuse("id", "is required")
    override = read_override(reader)
    left = reader.integer("left", 1, override.times)
    reader.done()
    try:
        overrides.add(override)
    except OverrideConflictError as error:
        raise MemberError(reader.place, str(error)) from None
    overrides._armed[override.id].left = override.times if left is None else left
