"""The conditions of a fault rule or an override: which requests it is for, and which of them it hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator, ValidationError

from mock_server.contract.operation import Operation
from mock_server.contract.patterns import BOUNDED
from mock_server.messages import header_value
from mock_server.object_reader import ObjectReader, is_number
from mock_server.principals import Principal
from mock_server.seeded_random import SeededRandom
from mock_server.store.json_equality import same

if TYPE_CHECKING:
    from jsonpath import JSONPath, JSONPathEnvironment

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")

UNREAD: Any = object()
"""The body of a request that has none, or none that is JSON or a form."""

MAX_TIMES = 1_000_000
"""The maximum of `times` and `every`."""

_MAX_CALL = 1_000_000_000
_MAX_CALLS_LISTED = 100
_MAX_NAMES = 20
"""The maximum number of parameters, headers or paths that one condition names."""

_MAX_NODES = 10_000
"""The maximum number of places in a body that are compared for one JSONPath expression."""

_LONGEST_PATH = 1000

_TEXTS = ("path", "query", "headers")


def _unread() -> Any:
    return UNREAD


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """The properties of a request that conditions, replies and templates use.

    operation: None for an unknown one. contract: of the operation, or of the one with the most similar path.
    principal: None for an unauthenticated request. now: the world's time. path: the texts of the path
    parameters. query: all pairs, decoded. headers: by lower-case name. read_body: returns the value of a JSON
    body or form, or UNREAD. error_statuses: of the errors that the platform of the operation can word.
    """

    contract: str | None
    operation: Operation | None
    principal: Principal | None
    now: datetime
    method: str = ""
    world: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    read_body: Callable[[], Any] = _unread
    error_statuses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TextCondition:
    """A condition for one parameter or header.

    wanted: the text to equal, or a number whose text it is; True for any text, False for a request without
    it; or a JSON Schema of the text.
    """

    wanted: str | float | bool | Mapping[str, Any]
    _schema: Draft202012Validator | None = field(default=None, compare=False, repr=False)

    def holds(self, sent: Sequence[str]) -> bool:
        """Whether the condition holds. sent: all values of the parameter or header."""
        if isinstance(self.wanted, bool):
            return bool(sent) == self.wanted
        if self._schema is not None:
            return any(map(self._schema.is_valid, sent))
        return str(self.wanted) in sent


@dataclass(frozen=True, slots=True)
class BodyCondition:
    """A condition for the body: JSONPath expressions, each with a value that it must find, or a JSON
    Schema."""

    wanted: Mapping[str, Any]
    _paths: tuple[tuple[JSONPath, Any], ...] = field(default=(), compare=False, repr=False)
    _schema: Draft202012Validator | None = field(default=None, compare=False, repr=False)

    def holds(self, body: Any) -> bool:
        """Whether the condition holds. body: UNREAD never satisfies it."""
        if body is UNREAD:
            return False
        if self._schema is not None:
            return self._schema.is_valid(body)
        return all(_finds(path, value, body) for path, value in self._paths)


@dataclass(frozen=True, slots=True)
class When:
    """Conditions, which must all hold. None, or an empty mapping, means no condition.

    contract, operation: of the request. The operation may be qualified (`contract.operation`); without a
    contract it matches in every contract. world: the name of the world, with `*` for any characters. role:
    the name of a principal or one of its roles. path, query, headers: by name. calls: numbers of calls,
    counted from 1 among those that match the conditions before. every: every n-th of these calls.
    probability: of a hit, from 0 to 1. times: the maximum number of hits.
    """

    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    world: str | None = None
    role: str | None = None
    path: Mapping[str, TextCondition] = field(default_factory=dict)
    query: Mapping[str, TextCondition] = field(default_factory=dict)
    headers: Mapping[str, TextCondition] = field(default_factory=dict)
    body: BodyCondition | None = None
    calls: tuple[int, ...] | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None

    def fits(self, request: RequestFacts) -> bool:
        """Whether this call is counted: all conditions for the request itself hold."""
        return (
            self.contract in {None, request.contract}
            and self.method in {None, request.method}
            and (self.operation is None or self.names(request.operation))
            and (self.world is None or fnmatchcase(request.world, self.world))
            and (self.role is None or _has_role(request, self.role))
            and self._parameters_fit(request)
            and (self.body is None or self.body.holds(request.read_body()))
        )

    def names(self, operation: Operation | None) -> bool:
        """Whether the name of the operation is this one's, qualified or not."""
        if operation is None:
            return False
        return self.operation in {operation.id, f"{operation.contract}.{operation.id}"}

    def _parameters_fit(self, request: RequestFacts) -> bool:
        return (
            all(condition.holds(_listed(request.path.get(name))) for name, condition in self.path.items())
            and all(
                condition.holds([value for given, value in request.query if given == name])
                for name, condition in self.query.items()
            )
            and all(
                condition.holds(_listed(header_value(request.headers, name)))
                for name, condition in self.headers.items()
            )
        )

    def chooses(self, call: int, hits: int, rng: SeededRandom, kind: str, rule: str) -> bool:
        """Whether a counted call is hit.

        call: its number. hits: the number of hits before. kind, rule: "fault" or "override" and its id, which
        distinguish the random values.
        """
        return (
            (self.calls is None or call in self.calls)
            and (self.every is None or call % self.every == 0)
            and (self.times is None or hits < self.times)
            and (self.probability is None or rng.fraction(kind, rule, call) < self.probability)
        )

    def to_json(self) -> dict[str, Any]:
        """The conditions in the form that `read_when` accepts."""
        conditions: dict[str, Any] = {
            "contract": self.contract,
            "operation": self.operation,
            "method": self.method,
            "world": self.world,
            "role": self.role,
        }
        for name in _TEXTS:
            texts: Mapping[str, TextCondition] = getattr(self, name)
            conditions[name] = {key: condition.wanted for key, condition in texts.items()} or None
        conditions["body"] = None if self.body is None else self.body.wanted
        conditions["calls"] = None if self.calls is None else list(self.calls)
        conditions |= {"every": self.every, "probability": self.probability, "times": self.times}
        return {name: value for name, value in conditions.items() if value is not None}


def read_when(reader: ObjectReader | None) -> When:
    """The conditions in a reader, all of it; none for None. Raises MemberError."""
    if reader is None:
        return When()
    when = When(
        contract=reader.name("contract"),
        operation=reader.name("operation"),
        role=reader.name("role"),
        method=reader.choice("method", METHODS),
        world=reader.name("world"),
        path=_texts(reader, "path"),
        query=_texts(reader, "query"),
        headers=_texts(reader, "headers"),
        body=_body(reader),
        calls=_calls(reader),
        every=reader.integer("every", 1, MAX_TIMES),
        probability=reader.number("probability", 0, 1),
        times=reader.integer("times", 1, MAX_TIMES),
    )
    reader.done()
    return when


def ambiguity(name: str, contracts: Iterable[str]) -> str | None:
    """Why the name of an operation must be qualified, and how; None where one contract alone has it.

    name: not qualified. contracts: those that have such an operation.
    """
    owners = sorted(set(contracts))
    if len(owners) < 2:
        return None
    qualified = " or ".join(f"{owner}.{name}" for owner in owners)
    return (
        f"{name} is an operation of {' and of '.join(owners)}: qualify it as {qualified}, or add the contract"
    )


def _listed(text: str | None) -> list[str]:
    return [] if text is None else [text]


def _has_role(request: RequestFacts, role: str) -> bool:
    principal = request.principal
    return principal is not None and (principal.name == role or principal.has(role))


def _texts(reader: ObjectReader, name: str) -> dict[str, TextCondition]:
    given = reader.take(name)
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not 1 <= len(given) <= _MAX_NAMES:
        raise reader.refuse(name, f"must be an object with 1 to {_MAX_NAMES} names")
    inside = ObjectReader(given, f"{reader.place}/{name}")
    return {key: _text(inside, key, wanted) for key, wanted in given.items()}


def _text(reader: ObjectReader, name: str, wanted: Any) -> TextCondition:
    if isinstance(wanted, str | int | float):
        return TextCondition(wanted)
    if not isinstance(wanted, Mapping):
        words = (
            "must be the text or number to equal, true (sent), false (not sent) or a JSON Schema of the text"
        )
        raise reader.refuse(name, words)
    return TextCondition(wanted, _schema(reader, name, wanted))


def _body(reader: ObjectReader) -> BodyCondition | None:
    given = reader.take("body")
    if given is None:
        return None
    if not isinstance(given, Mapping) or not given:
        example = '{"$.provider_slug": "slack"}'
        words = f"must be JSONPath expressions with the values they must find, as {example}, or a JSON Schema"
        raise reader.refuse("body", words)
    if not any(map(_is_path, given)):
        return BodyCondition(given, _schema=_schema(reader, "body", given))
    if len(given) > _MAX_NAMES:
        raise reader.refuse("body", f"must have at most {_MAX_NAMES} expressions")
    paths = tuple((_path(reader, text), value) for text, value in given.items())
    return BodyCondition(given, _paths=paths)


def _is_path(text: str) -> bool:
    """Whether a member is a JSONPath expression: keywords of JSON Schema begin with $ and a letter."""
    return text == "$" or text.startswith(("$.", "$["))


def _path(reader: ObjectReader, text: str) -> JSONPath:
    from jsonpath import JSONPath, JSONPathError

    if len(text) > _LONGEST_PATH:
        raise reader.refuse("body", f"a JSONPath expression must have at most {_LONGEST_PATH} characters")
    try:
        path = _environment().compile(text)
    except (JSONPathError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise reader.refuse("body", f"{text!r} is not a JSONPath expression: {reason}") from None
    if not isinstance(path, JSONPath):
        raise reader.refuse("body", f"{text!r} must be a single JSONPath expression")
    return path


@cache
def _environment() -> JSONPathEnvironment:
    """JSONPath as RFC 9535 defines it, without the functions for regular expressions, whose time on the text
    of a client has no limit."""
    from jsonpath import JSONPathEnvironment

    environment = JSONPathEnvironment(strict=True)
    for function in ("match", "search"):
        del environment.function_extensions[function]
    return environment


def _finds(path: JSONPath, value: Any, body: Any) -> bool:
    from jsonpath import JSONPathError

    if not isinstance(body, dict | list):
        # The library would take a text for JSON.
        return path.empty() and same(body, value)
    try:
        return any(same(match.obj, value) for match in islice(path.finditer(body), _MAX_NODES))
    except JSONPathError:  # the body is nested too deeply
        return False


def _schema(reader: ObjectReader, name: str, schema: Mapping[str, Any]) -> Draft202012Validator:
    try:
        return Draft202012Validator(
            dict(schema), validate_formats=True, pattern_options=BOUNDED, retriever=_refuse_reference
        )
    except (ValueError, ValidationError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise reader.refuse(name, f"is not a JSON Schema: {reason}") from None


def _refuse_reference(address: str) -> Any:
    raise ValueError(f"{address} is outside the schema")


def _calls(reader: ObjectReader) -> tuple[int, ...] | None:
    if "calls" not in reader:
        reader.take("calls")
        return None
    value = reader.take("calls")
    listed = isinstance(value, list) and 1 <= len(value) <= _MAX_CALLS_LISTED
    if not listed or not all(is_number(call, 1, _MAX_CALL) and call == int(call) for call in value):
        raise reader.refuse(
            "calls", f"must be a list of 1 to {_MAX_CALLS_LISTED} integers from 1 to {_MAX_CALL}"
        )
    return tuple(map(int, value))
