"""Every example and default is a value its schema accepts, formats included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT4, DRAFT202012

from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.spec import Direction, Place, Spec, children, subschemas
from contract_tests.spec_check.structure import violations

_ROOT = "urn:spec"
_WITHHELD: dict[Direction, tuple[str, ...]] = {
    "request": ("readOnly",),
    "response": ("writeOnly",),
    "both": ("readOnly", "writeOnly"),
}
"""What a value of that direction may leave out although `required` names it (OpenAPI 3.0.4, readOnly)."""

_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


def example_problems(spec: Spec) -> Iterator[SpecProblem]:
    """Each example, `examples` entry and default that its own schema refuses."""
    validators = {direction: _Validators(spec, direction) for direction in _WITHHELD}
    for place in spec.places():
        if place.kind in ("schema", "named schema"):
            yield from _in_schema(spec, place, validators["both"])
        elif place.kind in ("parameter", "header", "media type") and "schema" in place.node:
            yield from _beside_schema(spec, place, validators[place.direction])


class _Validators:
    """Validators for the schemas of one document, for values that travel in one direction."""

    def __init__(self, spec: Spec, direction: Direction) -> None:
        dialect = DRAFT4 if spec.is_3_0 else DRAFT202012
        self._class = _validator_class(spec, direction)
        self._registry: Registry[Any] = Registry().with_resource(_ROOT, dialect.create_resource(spec.value))

    def at(self, pointer: str) -> Validator:
        """A validator for the schema that stands at `pointer`."""
        schema = {"$ref": f"{_ROOT}#{quote(pointer, safe='/~')}"}
        made: Validator = self._class(
            schema, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        return made


def _in_schema(spec: Spec, place: Place, validators: _Validators) -> Iterator[SpecProblem]:
    for schema, at in subschemas(place.node, place.pointer):
        validator = validators.at(at)
        if "default" in schema:
            yield from _judged(spec, schema["default"], validator, f"{at}/default")
        if "example" in schema:
            yield from _judged(spec, schema["example"], validator, f"{at}/example")
        listed = schema.get("examples")
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            yield from _judged(spec, value, validator, f"{at}/examples/{index}")


def _beside_schema(spec: Spec, place: Place, validators: _Validators) -> Iterator[SpecProblem]:
    validator = validators.at(f"{place.pointer}/schema")
    if "example" in place.node:
        yield from _judged(spec, place.node["example"], validator, f"{place.pointer}/example")
    for _, named, at in children(place.node, "examples", place.pointer):
        if "value" in named:
            yield from _judged(spec, named["value"], validator, f"{at}/value")
        elif "$ref" in named and "value" in (target := spec.resolve(named)):
            yield from _judged(spec, target["value"], validator, at, located=False)


def _judged(
    spec: Spec, value: Any, validator: Validator, at: str, *, located: bool = True
) -> Iterator[SpecProblem]:
    """`located`: whether the value itself stands at `at`, so that its members have lines there."""
    try:
        found = list(violations(spec.file, value, validator, rule="example", at=at))
    except (Unresolvable, ValueError):
        return  # a reference into nothing, or through a list: the rule on references names it
    for problem in found:
        yield problem if located else spec.problem(at, "example", problem.message)


def _validator_class(spec: Spec, direction: Direction) -> Any:
    base: Any = Draft202012Validator
    if spec.is_3_0:
        from openapi_schema_validator import OAS30Validator

        base = OAS30Validator
    keywords: dict[str, Any] = {"required": _required(spec, _WITHHELD[direction])}
    if direction == "request":
        keywords["readOnly"] = _forbidden("readOnly", "a request must not send a member the server sets")
    if direction == "response":
        keywords["writeOnly"] = _forbidden(
            "writeOnly", "a response must not show a member that is only written"
        )
    return extend(base, validators=keywords)  # type: ignore[no-untyped-call]


def _required(spec: Spec, withheld: tuple[str, ...]) -> _Keyword:
    """`required` without the members a value of this direction does not carry.

    A member declared in another branch of an `allOf` counts as withheld when any schema marks it so.
    """
    elsewhere = frozenset(_withheld_names(spec, withheld))

    def required(_validator: Any, names: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        properties = schema.get("properties", {})
        for name in names if isinstance(instance, dict) else ():
            own = properties.get(name)
            optional = name in elsewhere if own is None else _marked(spec, own, withheld)
            if name not in instance and not optional:
                yield ValidationError(f"{name!r} is a required property")

    return required


def _marked(spec: Spec, declared: Any, marks: tuple[str, ...]) -> bool:
    resolved = spec.resolve(declared)
    return any(resolved.get(mark) is True for mark in marks)


def _withheld_names(spec: Spec, marks: tuple[str, ...]) -> Iterator[str]:
    for place in spec.places():
        if place.kind in ("schema", "named schema"):
            for schema, at in subschemas(place.node, place.pointer):
                for name, declared, _ in children(schema, "properties", at):
                    if _marked(spec, declared, marks):
                        yield name


def _forbidden(mark: str, reason: str) -> _Keyword:
    def forbidden(_validator: Any, value: Any, _instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if value is True:
            yield ValidationError(f"{mark}: {reason}")

    return forbidden
