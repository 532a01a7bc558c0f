"""The base classes of fault kinds and the values that are passed to them."""

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
from mock_server.seeded_random import SeededRandom
from mock_server.when import RequestFacts

GROUP = "mock_server.faults"
"""The group of entry points by which installed packages add kinds."""

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
"""Component schemas of the admin API's document that several arguments refer to."""


@dataclass(slots=True)
class RuleCount:
    """The counts of a rule.

    calls: the calls that match its contract, operation and role. hits: the calls that the fault was applied
    to. opened, used: the start of a rate limit's window and the number of calls in it.
    """

    calls: int = 0
    hits: int = 0
    opened: datetime | None = None
    used: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """Random values for one hit. Equal seeds, rules and calls give equal values, independent of other
    rules."""

    rng: SeededRandom
    rule: str
    call: int

    def fraction(self, name: str) -> float:
        """A number from 0 (included) to 1 (excluded). name: distinguishes the values of one hit."""
        return self.rng.fraction("fault", self.rule, self.call, name)

    def choice(self, options: Sequence[Choice], name: str) -> Choice:
        """One of the options."""
        return self.rng.choice(options, "fault", self.rule, self.call, name)


@dataclass(frozen=True, slots=True)
class DocumentedAnswer:
    """A request for the documented reply of a status. example: its name; None for any."""

    status: int
    example: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredReply:
    """The declaration of a reply.

    operation: None for a request without one. check: of the body; None where the contract declares none for
    the status.
    """

    operation: Operation | None
    check: Check | None

    def breaks(self, value: Any) -> bool:
        """Whether a body violates the contract; never where the contract declares none."""
        return self.check is not None and not self.check.holds(value)

    @property
    def schema(self) -> Schema | None:
        """The schema of the body."""
        return None if self.check is None else self.check.schema

    @property
    def schemas(self) -> Mapping[str, Schema]:
        """The components that the schema refers to."""
        return {} if self.check is None else self.check.schemas


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a fault, for the admin API's document and the console.

    name: its member in rules. schema: its JSON Schema, without `properties`; may refer to components of the
    admin API's document. members: of an argument that is an object. label: of its field in the console; no
    field when empty. value, placeholder, hint: the initial value of the field, its placeholder, and the text
    below it. words: how the console describes a value, with {} as its placeholder.
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
    """One set of arguments that a fault kind accepts.

    schema: the name of its component in the admin API's document; kinds with equal forms share one.
    description: of that schema. label: in the console, for kinds with several forms.
    """

    schema: str
    description: str
    arguments: tuple[Argument, ...] = ()
    label: str = ""


class Fault(ABC):
    """The base class of fault kinds. An instance is a fault with its arguments.

    kind: its name in rules. label, group: its entry and heading in the console's list. forms: the accepted
    sets of arguments; empty for a kind without arguments. anywhere: whether it also applies to requests for
    an unknown operation.
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
        """The arguments in the form that `read` accepts."""
        arguments = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: _json(value) for name, value in arguments.items() if value is not None}

    def fits(self, operation: Operation) -> bool:  # noqa: ARG002 - most apply to every operation
        """Whether the fault can be applied to this operation."""
        return True

    def fits_request(self, request: RequestFacts) -> bool:
        """Whether the fault can be applied to this request."""
        if request.operation is None:
            return self.anywhere
        return self.fits(request.operation)

    def strikes(self, count: RuleCount, now: datetime) -> bool:  # noqa: ARG002 - most hit every call
        """Whether a call that the rule selected is hit. May keep state in `count`. now: the world's time."""
        return True


class ErrorFault(Fault):
    """A fault that replies instead of the operation."""

    @abstractmethod
    def answer(self, count: RuleCount, now: datetime) -> Response | ApiError | DocumentedAnswer:
        """The reply: complete, as an error that the dialect renders, or as documented by the operation.

        count: of the rule, at this hit. now: the world's time.
        """


class ResponseFault(Fault):
    """A fault that changes a reply before it is sent."""

    @abstractmethod
    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:
        """The changed reply, or the same object if the fault does not apply to it."""


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.to_json() if hasattr(value, "to_json") else value
