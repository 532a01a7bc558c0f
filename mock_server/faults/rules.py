"""Fault rules: a fault with its conditions, and the rules of one world with their counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from mock_server.clock import from_rfc3339
from mock_server.errors.api_error import ApiError
from mock_server.faults.fault import (
    DeclaredReply,
    DocumentedAnswer,
    Draw,
    ErrorFault,
    Fault,
    ResponseFault,
    RuleCount,
)
from mock_server.messages import Response
from mock_server.object_reader import MemberError, ObjectReader
from mock_server.seeded_random import SeededRandom
from mock_server.when import RequestFacts, When, read_when

MAX_RULES = 100
"""The maximum number of rules in a world."""

_MAX_COUNT = 2**53


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault with its conditions. id: empty until the rule is added to the rules of a world."""

    id: str
    when: When
    fault: Fault

    @property
    def kind(self) -> str:
        """The name of the fault kind."""
        return self.fault.kind

    def fits(self, request: RequestFacts) -> bool:
        """Whether a call is counted: it matches the conditions, and the fault can be applied to it."""
        return self.fault.fits_request(request) and self.when.fits(request)

    def to_json(self) -> dict[str, Any]:
        """The rule in the form that `parse_rule` accepts."""
        when = self.when.to_json()
        return {
            "id": self.id,
            **({"when": when} if when else {}),
            "kind": self.kind,
            **self.fault.to_json(),
        }


def parse_rule(document: Any, *, id: str = "", place: str = "") -> FaultRule:  # noqa: A002 - the member's name
    """The rule in a JSON document.

    id: for a document without one; a rule with an empty id gets one when it is added. place: the JSON pointer
    of the document, if it is part of another one. Raises MemberError with the member and what is allowed.
    """
    reader = ObjectReader(document, place)
    given = reader.id()
    when = read_when(reader.inside("when"))
    # Most servers have no rules, and need none of the kinds.
    from mock_server.faults.registry import fault_kinds

    kind = reader.choice("kind", tuple(fault_kinds()), required=True)
    fault = fault_kinds()[kind or ""].read(reader)
    reader.done()
    return FaultRule(given or id, when, fault)


class RuleConflictError(ValueError):
    """A rule cannot be added: its id is in use, or the maximum number of rules is reached."""


@dataclass(frozen=True, slots=True)
class FaultHit:
    """One hit of a rule. call: the number of the call. count: the counts of the rule after this hit."""

    rule: FaultRule
    call: int
    count: RuleCount
    now: datetime
    rng: SeededRandom

    @property
    def answers(self) -> bool:
        """Whether it replies instead of the operation."""
        return isinstance(self.rule.fault, ErrorFault)

    def answer(self) -> Response | ApiError | DocumentedAnswer | None:
        """The reply instead of that of the operation; None for a fault that changes replies."""
        fault = self.rule.fault
        return fault.answer(self.count, self.now) if isinstance(fault, ErrorFault) else None

    def mutate_response(self, response: Response, declared: DeclaredReply) -> Response:
        """The changed reply, or the same object if there is nothing to change."""
        fault = self.rule.fault
        if not isinstance(fault, ResponseFault):
            return response
        return fault.mutate_response(response, Draw(self.rng, self.rule.id, self.call), declared)

    def to_json(self) -> dict[str, Any]:
        """The hit as JSON, for the journal."""
        return {"rule": self.rule.id, "kind": self.rule.kind, "call": self.call}


class FaultRules:
    """The rules of a world in their order, safe to use from several threads.

    Each rule has its own counts and draws random values by its id and the number of the call. So with equal
    seeds it hits the same of its calls, independent of other rules and of the order of other calls.
    """

    def __init__(self, rng: SeededRandom, rules: Iterable[FaultRule] = ()) -> None:
        """Raises RuleConflictError."""
        self._rng = rng
        self._lock = Lock()
        self.by_id: dict[str, FaultRule] = {}
        """All of them in their order. Only read outside of this class: most worlds have none."""
        self._counts: dict[str, RuleCount] = {}
        self._named = 0
        for rule in rules:
            self.add(rule)

    def add(self, rule: FaultRule) -> FaultRule:
        """Append a rule; returns it with an id, which is generated if empty. Raises RuleConflictError."""
        with self._lock:
            if len(self.by_id) >= MAX_RULES:
                raise RuleConflictError(f"a world can have at most {MAX_RULES} fault rules")
            if rule.id in self.by_id:
                raise RuleConflictError(f"a fault rule {rule.id!r} exists already")
            rule = rule if rule.id else replace(rule, id=self._new_id())
            self.by_id[rule.id] = rule
            self._counts[rule.id] = RuleCount()
        return rule

    def get(self, rule_id: str) -> FaultRule | None:
        """The rule with this id, or None."""
        return self.by_id.get(rule_id)

    def list(self) -> tuple[FaultRule, ...]:
        """All rules, in order."""
        with self._lock:
            return tuple(self.by_id.values())

    def seen(self, rule_id: str) -> RuleCount:
        """A copy of the counts of a rule; zeros for an unknown one."""
        with self._lock:
            return replace(self._counts.get(rule_id, RuleCount()))

    def remove(self, rule_id: str) -> bool:
        """Remove a rule; returns whether it existed."""
        with self._lock:
            self._counts.pop(rule_id, None)
            return self.by_id.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self.by_id.clear()
            self._counts.clear()

    def roll(self, request: RequestFacts) -> tuple[FaultHit, ...]:
        """Count this call; returns the faults to apply, in the order of the rules.

        Only the first fault that replies is returned: a call has one reply.
        """
        if not self.by_id:
            return ()
        hits: list[FaultHit] = []
        with self._lock:
            for rule in self.by_id.values():
                if not rule.fits(request):
                    continue
                hit = self._roll_rule(rule, request.now, answered=any(hit.answers for hit in hits))
                if hit is not None:
                    hits.append(hit)
        return tuple(hits)

    def _roll_rule(self, rule: FaultRule, now: datetime, *, answered: bool) -> FaultHit | None:
        """The hit of a rule that fits; None for no hit. answered: whether a rule before replies already."""
        count = self._counts[rule.id]
        count.calls += 1
        if not rule.when.chooses(count.calls, count.hits, self._rng, "fault", rule.id):
            return None
        # `strikes` comes first: a rate limit counts calls even while another fault replies.
        if not rule.fault.strikes(count, now):
            return None
        if answered and not isinstance(rule.fault, ResponseFault):
            return None
        count.hits += 1
        return FaultHit(rule, count.calls, replace(count), now, self._rng)

    def _new_id(self) -> str:
        while True:
            self._named += 1
            if f"fault-{self._named}" not in self.by_id:
                return f"fault-{self._named}"

    def to_json(self) -> dict[str, Any]:
        """Rules and counts as JSON, in the form that `parse_rules` accepts."""
        with self._lock:
            return {
                "rules": [rule.to_json() for rule in self.by_id.values()],
                "counts": {rule_id: _count_json(count) for rule_id, count in self._counts.items()},
                "named": self._named,
            }

    def copy(self, rng: SeededRandom) -> FaultRules:
        """A copy with equal rules and counts. rng: of the world that the copy is for."""
        with self._lock:
            copied = FaultRules(rng, self.by_id.values())
            copied._counts = {rule_id: replace(count) for rule_id, count in self._counts.items()}
            copied._named = self._named
        return copied


def parse_rules(document: Any, rng: SeededRandom, *, place: str = "") -> FaultRules:
    """The rules in a document from `FaultRules.to_json`. Raises MemberError with the place of an error."""
    reader = ObjectReader(document, place)
    rules = FaultRules(rng)
    documents = reader.take("rules", required=True)
    if not isinstance(documents, list):
        raise reader.refuse("rules", "must be a list")
    for number, rule_document in enumerate(documents):
        _add(rules, rule_document, f"{place}/rules/{number}")
    counts = reader.inside("counts") or ObjectReader({})
    for rule in rules.list():
        rules._counts[rule.id] = _count(counts.inside(rule.id))
    counts.done()
    rules._named = reader.integer("named", 0, _MAX_COUNT) or 0
    reader.done()
    return rules


def _add(rules: FaultRules, document: Any, place: str) -> None:
    rule = parse_rule(document, place=place)
    if not rule.id:
        raise MemberError(f"{place}/id", "is required")
    try:
        rules.add(rule)
    except RuleConflictError as error:
        raise MemberError(place, str(error)) from None


def _count_json(count: RuleCount) -> Mapping[str, Any]:
    counted: dict[str, Any] = {"calls": count.calls, "hits": count.hits}
    if count.opened is not None:
        counted.update(opened=count.opened.isoformat(), used=count.used)
    return counted


def _count(reader: ObjectReader | None) -> RuleCount:
    if reader is None:
        return RuleCount()
    count = RuleCount(reader.integer("calls", 0, _MAX_COUNT) or 0, reader.integer("hits", 0, _MAX_COUNT) or 0)
    opened = reader.text("opened", ".{1,40}", "a date-time with an offset")
    count.used = reader.integer("used", 0, _MAX_COUNT) or 0
    reader.done()
    if opened is not None:
        try:
            count.opened = from_rfc3339(opened)
        except ValueError:
            raise reader.refuse("opened", "must be a date-time with an offset") from None
    return count
