"""Validate values against schemas: a compiled check decides, and only a failing value is analysed."""

from __future__ import annotations

import base64
import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from threading import Lock
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from mock_server.contract.operation import Components, Contract, Schema
from mock_server.contract.patterns import BOUNDED
from mock_server.contract.repair import LISTED_SCHEMAS, NAMED_SCHEMAS, SINGLE_SCHEMAS
from mock_server.contract.schema import declared_members, follow, member, parts, ref_name, types_of
from mock_server.errors.api_error import Violation
from mock_server.errors.startup import StartupError

log = logging.getLogger("mock_server")

_PRECEDENCE = ("type", "const", "enum", "minLength", "maxLength", "pattern", "format")
"""Of several violations of one value the first of these is reported, as validation layers do."""

_ANNOTATIONS = frozenset(
    {"title", "description", "default", "example", "examples", "xml", "externalDocs", "discriminator"}
)
"""Keywords that no value can violate. They are most of a large document."""

_MOST_NODES = 400_000
"""Of compiled schemas, about 250 bytes each."""

Path = tuple[str | int, ...]
"""The place of a value in another: names of members and positions in lists."""

_MOST_PATHS = 1000
"""Paths of a schema for which something is remembered; clients may send any names."""

_DISCRIMINATING = frozenset({"const", "enum"})
"""Keywords that fix a member's value and so tell alternatives apart."""


_DEEPEST_COMPOSITION = 12
"""Schemas composed more deeply than this are taken to be circular."""


def compiler_of(contract: Contract) -> SchemaCompiler:
    """The compiler of a contract, made once for all that check its values."""
    schemas = contract.schemas
    if not isinstance(schemas, Components):
        return SchemaCompiler(contract)
    if schemas.compiler is None:
        schemas.compiler = SchemaCompiler(contract)
    compiler: SchemaCompiler = schemas.compiler
    return compiler


class SchemaCompiler:
    """Compiles the schemas of one contract into checks.

    Every schema exists in two versions: readOnly members are not required in what a client sends
    (`sent=True`), writeOnly members not in what a server sends.
    """

    def __init__(self, contract: Contract) -> None:
        """Raises StartupError for schemas that no validator can hold."""
        self._contract = contract
        self._kept = _CompiledSchemas(contract.schemas)
        try:
            self._registry = Registry(
                [
                    (_address(sent=sent), _one_way_document(contract.schemas, sent=sent))
                    for sent in (True, False)
                ]
            )
        except (ValueError, ValidationError) as error:
            raise StartupError(f"{contract.name}: the schemas cannot be compiled: {error}") from None

    def check(self, schema: Schema, *, sent: bool, place: str) -> Check:
        """The check that values satisfy a schema, compiled at its first use.

        sent: whether clients send these values. place: named in the warning that a schema cannot be compiled;
        then every value is valid.
        """

        one_way = _OneWay(self._contract.schemas, sent=sent)

        def compiled() -> Draft202012Validator:
            try:
                return self._compiled(one_way.schema(schema), sent=sent)
            except (ValueError, ValidationError) as error:
                reason = str(error).partition("\n")[0][:200]
                log.warning("%s: %s: values are not checked: %s", self._contract.name, place, reason)
                return Draft202012Validator(True)

        def without_required() -> WithoutRequired:
            target = one_way.schema(follow(schema, self._contract.schemas))
            required = target.pop("required", ()) if isinstance(target, dict) else ()
            if not isinstance(required, list) or not required:
                return NOTHING_REQUIRED
            return dict.fromkeys(required), self._compiled(target, sent=sent)

        return self._kept.check(schema, compiled, without_required, sent=sent)

    def _compiled(self, schema: Any, *, sent: bool) -> Draft202012Validator:
        """A translated schema, compiled. Raises ValueError or ValidationError."""
        return Draft202012Validator(
            _absolute(schema, _address(sent=sent)),
            registry=self._registry,
            validate_formats=True,
            formats={"byte": _is_base64},
            pattern_options=BOUNDED,
        )


def _is_base64(text: str) -> bool:
    """Whether a text is base64 (RFC 4648, section 4), which OpenAPI 3.0 calls the format `byte`."""
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


class _CompiledSchemas:
    """The compiled schemas of one contract.

    A compiled schema contains all that it refers to. Where schemas refer to each other, each one is as large
    as the whole contract: so many are kept as have _MOST_NODES nodes together, the oldest go first.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._components: dict[str, tuple[int, frozenset[str]]] = {}
        # By the identity of the schema, which its check keeps, and the direction.
        self._checks: dict[tuple[int, bool], Check] = {}
        self._kept: deque[tuple[tuple[int, bool], Check, int]] = deque()
        self._nodes = 0
        self._lock = Lock()

    def check(
        self,
        schema: Schema,
        compiled: Callable[[], Draft202012Validator],
        without_required: Callable[[], WithoutRequired],
        *,
        sent: bool,
    ) -> Check:
        """The check of a schema for one direction. compiled, without_required: as of Check."""
        key = id(schema), sent
        with self._lock:
            check = self._checks.get(key)
            if check is None:
                keep = partial(self._keep, key)
                check = self._checks[key] = Check(compiled, schema, self._schemas, keep, without_required)
        return check

    def _keep(self, key: tuple[int, bool], check: Check) -> None:
        """Keep the compiled schema of a check, as long as there is room."""
        with self._lock:
            nodes = self._nodes_of(check.schema)
            self._kept.append((key, check, nodes))
            self._nodes += nodes
            while self._nodes > _MOST_NODES and len(self._kept) > 1:
                oldest_key, oldest, nodes = self._kept.popleft()
                self._checks.pop(oldest_key, None)
                self._nodes -= nodes
                oldest.forget()

    def _nodes_of(self, schema: Schema) -> int:
        """The number of values in a schema and in everything that it refers to."""
        total, names = _size(schema)
        pending, seen = set(names), set(names)
        while pending:
            name = pending.pop()
            if name not in self._components:
                self._components[name] = _size(self._schemas.get(name, True))
            nodes, referred = self._components[name]
            total += nodes
            pending |= referred - seen
            seen |= referred
        return total


def _size(schema: Any) -> tuple[int, frozenset[str]]:
    """The number of values in a schema, and the components that it refers to."""
    nodes, names, pending = 0, set[str](), [schema]
    while pending:
        value = pending.pop()
        nodes += 1
        if isinstance(value, Mapping):
            if isinstance(value.get("$ref"), str):
                names.add(ref_name(value["$ref"]))
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return nodes, frozenset(names)


WithoutRequired = tuple[Iterable[str], Draft202012Validator | None]
"""The members that a schema requires, and that schema compiled without requiring them."""

NOTHING_REQUIRED: Final[WithoutRequired] = ((), None)


class Check:
    """One schema, with the source that its violations are described by."""

    __slots__ = (
        "_compile",
        "_compile_without_required",
        "_expected",
        "_keep",
        "_positions",
        "_relaxed",
        "_validator",
        "schema",
        "schemas",
    )

    def __init__(
        self,
        compile: Callable[[], Draft202012Validator],  # noqa: A002 - what it does
        schema: Schema,
        schemas: Mapping[str, Schema],
        keep: Callable[[Check], None] | None = None,
        compile_without_required: Callable[[], WithoutRequired] | None = None,
    ) -> None:
        """compile: returns the schema compiled. keep: called once it is; makes others forget theirs where
        there are too many. compile_without_required: called at the first violation."""
        self._compile = compile
        self._compile_without_required = compile_without_required
        self._keep = keep
        self._validator: Draft202012Validator | None = None
        self._relaxed: WithoutRequired | None = None
        # By path: the same members break rules again and again.
        self._expected: dict[Path, str] = {}
        self._positions: dict[Path, list[int]] = {}
        self.schema = schema
        self.schemas = schemas

    @property
    def compiled(self) -> Draft202012Validator:
        """The compiled schema."""
        validator = self._validator
        if validator is None:
            validator = self._validator = self._compile()
            if self._keep is not None:
                self._keep(self)
        return validator

    def forget(self) -> None:
        """Compile the schema again when it is needed again."""
        self._validator = self._relaxed = None

    def holds(self, value: Any) -> bool:
        """Whether the value satisfies the schema."""
        return (self._validator or self.compiled).is_valid(value)

    def violations(
        self, value: Any, *, where: str, at: tuple[str | int, ...] = (), sent: Any = ...
    ) -> tuple[Violation, ...]:
        """Return the violations of a value, one per location, in the order of the schema's members.

        where: "body" or a parameter's location. at: prefix of each path. sent: the value before coercion,
        which `given` quotes; default: the value itself.
        """
        validator = self._validator or self.compiled
        if validator.is_valid(value):
            return ()
        quoted = value if sent is ... else sent
        if isinstance(value, dict):
            names, others = self._relaxed or self._without_required()
            # The usual refusal: members are missing, the rest is valid. Describing errors takes far longer.
            if others is not None and others.is_valid(value):
                return tuple(
                    [
                        Violation(where, (*at, name), "required", None, quoted)
                        for name in names
                        if name not in value
                    ]
                )
        violations = list(self._describe(validator.iter_errors(value), where, at, quoted))
        violations.sort(key=lambda violation: self._rank(violation, len(at)))
        first_by_path: dict[tuple[str | int, ...], Violation] = {}
        for violation in violations:
            first_by_path.setdefault(violation.path, violation)
        return tuple(first_by_path.values())

    def _without_required(self) -> WithoutRequired:
        """The required members in the order of the schema's members, and the schema without that demand."""
        names, validator = NOTHING_REQUIRED
        if self._compile_without_required is not None:
            names, validator = self._compile_without_required()
        if validator is not None and self._keep is not None:
            self._keep(self)
        in_order = sorted(names, key=lambda name: self._positions_of((name,)))
        self._relaxed = in_order, validator
        return self._relaxed

    def _describe(
        self, errors: Iterable[ValidationError], where: str, at: tuple[str | int, ...], sent: Any
    ) -> Iterable[Violation]:
        for error in errors:
            # oneOf also fails when several branches match; then no branch explains the failure.
            if error.kind.name in {"anyOf", "oneOf"} and _no_branch_matches(error):
                yield from self._describe_alternatives(error, where, at, sent)
                continue
            path = tuple(error.instance_path)
            given = _value_at(sent, path)
            if error.kind.name == "required":
                path = (*path, str(error.kind.value))
            yield Violation(where, (*at, *path), error.kind.name, self._limit(error), given)

    def _describe_alternatives(
        self, error: ValidationError, where: str, at: tuple[str | int, ...], sent: Any
    ) -> Iterable[Violation]:
        """Violations of an anyOf or oneOf in terms of the branch that was probably meant."""
        discriminator = _unmatched_discriminator(error)
        if discriminator is not None:
            path, values = discriminator
            yield Violation(where, (*at, *path), "enum", values, _value_at(sent, path))
            return
        branches = _best_branches(error)
        for violation in self._describe(branches[0], where, at, sent):
            if violation.keyword == "required":
                yield violation._replace(limit=_interchangeable_members(branches))
            else:
                yield violation

    def _limit(self, error: ValidationError) -> Any:
        if error.kind.name == "type":
            return self._expected_at(tuple(error.instance_path))
        if error.kind.name == "required":
            return None
        return getattr(error.kind, "value", None)

    def _expected_at(self, path: Path) -> str:
        word = self._expected.get(path)
        if word is None:
            word = expected(self._schema_at(path), self.schemas)
            if len(self._expected) < _MOST_PATHS:
                self._expected[path] = word
        return word

    def _schema_at(self, path: Path) -> Schema:
        schema: Schema | None = self.schema
        for key in path:
            schema = member(schema, key, self.schemas) if schema is not None else None
        return True if schema is None else schema

    def _rank(self, violation: Violation, start: int) -> tuple[Any, ...]:
        """Sort key. start: length of the prefix of the path that is outside this schema."""
        path = violation.path[start:]
        positions = self._positions.get(path)
        if positions is None:
            positions = self._positions_of(path)
            if len(self._positions) < _MOST_PATHS:
                self._positions[path] = positions
        known = violation.keyword in _PRECEDENCE
        return (positions, _PRECEDENCE.index(violation.keyword) if known else len(_PRECEDENCE))

    def _positions_of(self, path: Path) -> list[int]:
        """The position of each part of a path in its schema."""
        positions: list[int] = []
        schema: Schema | None = self.schema
        for key in path:
            positions.append(key if isinstance(key, int) else self._member_position(schema, key))
            schema = None if schema is None else member(schema, key, self.schemas)
        return positions

    def _member_position(self, schema: Schema | None, name: str) -> int:
        """The position of a member in the schema; undeclared ones come last."""
        names = [] if schema is None else declared_members(schema, self.schemas)
        return names.index(name) if name in names else len(names)


def expected(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    """Return what a schema expects in one word.

    A JSON type, the format of a string ("uuid", "date-time", "date"), or "members" for an object with
    declared members.
    """
    for part in parts(schema, schemas):
        for name in types_of(part):
            if name == "string" and part.get("format") in {"uuid", "date-time", "date"}:
                return str(part["format"])
            if name == "object" and part.get("properties"):
                return "members"
            if name != "null":
                return name
    return "null"


def nullable(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    """Whether the schema accepts null."""
    resolved = follow(schema, schemas)
    if not isinstance(resolved, Mapping):
        return bool(resolved)
    if "null" in types_of(resolved):
        return True
    if resolved.get("const", ...) is None or None in resolved.get("enum", ()):
        return True
    # A schema with properties or items but without a type means an object or array, though strictly JSON
    # Schema lets null pass there.
    if types_of(resolved) or resolved.keys() & {"const", "enum", "properties", "items"}:
        return False
    alternatives = [*resolved.get("anyOf", ()), *resolved.get("oneOf", ())]
    if alternatives and not any(nullable(branch, schemas) for branch in alternatives):
        return False
    return all(nullable(branch, schemas) for branch in resolved.get("allOf", ()))


def _no_branch_matches(error: ValidationError) -> bool:
    branches = _branches(error)
    return bool(branches) and all(branches)


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    """The errors of each alternative."""
    branches: list[list[ValidationError]] = getattr(error.kind, "context", [])
    return branches


def _unmatched_discriminator(error: ValidationError) -> tuple[tuple[str | int, ...], list[Any]] | None:
    """The path and allowed values of the member that every branch fixes, all to other values."""
    allowed_by_branch: list[dict[tuple[str | int, ...], list[Any]]] = []
    for branch in _branches(error):
        fixed = [
            inner for inner in branch if inner.kind.name in _DISCRIMINATING and len(inner.instance_path) > 0
        ]
        allowed_by_branch.append({tuple(inner.instance_path): _allowed_values(inner) for inner in fixed})
    shared = [path for path in allowed_by_branch[0] if all(path in allowed for allowed in allowed_by_branch)]
    if not shared:
        return None
    # Without duplicates, in order; the values may be unhashable.
    values: list[Any] = []
    for allowed in allowed_by_branch:
        for value in allowed[shared[0]]:
            if value not in values:
                values.append(value)
    return shared[0], values


def _allowed_values(error: ValidationError) -> list[Any]:
    value = error.kind.value
    return value if error.kind.name == "enum" else [value]


def _best_branches(error: ValidationError) -> list[list[ValidationError]]:
    """The branches that the value was most likely meant for: all that rank equally best.

    In this order: not null, of the right type, with the discriminating value that was given, failing deepest,
    with the fewest errors.
    """
    depth = len(error.instance_path)

    def unlikeliness(branch: list[ValidationError]) -> tuple[bool, bool, bool, int, int]:
        type_errors = [
            inner for inner in branch if inner.kind.name == "type" and len(inner.instance_path) == depth
        ]
        expects_null = any("null" in getattr(inner.kind, "types", ()) for inner in type_errors)
        other_discriminator = any(
            inner.kind.name in _DISCRIMINATING and len(inner.instance_path) == depth + 1 for inner in branch
        )
        deepest = max(len(inner.instance_path) for inner in branch)
        return (expects_null, bool(type_errors), other_discriminator, -deepest, len(branch))

    least = min(map(unlikeliness, _branches(error)))
    return [branch for branch in _branches(error) if unlikeliness(branch) == least]


def _interchangeable_members(branches: list[list[ValidationError]]) -> list[str] | None:
    """The missing members of which any one would satisfy a branch, or None unless there are several."""
    errors = [branch[0] for branch in branches if len(branch) == 1 and branch[0].kind.name == "required"]
    names = list(dict.fromkeys(str(error.kind.value) for error in errors))
    return names if len(names) > 1 and len(errors) == len(branches) else None


def _value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path of what was sent; None where only coercion created one."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _address(*, sent: bool) -> str:
    return "urn:schemas:sent" if sent else "urn:schemas:received"


def _one_way_document(schemas: Mapping[str, Schema], *, sent: bool) -> dict[str, Any]:
    """A document with the components for one direction."""
    one_way = _OneWay(schemas, sent=sent)
    return {"components": {"schemas": {name: one_way.schema(schema) for name, schema in schemas.items()}}}


_CLASS_OR_ESCAPE = re.compile(r"\\.|\[|\]", re.DOTALL)


def _with_ascii_digits(pattern: str) -> str:
    """A pattern in which a digit is one of ASCII, as in ECMA-262, also beside a lookahead.

    The validator translates the other classes itself, but not in patterns with a lookahead.
    """
    inside = False

    def ascii_digit(match: re.Match[str]) -> str:
        nonlocal inside
        text = match[0]
        if text in "[]":
            inside = text == "["
        if text != r"\d":
            return text
        return "0-9" if inside else "[0-9]"

    return _CLASS_OR_ESCAPE.sub(ascii_digit, pattern)


class _OneWay:
    """Translates schemas for one direction: members that only the other side may send are not required.

    Annotations are left out, and the mapping of a discriminator becomes constraints, which JSON Schema lacks.
    """

    def __init__(self, schemas: Mapping[str, Schema], *, sent: bool) -> None:
        self._schemas = schemas
        self._sent = sent
        self._flag = "readOnly" if sent else "writeOnly"

    def schema(self, schema: Any, exempt: frozenset[str] = frozenset()) -> Any:
        """Return the translated schema. exempt: members that a schema around this one exempts."""
        if isinstance(schema, list):
            return [self.schema(entry) for entry in schema]
        if not isinstance(schema, Mapping):
            return schema
        required, combined = schema.get("required"), schema.get("allOf")
        if isinstance(required, list) or isinstance(combined, list):
            exempt |= self._flagged(schema, 0)
        walked = {key: self._keyword(key, value) for key, value in schema.items() if constrains(key)}
        if isinstance(required, list):
            walked["required"] = [name for name in required if name not in exempt]
        if isinstance(combined, list):
            walked["allOf"] = [self._part(part, exempt) for part in combined]
        elif combined is not None:
            walked["allOf"] = self.schema(combined)
        for keyword in ("oneOf", "anyOf"):
            if isinstance(schema.get(keyword), list) and isinstance(schema.get("discriminator"), Mapping):
                walked[keyword] = [self._discriminated(branch, schema) for branch in schema[keyword]]
        if self._sent and "oneOf" in walked and "anyOf" not in walked and "discriminator" in schema:
            # The discriminator says which branch is meant: servers do not count how many of them match.
            walked["anyOf"] = walked.pop("oneOf")
        return walked

    def _keyword(self, key: str, value: Any) -> Any:
        if key in NAMED_SCHEMAS and isinstance(value, Mapping):
            return {name: self.schema(schema) for name, schema in value.items()}
        if key == "pattern" and isinstance(value, str):
            return _with_ascii_digits(value)
        return self.schema(value) if key in SINGLE_SCHEMAS | LISTED_SCHEMAS else value

    def _part(self, part: Any, exempt: frozenset[str]) -> Any:
        """A part of an allOf. A reference is replaced by its target where that requires an exempt member."""
        target = follow(part, self._schemas) if isinstance(part, Mapping) else part
        if target is not part and isinstance(target, Mapping):
            required = target.get("required")
            unmet = exempt & frozenset(required) if isinstance(required, list) else frozenset()
            if not unmet - self._flagged(target, 0):
                return self.schema(part)
        return self.schema(target, exempt)

    def _flagged(self, schema: Any, depth: int) -> frozenset[str]:
        """The members of a schema and its allOf that only the other side may send."""
        target = follow(schema, self._schemas) if isinstance(schema, Mapping) else schema
        if not isinstance(target, Mapping) or depth > _DEEPEST_COMPOSITION:
            return frozenset()
        properties, combined = target.get("properties"), target.get("allOf")
        names: set[str] = set()
        if isinstance(properties, Mapping):
            for name, value in properties.items():
                declared = follow(value, self._schemas) if isinstance(value, Mapping) else value
                if isinstance(declared, Mapping) and declared.get(self._flag):
                    names.add(name)
        for part in combined if isinstance(combined, list) else ():
            names |= self._flagged(part, depth + 1)
        return frozenset(names)

    def _discriminated(self, branch: Any, schema: Mapping[str, Any]) -> Any:
        """A branch limited to the values that a discriminator's mapping gives it."""
        translated = self.schema(branch)
        values = mapped_values(schema["discriminator"], branch)
        name = schema["discriminator"].get("propertyName")
        if not values or not isinstance(name, str):
            return translated
        # A branch that fixes the member itself may contradict the mapping. One whose base lists the values
        # of all branches does not.
        own = member(branch, name, self._schemas)
        fixed = [] if own is None else [_fixed_values(part) for part in parts(own, self._schemas)]
        if any(allowed is not None and not set(values) & set(allowed) for allowed in fixed):
            return translated
        return {"allOf": [translated, {"properties": {name: {"enum": values}}}]}


def _fixed_values(schema: Mapping[str, Any]) -> list[str] | None:
    """The texts among the values that a schema fixes; None where it fixes none."""
    if _DISCRIMINATING.isdisjoint(schema):
        return None
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def mapped_values(discriminator: Mapping[str, Any], branch: Any) -> list[str]:
    """Return the values that a discriminator's mapping gives a branch; empty for an inline one."""
    ref = branch.get("$ref") if isinstance(branch, Mapping) else None
    mapping = discriminator.get("mapping")
    if not isinstance(ref, str) or not isinstance(mapping, Mapping):
        return []
    component = ref_name(ref)
    return [value for value, target in mapping.items() if ref_name(str(target)) == component]


def constrains(key: str) -> bool:
    """Whether values can violate a keyword. `allOf` is translated apart."""
    return key != "allOf" and key not in _ANNOTATIONS and not key.startswith("x-")


def _absolute(schema: Any, address: str) -> Any:
    """The schema with its references pointing into the registry instead of into itself."""
    if isinstance(schema, list):
        return [_absolute(entry, address) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    absolute = {key: _absolute(value, address) for key, value in schema.items()}
    if isinstance(schema.get("$ref"), str):
        absolute["$ref"] = address + schema["$ref"]
    return absolute
