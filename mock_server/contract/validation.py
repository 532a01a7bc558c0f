"""Values judged by schemas: a compiled check decides, and only a value that fails is looked at closely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from mock_server.contract.operation import Contract, Schema
from mock_server.contract.schema import declared_members, follow, member, parts, types_of
from mock_server.errors.api_error import Violation
from mock_server.errors.startup import StartupError

_PRECEDENCE = ("type", "const", "enum", "minLength", "maxLength", "pattern", "format")
"""Of several rules broken at one place the first of these is told, as validation layers stop at the first."""

_KINDS = frozenset({"const", "enum"})


class Judge:
    """Compiles the schemas of one contract.

    sent: the direction. What a client sends owes no readOnly member, what a server sends no writeOnly one.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._registry = Registry(
            [
                (_address(sent=sent), {"components": {"schemas": _one_way(contract.schemas, sent=sent)}})
                for sent in (True, False)
            ]
        )

    def check(self, schema: Schema, *, sent: bool, place: str) -> Check:
        """A compiled check. Raises StartupError, naming the place, when the schema itself is broken."""
        entry = _absolute(_one_way(schema, sent=sent), _address(sent=sent))
        try:
            compiled = Draft202012Validator(entry, registry=self._registry, validate_formats=True)
        except (ValueError, ValidationError) as error:
            raise StartupError(f"{self._contract.name}: {place}: {error}") from None
        return Check(compiled, schema, self._contract.schemas)


@dataclass(frozen=True, slots=True)
class Check:
    """One compiled schema."""

    compiled: Draft202012Validator
    schema: Schema
    schemas: Mapping[str, Schema]

    def holds(self, value: Any) -> bool:
        """Whether the value satisfies the schema."""
        return self.compiled.is_valid(value)

    def violations(
        self, value: Any, *, where: str, at: tuple[str | int, ...] = (), sent: Any = ...
    ) -> tuple[Violation, ...]:
        """Every rule the value breaks, one per place, in the order the schema declares its members.

        at: what stands before each path. sent: the value before it was coerced, which `given` quotes.
        """
        if self.compiled.is_valid(value):
            return ()
        quoted = value if sent is ... else sent
        violations = list(self._told(self.compiled.iter_errors(value), where, at, quoted))
        violations.sort(key=lambda violation: self._rank(violation, len(at)))
        first: dict[tuple[str | int, ...], Violation] = {}
        for violation in violations:
            first.setdefault(violation.path, violation)
        return tuple(first.values())

    def _told(
        self, errors: Iterable[ValidationError], where: str, at: tuple[str | int, ...], sent: Any
    ) -> Iterable[Violation]:
        for error in errors:
            if error.kind.name in {"anyOf", "oneOf"} and _none_holds(error):
                of_no_kind = _of_no_kind(error)
                if of_no_kind is None:
                    branches = _best_branches(error)
                    for violation in self._told(branches[0], where, at, sent):
                        yield (
                            replace(violation, limit=_any_of(branches))
                            if violation.keyword == "required"
                            else violation
                        )
                else:
                    place, kinds = of_no_kind
                    yield Violation(where, (*at, *place), "enum", kinds, _found(sent, place))
                continue
            path = tuple(error.instance_path)
            given = _found(sent, path)
            if error.kind.name == "required":
                path = (*path, str(error.kind.value))
            yield Violation(where, (*at, *path), error.kind.name, self._limit(error), given)

    def _limit(self, error: ValidationError) -> Any:
        if error.kind.name == "type":
            return expected(self._schema_at(tuple(error.instance_path)), self.schemas)
        if error.kind.name == "required":
            return None
        return getattr(error.kind, "value", None)

    def _schema_at(self, path: tuple[str | int, ...]) -> Schema:
        schema: Schema | None = self.schema
        for key in path:
            schema = member(schema, key, self.schemas) if schema is not None else None
        return True if schema is None else schema

    def _rank(self, violation: Violation, start: int) -> tuple[Any, ...]:
        positions: list[int] = []
        schema: Schema | None = self.schema
        for key in violation.path[start:]:
            names = [] if schema is None or isinstance(key, int) else declared_members(schema, self.schemas)
            positions.append(
                key if isinstance(key, int) else names.index(key) if key in names else len(names)
            )
            schema = None if schema is None else member(schema, key, self.schemas)
        known = violation.keyword in _PRECEDENCE
        return (positions, _PRECEDENCE.index(violation.keyword) if known else len(_PRECEDENCE))


def expected(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    """What a schema expects, in one word: a JSON type, the format of a formatted string, or "members" for
    an object whose members are declared."""
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
    """Whether the schema says that null is welcome."""
    resolved = follow(schema, schemas)
    if not isinstance(resolved, Mapping):
        return bool(resolved)
    if "null" in types_of(resolved) or resolved.get("const", ...) is None or None in resolved.get("enum", ()):
        return True
    if types_of(resolved) or resolved.keys() & {"const", "enum", "properties", "items"}:
        return False
    either = [*resolved.get("anyOf", ()), *resolved.get("oneOf", ())]
    if either and not any(nullable(branch, schemas) for branch in either):
        return False
    return all(nullable(branch, schemas) for branch in resolved.get("allOf", ()))


def _none_holds(error: ValidationError) -> bool:
    """Whether every branch is broken; of oneOf several may hold."""
    branches = _branches(error)
    return bool(branches) and all(branches)


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    """The errors of each alternative."""
    branches: list[list[ValidationError]] = getattr(error.kind, "context", [])
    return branches


def _of_no_kind(error: ValidationError) -> tuple[tuple[str | int, ...], list[Any]] | None:
    """The member that tells the branches apart when its value belongs to none of them, with all it may be."""
    discriminators: list[dict[tuple[str | int, ...], list[Any]]] = []
    for branch in _branches(error):
        fixed = [
            failure for failure in branch if failure.kind.name in _KINDS and len(failure.instance_path) > 0
        ]
        discriminators.append({tuple(failure.instance_path): _possible(failure) for failure in fixed})
    shared = [place for place in discriminators[0] if all(place in failure for failure in discriminators)]
    if not shared:
        return None
    kinds = [value for failure in discriminators for value in failure[shared[0]]]
    return shared[0], [value for number, value in enumerate(kinds) if value not in kinds[:number]]


def _possible(error: ValidationError) -> list[Any]:
    value = error.kind.value
    return value if error.kind.name == "enum" else [value]


def _best_branches(error: ValidationError) -> list[list[ValidationError]]:
    """The branches the value was most likely meant for, the likeliest first with its equals: not null, of the
    right type, of the kind the value names, deepest, fewest errors."""
    depth = len(error.instance_path)

    def unlikeliness(branch: list[ValidationError]) -> tuple[bool, bool, bool, int, int]:
        here = [
            failure
            for failure in branch
            if failure.kind.name == "type" and len(failure.instance_path) == depth
        ]
        null = any("null" in getattr(failure.kind, "types", ()) for failure in here)
        other = any(
            failure.kind.name in _KINDS and len(failure.instance_path) == depth + 1 for failure in branch
        )
        return (null, bool(here), other, -max(len(failure.instance_path) for failure in branch), len(branch))

    least = min(map(unlikeliness, _branches(error)))
    return [branch for branch in _branches(error) if unlikeliness(branch) == least]


def _any_of(branches: list[list[ValidationError]]) -> list[str] | None:
    """The members of which any would do, where each alone is all that is missing."""
    errors = [branch[0] for branch in branches if len(branch) == 1 and branch[0].kind.name == "required"]
    names = list(dict.fromkeys(str(error.kind.value) for error in errors))
    return names if len(names) > 1 and len(errors) == len(branches) else None


def _found(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path; None where coercion put something that was not sent."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _address(*, sent: bool) -> str:
    return "urn:schemas:sent" if sent else "urn:schemas:received"


def _one_way(schema: Any, *, sent: bool) -> Any:
    """The schema as one direction owes it: members the other side alone writes are not required."""
    if isinstance(schema, list):
        return [_one_way(entry, sent=sent) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    walked = {key: _one_way(value, sent=sent) for key, value in schema.items()}
    required, properties = schema.get("required"), schema.get("properties")
    if isinstance(required, list) and isinstance(properties, Mapping):
        flag = "readOnly" if sent else "writeOnly"
        walked["required"] = [
            name
            for name in required
            if not (isinstance(properties.get(name), Mapping) and properties[name].get(flag))
        ]
    return walked


def _absolute(schema: Any, address: str) -> Any:
    """The schema with its references pointing into the registry instead of into itself."""
    if isinstance(schema, list):
        return [_absolute(entry, address) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: f"{address}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value, address)
        for key, value in schema.items()
    }
