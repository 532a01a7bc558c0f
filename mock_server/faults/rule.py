"""When a fault strikes, and which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_server.faults.fault import Asked, Fault
from mock_server.faults.kinds import KINDS
from mock_server.object_reader import ObjectReader, is_number
from mock_server.seeded_random import SeededRandom

_OFTEN = 1_000_000
_HIGHEST = 1_000_000_000
_LISTED = 100


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that must all hold; one that is None always does.

    contract, operation: what is asked; an operation without a contract is one of any contract that has it.
    role: the name of a principal or a role it has. calls: numbers of calls, the first being 1, counted among
    those that fit the three before. every: each so-many-th of them. probability: of a hit. times: at most so
    many hits.
    """

    contract: str | None = None
    operation: str | None = None
    role: str | None = None
    calls: tuple[int, ...] | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None

    def fits(self, asked: Asked) -> bool:
        """Whether this is one of the calls that are counted."""
        return (
            self.contract in {None, asked.contract}
            and (
                self.operation is None
                or (asked.operation is not None and asked.operation.id == self.operation)
            )
            and (self.role is None or _is(asked, self.role))
        )

    def chooses(self, call: int, hits: int, rng: SeededRandom, rule: str) -> bool:
        """Whether the call of this number is hit. hits: how many were before."""
        return (
            (self.calls is None or call in self.calls)
            and (self.every is None or call % self.every == 0)
            and (self.times is None or hits < self.times)
            and (self.probability is None or rng.fraction("fault", rule, call) < self.probability)
        )

    def to_json(self) -> dict[str, Any]:
        """As `parse_rule` takes it."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in told.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault and when it strikes. id: empty until a book gives it one."""

    id: str
    when: When
    fault: Fault

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self.fault.kind

    def fits(self, asked: Asked) -> bool:
        """Whether this is one of the calls that are counted: the conditions fit, and the effect can strike
        there."""
        if not self.when.fits(asked):
            return False
        return self.fault.anywhere if asked.operation is None else self.fault.fits(asked.operation)

    def to_json(self) -> dict[str, Any]:
        """As `parse_rule` takes it."""
        when = self.when.to_json()
        return {
            "id": self.id,
            **({"when": when} if when else {}),
            "kind": self.kind,
            **self.fault.to_json(),
        }


def parse_rule(document: Any, *, id: str = "", place: str = "") -> FaultRule:  # noqa: A002 - the member's name
    """The rule a JSON document describes.

    id: for a document that names none; a book gives one to a rule whose id is empty. place: the JSON pointer
    of the document where it is part of another. Raises MemberError, naming the member and what is allowed.
    """
    members = ObjectReader(document, place)
    given = members.id()
    when = _when(members.inside("when"))
    kind = members.choice("kind", tuple(KINDS), required=True)
    fault = KINDS[kind or ""].read(members)
    members.done()
    return FaultRule(given or id, when, fault)


def _when(members: ObjectReader | None) -> When:
    if members is None:
        return When()
    when = When(
        contract=members.name("contract"),
        operation=members.name("operation"),
        role=members.name("role"),
        calls=_calls(members),
        every=members.integer("every", 1, _OFTEN),
        probability=members.number("probability", 0, 1),
        times=members.integer("times", 1, _OFTEN),
    )
    members.done()
    return when


def _calls(members: ObjectReader) -> tuple[int, ...] | None:
    if "calls" not in members:
        members.take("calls")
        return None
    value = members.take("calls")
    listed = isinstance(value, list) and 1 <= len(value) <= _LISTED
    if not listed or not all(is_number(one, 1, _HIGHEST) and one == int(one) for one in value):
        raise members.refuse("calls", f"must be a list of 1 to {_LISTED} integers from 1 to {_HIGHEST}")
    return tuple(map(int, value))


def _is(asked: Asked, role: str) -> bool:
    principal = asked.principal
    return principal is not None and (principal.name == role or principal.has(role))
