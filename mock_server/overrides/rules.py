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
"""So many overrides a world keeps at once."""


@dataclass(frozen=True, slots=True)
class Override:
    """What the next `times` requests get that ask this contract, operation and method (None: any) and whose
    operation can grant the preference. id: empty until it is added to a world's overrides."""

    id: str
    preference: ResponsePreference
    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    times: int = 1

    def fits(self, operation: Operation, method: str) -> bool:
        """Whether a request is one of those."""
        return (
            self.contract in {None, operation.contract}
            and self.operation in {None, operation.id}
            and self.method in {None, method}
            and self.preference.granted(operation)
        )

    def to_json(self) -> dict[str, Any]:
        """As `parse_override` takes it."""
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
    """The override a JSON document describes.

    id: for a document that names none; an override with an empty id gets one when it is added. place: the
    JSON pointer of the document where it is part of another. Raises MemberError, naming the member and what
    is allowed.
    """
    reader = ObjectReader(document, place)
    override = read_override(reader, id=id)
    reader.done()
    return override


def read_override(reader: ObjectReader, *, id: str = "") -> Override:  # noqa: A002 - the member's name
    """The override among these members, others left. Raises MemberError."""
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
    """An override that cannot be added to what is there: its id is taken, or there are too many."""


@dataclass(slots=True)
class _Armed:
    override: Override
    left: int


class OverrideRules:
    """Overrides in their order, safe to use from many threads; a used-up one is gone."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        """Raises OverrideConflictError."""
        self._lock = Lock()
        self._armed: dict[str, _Armed] = {}
        self._named = 0
        for override in overrides:
            self.add(override)

    def add(self, override: Override) -> Override:
        """Arm an override behind those that are there; one without an id gets one. Raises
        OverrideConflictError."""
        with self._lock:
            if len(self._armed) >= MAX_OVERRIDES:
                raise OverrideConflictError(f"a world keeps at most {MAX_OVERRIDES} overrides")
            if override.id in self._armed:
                raise OverrideConflictError(f"there is an override {override.id!r} already")
            override = override if override.id else replace(override, id=self._free())
            self._armed[override.id] = _Armed(override, override.times)
        return override

    def get(self, override_id: str) -> Override | None:
        """The armed override of this id, None where there is none."""
        armed = self._armed.get(override_id)
        return None if armed is None else armed.override

    def left(self, override_id: str) -> int:
        """How many requests will still get it; 0 for one that is not there."""
        armed = self._armed.get(override_id)
        return 0 if armed is None else armed.left

    def list(self) -> tuple[Override, ...]:
        """Every armed override, in order."""
        with self._lock:
            return tuple(armed.override for armed in self._armed.values())

    def remove(self, override_id: str) -> bool:
        """Disarm an override; whether there was one."""
        with self._lock:
            return self._armed.pop(override_id, None) is not None

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def take(self, operation: Operation, method: str) -> Override | None:
        """The first override a request fits, which it then has used once."""
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

    def _free(self) -> str:
        while True:
            self._named += 1
            if f"override-{self._named}" not in self._armed:
                return f"override-{self._named}"

    def to_json(self) -> dict[str, Any]:
        """Overrides and how often each is left, as JSON; `parse_overrides` makes equal overrides of it."""
        with self._lock:
            armed = [{**entry.override.to_json(), "left": entry.left} for entry in self._armed.values()]
            return {"overrides": armed, "named": self._named}

    def copy(self) -> OverrideRules:
        """Equal overrides, each as often left."""
        return parse_overrides(self.to_json())


def parse_overrides(document: Any, *, place: str = "") -> OverrideRules:
    """The overrides whose `to_json` this is. Raises MemberError naming the place that is wrong."""
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
