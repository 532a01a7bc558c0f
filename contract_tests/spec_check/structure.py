"""Rules of form: OpenAPI's own structure, valid schemas, references that lead somewhere."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import YamlFile
from contract_tests.spec_check.problems import SpecProblem, problem_at
from contract_tests.spec_check.spec import Spec

_VERSION = re.compile(r"^(3\.[012])\.\d+")

_MESSAGE = 300
"""Characters of a message; jsonschema's carry the whole offending value."""

_LITERAL = frozenset({"example", "default", "const", "enum", "value"})
"""Keys whose content is a value of the API's own, in which `$ref` means nothing."""


def structure_problems(spec: Spec) -> Iterator[SpecProblem]:
    """References that lead nowhere, what OpenAPI's own schema refuses, and schemas that are none."""
    version = _VERSION.match(str(spec.value.get("openapi")))
    if version is None or not isinstance(spec.value["openapi"], str):
        message = f"{spec.value.get('openapi')!r} is no version that can be checked; 3.0, 3.1 and 3.2 are"
        yield spec.problem("/openapi", "openapi-version", message)
        return
    yield from _references(spec)
    yield from violations(spec.file, spec.value, _openapi_validator(version.group(1)), rule="openapi")
    validator = _schema_validator(spec)
    for place in spec.places():
        if place.kind in ("schema", "named schema"):
            yield from violations(spec.file, place.node, validator, rule="schema", at=place.pointer)


def last_word_problems(spec: Spec) -> Iterator[SpecProblem]:
    """What openapi-spec-validator still refuses once every rule of ours has passed; it seldom says where."""
    from openapi_spec_validator.shortcuts import get_validator_cls

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for error in get_validator_cls(spec.value)(spec.value).iter_errors():
            yield spec.problem(pointer_of(error), "openapi-spec-validator", error.message)


def violations(
    file: YamlFile, value: Any, validator: Validator, *, rule: str, at: str = ""
) -> Iterator[SpecProblem]:
    """Each thing `validator` finds wrong with `value`, which stands at pointer `at`.

    Of the branches of an `anyOf` or `oneOf` the one that went furthest is named, for it is the one meant.
    """
    for error in validator.iter_errors(value):
        cause = best_match([error]) or error
        yield problem_at(
            file, at + pointer_of(cause), rule, shorten(cause.message, _MESSAGE, placeholder=" …")
        )


def pointer_of(error: ValidationError) -> str:
    """The JSON pointer of the value an error is about."""
    return "".join(f"/{escape(part)}" for part in error.absolute_path)


def _openapi_validator(version: str) -> Validator:
    """OpenAPI's own schema of that version, run by jsonschema: its errors tell `anyOf` branches apart."""
    from openapi_spec_validator import schemas

    schema = dict(getattr(schemas, f"schema_v{version.replace('.', '')}"))
    made: Validator = validator_for(schema)(schema)
    return made


def _schema_validator(spec: Spec) -> Validator:
    dialect = Draft4Validator if spec.is_3_0 else Draft202012Validator
    return dialect(dialect.META_SCHEMA, format_checker=dialect.FORMAT_CHECKER)


def _references(spec: Spec) -> Iterator[SpecProblem]:
    for ref, pointer in _refs(spec.value, ""):
        if ref.startswith("#"):
            if spec.find(ref) is None:
                yield spec.problem(pointer, "reference", f"{ref} names nothing in this file")
        elif "://" not in ref:
            target = spec.file.path.parent / ref.partition("#")[0]
            if not target.is_file():
                yield spec.problem(pointer, "reference", f"{ref}: there is no file {target}")


def _refs(node: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _refs(child, f"{at}/{index}")
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield node["$ref"], f"{at}/$ref"
    for key, child in node.items():
        literal = key in _LITERAL or (key == "examples" and isinstance(child, list))
        if not literal or at.endswith("/properties"):
            yield from _refs(child, f"{at}/{escape(key)}")
