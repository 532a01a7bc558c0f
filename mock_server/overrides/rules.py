"""Overrides: what the next requests are answered with, and the overrides of one world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from mock_server.object_reader import MemberError, ObjectReader
from mock_server.overrides.preference import MAX_WAIT, ResponsePreference
from mock_server.overrides.reply import NORMAL, CustomReply, read_reply
from mock_server.seeded_random import SeededRandom
from mock_server.when import MAX_TIMES, METHODS, RequestFacts, When, read_when

_PREFERENCES = ("code", "example", "wait")
_FLAT = ("contract", "operation", "method")
"""Conditions that may also stand beside the reply."""

UNLIMITED = "unlimited"
"""As `times`: the override stays until it is removed."""

MAX_OVERRIDES = 1000
"""The maximum number of overrides in a world."""

MAX_SEQUENCE = 100
"""The maximum number of replies in a sequence."""


@dataclass(frozen=True, slots=True)
class Override:
    """A reply, a sequence of replies or a response preference for the next requests that match.

    A request matches if the conditions hold, and if its operation can grant the preference. id: empty until
    the override is added to the overrides of a world. when: its `times` is the number of requests that the
    override applies to, None for any number. replies: one for `reply`, several for `sequence`, of which the
    last is repeated; None among them is the operation's own reply.
    """

    id: str
    when: When
    preference: ResponsePreference
    replies: tuple[CustomReply | None, ...] = ()
    is_sequence: bool = False

    def fits(self, request: RequestFacts) -> bool:
        """Whether a request matches."""
        if request.operation is None or not self.when.fits(request):
            return False
        return self.preference.granted(request.operation, request.error_statuses)

    def to_json(self) -> dict[str, Any]:
        """The override in the form that `parse_override` accepts."""
        conditions = self.when.to_json()
        times = conditions.pop("times", UNLIMITED)
        members: dict[str, Any] = {"id": self.id}
        members |= {name: conditions.pop(name, None) for name in _FLAT}
        members["when"] = conditions or None
        members |= {name: getattr(self.preference, name) for name in _PREFERENCES}
        replies = [NORMAL if reply is None else reply.to_json() for reply in self.replies]
        if self.is_sequence:
            members["sequence"] = replies
        elif replies:
            members["reply"] = replies[0]
        members["times"] = times
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of an override. reply: None for the preference, or for the operation's own reply. call: the
    number of the request among those that match."""

    override: Override
    reply: CustomReply | None
    call: int


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
    given = [name for name in (*_PREFERENCES, "reply", "sequence") if name in reader]
    if not given:
        raise reader.refuse(None, "needs at least one of: code, example, wait; or a reply, or a sequence")
    own = [name for name in given if name not in _PREFERENCES]
    if own and len(given) > 1:
        other = next(name for name in given if name != own[0])
        raise reader.refuse(
            other, f"cannot stand beside {own[0]}; a reply has a status and a delay of its own"
        )
    override_id = reader.id() or id
    when = _conditions(reader)
    preference = ResponsePreference(
        reader.integer("code", 200, 599), reader.name("example"), reader.number("wait", 0, MAX_WAIT)
    )
    replies = _replies(reader)
    times = _times(reader, when.times, default=len(replies) or 1)
    return Override(override_id, replace(when, times=times), preference, replies, own == ["sequence"])


def _conditions(reader: ObjectReader) -> When:
    """The conditions in `when`, and those beside it."""
    beside = {
        "contract": reader.name("contract"),
        "operation": reader.name("operation"),
        "method": reader.choice("method", METHODS),
    }
    inside = reader.inside("when")
    for name, value in beside.items():
        if value is not None and inside is not None and name in inside:
            raise inside.refuse(name, "is given beside when as well")
    when = read_when(inside)
    return replace(
        when,
        contract=beside["contract"] or when.contract,
        operation=beside["operation"] or when.operation,
        method=beside["method"] or when.method,
    )


def _replies(reader: ObjectReader) -> tuple[CustomReply | None, ...]:
    reply = reader.inside("reply")
    listed = reader.take("sequence")
    if reply is not None:
        return (read_reply(reply),)
    if listed is None:
        return ()
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_SEQUENCE:
        raise reader.refuse("sequence", f'must be a list of 1 to {MAX_SEQUENCE} replies or "{NORMAL}"')
    places = [f"{reader.place}/sequence/{number}" for number in range(len(listed))]
    return tuple(
        None if entry == NORMAL else read_reply(ObjectReader(entry, place))
        for entry, place in zip(listed, places, strict=True)
    )


def _times(reader: ObjectReader, in_when: int | None, *, default: int) -> int | None:
    """The number of requests, None for any number."""
    if "times" not in reader:
        reader.take("times")
        return in_when or default
    if in_when is not None:
        raise reader.refuse("times", "is given in when as well")
    given = reader.take("times")
    if given == UNLIMITED:
        return None
    checked = ObjectReader({"times": given}, reader.place)
    try:
        return checked.integer("times", 1, MAX_TIMES)
    except MemberError as error:
        raise MemberError(error.place, f'{error.message}, or "{UNLIMITED}"') from None


class OverrideConflictError(ValueError):
    """An override cannot be added: its id is in use, or the maximum number of overrides is reached."""


@dataclass(slots=True)
class ArmedOverride:
    """An override with its counts: the requests that matched, and those that it was applied to."""

    override: Override
    calls: int = 0
    uses: int = 0

    @property
    def left(self) -> int | None:
        """The number of requests that it still applies to, None for any number."""
        times = self.override.when.times
        return None if times is None else times - self.uses

    def use(self, rng: SeededRandom) -> Use | None:
        """Count a request that matches; what it is answered with, None where the override passes it by."""
        override = self.override
        self.calls += 1
        if not override.when.chooses(self.calls, self.uses, rng, "override", override.id):
            return None
        reply = override.replies[min(self.uses, len(override.replies) - 1)] if override.replies else None
        self.uses += 1
        return Use(override, reply, self.calls)


class OverrideRules:
    """The overrides of a world in their order, safe to use from several threads. Used-up ones are removed."""

    def __init__(self, overrides: Iterable[Override] = (), *, rng: SeededRandom | None = None) -> None:
        """rng: decides by probability. Raises OverrideConflictError."""
        self._rng = rng or SeededRandom()
        self._lock = Lock()
        self.armed: dict[str, ArmedOverride] = {}
        """All of them by id. Only read outside of this module: most worlds have none."""
        self._named = 0
        for override in overrides:
            self.add(override)

    def add(self, override: Override) -> Override:
        """Append an override; returns it with an id, which is generated if empty. Raises
        OverrideConflictError."""
        with self._lock:
            if len(self.armed) >= MAX_OVERRIDES:
                raise OverrideConflictError(f"a world can have at most {MAX_OVERRIDES} overrides")
            if override.id in self.armed:
                raise OverrideConflictError(f"an override {override.id!r} exists already")
            override = override if override.id else replace(override, id=self._new_id())
            self.armed[override.id] = ArmedOverride(override)
        return override

    def get(self, override_id: str) -> Override | None:
        """The override with this id, or None."""
        armed = self.armed.get(override_id)
        return None if armed is None else armed.override

    def left(self, override_id: str) -> int | None:
        """The number of requests that an override still applies to, None for any number; 0 for an unknown
        one."""
        armed = self.armed.get(override_id)
        return 0 if armed is None else armed.left

    def list(self) -> tuple[Override, ...]:
        """All overrides, in order."""
        with self._lock:
            return tuple(armed.override for armed in self.armed.values())

    def remove(self, override_id: str) -> bool:
        """Remove an override; returns whether it existed."""
        with self._lock:
            return self.armed.pop(override_id, None) is not None

    def clear(self) -> None:
        """Remove all overrides."""
        with self._lock:
            self.armed.clear()

    def take(self, request: RequestFacts) -> Use | None:
        """The use of the first override that matches and applies to a request, or None."""
        if not self.armed:
            return None
        with self._lock:
            for armed in self.armed.values():
                use = armed.use(self._rng) if armed.override.fits(request) else None
                if use is not None:
                    if armed.left == 0:
                        del self.armed[armed.override.id]
                    return use
        return None

    def _new_id(self) -> str:
        while True:
            self._named += 1
            if f"override-{self._named}" not in self.armed:
                return f"override-{self._named}"

    def to_json(self) -> dict[str, Any]:
        """Overrides and their counts as JSON, in the form that `parse_overrides` accepts."""
        with self._lock:
            armed = [_armed_json(entry) for entry in self.armed.values()]
            return {"overrides": armed, "named": self._named}


def _armed_json(armed: ArmedOverride) -> dict[str, Any]:
    document = armed.override.to_json()
    if armed.left is not None:
        document["left"] = armed.left
    elif armed.uses:
        document["uses"] = armed.uses
    if armed.calls != armed.uses:
        document["calls"] = armed.calls
    return document


def parse_overrides(document: Any, *, rng: SeededRandom | None = None, place: str = "") -> OverrideRules:
    """The overrides in a document from `OverrideRules.to_json`. Raises MemberError with the place of an
    error."""
    reader = ObjectReader(document, place)
    listed = reader.take("overrides", required=True)
    if not isinstance(listed, list):
        raise reader.refuse("overrides", "must be a list")
    overrides = OverrideRules(rng=rng)
    for number, override in enumerate(listed):
        _arm(overrides, ObjectReader(override, f"{place}/overrides/{number}"))
    overrides._named = reader.integer("named", 0, 2**53) or 0
    reader.done()
    return overrides


def _arm(overrides: OverrideRules, reader: ObjectReader) -> None:
    if "id" not in reader:
        raise reader.refuse("id", "is required")
    override = read_override(reader)
    times = override.when.times
    if times is None:
        uses = reader.integer("uses", 0, 2**53) or 0
    else:
        left = reader.integer("left", 1, times)
        uses = 0 if left is None else times - left
    calls = reader.integer("calls", uses, 2**53)
    reader.done()
    try:
        overrides.add(override)
    except OverrideConflictError as error:
        raise MemberError(reader.place, str(error)) from None
    armed = overrides.armed[override.id]
    armed.uses, armed.calls = uses, uses if calls is None else calls
