"""Declared parameters read from a request: taken apart by style, coerced, judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.coercion import Coercion, Convert
from mock_server.contract.operation import Parameter, Schema
from mock_server.contract.schema import declared_members, parts, types_of
from mock_server.contract.validation import Check, Judge
from mock_server.errors.api_error import Violation

LOCATIONS = ("path", "query", "header", "cookie")
_SEPARATORS = {
    "form": ",",
    "simple": ",",
    "label": ".",
    "matrix": ",",
    "spaceDelimited": " ",
    "pipeDelimited": "|",
}
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Sent:
    """The parts of a request that carry parameters, decoded. header: by lower-case name."""

    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    header: Mapping[str, str]
    cookie: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reader:
    """One parameter, ready to be read.

    key: its name as handlers and violations use it. shape: "scalar", "array" or "object". names: an object's
    members.
    """

    parameter: Parameter
    key: str
    shape: str
    names: tuple[str, ...]
    check: Check
    convert: Convert | None
    default: Any
    brackets: bool
    empty_is_null: bool

    def read(self, sent: Sent, *, tolerant: bool) -> tuple[Any, tuple[Violation, ...]]:
        """The coerced value (the module's absent mark when there is none) and what is wrong with it.

        tolerant: never refuse; a value that breaks a rule is handed on as it was sent.
        """
        raw = self._raw(sent)
        where = self.parameter.location
        value = raw if self.convert is None or raw is _ABSENT else self.convert(raw)
        if value is _ABSENT or (self.empty_is_null and value == ""):
            if self.parameter.required and not tolerant:
                return _ABSENT, (Violation(where, (self.key,), "required"),)
            return self.default, ()
        violations = self.check.violations(value, where=where, at=(self.key,), sent=raw)
        return (raw, ()) if violations and tolerant else (value, violations)

    def _raw(self, sent: Sent) -> Any:
        if self.parameter.location == "query":
            return self._from_query(sent.query)
        carrier: Mapping[str, str] = getattr(sent, self.parameter.location)
        text = carrier.get(self.key)
        return _ABSENT if text is None else self._apart(self._bare(text))

    def _from_query(self, query: Mapping[str, list[str]]) -> Any:
        if self.shape == "object":
            return self._object(query)
        values = query.get(self.key)
        if values is None and self.brackets:
            values = query.get(f"{self.key}[]")
        if values is None:
            return _ABSENT
        if self.shape == "array" and self.parameter.explode:
            return values
        if self.shape == "array":
            return [piece for value in values for piece in self._apart(value)]
        return values[-1]

    def _object(self, query: Mapping[str, list[str]]) -> Any:
        if self.parameter.style == "deepObject":
            start, members = f"{self.key}[", dict[str, str]()
            for name, values in query.items():
                if name.startswith(start) and name.endswith("]"):
                    members[name[len(start) : -1]] = values[-1]
            bare = _ABSENT if self.brackets else self._no_object(query)
            return members or _ABSENT if bare is _ABSENT else bare
        members = {name: query[name][-1] for name in self.names if name in query}
        return members or _ABSENT

    def _no_object(self, query: Mapping[str, list[str]]) -> Any:
        """What was sent under the name of a deep object without being one: a bare value, or a list."""
        named = [name for name in query if name.startswith(f"{self.key}[")]
        listed = query.get(f"{self.key}[]") if len(named) == 1 else None
        return listed or query.get(self.key, [_ABSENT])[-1]

    def _bare(self, text: str) -> str:
        if self.parameter.style == "label":
            return text.removeprefix(".")
        return text.removeprefix(f";{self.key}=") if self.parameter.style == "matrix" else text

    def _apart(self, text: str) -> Any:
        if self.shape == "scalar":
            return text
        pieces = [piece for piece in text.split(_SEPARATORS.get(self.parameter.style, ",")) if text]
        if self.shape == "array":
            return [piece.strip(" \t") for piece in pieces] if self.parameter.location == "header" else pieces
        if self.parameter.explode:
            return dict(piece.partition("=")[::2] for piece in pieces)
        return dict(zip(pieces[::2], pieces[1::2], strict=False))


@dataclass(frozen=True, slots=True)
class Readers:
    """All parameters of an operation, in the order path, query, header, cookie."""

    readers: tuple[Reader, ...]

    def read(
        self, sent: Sent, *, locations: Iterable[str] = LOCATIONS, tolerated: frozenset[str] = frozenset()
    ) -> tuple[dict[str, dict[str, Any]], tuple[Violation, ...]]:
        """Values by location and name, and every broken rule. tolerated: query parameters that are never
        refused."""
        values: dict[str, dict[str, Any]] = {location: {} for location in locations}
        violations: list[Violation] = []
        for reader in self.readers:
            location = reader.parameter.location
            if location not in values:
                continue
            tolerant = location == "query" and reader.key in tolerated
            value, broken = reader.read(sent, tolerant=tolerant)
            violations += broken
            if value is not _ABSENT:
                values[location][reader.key] = value
        return values, tuple(violations)


def compile_parameters(
    parameters: Iterable[Parameter],
    *,
    judge: Judge,
    coercion: Coercion,
    schemas: Mapping[str, Schema],
    place: str,
) -> Readers:
    """The readers of an operation. Raises StartupError when a schema cannot be compiled; place names the
    operation."""
    readers = [
        Reader(
            parameter=parameter,
            key=parameter.name.lower() if parameter.location == "header" else parameter.name,
            shape=_shape(parameter.schema, schemas),
            names=tuple(declared_members(parameter.schema, schemas)),
            check=judge.check(parameter.schema, sent=True, place=f"{place}, parameter {parameter.name}"),
            convert=coercion.compile(parameter.schema, schemas),
            default=_default(parameter.schema, schemas),
            brackets=coercion.brackets,
            empty_is_null=coercion.empty_is_null,
        )
        for parameter in parameters
    ]
    readers.sort(key=lambda reader: LOCATIONS.index(reader.parameter.location))
    return Readers(tuple(readers))


def _shape(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    kinds = {kind for part in parts(schema, schemas) for kind in types_of(part)} - {"null"}
    if "array" in kinds:
        return "array"
    return "object" if kinds == {"object"} else "scalar"


def _default(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    for part in parts(schema, schemas):
        if "default" in part:
            return part["default"]
    return _ABSENT
