"""An OpenAPI document as a set of places: all a rule may want to look at, each with its JSON pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contract_tests.openapi.pointers import escape, follow
from contract_tests.openapi.yaml_file import YamlFile
from contract_tests.spec_check.problems import SpecProblem, problem_at

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Direction = Literal["request", "response", "both"]
Kind = Literal[
    "info",
    "operation",
    "parameter",
    "request body",
    "response",
    "header",
    "media type",
    "link",
    "security scheme",
    "named schema",
    "schema",
    "example",
]


@dataclass(frozen=True, slots=True)
class Place:
    """One object of the document; `direction` says whether it travels to the server or back."""

    kind: Kind
    pointer: str
    node: dict[str, Any]
    direction: Direction = "both"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with the parameters it takes, those of its path included."""

    path: str
    pointer: str
    node: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]

    @property
    def operation_id(self) -> str | None:
        """The operationId, when there is one."""
        name = self.node.get("operationId")
        return name if isinstance(name, str) else None


class Spec:
    """One OpenAPI file."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.value: dict[str, Any] = file.value if isinstance(file.value, dict) else {}

    @property
    def is_3_0(self) -> bool:
        """Whether schemas follow OpenAPI 3.0's own dialect rather than JSON Schema 2020-12."""
        return str(self.value.get("openapi", "")).startswith("3.0")

    def problem(self, pointer: str, rule: str, message: str) -> SpecProblem:
        """A problem at `pointer`, with its line looked up."""
        return problem_at(self.file, pointer, rule, message)

    def find(self, ref: str) -> Any:
        """What a reference within this file names; None when it names nothing."""
        return follow(self.value, ref)

    def resolve(self, node: Any) -> dict[str, Any]:
        """`node`, or what its chain of local references ends in; an empty object when it ends outside."""
        for _ in range(16):
            if not isinstance(node, dict):
                return {}
            ref = node.get("$ref")
            if not isinstance(ref, str):
                return node
            node = self.find(ref) if ref.startswith("#") else None
        return {}

    def operations(self) -> Iterator[Operation]:
        """Every operation under `paths`."""
        for path, item, at in children(self.value, "paths", ""):
            shared = _members(item.get("parameters"))
            for method in METHODS:
                node = item.get(method)
                if isinstance(node, dict):
                    own = _members(node.get("parameters"))
                    yield Operation(path, f"{at}/{method}", node, self._merged(shared, own))

    def _merged(self, shared: list[Any], own: list[Any]) -> tuple[dict[str, Any], ...]:
        merged: dict[tuple[str, str], dict[str, Any]] = {}
        for parameter in map(self.resolve, [*shared, *own]):
            merged[str(parameter.get("name")), str(parameter.get("in"))] = parameter
        return tuple(merged.values())

    def places(self) -> Iterator[Place]:
        """Every object a rule may look at, in document order of its section; references are not followed."""
        info = self.value.get("info")
        if isinstance(info, dict):
            yield Place("info", "/info", info)
        for section in ("paths", "webhooks"):
            for _, item, at in children(self.value, section, ""):
                yield from _path_item(item, at)
        yield from _components(self.value)


def children(node: Mapping[str, Any], key: str, at: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Name, object and pointer of each object under `key`."""
    inner = node.get(key)
    for name, child in inner.items() if isinstance(inner, dict) else ():
        if isinstance(child, dict) and not name.startswith("x-"):
            yield name, child, f"{at}/{escape(key)}/{escape(name)}"


def subschemas(schema: Any, at: str) -> Iterator[tuple[dict[str, Any], str]]:
    """`schema` and every schema inside it, with pointers."""
    if not isinstance(schema, dict):
        return
    yield schema, at
    for key in ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"):
        for _, child, here in children(schema, key, at):
            yield from subschemas(child, here)
    for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for index, child in enumerate(_members(schema.get(key))):
            yield from subschemas(child, f"{at}/{key}/{index}")
    for key in ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"):
        yield from subschemas(schema.get(key), f"{at}/{key}")


def _members(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _path_item(item: dict[str, Any], at: str) -> Iterator[Place]:
    yield from _parameters(item, at)
    for method in METHODS:
        operation = item.get(method)
        if isinstance(operation, dict):
            yield from _operation(operation, f"{at}/{method}")


def _operation(node: dict[str, Any], at: str) -> Iterator[Place]:
    yield Place("operation", at, node)
    yield from _parameters(node, at)
    body = node.get("requestBody")
    if isinstance(body, dict):
        yield from _request_body(body, f"{at}/requestBody")
    for _, response, here in children(node, "responses", at):
        yield from _response(response, here)
    for _, callback, here in children(node, "callbacks", at):
        for expression, item in callback.items():
            if isinstance(item, dict):
                yield from _path_item(item, f"{here}/{escape(expression)}")


def _parameters(node: dict[str, Any], at: str) -> Iterator[Place]:
    for index, parameter in enumerate(_members(node.get("parameters"))):
        if isinstance(parameter, dict):
            yield from _field(Place("parameter", f"{at}/parameters/{index}", parameter, "request"))


def _field(place: Place) -> Iterator[Place]:
    """A parameter or header: both carry a schema or a content."""
    if "$ref" in place.node:
        return
    yield place
    yield from _schema(place.node, place.pointer, place.direction)
    yield from _content(place.node, place.pointer, place.direction)


def _schema(node: dict[str, Any], at: str, direction: Direction) -> Iterator[Place]:
    if isinstance(node.get("schema"), dict):
        yield Place("schema", f"{at}/schema", node["schema"], direction)


def _content(node: dict[str, Any], at: str, direction: Direction) -> Iterator[Place]:
    for _, media, here in children(node, "content", at):
        yield Place("media type", here, media, direction)
        yield from _schema(media, here, direction)
        for _, encoding, there in children(media, "encoding", here):
            for _, header, header_at in children(encoding, "headers", there):
                yield from _field(Place("header", header_at, header, direction))


def _request_body(node: dict[str, Any], at: str) -> Iterator[Place]:
    if "$ref" not in node:
        yield Place("request body", at, node, "request")
        yield from _content(node, at, "request")


def _response(node: dict[str, Any], at: str) -> Iterator[Place]:
    if "$ref" in node:
        return
    yield Place("response", at, node, "response")
    for _, header, here in children(node, "headers", at):
        yield from _field(Place("header", here, header, "response"))
    yield from _content(node, at, "response")
    for _, link, here in children(node, "links", at):
        if "$ref" not in link:
            yield Place("link", here, link, "response")


def _components(root: dict[str, Any]) -> Iterator[Place]:
    components = root.get("components")
    if not isinstance(components, dict):
        return
    at = "/components"
    for _, node, here in children(components, "parameters", at):
        yield from _field(Place("parameter", here, node, "request"))
    for _, node, here in children(components, "headers", at):
        yield from _field(Place("header", here, node, "response"))
    for _, node, here in children(components, "requestBodies", at):
        yield from _request_body(node, here)
    for _, node, here in children(components, "responses", at):
        yield from _response(node, here)
    for _, node, here in children(components, "pathItems", at):
        yield from _path_item(node, here)
    for section, kind in _LEAVES:
        for _, node, here in children(components, section, at):
            yield Place(kind, here, node)


_LEAVES: tuple[tuple[str, Kind], ...] = (
    ("schemas", "named schema"),
    ("securitySchemes", "security scheme"),
    ("links", "link"),
    ("examples", "example"),
)
