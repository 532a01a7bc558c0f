"""The fault rules of one world and what they have seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from mock_server.clock import from_rfc3339
from mock_server.errors.api_error import ApiError
from mock_server.faults.fault import Asked, Count, Declared, Documented, Draw, ErrorFault, ResponseFault
from mock_server.faults.rule import FaultRule, parse_rule
from mock_server.messages import Response
from mock_server.object_reader import MemberError, ObjectReader
from mock_server.seeded_random import SeededRandom

LIMIT = 100
"""So many rules a world keeps."""


class RuleConflictError(ValueError):
    """A rule that cannot be added to what is there: its id is taken, or there are too many."""


@dataclass(frozen=True, slots=True)
class FaultHit:
    """One hit of a rule. call: which of the rule's calls. count: what the rule had seen by then."""

    rule: FaultRule
    call: int
    count: Count
    now: datetime
    rng: SeededRandom

    @property
    def answers(self) -> bool:
        """Whether it takes the place of the platform's answer."""
        return isinstance(self.rule.fault, ErrorFault)

    def answer(self) -> Response | ApiError | Documented | None:
        """What is answered in the platform's place, None for a fault that only spoils."""
        fault = self.rule.fault
        return fault.answer(self.count, self.now) if isinstance(fault, ErrorFault) else None

    def mutate_response(self, response: Response, declared: Declared) -> Response:
        """The reply on its way out; the very same one where there is nothing to spoil."""
        fault = self.rule.fault
        if not isinstance(fault, ResponseFault):
            return response
        return fault.mutate_response(response, Draw(self.rng, self.rule.id, self.call), declared)

    def to_json(self) -> dict[str, Any]:
        """What a record of the exchange says of it."""
        return {"rule": self.rule.id, "kind": self.rule.kind, "call": self.call}


class FaultRules:
    """Rules in their order, safe to use from many threads.

    Every rule counts for itself and draws by its own id and count: with equal seeds it hits the same of its
    calls, whatever other rules there are and however calls to others come in between.
    """

    def __init__(self, rng: SeededRandom, rules: Iterable[FaultRule] = ()) -> None:
        """Raises RuleConflictError."""
        self._rng = rng
        self._lock = Lock()
        self._rules: dict[str, FaultRule] = {}
        self._counts: dict[str, Count] = {}
        self._named = 0
        for rule in rules:
            self.add(rule)

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, rule: FaultRule) -> FaultRule:
        """Put a rule at the end, its count at nothing; one without an id gets one. Raises
        RuleConflictError."""
        with self._lock:
            if len(self._rules) >= LIMIT:
                raise RuleConflictError(f"a world keeps at most {LIMIT} fault rules")
            if rule.id in self._rules:
                raise RuleConflictError(f"there is a fault rule {rule.id!r} already")
            rule = rule if rule.id else replace(rule, id=self._free())
            self._rules[rule.id] = rule
            self._counts[rule.id] = Count()
        return rule

    def get(self, rule_id: str) -> FaultRule | None:
        """The rule of this id, None where there is none."""
        return self._rules.get(rule_id)

    def list(self) -> tuple[FaultRule, ...]:
        """Every rule, in order."""
        with self._lock:
            return tuple(self._rules.values())

    def seen(self, rule_id: str) -> Count:
        """What a rule has seen so far; nothing for one that is not there."""
        with self._lock:
            return replace(self._counts.get(rule_id, Count()))

    def remove(self, rule_id: str) -> bool:
        """Take a rule out; whether there was one."""
        with self._lock:
            self._counts.pop(rule_id, None)
            return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Take every rule out."""
        with self._lock:
            self._rules.clear()
            self._counts.clear()

    def roll(self, asked: Asked) -> tuple[FaultHit, ...]:
        """The faults this call meets, in the order of the rules; of those that answer only the first."""
        if not self._rules:
            return ()
        found: list[FaultHit] = []
        with self._lock:
            for rule in self._rules.values():
                if rule.fits(asked):
                    fault = self._rolled(rule, asked.now, free=not any(one.answers for one in found))
                    found += [] if fault is None else [fault]
        return tuple(found)

    def _rolled(self, rule: FaultRule, now: datetime, *, free: bool) -> FaultHit | None:
        """free: whether the call still lacks an answer."""
        count = self._counts[rule.id]
        count.calls += 1
        if not rule.when.chooses(count.calls, count.hits, self._rng, rule.id):
            return None
        if not rule.fault.strikes(count, now) or not (free or isinstance(rule.fault, ResponseFault)):
            return None
        count.hits += 1
        return FaultHit(rule, count.calls, replace(count), now, self._rng)

    def _free(self) -> str:
        while True:
            self._named += 1
            if f"fault-{self._named}" not in self._rules:
                return f"fault-{self._named}"

    def to_json(self) -> dict[str, Any]:
        """Rules and counts as JSON; `parse_rules` makes an equal book of it."""
        with self._lock:
            return {
                "rules": [rule.to_json() for rule in self._rules.values()],
                "counts": {rule_id: _told(count) for rule_id, count in self._counts.items()},
                "named": self._named,
            }

    def copy(self, rng: SeededRandom) -> FaultRules:
        """A book of its own with the same rules and counts. chance: of the world it is for."""
        with self._lock:
            made = FaultRules(rng, self._rules.values())
            made._counts = {rule_id: replace(count) for rule_id, count in self._counts.items()}
            made._named = self._named
        return made


def parse_rules(document: Any, rng: SeededRandom, *, place: str = "") -> FaultRules:
    """The book whose `to_json` this is. Raises MemberError naming the place that is wrong."""
    members = ObjectReader(document, place)
    book = FaultRules(rng)
    rules = members.take("rules", required=True)
    if not isinstance(rules, list):
        raise members.refuse("rules", "must be a list")
    for number, one in enumerate(rules):
        _added(book, one, f"{place}/rules/{number}")
    counts = members.inside("counts") or ObjectReader({})
    for rule in book.list():
        book._counts[rule.id] = _count(counts.inside(rule.id))
    counts.done()
    book._named = members.integer("named", 0, _MANY) or 0
    members.done()
    return book


def _added(book: FaultRules, document: Any, place: str) -> None:
    rule = parse_rule(document, place=place)
    if not rule.id:
        raise MemberError(f"{place}/id", "is required")
    try:
        book.add(rule)
    except RuleConflictError as error:
        raise MemberError(place, str(error)) from None


_MANY = 2**53


def _told(count: Count) -> Mapping[str, Any]:
    told: dict[str, Any] = {"calls": count.calls, "hits": count.hits}
    if count.opened is not None:
        told.update(opened=count.opened.isoformat(), used=count.used)
    return told


def _count(members: ObjectReader | None) -> Count:
    if members is None:
        return Count()
    count = Count(members.integer("calls", 0, _MANY) or 0, members.integer("hits", 0, _MANY) or 0)
    opened = members.text("opened", ".{1,40}", "a date-time with an offset")
    count.used = members.integer("used", 0, _MANY) or 0
    members.done()
    if opened is not None:
        try:
            count.opened = from_rfc3339(opened)
        except ValueError:
            raise members.refuse("opened", "must be a date-time with an offset") from None
    return count
