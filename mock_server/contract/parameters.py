"""Read the declared parameters of a request: split them by style, coerce and validate them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.coercion import Coercion, Convert
from mock_server.contract.operation import Parameter, Schema
from mock_server.contract.schema import declared_members, parts, types_of
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.errors.api_error import Violation
from mock_server.messages import header_value

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
class RawParameters:
    """The parts of a request that carry parameters, decoded but not split. header: by lower-case name."""

    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    header: Mapping[str, str]
    cookie: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ParameterReader:
    """Reads one compiled parameter.

    key: its name as handlers and violations use it (lower case for a header). shape: "scalar", "array" or
    "object". names: the members of an object. brackets and empty_is_null: see Coercion.
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

    def read(self, sent: RawParameters, *, tolerant: bool) -> tuple[Any, tuple[Violation, ...]]:
        """Return the coerced value (_ABSENT when there is none) and its violations.

        tolerant: an invalid value is returned as it was sent, without violations.
        """
        raw = self._raw(sent)
        where = self.parameter.location
        value = raw
        if self.convert is not None and raw is not _ABSENT:
            value = self.convert(raw)
        if value is _ABSENT or (self.empty_is_null and value == ""):
            if self.parameter.required and not tolerant:
                return _ABSENT, (Violation(where, (self.key,), "required"),)
            return self.default, ()
        violations = self.check.violations(value, where=where, at=(self.key,), sent=raw)
        if violations and tolerant:
            return raw, ()
        return value, violations

    def _raw(self, sent: RawParameters) -> Any:
        if self.parameter.location == "query":
            return self._from_query(sent.query)
        carrier: Mapping[str, str] = getattr(sent, self.parameter.location)
        is_header = self.parameter.location == "header"
        text = header_value(carrier, self.key) if is_header else carrier.get(self.key)
        return _ABSENT if text is None else self._split(self._without_style_prefix(text))

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
            return [piece for value in values for piece in self._split(value)]
        # Of a repeated scalar the last one counts, as in Starlette and in PHP.
        return values[-1]

    def _object(self, query: Mapping[str, list[str]]) -> Any:
        if self.parameter.style == "deepObject":
            return self._deep_object(query)
        members = {name: query[name][-1] for name in self.names if name in query}
        return members or _ABSENT

    def _deep_object(self, query: Mapping[str, list[str]]) -> Any:
        # PHP parses brackets itself and ignores a bare value beside them; elsewhere that value is what was
        # sent for the parameter, and validation has to refuse it.
        if not self.brackets:
            other_value = self._value_of_other_type(query)
            if other_value is not _ABSENT:
                return other_value
        prefix = f"{self.key}["
        members = {
            name[len(prefix) : -1]: values[-1]
            for name, values in query.items()
            if name.startswith(prefix) and name.endswith("]")
        }
        return members or _ABSENT

    def _value_of_other_type(self, query: Mapping[str, list[str]]) -> Any:
        """The bare value or list that was sent under the name of a deep object, or _ABSENT."""
        named = [name for name in query if name.startswith(f"{self.key}[")]
        listed = query.get(f"{self.key}[]") if len(named) == 1 else None
        return listed or query.get(self.key, [_ABSENT])[-1]

    def _without_style_prefix(self, text: str) -> str:
        if self.parameter.style == "label":
            return text.removeprefix(".")
        return text.removeprefix(f";{self.key}=") if self.parameter.style == "matrix" else text

    def _split(self, text: str) -> Any:
        if self.shape == "scalar":
            return text
        separator = _SEPARATORS.get(self.parameter.style, ",")
        # An empty text is an empty array or object, not one with an empty entry.
        pieces = text.split(separator) if text else []
        if self.shape == "array" and self.parameter.location == "header":
            return [piece.strip(" \t") for piece in pieces]
        if self.shape == "array":
            return pieces
        if self.parameter.explode:
            return dict(piece.partition("=")[::2] for piece in pieces)
        return dict(zip(pieces[::2], pieces[1::2], strict=False))


@dataclass(frozen=True, slots=True)
class ParameterReaders:
    """All parameters of an operation, in the order path, query, header, cookie."""

    readers: tuple[ParameterReader, ...]

    def read(
        self,
        sent: RawParameters,
        *,
        locations: Iterable[str] = LOCATIONS,
        tolerated: frozenset[str] = frozenset(),
    ) -> tuple[dict[str, dict[str, Any]], tuple[Violation, ...]]:
        """Return the values by location and name, and all violations.

        locations: those to read. tolerated: names of query parameters whose invalid values are accepted.
        """
        values: dict[str, dict[str, Any]] = {location: {} for location in locations}
        violations: list[Violation] = []
        for reader in self.readers:
            location = reader.parameter.location
            if location not in values:
                continue
            tolerant = location == "query" and reader.key in tolerated
            value, parameter_violations = reader.read(sent, tolerant=tolerant)
            violations += parameter_violations
            if value is not _ABSENT:
                values[location][reader.key] = value
        return values, tuple(violations)


def compile_parameters(
    parameters: Iterable[Parameter],
    *,
    compiler: SchemaCompiler,
    coercion: Coercion,
    schemas: Mapping[str, Schema],
    place: str,
) -> ParameterReaders:
    """Compile the parameters of an operation.

    place: names the operation in errors. Raises StartupError when a schema cannot be compiled.
    """
    readers = [
        ParameterReader(
            parameter=parameter,
            key=parameter.name.lower() if parameter.location == "header" else parameter.name,
            shape=_shape(parameter.schema, schemas),
            names=tuple(declared_members(parameter.schema, schemas)),
            check=compiler.check(parameter.schema, sent=True, place=f"{place}, parameter {parameter.name}"),
            convert=coercion.compile(parameter.schema, schemas),
            default=_default(parameter.schema, schemas),
            brackets=coercion.brackets,
            empty_is_null=coercion.empty_is_null,
        )
        for parameter in parameters
    ]
    readers.sort(key=lambda reader: LOCATIONS.index(reader.parameter.location))
    return ParameterReaders(tuple(readers))


def _shape(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    json_types = {name for part in parts(schema, schemas) for name in types_of(part)} - {"null"}
    if "array" in json_types:
        return "array"
    return "object" if json_types == {"object"} else "scalar"


def _default(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    for part in parts(schema, schemas):
        if "default" in part:
            return part["default"]
    return _ABSENT
