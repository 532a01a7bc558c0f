"""Every example and default is a value its schema accepts, formats included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import UnknownType, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT4, DRAFT202012

from contract_tests.spec_check.patterns import PatternError, matches, pattern_error
from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.spec import Direction, Place, Spec, children, items
from contract_tests.spec_check.structure import violations

_WITHHELD: dict[Direction, tuple[str, ...]] = {
    "request": ("readOnly",),
    "response": ("writeOnly",),
    "both": ("readOnly", "writeOnly"),
}
"""What a value of that direction may leave out although `required` names it (OpenAPI 3.0.4, readOnly)."""

_STEPS_A_PART = 20
_MOST_STEPS = 20_000
"""Subschemas that an example is judged by, for each of its parts and beyond: schemas whose branches refer
to each other have no end."""

_FEWEST_STEPS = 500
"""What is left of them when examples have taken too many again and again."""

_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


class _TooCostlyError(Exception):
    """An example takes more steps to judge than it may."""


def example_problems(spec: Spec, broken: frozenset[int]) -> Iterator[SpecProblem]:
    """Each example, `examples` entry and default that its own schema refuses.

    broken: the schemas by which nothing can be judged, by identity.
    """
    judge = _Judge(spec, broken)
    for place in spec.places:
        if place.is_schema:
            yield from judge.in_schema(place)
        elif place.kind in ("parameter", "header", "media type") and "schema" in place.node:
            yield from judge.beside_schema(place)


class _Validators:
    """Validators for the schemas of one document, for values that travel in one direction."""

    def __init__(self, spec: Spec, direction: Direction) -> None:
        dialect: Any = DRAFT4 if spec.is_3_0 else DRAFT202012
        self._steps = _Steps()
        made_class = _validator_class(spec, direction, self._steps)
        files = spec.files.files
        resources: list[tuple[str, Resource[Any]]] = [
            (file.path.resolve().as_uri(), dialect.create_resource(file.value)) for file in files
        ]
        registry: Registry[Any] = Registry().with_resources(resources)
        self._addresses = {file.path: address for file, (address, _) in zip(files, resources, strict=True)}
        # Made once: jsonschema copies the registry for each validator that is not evolved from another.
        self._base: Validator = made_class({}, registry=registry, format_checker=_FORMATS)

    def at(self, place: Place, value: Any, pointer: str = "") -> Validator:
        """A validator of `value` for the schema that stands at a place, or at a pointer from there."""
        self._steps.left = self._steps.most + _STEPS_A_PART * _size(value)
        address = self._addresses[place.file.path]
        return self._base.evolve(schema={"$ref": f"{address}#{quote(place.pointer + pointer, safe='/~')}"})


class _Steps:
    """The steps that are left for one example."""

    def __init__(self) -> None:
        self.most = _MOST_STEPS
        self.left = self.most

    def take(self) -> None:
        """Take one. Raises _TooCostlyError when none is left."""
        self.left -= 1
        if self.left < 0:
            self.most = max(self.most // 2, _FEWEST_STEPS)  # a document has many such examples, or none
            raise _TooCostlyError


class _Judge:
    """Judges the examples of one document."""

    def __init__(self, spec: Spec, broken: frozenset[int]) -> None:
        self._spec = spec
        self._broken = broken
        self._validators = {direction: _Validators(spec, direction) for direction in _WITHHELD}

    def in_schema(self, place: Place) -> Iterator[SpecProblem]:
        """The examples and the default inside a schema."""
        validator = partial(self._validators["both"].at, place)
        if "default" in place.node:
            yield from self._judged(place, place.node["default"], validator, "/default", rule="default")
        if "example" in place.node:
            yield from self._judged(place, place.node["example"], validator, "/example")
        for index, value in enumerate(items(place.node.get("examples"))):
            yield from self._judged(place, value, validator, f"/examples/{index}")

    def beside_schema(self, place: Place) -> Iterator[SpecProblem]:
        """The examples of a parameter, header or media type."""
        # A parameter may be described by a member that only the server sets, such as an id.
        validators = self._validators[place.direction if place.kind == "media type" else "both"]
        validator = partial(validators.at, place, pointer="/schema")
        if "example" in place.node:
            yield from self._judged(place, place.node["example"], validator, "/example")
        for _, named, at in children(place.node, "examples", ""):
            if "value" in named:
                yield from self._judged(place, named["value"], validator, f"{at}/value")
            elif "dataValue" in named:  # OpenAPI 3.2
                yield from self._judged(place, named["dataValue"], validator, f"{at}/dataValue")
            elif "$ref" in named and "value" in (target := self._spec.whole(place.file, named)):
                yield from self._judged(place, target["value"], validator, at, is_located=False)

    def _judged(
        self,
        place: Place,
        value: Any,
        validator: Callable[[Any], Validator],
        at: str,
        *,
        rule: str = "example",
        is_located: bool = True,
    ) -> Iterator[SpecProblem]:
        """`is_located`: whether the value itself stands at `at`, so that its members have lines there."""
        pointer = place.pointer + at
        try:
            found = list(
                violations(place.file, value, validator(value), rule=rule, at=pointer, broken=self._broken)
            )
        except (Unresolvable, UnknownType, ValueError, TypeError, AttributeError, KeyError):
            return  # a broken schema, or a reference into nothing: another rule names it
        except PatternError as error:
            found = [] if error.is_malformed else [place.problem("pattern-cost", str(error), at)]
        except _TooCostlyError:
            message = "takes too many subschemas to judge"
            found = [place.problem("not-checked", message, at)]
        except RecursionError:
            found = [place.problem("not-checked", "is nested too deeply to be judged", at)]
        for problem in found:
            yield problem if is_located else place.problem(rule, problem.message, at)


def _size(value: Any) -> int:
    """The number of parts of a value."""
    size = 0
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        size += 1
        if isinstance(inner, dict):
            waiting += inner.values()
        elif isinstance(inner, list):
            waiting += inner
    return size


def _formats() -> FormatChecker:
    """The formats of JSON Schema 2020-12, with regular expressions by ECMA-262."""
    checker = FormatChecker(formats=())
    checker.checkers = {**Draft202012Validator.FORMAT_CHECKER.checkers}
    checker.checkers["regex"] = (_is_regex, ())
    return checker


def _is_regex(value: object) -> bool:
    return not isinstance(value, str) or pattern_error(value) is None


_FORMATS = _formats()


def _validator_class(spec: Spec, direction: Direction, steps: _Steps) -> Any:
    base: Any = Draft202012Validator
    if spec.is_3_0:
        from openapi_schema_validator import OAS30Validator

        base = OAS30Validator
    own: dict[str, Any] = {
        "required": _required(spec, _WITHHELD[direction]),
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
    }
    if direction == "request":
        own["readOnly"] = _forbidden("readOnly", "a request must not send a member the server sets")
    if direction == "response":
        own["writeOnly"] = _forbidden("writeOnly", "a response must not show a member that is only written")
    keywords = {**base.VALIDATORS, **own}
    for name in ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "items", "properties"):
        keywords[name] = _counted(keywords.get(name), steps)
    return extend(base, validators=keywords)  # type: ignore[no-untyped-call]


def _counted(keyword: _Keyword | None, steps: _Steps) -> _Keyword | None:
    """A keyword that takes a step each time it is asked."""
    if keyword is None:
        return None

    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        steps.take()
        yield from keyword(validator, value, instance, schema) or ()

    return counted


def _pattern(_validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and isinstance(pattern, str) and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, subschema in patterns.items():
        for name, value in instance.items():
            if matches(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _required(spec: Spec, withheld: tuple[str, ...]) -> _Keyword:
    """`required` without the members a value of this direction does not carry.

    A member declared in another branch of an `allOf` counts as withheld when any schema marks it so.
    """
    elsewhere = frozenset(_withheld_names(spec, withheld))

    def required(_validator: Any, names: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        properties = schema.get("properties", {})
        for name in names if isinstance(instance, dict) else ():
            own = properties.get(name)
            optional = name in elsewhere if own is None else _is_marked(spec, own, withheld)
            if name not in instance and not optional:
                yield ValidationError(f"{name!r} is a required property")

    return required


def _is_marked(spec: Spec, declared: Any, marks: tuple[str, ...]) -> bool:
    whole: Mapping[str, Any] = spec.whole(spec.file, declared)
    return any(whole.get(mark) is True for mark in marks)


def _withheld_names(spec: Spec, marks: tuple[str, ...]) -> Iterator[str]:
    for place in spec.places:
        if place.is_schema:
            for name, declared, _ in children(place.node, "properties", ""):
                whole = spec.whole(place.file, declared)
                if any(whole.get(mark) is True for mark in marks):
                    yield name


def _forbidden(mark: str, reason: str) -> _Keyword:
    def forbidden(_validator: Any, value: Any, _instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if value is True:
            yield ValidationError(f"{mark}: {reason}")

    return forbidden
