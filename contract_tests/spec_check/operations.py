"""Rules between the parts of a document: operation ids, path parameters, links, security."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contract_tests.openapi.pointers import escape
from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.spec import Operation, Spec

_TEMPLATE = re.compile(r"\{([^{}]+)\}")


def operation_problems(spec: Spec) -> Iterator[SpecProblem]:
    """Everything about operations that a schema of OpenAPI cannot say."""
    operations = list(spec.operations())
    yield from _ids(spec, operations)
    for operation in operations:
        yield from _path_parameters(spec, operation)
    yield from _links(spec, {found.operation_id: found for found in operations if found.operation_id})
    yield from _security(spec, operations)


def _ids(spec: Spec, operations: list[Operation]) -> Iterator[SpecProblem]:
    first: dict[str, Operation] = {}
    for operation in operations:
        name = operation.operation_id
        if not name:
            yield spec.problem(operation.pointer, "operation-id", "the operation has no operationId")
        elif name in first:
            line = spec.file.line(f"{first[name].pointer}/operationId")
            at = f"{operation.pointer}/operationId"
            yield spec.problem(at, "operation-id", f"operationId {name!r} is already taken on line {line}")
        else:
            first[name] = operation


def path_names(path: str) -> list[str]:
    """The names in a path template, in order."""
    return _TEMPLATE.findall(path)


def _path_parameters(spec: Spec, operation: Operation) -> Iterator[SpecProblem]:
    wanted = path_names(operation.path)
    declared = [found.get("name") for found in operation.parameters if found.get("in") == "path"]
    for name in wanted:
        if name not in declared:
            yield spec.problem(
                operation.pointer, "path-parameter", f"{{{name}}} in the path is declared nowhere"
            )
    for extra in declared:
        if extra not in wanted:
            message = f"path parameter {extra!r} does not stand in {operation.path}"
            yield spec.problem(operation.pointer, "path-parameter", message)
    for name in sorted({name for name in wanted if wanted.count(name) > 1}):
        yield spec.problem(
            operation.pointer, "path-parameter", f"{{{name}}} stands in the path more than once"
        )


def _links(spec: Spec, by_id: dict[str, Operation]) -> Iterator[SpecProblem]:
    for place in spec.places():
        if place.kind != "link":
            continue
        name = place.node.get("operationId")
        if isinstance(place.node.get("operationRef"), str):
            yield from _operation_ref(spec, place.node["operationRef"], f"{place.pointer}/operationRef")
        elif not isinstance(name, str) or name not in by_id:
            at = f"{place.pointer}/operationId"
            yield spec.problem(at, "link", f"the link's operationId {name!r} does not exist")
        else:
            yield from _link_parameters(spec, place.node, by_id[name], place.pointer)


def _operation_ref(spec: Spec, ref: str, at: str) -> Iterator[SpecProblem]:
    if ref.startswith("#") and not isinstance(spec.find(ref), dict):
        yield spec.problem(at, "link", f"{ref} names no operation of this file")


def _link_parameters(spec: Spec, link: dict[str, Any], target: Operation, at: str) -> Iterator[SpecProblem]:
    fed = link.get("parameters")
    fed = fed if isinstance(fed, dict) else {}
    names = {str(found.get("name")) for found in target.parameters}
    qualified = {f"{found.get('in')}.{found.get('name')}" for found in target.parameters}
    for name in fed:
        if name not in names | qualified:
            known = ", ".join(sorted(names)) or "none"
            message = f"{target.operation_id} has no parameter {name!r}; it has {known}"
            yield spec.problem(f"{at}/parameters/{escape(name)}", "link", message)
    for name in path_names(target.path):
        if name not in fed and f"path.{name}" not in fed:
            yield spec.problem(
                at, "link", f"the link to {target.operation_id} does not say what {{{name}}} is"
            )


def _security(spec: Spec, operations: list[Operation]) -> Iterator[SpecProblem]:
    components = spec.value.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    defined = set(schemes) if isinstance(schemes, dict) else set()
    holders = [("", spec.value), *((found.pointer, found.node) for found in operations)]
    for at, node in holders:
        listed = node.get("security")
        for index, requirement in enumerate(listed if isinstance(listed, list) else ()):
            for name in requirement if isinstance(requirement, dict) else ():
                if name not in defined:
                    known = ", ".join(sorted(defined)) or "none"
                    message = f"security scheme {name!r} is not defined; defined: {known}"
                    yield spec.problem(f"{at}/security/{index}/{escape(name)}", "security", message)
