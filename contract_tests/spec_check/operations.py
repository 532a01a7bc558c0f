"""Rules between the parts of a document: operation ids, paths and their parameters, links, security."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from contract_tests.openapi.file_set import UnresolvedReferenceError
from contract_tests.openapi.pointers import escape, unescape
from contract_tests.spec_check.problems import SpecProblem, problem_at
from contract_tests.spec_check.spec import Operation, Place, Spec, children, items

_TEMPLATE = re.compile(r"\{([^{}]+)\}")
_MEDIA_TYPE = re.compile(r"^[\w.!#$&^*+-]+/[\w.!#$&^*+-]+\s*(?:;.*)?$", re.ASCII)
_IGNORED = {"parameter": {"accept", "content-type", "authorization"}, "header": {"content-type"}}
"""Headers that OpenAPI says are ignored where they are declared (3.1.1, Parameter and Response Objects)."""
_TRANSPORT = frozenset({"transfer-encoding", "connection", "content-length", "keep-alive", "upgrade"})


def operation_problems(spec: Spec) -> Iterator[SpecProblem]:
    """Everything about operations that a schema of OpenAPI cannot say."""
    operations = spec.operations
    yield from _ids(spec)
    yield from _paths(spec)
    for operation in operations:
        yield from _path_parameters(operation)
    by_id = {found.operation_id: found for found in operations if found.operation_id}
    for place in spec.places:
        if place.kind in ("operation", "path item"):
            yield from _repeated_parameters(spec, place)
        if place.kind == "operation":
            yield from _operation(place)
        if place.kind == "link":
            yield from _link(spec, place, by_id)
        if place.kind in ("parameter", "header"):
            yield from _header(place)
        if place.kind == "media type":
            yield from _media_type(place)
    yield from _security(spec)
    yield from _servers(spec)
    yield from _tags(spec)
    yield from _info(spec)


def path_names(path: str) -> list[str]:
    """The names in a path template, in order."""
    return _TEMPLATE.findall(path)


def _ids(spec: Spec) -> Iterator[SpecProblem]:
    first: dict[str, Place] = {}
    for place in spec.places:
        if place.kind != "operation":
            continue
        name = place.node.get("operationId")
        if not isinstance(name, str) or not name:
            yield place.problem("operation-id", "the operation has no operationId")
        elif name in first:
            other = first[name]
            line = other.file.line(f"{other.pointer}/operationId")
            where = f"line {line}" if other.file is place.file else f"line {line} of {other.file.path.name}"
            message = f"operationId {name!r} is already taken on {where}"
            yield place.problem("operation-id-unique", message, "/operationId")
        else:
            first[name] = place


def _operation(place: Place) -> Iterator[SpecProblem]:
    node = place.node
    responses = node.get("responses")
    statuses = [str(status) for status in responses] if isinstance(responses, dict) else []
    if statuses and not any(status[0] in "123" or status == "default" for status in statuses):
        yield place.problem("success-response", "no response is a success or the default", "/responses")
    if not any(status.startswith("4") or status == "default" for status in statuses):
        yield place.problem("error-response", "no response is a 4xx or the default", "/responses")
    if place.name in ("get", "head") and "requestBody" in node:
        message = f"a request body of {place.name.upper()} has no meaning"
        yield place.problem("body-on-get", message, "/requestBody")
    for key in ("summary", "description"):
        if not node.get(key):
            yield place.problem(key, f"the operation has no {key}")
    if not node.get("tags"):
        yield place.problem("operation-tags", "the operation has no tag")


def _repeated_parameters(spec: Spec, place: Place) -> Iterator[SpecProblem]:
    seen: set[tuple[str, str]] = set()
    for index, node in enumerate(items(place.node.get("parameters"))):
        parameter = spec.whole(place.file, node)
        key = (str(parameter.get("in")), str(parameter.get("name")))
        if {"in", "name"} <= set(parameter) and key in seen:
            message = f"{key[0]} parameter {key[1]!r} is already in this list"
            yield place.problem("parameter-unique", message, f"/parameters/{index}")
        seen.add(key)


def _paths(spec: Spec) -> Iterator[SpecProblem]:
    paths = spec.value.get("paths")
    names = [path for path in paths if path.startswith("/")] if isinstance(paths, dict) else []
    shapes: dict[str, str] = {}
    for path in names:
        at = f"/paths/{escape(path)}"
        shape = _TEMPLATE.sub("{}", path)
        if shape in shapes:
            message = f"{path} and {shapes[shape]} differ in the names of their parameters alone"
            yield spec.problem(at, "identical-paths", message)
        shapes.setdefault(shape, path)
        if "?" in path or "#" in path:
            yield spec.problem(at, "path-query", "a query belongs to the parameters, not to the path")
        if path != "/" and path.endswith("/"):
            yield spec.problem(at, "trailing-slash", f"{path} ends in a slash")
    yield from _ambiguous(spec, list(shapes.values()))


def _ambiguous(spec: Spec, paths: list[str]) -> Iterator[SpecProblem]:
    """Paths of which neither is the more concrete one in each part, as `/{a}/x` and `/y/{b}`."""
    by_length: dict[int, list[tuple[str, list[str]]]] = {}
    for path in paths:
        if "{" in path:
            parts = path.split("/")
            by_length.setdefault(len(parts), []).append((path, parts))
    for same in by_length.values():
        for (first, left), (second, right) in combinations(same[:_MOST_COMPARED], 2):
            if _meet(left, right):
                message = f"a request can mean {second} and {first}"
                yield spec.problem(f"/paths/{escape(second)}", "ambiguous-paths", message)


_MOST_COMPARED = 1500
"""Paths of one length that are compared with each other."""


def _meet(left: list[str], right: list[str]) -> bool:
    """Whether a request can mean both paths, and neither is at least as constant in every part."""
    is_left_ahead = is_right_ahead = False
    for one, other in zip(left, right, strict=True):
        if one == other:
            continue
        is_variable, is_other_variable = "{" in one, "{" in other
        if not is_variable and not is_other_variable:
            return False
        if is_variable != is_other_variable:
            constant, template = (other, one) if is_variable else (one, other)
            if not _TEMPLATE.fullmatch(template) and not _fits(template, constant):
                return False
            is_left_ahead |= is_other_variable
            is_right_ahead |= is_variable
        elif not (_TEMPLATE.fullmatch(one) and _TEMPLATE.fullmatch(other)):
            return False  # two parts such as {a}.{b} and {c}:run: seldom the same
    return is_left_ahead and is_right_ahead


def _fits(template: str, constant: str) -> bool:
    start, end = template.partition("{")[0], template.rpartition("}")[2]
    return constant.startswith(start) and constant.endswith(end)


def _path_parameters(operation: Operation) -> Iterator[SpecProblem]:
    wanted = path_names(operation.path)
    declared = [found.get("name") for found in operation.parameters if found.get("in") == "path"]
    place = operation.place
    for name in wanted:
        if name not in declared:
            yield place.problem("path-parameter", f"{{{name}}} in the path is declared nowhere")
    for parameter, entry in zip(operation.parameters, operation.written, strict=True):
        extra = parameter.get("name")
        if parameter.get("in") == "path" and extra not in wanted:
            message = f"path parameter {extra!r} does not stand in {operation.path}"
            yield problem_at(entry.file, entry.pointer, "path-parameter", message)
    for name in sorted({name for name in wanted if wanted.count(name) > 1}):
        yield place.problem("path-parameter", f"{{{name}}} stands in the path more than once")


def _link(spec: Spec, place: Place, by_id: Mapping[str, Operation]) -> Iterator[SpecProblem]:
    name = place.node.get("operationId")
    reference = place.node.get("operationRef")
    if isinstance(reference, str):
        if reference.startswith("#") and not isinstance(_target(spec, place, reference), dict):
            yield place.problem("link", f"{reference} names no operation of this file", "/operationRef")
    elif not isinstance(name, str) or name not in by_id:
        yield place.problem("link", f"the link's operationId {name!r} does not exist", "/operationId")
    else:
        yield from _link_parameters(place, by_id[name])


def _target(spec: Spec, place: Place, reference: str) -> Any:
    try:
        return spec.files.target(place.file, reference).value
    except UnresolvedReferenceError:
        return None


def _link_parameters(place: Place, target: Operation) -> Iterator[SpecProblem]:
    fed = place.node.get("parameters")
    fed = fed if isinstance(fed, dict) else {}
    names = {str(found.get("name")) for found in target.parameters}
    qualified = {f"{found.get('in')}.{found.get('name')}" for found in target.parameters}
    for name in fed:
        if name not in names | qualified:
            known = ", ".join(sorted(names)) or "none"
            message = f"{target.operation_id} has no parameter {name!r}; it has {known}"
            yield place.problem("link-parameter", message, f"/parameters/{escape(name)}")
    for name in path_names(target.path):
        if name not in fed and f"path.{name}" not in fed:
            message = f"the link to {target.operation_id} does not say what {{{name}}} is"
            yield place.problem("link-parameter", message)


def _header(place: Place) -> Iterator[SpecProblem]:
    if place.kind == "parameter" and place.node.get("in") != "header":
        return
    is_parameter = place.kind == "parameter"
    name = str(place.node.get("name")) if is_parameter else unescape(place.name)
    if name.lower() in _IGNORED[place.kind]:
        yield place.problem("ignored-header", f"{name} is said elsewhere: tools ignore it as a {place.kind}")
    elif name.lower() in _TRANSPORT:
        yield place.problem("ignored-header", f"{name} belongs to the transport, which sets it")


def _media_type(place: Place) -> Iterator[SpecProblem]:
    name = unescape(place.name)
    if "/content/" in place.pointer and not _MEDIA_TYPE.match(name):
        yield place.problem("media-type", f"{name!r} is not a media type, as in application/json")


def _security(spec: Spec) -> Iterator[SpecProblem]:
    components = spec.value.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    defined = schemes if isinstance(schemes, dict) else {}
    holders = [Place("document", "", spec.value, spec.file)]
    holders += [place for place in spec.places if place.kind == "operation"]
    for place in holders:
        if place.kind == "operation" and "security" not in place.node and "security" not in spec.value:
            yield place.problem("no-security", "neither the operation nor the document says who may call it")
        for index, requirement in enumerate(items(place.node.get("security"))):
            for name, scopes in requirement.items() if isinstance(requirement, dict) else ():
                at = f"/security/{index}/{escape(name)}"
                if name in defined:
                    scheme = spec.whole(spec.file, defined[name])
                    yield from _scopes(place, at, scheme, items(scopes))
                elif "/" not in name and "#" not in name:  # from 3.2 on a name may be a reference
                    known = ", ".join(sorted(defined)) or "none"
                    message = f"security scheme {name!r} is not defined; defined: {known}"
                    yield place.problem("security", message, at)


def _scopes(place: Place, at: str, scheme: Mapping[str, Any], scopes: list[Any]) -> Iterator[SpecProblem]:
    flows = scheme.get("flows")
    if scheme.get("type") != "oauth2" or not isinstance(flows, dict):
        return
    declared = [flow.get("scopes") for flow in flows.values() if isinstance(flow, dict)]
    known = {name for scopes in declared if isinstance(scopes, dict) for name in scopes}
    for scope in scopes:
        if isinstance(scope, str) and scope not in known:
            yield place.problem("security-scope", f"scope {scope!r} is declared by no flow", at)


def _servers(spec: Spec) -> Iterator[SpecProblem]:
    kinds = ("document", "path item", "operation")
    for place in (place for place in spec.places if place.kind in kinds):
        for index, server in enumerate(items(place.node.get("servers"))):
            if isinstance(server, dict):
                yield from _server(place, server, f"/servers/{index}")


def _server(place: Place, server: Mapping[str, Any], at: str) -> Iterator[SpecProblem]:
    address = server.get("url")
    if not isinstance(address, str):
        return
    if address != "/" and address.endswith("/"):
        yield place.problem("trailing-slash", f"{address} ends in a slash", f"{at}/url")
    variables = {name: node for name, node, _ in children(server, "variables", at)}
    for name in path_names(address):
        if name not in variables:
            yield place.problem("server-variable", f"{{{name}}} of the URL is not declared", f"{at}/url")
    for name, node in variables.items():
        here = f"{at}/variables/{escape(name)}"
        if name not in path_names(address):
            yield place.problem("server-variable", f"{name!r} does not stand in the URL", here)
        allowed = node.get("enum")
        if isinstance(allowed, list) and "default" in node and node["default"] not in allowed:
            message = f"the default {node['default']!r} is not one of {allowed!r}"
            yield place.problem("server-variable", message, f"{here}/default")


def _tags(spec: Spec) -> Iterator[SpecProblem]:
    declared: set[str] = set()
    for index, tag in enumerate(items(spec.value.get("tags"))):
        name = tag.get("name") if isinstance(tag, dict) else None
        if isinstance(name, str):
            if name in declared:
                yield spec.problem(f"/tags/{index}", "tag-unique", f"tag {name!r} is declared twice")
            declared.add(name)
    for place in spec.places if declared else ():
        tags = items(place.node.get("tags")) if place.kind == "operation" else []
        for index, name in enumerate(tags):
            if isinstance(name, str) and name not in declared:
                yield place.problem("tag-undefined", f"tag {name!r} is not declared", f"/tags/{index}")


def _info(spec: Spec) -> Iterator[SpecProblem]:
    info = spec.value.get("info")
    if isinstance(info, dict):
        for key in ("description", "license"):
            if not info.get(key):
                yield spec.problem("/info", key, f"the document has no {key}")
