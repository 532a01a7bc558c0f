"""The base classes of fault kinds, and what a kind is given to work with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from mock_server.contract.operation import Operation, Schema
from mock_server.contract.validation import Check
from mock_server.errors.api_error import ApiError
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader
from mock_server.principals import Principal
from mock_server.seeded_random import SeededRandom

Choice = TypeVar("Choice")

SHARED_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "Milliseconds": {"type": "number", "description": "Real milliseconds.", "minimum": 0, "maximum": 60_000},
    "ExampleName": {
        "type": "string",
        "description": "The name of an example of the status.",
        "minLength": 1,
    },
    "RetryAfter": {
        "type": "integer",
        "description": "The value of `Retry-After` in seconds.",
        "minimum": 0,
        "maximum": 86_400,
    },
}
"""Components of the admin API's document that several arguments refer to."""


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What rules look at in a request. operation: None where the request names none, with the contract of the
    nearest one if there is any. now: the world's time."""

    contract: str | None
    operation: Operation | None
    principal: Principal | None
    now: datetime


@dataclass(slots=True)
class RuleCount:
    """What a rule has seen. calls: that fit its contract, operation and role. hits: of these. opened, used:
    the window of a rate limit and the calls in it."""

    calls: int = 0
    hits: int = 0
    opened: datetime | None = None
    used: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """SeededRandom of one hit: equal seed, rule and call give equal values, whatever other rules did."""

    rng: SeededRandom
    rule: str
    call: int

    def fraction(self, name: str) -> float:
        """A number from 0 (included) to 1 (excluded)."""
        return self.rng.fraction("fault", self.rule, self.call, name)

    def choice(self, options: Sequence[Choice], name: str) -> Choice:
        """One of the options."""
        return self.rng.choice(options, "fault", self.rule, self.call, name)


@dataclass(frozen=True, slots=True)
class DocumentedAnswer:
    """The answer an operation documents for a status, by the name of an example where one is given."""

    status: int
    example: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredReply:
    """What the contract says of a reply: of the operation, where one is asked, and of this body, where one is
    declared for the status."""

    operation: Operation | None
    check: Check | None

    def breaks(self, value: Any) -> bool:
        """Whether the contract refuses this body; one it says nothing of is never refused."""
        return self.check is not None and not self.check.holds(value)

    @property
    def schema(self) -> Schema | None:
        """The schema of the body."""
        return None if self.check is None else self.check.schema

    @property
    def schemas(self) -> Mapping[str, Schema]:
        """The components the schema refers to."""
        return {} if self.check is None else self.check.schemas


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a fault, as the admin API's document and the console show it.

    name: its member in rules. schema: its JSON Schema, without `properties`; may refer to components of the
    admin API's document. members: of an argument that is an object. label: of its field in the console; empty
    for none. value, placeholder, hint: what that field begins with, shows while it is empty, and says below.
    words: how the console tells a value, {} standing for it.
    """

    name: str
    schema: Mapping[str, Any]
    required: bool = False
    label: str = ""
    value: str = ""
    placeholder: str = ""
    hint: str = ""
    words: str = ""
    members: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One of the ways to give a fault its arguments.

    schema: the name of its component in the admin API's document; kinds with equal forms share one.
    description: of that schema. label: of the choice in the console, where a kind has several forms.
    """

    schema: str
    description: str
    arguments: tuple[Argument, ...] = ()
    label: str = ""


class Fault(ABC):
    """One kind of fault with its arguments.

    kind: its name in rules. label, group: its words in the console's list and the heading it stands under.
    forms: the ways to give its arguments; none for a kind that takes no arguments. anywhere: whether it can
    strike requests that name no operation.
    """

    kind: ClassVar[str]
    label: ClassVar[str] = ""
    group: ClassVar[str] = "Other"
    forms: ClassVar[tuple[Form, ...]] = ()
    anywhere: ClassVar[bool] = False

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:  # noqa: ARG003 - a kind without arguments reads none
        """The fault with the arguments in a rule's document. Raises MemberError."""
        return cls()

    def to_json(self) -> dict[str, Any]:
        """The arguments as `read` takes them."""
        arguments = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: _json(value) for name, value in arguments.items() if value is not None}

    def fits(self, operation: Operation) -> bool:  # noqa: ARG002 - most fit every operation
        """Whether it can strike this operation."""
        return True

    def strikes(self, count: RuleCount, now: datetime) -> bool:  # noqa: ARG002 - most always strike
        """Whether a call its rule has chosen is hit; may note in `count` what it needs to know the next
        time."""
        return True


class ErrorFault(Fault):
    """A fault that answers in place of the platform."""

    @abstractmethod
    def answer(self, count: RuleCount, now: datetime) -> Response | ApiError | DocumentedAnswer:
        """What is answered: a whole reply, a refusal in the platform's words, or what the operation
        documents. count: the rule's, as it stood at this hit."""


class ResponseFault(Fault):
    """A fault that changes a reply on its way out."""

    @abstractmethod
    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:
        """The changed reply; the very same object where the fault finds nothing to change."""


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.to_json() if hasattr(value, "to_json") else value
