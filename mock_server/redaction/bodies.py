"""What of a JSON body may be kept, and what of it an error may quote, by the body's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple, Protocol

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, member, parts, types_of
from mock_server.redaction.credentials import texts_in
from mock_server.redaction.headers import suggests_secret
from mock_server.redaction.masking import mark_emptied, mask, mask_and_mark
from mock_server.redaction.secrets import Secrets, is_secret

_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_SCALAR_TYPES = frozenset({str, int, float, bool, type(None)})
_FALSE: tuple[Any, ...] = (False, 0, "0")
"""How a request may write that a member is false."""


class Redacted(NamedTuple):
    """value: what may be kept. secrets: texts of the original that must appear nowhere else either."""

    value: Any
    secrets: tuple[str, ...] = ()


class BodyRedaction(Protocol):
    """How values of one schema are redacted."""

    def reply(self, value: Any) -> Any:
        """What may be kept of a value the mock sent."""

    def request(self, value: Any) -> Redacted:
        """What may be kept of a value a client sent. Secrets are all texts that are secret by the schema or
        that were sent under a name that suggests one."""


class BodyRedactions:
    """Compiles the schemas of one contract; a schema that occurs twice is compiled once."""

    def __init__(self, schemas: Mapping[str, Schema], secrets: Secrets) -> None:
        """schemas: the contract's components. secrets: what its behaviour file adds to them."""
        self._schemas = schemas
        self._secrets = secrets
        # By identity; the schema is kept beside it so that its identity is not given to another one.
        self._compiled: dict[int, tuple[Schema, BodyRedaction]] = {}
        self._lock = Lock()

    def compile(self, schema: Schema) -> BodyRedaction:
        """How values of this schema are redacted. Safe to call from many threads."""
        with self._lock:  # a redaction that is not complete yet would let a secret pass
            return self._of(schema)

    def _of(self, schema: Schema) -> BodyRedaction:
        resolved = follow(schema, self._schemas)
        if id(resolved) not in self._compiled:
            self._compile(resolved)
        return self._compiled[id(resolved)][1]

    def _compile(self, schema: Schema) -> None:
        if is_secret(schema, self._schemas):
            self._compiled[id(schema)] = schema, _SECRET
            return
        all_parts = list(parts(schema, self._schemas))
        is_described = any(_names_scalar(part) for part in all_parts)
        items = next((part["items"] for part in all_parts if "items" in part), None)
        further = next((part["additionalProperties"] for part in all_parts if _types_further(part)), None)
        members: dict[str, Schema] = {}
        for part in reversed(all_parts):
            members.update(part.get("properties", {}))
        if not members and items is None and further is None:
            self._compiled[id(schema)] = schema, _SCALAR if is_described else _UNDESCRIBED
            return
        composite = _Composite(is_described)
        # Entered before it is filled, because a schema may contain itself.
        self._compiled[id(schema)] = schema, composite
        composite.members.update((name, self._member(name, value)) for name, value in members.items())
        composite.items = None if items is None else self._of(items)
        composite.further = None if further is None else self._of(further)
        composite.masks = tuple(
            (name, when)
            for name, when in self._secrets.masks.items()
            if name in members and (when is None or when in members)
        )

    def _member(self, name: str, schema: Schema) -> BodyRedaction:
        return _SECRET if name in self._secrets.names else self._of(schema)


def _names_scalar(part: Mapping[str, Any]) -> bool:
    return not _SCALARS.isdisjoint(types_of(part)) or "enum" in part


def _types_further(part: Mapping[str, Any]) -> bool:
    """Whether a schema describes members beyond those it names."""
    schema = part.get("additionalProperties")
    return isinstance(schema, Mapping) and bool(schema)


class _Scalar:
    """A value that the schema describes as text, number, boolean or null."""

    def reply(self, value: Any) -> Any:
        return value if type(value) in _SCALAR_TYPES else _UNDESCRIBED.reply(value)

    def request(self, value: Any) -> Redacted:
        return Redacted(value) if type(value) in _SCALAR_TYPES else _UNDESCRIBED.request(value)


class _Undescribed:
    """A value of which the schema says nothing, or that has another type than the schema says."""

    def reply(self, value: Any) -> Any:
        return mask_and_mark(value)

    def request(self, value: Any) -> Redacted:
        return Redacted(mask_and_mark(value), tuple(_texts_under_secret_names("", value)))


class _Secret:
    """A value that is secret whatever it is."""

    def reply(self, value: Any) -> Any:
        return mask_and_mark(value)

    def request(self, value: Any) -> Redacted:
        return Redacted(mask_and_mark(value), tuple(texts_in(value)))


_SCALAR = _Scalar()
_UNDESCRIBED = _Undescribed()
_SECRET = _Secret()


@dataclass(slots=True)
class _Composite:
    """An object or a list.

    is_described: whether a scalar may stand in its place. members: declared ones. items: of a list. further:
    of members that are not declared by name. masks: members that are secret while the one named beside them
    is true (None: always).
    """

    is_described: bool
    members: dict[str, BodyRedaction] = field(default_factory=dict)
    items: BodyRedaction | None = None
    further: BodyRedaction | None = None
    masks: tuple[tuple[str, str | None], ...] = ()

    def reply(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._reply_object(value)
        if isinstance(value, list) and self.items is not None:
            return [self.items.reply(item) for item in value]
        return self._instead(value).reply(value)

    def request(self, value: Any) -> Redacted:
        if isinstance(value, dict):
            return self._request_object(value)
        if isinstance(value, list) and self.items is not None:
            items = [self.items.request(item) for item in value]
            secrets = tuple(text for item in items for text in item.secrets)
            return Redacted([item.value for item in items], secrets)
        return self._instead(value).request(value)

    def _instead(self, value: Any) -> BodyRedaction:
        """The redaction of a value that is no object, nor a list the schema describes."""
        return _SCALAR if self.is_described and not isinstance(value, list) else _UNDESCRIBED

    def _reply_object(self, value: dict[str, Any]) -> Any:
        redacted: dict[str, Any] = {}
        for name, item in value.items():
            redaction = self.members.get(name, self.further)
            if redaction is not None:
                redacted[name] = redaction.reply(item)
        for name in self._masked_members(value):
            redacted[name] = _SECRET.reply(value[name])
        return mark_emptied(redacted, value)

    def _request_object(self, value: dict[str, Any]) -> Redacted:
        """Undeclared members are left out, names and all, even where the schema describes them: a client may
        have sent a secret under a wrong name."""
        redacted: dict[str, Any] = {}
        secrets: list[str] = []
        for name, item in value.items():
            redaction = self.members.get(name)
            if redaction is None:
                secrets += _texts_under_secret_names(name, item)
                continue
            redacted[name], texts = redaction.request(item)
            secrets += texts
        for name in self._masked_members(value):
            redacted[name], texts = _SECRET.request(value[name])
            secrets += texts
        return Redacted(mark_emptied(redacted, value), tuple(secrets))

    def _masked_members(self, value: dict[str, Any]) -> Iterator[str]:
        """The members that are secret in this object; those whose condition is missing are, too."""
        for name, when in self.masks:
            if value.get(name) is not None and (when is None or not _is_false(value.get(when))):
                yield name


def _is_false(value: Any) -> bool:
    return value is not None and value in _FALSE


def _texts_under_secret_names(name: str, value: Any) -> Iterator[str]:
    """The texts that stand, at any depth, under a name that suggests a secret."""
    if suggests_secret(name):
        yield from texts_in(value)
    elif isinstance(value, dict):
        for inner, item in value.items():
            yield from _texts_under_secret_names(inner, item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_under_secret_names("", item)


class Quotation:
    """What of a request body an error message may quote.

    In a body whose schema has writeOnly members, these are masked, and so is everything the schema does not
    name: a secret that was sent under a wrong name or in a wrong shape is still a secret.
    """

    def __init__(self, schema: Schema, schemas: Mapping[str, Schema]) -> None:
        """schemas: the components that the schema refers to."""
        self._schema = schema
        self._schemas = schemas
        self._has_secrets = _has_write_only(schema, schemas)

    def quote(self, value: Any, path: tuple[str | int, ...]) -> Any:
        """The value found at this path of the body, with its secrets masked."""
        if not self._has_secrets:
            return value
        schema: Schema | None = self._schema
        for key in path:
            if schema is not None and _is_write_only(schema, self._schemas):
                return mask(value)
            schema = None if schema is None else member(schema, key, self._schemas)
        return self._masked(value, schema)

    def _masked(self, value: Any, schema: Schema | None) -> Any:
        if schema is None or _is_write_only(schema, self._schemas):
            return mask(value)
        if isinstance(value, dict):
            return {
                name: self._masked(item, member(schema, name, self._schemas)) for name, item in value.items()
            }
        if isinstance(value, list):
            return [
                self._masked(item, member(schema, index, self._schemas)) for index, item in enumerate(value)
            ]
        is_described = any(
            part.get("type") not in (None, "object", "array") for part in parts(schema, self._schemas)
        )
        return value if is_described else mask(value)


def _is_write_only(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    return any(part.get("writeOnly") is True for part in parts(schema, schemas))


def _has_write_only(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    """Whether a schema is writeOnly or has such members at any depth."""
    if _is_write_only(schema, schemas):
        return True
    # Each schema is looked at once, however many ways lead to it.
    seen: set[int] = set()
    pending = [schema]
    while pending:
        for part in parts(pending.pop(), schemas):
            if id(part) in seen:
                continue
            seen.add(id(part))
            children = [
                *part.get("properties", {}).values(),
                part.get("items"),
                part.get("additionalProperties"),
            ]
            described = [child for child in children if isinstance(child, Mapping)]
            if any(_is_write_only(child, schemas) for child in described):
                return True
            pending += described
    return False
