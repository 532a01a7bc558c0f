"""What of a JSON body is secret, and what of it an error may quote, by the body's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, member, parts, types_of
from mock_server.redaction.credentials import mask_addresses, texts_in
from mock_server.redaction.masking import mask, mask_and_mark
from mock_server.redaction.names import suggests_secret
from mock_server.redaction.secrets import Secrets, is_secret

_PLAIN_TYPES = frozenset({"integer", "number", "boolean"})
_PLAIN_FORMATS = frozenset({"uuid", "date", "date-time", "time", "duration"})
_QUOTED = frozenset({"input", "ctx"})
"""Members of an error that quote what was sent."""

_FALSE: tuple[Any, ...] = (False, 0, "0")
"""How a request may write that a member is false."""


class BodySchemas:
    """The schemas of one contract, as far as they say what is secret. Each is looked at when a value of it is
    first redacted. Safe to use from many threads."""

    def __init__(self, schemas: Mapping[str, Schema], secrets: Secrets) -> None:
        """schemas: the contract's components. secrets: what its behaviour file adds to them."""
        self.schemas = schemas
        self.secrets = secrets
        # By identity; the schema is kept beside it so that its identity is not given to another one.
        self._known: dict[int, tuple[Schema, BodySchema]] = {}

    def of(self, schema: Schema) -> BodySchema:
        """What a schema says of the secrets in a body, worked out once for each schema."""
        resolved = follow(schema, self.schemas)
        known = self._known.get(id(resolved))
        if known is None:
            known = self._known.setdefault(id(resolved), (resolved, BodySchema(self, resolved)))
        return known[1]


class BodySchema:
    """What one schema says about secrets in its values."""

    def __init__(self, schemas: BodySchemas, schema: Schema) -> None:
        self._schemas = schemas
        self.is_secret = is_secret(schema, schemas.schemas)
        self._parts = list(parts(schema, schemas.schemas))
        self._members: dict[str, BodySchema | None] = {}

    @cached_property
    def is_plain(self) -> bool:
        """Whether its values are too narrow to hold a secret, whatever they are called."""
        return any(
            part.get("format") in _PLAIN_FORMATS or "enum" in part or _PLAIN_TYPES.issuperset(types)
            for part in self._parts
            if (types := {*types_of(part)} - {"null"})
        )

    @cached_property
    def items(self) -> BodySchema | None:
        """The schema of a list's items."""
        return next((self._schemas.of(part["items"]) for part in self._parts if "items" in part), None)

    @cached_property
    def masks(self) -> tuple[tuple[str, str | None], ...]:
        """Members that are secret while the one named beside them is true (None: always)."""
        return tuple(
            (name, when)
            for name, when in self._schemas.secrets.masks.items()
            if self.member(name) and (when is None or self.member(when))
        )

    def member(self, name: str) -> BodySchema | None:
        """The schema of a member that is declared by name, None for another one."""
        if name not in self._declared:
            return None
        if name not in self._members:
            self._members[name] = self._schemas.of(self._declared[name])
        return self._members[name]

    @cached_property
    def _declared(self) -> Mapping[str, Schema]:
        declared: dict[str, Schema] = {}
        for part in reversed(self._parts):
            properties = part.get("properties")
            declared.update(properties if isinstance(properties, Mapping) else {})
        return declared

    @cached_property
    def further(self) -> BodySchema | None:
        """The schema of members that are not declared by name."""
        described = (part.get("additionalProperties") for part in self._parts)
        return next((self._schemas.of(schema) for schema in described if isinstance(schema, Mapping)), None)


@dataclass(frozen=True, slots=True)
class BodyRedaction:
    """Redacts the values of one body.

    names: members that the contract declares secret, wherever they occur. found: the secrets are appended to
    it. sent: the schema of the request's body, which the errors in a reply are about. is_error: whether the
    body is that of a refusal.
    """

    names: frozenset[str]
    found: list[str]
    sent: BodySchema | None = None
    is_error: bool = False

    def redact(self, value: Any, schema: BodySchema | None, *, by_name: bool = True) -> Any:
        """The value with what stands at secret places masked, and the secrets of addresses in its texts.

        by_name: whether names that suggest a secret make their values one.
        """
        if schema is not None and schema.is_secret:
            return self._secret(value)
        if isinstance(value, dict):
            return self._object(value, schema, by_name=by_name)
        if isinstance(value, list):
            items = schema.items if schema else None
            return [self.redact(item, items, by_name=by_name) for item in value]
        return mask_addresses(value, self.found) if isinstance(value, str) else value

    def _object(self, value: dict[str, Any], schema: BodySchema | None, *, by_name: bool) -> dict[str, Any]:
        redacted: dict[str, Any] = {}
        masked = set(_masked_members(value, schema))
        for name, item in value.items():
            declared = schema.member(name) if schema else None
            if name in masked or name in self.names or (by_name and self._is_named_secret(name, declared)):
                redacted[name] = self._secret(item)
                continue
            # Names in a schema define members, and names in a list of errors say where they are.
            is_definition = name.lower().endswith(("schema", "properties", "definitions"))
            is_place = self.is_error and name == "errors" and isinstance(item, dict)
            below = declared or (schema.further if schema else None)
            redacted[name] = self.redact(item, below, by_name=by_name and not is_definition and not is_place)
        if self.is_error and isinstance(value.get("loc"), list):
            redacted.update(self._quoted(value))
        return redacted

    def _quoted(self, error: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The members of an error that quote what was sent, by the place that it names."""
        where, *path = error["loc"] or [""]
        names = [name for name in path if isinstance(name, str)]
        schema = self.sent if where == "body" else None
        is_hidden = any(self._is_named_secret(name, None) or name in self.names for name in names)
        holder = schema
        for name in path:
            holder, schema = schema, _below(schema, name)
            is_hidden = is_hidden or (schema is not None and schema.is_secret)
        is_hidden = is_hidden or (
            where != "body" and any(suggests_secret(name, is_carrier=True) for name in names)
        )
        below = holder if error.get("type") == "missing" else schema
        for quoted in _QUOTED.intersection(error):
            value = error[quoted]
            if not path and isinstance(
                value, str
            ):  # a whole body that is no JSON: nothing says what is in it
                yield quoted, mask_and_mark(value)
            else:
                yield quoted, self._secret(value) if is_hidden else self.redact(value, below)

    def _is_named_secret(self, name: str, declared: BodySchema | None) -> bool:
        return suggests_secret(name) and not (declared is not None and declared.is_plain)

    def _secret(self, value: Any) -> Any:
        self.found.extend(texts_in(value))
        return mask_and_mark(value)


def _below(schema: BodySchema | None, name: Any) -> BodySchema | None:
    if schema is None:
        return None
    return schema.member(name) or schema.further if isinstance(name, str) else schema.items


def _masked_members(value: dict[str, Any], schema: BodySchema | None) -> Iterator[str]:
    """The members that are secret in this object; those whose condition is missing are, too."""
    for name, when in schema.masks if schema else ():
        if value.get(name) is not None and (when is None or not _is_false(value.get(when))):
            yield name


def _is_false(value: Any) -> bool:
    return value is not None and value in _FALSE


class Quotation:
    """What of a request body an error message may quote.

    In a body whose schema has writeOnly members, these are masked, and so is everything the schema does not
    name: a secret that was sent under a wrong name or in a wrong shape is still a secret.
    """

    def __init__(self, schema: Schema, schemas: Mapping[str, Schema]) -> None:
        """schemas: the components that the schema refers to."""
        self._body = _Quoted(schema, schemas) if _has_write_only(schema, schemas) else None

    def quote(self, value: Any, path: tuple[str | int, ...]) -> Any:
        """The value found at this path of the body, with its secrets masked."""
        quoted = self._body
        if quoted is None:
            return value
        for key in path:
            inside = quoted.inside(key)
            if quoted.is_secret or inside is None:
                return mask(value)
            quoted = inside
        return _quotation(value, quoted)


_MOST_INSIDE = 500
"""Members of one schema that are remembered; clients may send any names."""


class _Quoted:
    """A schema in a body with secrets. What is inside it is looked up when it is first quoted."""

    def __init__(self, schema: Schema, schemas: Mapping[str, Schema]) -> None:
        self._schema = schema
        self._schemas = schemas
        self._inside: dict[str | int, _Quoted | None] = {}
        self.is_secret = _is_write_only(schema, schemas)

    @cached_property
    def is_described(self) -> bool:
        """Whether it names the type of a scalar."""
        schema_parts = parts(self._schema, self._schemas)
        return any(part.get("type") not in (None, "object", "array") for part in schema_parts)

    def inside(self, key: str | int) -> _Quoted | None:
        """The schema of a member (str) or entry (int), None if it is undeclared."""
        if key in self._inside:
            return self._inside[key]
        schema = member(self._schema, key, self._schemas)
        quoted = None if schema is None else _Quoted(schema, self._schemas)
        if len(self._inside) < _MOST_INSIDE:
            self._inside[key] = quoted
        return quoted


def _quotation(value: Any, quoted: _Quoted | None) -> Any:
    """A value with its secrets masked. quoted: its schema."""
    if quoted is None or quoted.is_secret:
        return mask(value)
    if isinstance(value, dict):
        return {name: _quotation(item, quoted.inside(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_quotation(item, quoted.inside(index)) for index, item in enumerate(value)]
    return value if quoted.is_described else mask(value)


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
