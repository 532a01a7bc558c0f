"""Read the declared parameters of a request: split them by style, coerce and validate them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.by_identity import ByIdentity
from mock_server.contract.brackets import from_fields
from mock_server.contract.coercion import Coercion, Convert
from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.contract.operation import Parameter, Schema
from mock_server.contract.schema import declared_members, describes, parts, types_of
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.errors.api_error import Violation
from mock_server.messages import cookies, header_value

LOCATIONS = ("path", "query", "header", "cookie")
_SEPARATORS = {
    "form": ",",
    "simple": ",",
    "label": ".",
    "matrix": ",",
    "spaceDelimited": " ",
    "pipeDelimited": "|",
}
_PREFIXED = frozenset({"label", "matrix"})
_ABSENT: Any = object()

_MOST_KEPT = 512
_LONGEST_KEPT = 100
"""So many valid texts of a parameter are remembered, none longer than this: the same keys, sizes and names
come again and again."""


@dataclass(frozen=True, slots=True)
class ParameterReader:
    """Reads one compiled parameter.

    key: its name as handlers and violations use it (lower case for a header). shape: "scalar", "array" or
    "object". names: the members of an object. brackets, nested and empty_is_null: see Coercion. is_plain:
    whether its text stands under its key as it is. sent_as: one or two names that it may be sent under, empty
    for others of an object. is_optional: whether it may be missing. schemas: by component name. valid: of a
    plain one some texts that were valid, with their values.
    """

    parameter: Parameter
    key: str
    shape: str
    names: tuple[str, ...]
    check: Check
    convert: Convert | None
    default: Any
    brackets: bool
    nested: bool
    empty_is_null: bool
    is_plain: bool
    sent_as: tuple[str, ...]
    is_optional: bool
    schemas: Mapping[str, Schema]
    valid: dict[str, Any] = field(default_factory=dict)

    def read(self, carrier: Mapping[str, Any], *, tolerant: bool) -> tuple[Any, tuple[Violation, ...]]:
        """Return the coerced value (_ABSENT when there is none) and its violations.

        carrier: the part of the request that carries the parameter. tolerant: an invalid value is returned as
        it was sent, without violations.
        """
        raw = self._raw(carrier)
        where, value = self.parameter.location, raw
        if raw is not _ABSENT and self.convert is not None:
            value = self.convert(raw)
        if value is _ABSENT or (self.empty_is_null and value == ""):
            if self.parameter.required and not tolerant:
                return _ABSENT, (Violation(where, (self.key,), "required"),)
            return self.default, ()
        violations = self.check.violations(value, where=where, at=(self.key,), sent=raw)
        if violations:
            return (raw, ()) if tolerant else (value, violations)
        if self.is_plain and len(raw) <= _LONGEST_KEPT:
            self._keep(raw, value)
        return value, ()

    def _keep(self, text: str, value: Any) -> None:
        if len(self.valid) >= _MOST_KEPT:
            self.valid.clear()
        self.valid[text] = value

    def _raw(self, carrier: Mapping[str, Any]) -> Any:
        if self.parameter.is_json:
            return self._json(carrier)
        if self.parameter.location == "query":
            return self._from_query(carrier)
        is_header = self.parameter.location == "header"
        text = header_value(carrier, self.key) if is_header else carrier.get(self.key)
        if text is None:
            return _ABSENT
        if self.parameter.style in _PREFIXED:
            text = self._without_style_prefix(text)
        return text if self.shape == "scalar" else self._split(text)

    def _json(self, carrier: Mapping[str, Any]) -> Any:
        """The value of a JSON text; a text that is none stays as it is, for the validation to refuse."""
        text = (
            header_value(carrier, self.key) if self.parameter.location == "header" else carrier.get(self.key)
        )
        text = text[-1] if isinstance(text, list) else text
        if text is None:
            return _ABSENT
        try:
            return loads(text.encode("utf-8", "replace"))
        except (MalformedError, UndecodableError):
            return text

    def _from_query(self, query: Mapping[str, list[str]]) -> Any:
        nested = self._nested(query) if self.nested else _ABSENT
        if nested is not _ABSENT:
            return nested
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

    def _nested(self, query: Mapping[str, list[str]]) -> Any:
        """What is sent under names such as `name[]`, `name[0]` and `name[member][]`; _ABSENT without any, and
        where the name itself is sent too."""
        name = self.key.removesuffix("[]")
        if name in query:
            return _ABSENT
        prefix = f"{name}["
        pairs = [
            (f"value{sent[len(name) :]}", text)
            for sent, texts in query.items()
            if sent.startswith(prefix)
            for text in texts
        ]
        if not pairs:
            return _ABSENT
        return from_fields(pairs, {"properties": {"value": self.parameter.schema}}, self.schemas)["value"]

    def _object(self, query: Mapping[str, list[str]]) -> Any:
        if self.parameter.style == "deepObject":
            return self._deep_object(query)
        # An object whose members the document does not name takes all that is sent.
        members = {name: query[name][-1] for name in self.names or query if name in query}
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
class _Located:
    """The parameters of one location. unsent: the values where the request carries nothing there, None if
    that is a violation."""

    readers: tuple[ParameterReader, ...]
    unsent: Mapping[str, Any] | None

    def read(
        self, carrier: Mapping[str, Any], tolerated: frozenset[str]
    ) -> tuple[Mapping[str, Any], tuple[Violation, ...]]:
        """Return the values by name, and all violations. tolerated: names whose invalid values are
        accepted."""
        if not carrier and self.unsent is not None:
            return self.unsent, ()
        values: dict[str, Any] = {}
        violations: tuple[Violation, ...] = ()
        for reader in self.readers:
            sent_as = reader.sent_as
            if sent_as and sent_as[0] not in carrier and sent_as[-1] not in carrier and reader.is_optional:
                if reader.default is not _ABSENT:
                    values[reader.key] = reader.default
                continue
            text = carrier.get(reader.key) if reader.is_plain else None
            known = _ABSENT if text is None else reader.valid.get(text, _ABSENT)
            if known is not _ABSENT:
                values[reader.key] = known
                continue
            value, broken = reader.read(carrier, tolerant=reader.key in tolerated)
            violations += broken
            if value is not _ABSENT:
                values[reader.key] = value
        return values, violations


_NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ParameterReaders:
    """All parameters of an operation."""

    _path: _Located
    _query: _Located
    _header: _Located
    _cookie: _Located
    _valid_paths: ByIdentity[Mapping[str, Any]] = field(default_factory=ByIdentity)

    def read_path(self, texts: Mapping[str, str]) -> tuple[Mapping[str, Any], tuple[Violation, ...]]:
        """Return the values of the path by name, and all violations.

        texts: parameter → its text; must not change any more.
        """
        known = self._valid_paths.get(texts)
        if known is not None:
            return known, ()
        values, violations = self._path.read(texts, _NO_NAMES)
        if not violations:
            self._valid_paths.keep(texts, values)
        return values, violations

    def read_rest(
        self,
        pairs: Iterable[tuple[str, str]],
        headers: Mapping[str, str],
        *,
        tolerated: frozenset[str] = _NO_NAMES,
    ) -> tuple[Mapping[str, Any], Mapping[str, Any], tuple[Violation, ...]]:
        """Return the values of query and headers by name, and all violations, those of cookies included.

        pairs: of the query, decoded. headers: by lower-case name. tolerated: names of query parameters whose
        invalid values are accepted.
        """
        sent: dict[str, list[str]] = {}
        for name, text in pairs:
            sent.setdefault(name, []).append(text)
        query, violations = self._query.read(sent, tolerated)
        in_headers: Mapping[str, Any] = {}
        if self._header.readers:
            in_headers, broken = self._header.read(headers, _NO_NAMES)
            violations += broken
        if self._cookie.readers:
            _cookies, broken = self._cookie.read(cookies(headers.get("cookie", "")), _NO_NAMES)
            violations += broken
        return query, in_headers, violations


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
            convert=None if parameter.is_json else coercion.compile(parameter.schema, schemas),
            default=_default(parameter.schema, schemas),
            brackets=coercion.brackets,
            nested=coercion.nested and _may_be_nested(parameter, schemas),
            empty_is_null=coercion.empty_is_null,
            is_plain=_is_plain(parameter, schemas),
            sent_as=_names(parameter, schemas, coercion),
            is_optional=not parameter.required,
            schemas=schemas,
        )
        for parameter in parameters
    ]
    path, query, header, cookie = (_located(readers, location) for location in LOCATIONS)
    return ParameterReaders(path, query, header, cookie)


def _located(readers: Iterable[ParameterReader], location: str) -> _Located:
    located = tuple(reader for reader in readers if reader.parameter.location == location)
    if any(reader.parameter.required for reader in located):
        return _Located(located, None)
    return _Located(
        located, {reader.key: reader.default for reader in located if reader.default is not _ABSENT}
    )


def _may_be_nested(parameter: Parameter, schemas: Mapping[str, Schema]) -> bool:
    """Whether a query parameter may be sent under names in brackets: a list, an object or a deep object."""
    is_compound = describes(parameter.schema, "array", schemas) or describes(
        parameter.schema, "object", schemas
    )
    return parameter.location == "query" and (is_compound or parameter.style == "deepObject")


def _names(parameter: Parameter, schemas: Mapping[str, Schema], coercion: Coercion) -> tuple[str, ...]:
    """The one or two names that a parameter may be sent under; empty for one with members or entries in
    a query."""
    if parameter.location == "header":
        lower = parameter.name.lower()
        return lower, lower.replace("_", "-")
    if parameter.location != "query":
        return (parameter.name,)
    if _shape(parameter.schema, schemas) == "object":
        return ()
    if coercion.nested and _may_be_nested(parameter, schemas):
        return ()
    return (parameter.name, f"{parameter.name}[]") if coercion.brackets else (parameter.name,)


def _is_plain(parameter: Parameter, schemas: Mapping[str, Schema]) -> bool:
    is_scalar = _shape(parameter.schema, schemas) == "scalar"
    return is_scalar and parameter.location != "query" and parameter.style not in _PREFIXED


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
