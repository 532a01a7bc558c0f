"""Valid requests: what the target prepared, else what the document shows, else the smallest its schemas
accept.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from contract_tests.generation.canaries import Canaries
from contract_tests.generation.sample import UnsampleableError, is_example, sample, sample_whole
from contract_tests.openapi.contract import Operation, Parameter
from contract_tests.openapi.encoding import header_text
from contract_tests.openapi.schemas import Schema
from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Skipped

UNIQUE = "{unique}"
CANARY = "{canary}"

_NAMES = ("name", "title", "label")
"""Members of a body that get a fresh value: things are often distinguished by them."""

_EMAIL = "email"

_KEYS = ("slug", "username", "user_name", "userName", "login", _EMAIL)
"""Members that get one where the document shows none: one that it shows may name a thing that exists, as at
a login."""


@dataclass
class BodiesTried:
    """What became of bodies made from schemas alone. whole: the operations that want optional members too.
    without_optional: those that refuse made up values of optional members. refused: why no body is known, for
    the operations that refuse both."""

    whole: set[str] = field(default_factory=set)
    without_optional: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


class ValidInputs:
    """Makes the parts of valid requests."""

    def __init__(
        self,
        target: ContractTarget,
        canaries: Canaries,
        rng: random.Random,
        unique: Callable[[], str],
        bodies: BodiesTried,
    ) -> None:
        self._target = target
        self._canaries = canaries
        self._rng = rng
        self._unique = unique
        self._bodies = bodies
        self.named: dict[str, dict[str, Any]] = {}
        """Ids of things for bodies to name, by operation and member; objects stand for the objects there."""

    def body(self, operation: Operation) -> Any:
        """A body, or None for an operation without one: the smallest that the schema accepts, or one with
        the optional members where the smallest was refused.

        Raises Skipped when none can be made, and where all that can be made were refused.
        """
        if operation.id in self._target.bodies:
            return self._filled(self._target.bodies[operation.id], ())
        if operation.content is None:
            return None
        if operation.id in self._bodies.refused:
            raise Skipped(self._bodies.refused[operation.id])
        schema = operation.content.schema
        shown = self._shown_body(operation)
        if shown is not None:
            value = deepcopy(shown)
        elif operation.id in self._bodies.whole:
            value = sample_whole(schema, self._rng)
        else:
            value = self._sampled(schema, f"a body of {operation.id}", "bodies", operation.id)
        fresh = self._with_secrets(schema, value, (), secret=False)
        fresh = self._named_apart(schema, fresh, is_made_up=shown is None)
        return _naming(fresh, self.named.get(operation.id, {})) if isinstance(fresh, dict) else fresh

    def is_made_up(self, operation: Operation) -> bool:
        """Whether the body is neither prepared nor shown by the document."""
        has_body = operation.content is not None and operation.id not in self._target.bodies
        return has_body and self._shown_body(operation) is None

    def makes_up_query(self, operation: Operation) -> list[str]:
        """The required query values that are neither prepared nor shown by the document."""
        prepared = self._target.queries.get(operation.id, {})
        required = [each for each in operation.of("query") if each.required and each.name not in prepared]
        return [each.name for each in required if not each.examples and not each.schema.is_given]

    @staticmethod
    def _shown_body(operation: Operation) -> Any:
        body = operation.content
        examples = () if body is None else body.examples.values()
        return next((each for each in examples if body is not None and is_example(body.schema, each)), None)

    def path_value(self, operation: Operation, name: str) -> Any:
        """A value for the path parameter that names what a call is to make: one that nothing has yet."""
        parameter = operation.parameter(name, "path")
        fresh = self._unique()
        if parameter is None or parameter.schema.accepts(fresh):
            return fresh
        return self._sampled(parameter.schema, f"{name} of {operation.id}", "bodies", operation.id)

    def query(self, operation: Operation, *, without: Collection[str] = ()) -> dict[str, Any]:
        """Query values: prepared ones, and examples of the required ones."""
        prepared = {
            name: self._filled(one, (name,))
            for name, one in self._target.queries.get(operation.id, {}).items()
        }
        owed = {
            one.name: self._example(one, operation)
            for one in operation.of("query")
            if one.required and one.name not in prepared
        }
        return {name: value for name, value in {**owed, **prepared}.items() if name not in without}

    def headers(self, operation: Operation, *, without: Collection[str] = ()) -> dict[str, str]:
        """Required headers, and an idempotency key wherever one is taken: a fresh one each time."""
        left_out = {name.lower() for name in without}
        found: dict[str, str] = {}
        for one in operation.of("header"):
            if one.name.lower() in left_out:
                continue
            if one.name.lower() == "idempotency-key":
                found[one.name] = self.key()
            elif one.required:
                found[one.name] = header_text(one, self._example(one, operation))
        return found

    def cookies(self, operation: Operation) -> dict[str, str]:
        """Required cookies."""
        required = [each for each in operation.of("cookie") if each.required]
        return {each.name: header_text(each, self._example(each, operation)) for each in required}

    def key(self) -> str:
        """A fresh idempotency key: 32 hexadecimal digits, which is also a UUID."""
        return f"{random.SystemRandom().getrandbits(128):032x}"

    def _example(self, parameter: Parameter, operation: Operation) -> Any:
        for shown in parameter.examples:
            if parameter.schema.accepts(shown):
                return shown
        what = f"{parameter.name} of {operation.id}"
        value = self._sampled(parameter.schema, what, "queries", operation.id)
        if value in ([], {}) and parameter.required:
            return self._not_empty(parameter.schema, what, operation)
        return value

    def _not_empty(self, schema: Schema, what: str, operation: Operation) -> Any:
        """A list of one item or an object of one member: an empty one would not be sent at all."""
        text = schema.inner({"type": "string"})
        if "array" in schema.types:
            return [self._sampled(schema.items or text, what, "queries", operation.id)]
        free = schema.flat.get("additionalProperties")
        inner = schema.inner(free) if isinstance(free, dict) else text
        name, member = next(iter(schema.properties.items()), ("key", inner))
        return {name: self._sampled(member, what, "queries", operation.id)}

    def _sampled(self, schema: Schema, what: str, table: str, operation: str) -> Any:
        try:
            return sample(schema, self._rng)
        except UnsampleableError as error:
            raise Skipped(
                f"{what} cannot be made from the schema ({error}); give {table}.{operation}"
            ) from error

    def _filled(self, value: Any, members: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(one, (*members, name)) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one, members) for one in value]
        if not isinstance(value, str):
            return value
        if CANARY in value:
            value = value.replace(CANARY, self._canaries.make(members))
        return value.replace(UNIQUE, self._unique()) if UNIQUE in value else value

    def _with_secrets(self, schema: Schema, value: Any, members: tuple[str, ...], *, secret: bool) -> Any:
        secret = secret or schema.flat.get("writeOnly") is True
        if isinstance(value, dict):
            free = schema.inner({})
            return {
                name: self._with_secrets(
                    schema.properties.get(name, free), one, (*members, name), secret=secret
                )
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [
                self._with_secrets(schema.items or schema.inner({}), one, members, secret=secret)
                for one in value
            ]
        if not (secret and isinstance(value, str)):
            return value
        canary = self._canaries.make(members)
        return canary if schema.accepts(canary) else value

    def _named_apart(self, schema: Schema, value: Any, *, is_made_up: bool) -> Any:
        if not isinstance(value, dict):
            return value
        names = (*_NAMES, *_KEYS) if is_made_up and not schema.is_given else _NAMES
        for name in names:
            inner = schema.properties.get(name)
            if inner is None or not isinstance(value.get(name), str):
                continue
            if name in _KEYS and inner.is_given:
                continue
            fresh = f"{self._unique()}@example.com" if name == _EMAIL else self._unique()
            if inner.accepts(fresh):
                value[name] = fresh
        return value


def _naming(body: Any, named: Any) -> Any:
    """A body with the ids that it has to name in their places; each object of an array names the same."""
    if not isinstance(named, dict):
        return named
    if isinstance(body, list):
        return [_naming(each, named) for each in body]
    held = body if isinstance(body, dict) else {}
    return {**held, **{name: _naming(held.get(name), inner) for name, inner in named.items()}}
