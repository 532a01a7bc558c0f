"""An OpenAPI document as a set of places: all a rule may want to look at, each with file and JSON pointer.

Places are found by what OpenAPI says stands where, and by following references, into other files too. Nothing
is recursive: a document nests more deeply than Python calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from contract_tests.openapi.file_set import (
    FileSet,
    Located,
    RemoteReferenceError,
    UnresolvedReferenceError,
)
from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import YamlFile
from contract_tests.spec_check.problems import SpecProblem, problem_at

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

Direction = Literal["request", "response", "both"]
Kind = Literal[
    "document",
    "info",
    "components",
    "path item",
    "operation",
    "callback",
    "parameter",
    "request body",
    "response",
    "header",
    "media type",
    "encoding",
    "link",
    "security scheme",
    "named schema",
    "schema",
    "subschema",
    "example",
]
Shape = Literal["object", "list", "map", "patterned"]
"""How parts are held: one object, a list, a map of any names, or a map in which `x-` begins extensions."""


_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_OBJECTS = (
    "items",
    "additionalProperties",
    "additionalItems",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
)
SCHEMAS_IN: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(_SCHEMA_MAPS, "map"),
    **dict.fromkeys(_SCHEMA_LISTS, "list"),
    **dict.fromkeys(_SCHEMA_OBJECTS, "object"),
}
"""The keywords of a schema that hold schemas."""

_Parts = Mapping[str, tuple[Shape, Kind]]
_SCHEMA_PARTS: _Parts = {keyword: (shape, "subschema") for keyword, shape in SCHEMAS_IN.items()}
_FIELD: _Parts = {
    "schema": ("object", "schema"),
    "content": ("map", "media type"),
    "examples": ("map", "example"),
}
_PARTS: Final[Mapping[Kind, _Parts]] = {
    "document": {
        "info": ("object", "info"),
        "paths": ("patterned", "path item"),
        "webhooks": ("map", "path item"),
        "components": ("object", "components"),
    },
    "components": {
        "parameters": ("map", "parameter"),
        "headers": ("map", "header"),
        "requestBodies": ("map", "request body"),
        "responses": ("map", "response"),
        "pathItems": ("map", "path item"),
        "callbacks": ("map", "callback"),
        "mediaTypes": ("map", "media type"),
        "schemas": ("map", "named schema"),
        "securitySchemes": ("map", "security scheme"),
        "links": ("map", "link"),
        "examples": ("map", "example"),
    },
    "path item": {
        "parameters": ("list", "parameter"),
        **dict.fromkeys(METHODS, ("object", "operation")),
        "additionalOperations": ("map", "operation"),
    },
    "callback": {"": ("patterned", "path item")},
    "operation": {
        "parameters": ("list", "parameter"),
        "requestBody": ("object", "request body"),
        "responses": ("patterned", "response"),
        "callbacks": ("map", "callback"),
    },
    "parameter": _FIELD,
    "header": _FIELD,
    "request body": {"content": ("map", "media type")},
    "response": {
        "headers": ("map", "header"),
        "content": ("map", "media type"),
        "links": ("map", "link"),
    },
    "media type": {
        "schema": ("object", "schema"),
        "itemSchema": ("object", "schema"),
        "examples": ("map", "example"),
        "encoding": ("map", "encoding"),
        "prefixEncoding": ("list", "encoding"),
        "itemEncoding": ("object", "encoding"),
    },
    "encoding": {"headers": ("map", "header")},
    "schema": _SCHEMA_PARTS,
    "named schema": _SCHEMA_PARTS,
    "subschema": _SCHEMA_PARTS,
}
"""What OpenAPI 3.2 says stands where, which holds what 3.0 and 3.1 say."""

_DIRECTIONS: Mapping[Kind, Direction] = {
    "parameter": "request",
    "request body": "request",
    "response": "response",
    "header": "response",
    "link": "response",
}
_SCHEMAS: frozenset[Kind] = frozenset({"schema", "named schema", "subschema"})


@dataclass(frozen=True, slots=True)
class Place:
    """One object of the document; `direction` says whether it travels to the server or back."""

    kind: Kind
    pointer: str
    node: dict[str, Any]
    file: YamlFile
    direction: Direction = "both"

    @property
    def is_schema(self) -> bool:
        """Whether the place is a schema, wherever it stands."""
        return self.kind in _SCHEMAS

    @property
    def key(self) -> tuple[Path, str]:
        """What tells the place from every other."""
        return self.file.path, self.pointer

    @property
    def name(self) -> str:
        """The last part of its pointer, as it is escaped there."""
        return self.pointer.rpartition("/")[2]

    def problem(self, rule: str, message: str, at: str = "") -> SpecProblem:
        """A problem of this place; at: the pointer from here to what it is about."""
        return problem_at(self.file, self.pointer + at, rule, message)


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference and what it leads to: `target` is None, and `problem` tells why, where it leads nowhere."""

    place: Place
    text: str
    target: Located | None
    problem: SpecProblem | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a path, with the parameters it takes, those of its path included.

    written: where each parameter, or the reference to it, stands.
    """

    path: str
    method: str
    place: Place
    parameters: tuple[dict[str, Any], ...]
    written: tuple[Located, ...]

    @property
    def node(self) -> dict[str, Any]:
        """Its object."""
        return self.place.node

    @property
    def operation_id(self) -> str | None:
        """The operationId, when there is one."""
        name = self.node.get("operationId")
        return name if isinstance(name, str) else None


class Spec:
    """One OpenAPI document, in one file or several."""

    def __init__(self, files: FileSet) -> None:
        self.files = files
        self.file = files.main
        self.value: dict[str, Any] = self.file.value if isinstance(self.file.value, dict) else {}

    @classmethod
    def read(cls, path: Path) -> Spec:
        """The document of a file. Raises UnreadableError."""
        return cls(FileSet(path))

    @property
    def version(self) -> str:
        """The version it names, as text."""
        return str(self.value.get("openapi", ""))

    @property
    def is_3_0(self) -> bool:
        """Whether schemas follow OpenAPI 3.0's own dialect rather than JSON Schema 2020-12."""
        return self.version.startswith("3.0")

    def problem(self, pointer: str, rule: str, message: str) -> SpecProblem:
        """A problem at `pointer` of the document's own file, with its line looked up."""
        return problem_at(self.file, pointer, rule, message)

    def resolve(self, file: YamlFile, node: Any) -> Located | None:
        """`node`, which stands in `file`, or the end of its chain of references; None without one."""
        found = Located(file, "", node)
        for _ in range(16):
            if not isinstance(found.value, dict):
                return None
            reference = found.value.get("$ref")
            if not isinstance(reference, str):
                return found
            try:
                found = self.files.target(found.file, reference)
            except UnresolvedReferenceError:
                return None
        return None

    def whole(self, file: YamlFile, node: Any) -> dict[str, Any]:
        """The object that `resolve` finds; an empty one when there is none."""
        found = self.resolve(file, node)
        return found.value if found is not None and isinstance(found.value, dict) else {}

    @property
    def places(self) -> tuple[Place, ...]:
        """Every object a rule may look at: those of the document's own file in its order, then what other
        references lead to. An object that is only a reference is none."""
        return self._walked[0]

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every reference at a place where OpenAPI knows one."""
        return self._walked[1]

    @cached_property
    def _walked(self) -> tuple[tuple[Place, ...], tuple[Reference, ...]]:
        walk = _Walk(self)
        walk.run(Place("document", "", self.value, self.file))
        return tuple(walk.places), tuple(walk.references)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation under `paths`."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[Operation]:
        paths = self.value.get("paths")
        for path, item in paths.items() if isinstance(paths, dict) else ():
            if not isinstance(item, dict) or path.startswith("x-"):
                continue
            at = f"/paths/{escape(path)}"
            holders = [Located(self.file, at, item)]
            if "$ref" in item and (target := self.resolve(self.file, item)) is not None:
                holders.append(target)
            for holder in holders:
                shared = _parameters(holder)
                for method, node, pointer in _methods(holder):
                    yield self._operation(path, method, Located(holder.file, pointer, node), shared)

    def _operation(self, path: str, method: str, written: Located, shared: list[Located]) -> Operation:
        found = self.resolve(written.file, written.value) if "$ref" in written.value else written
        located = found if found is not None and isinstance(found.value, dict) else written
        merged: dict[tuple[str, str], tuple[dict[str, Any], Located]] = {}
        for entry in (*shared, *_parameters(located)):
            parameter = self.whole(entry.file, entry.value)
            merged[str(parameter.get("name")), str(parameter.get("in"))] = parameter, entry
        place = Place("operation", located.pointer, located.value, located.file)
        parameters = tuple(parameter for parameter, _ in merged.values())
        return Operation(path, method, place, parameters, tuple(entry for _, entry in merged.values()))


class _Walk:
    """One walk over a document: first what its own file holds, then what references lead to."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._kinds: dict[tuple[Path, str], Kind] = {}
        self.places: list[Place] = []
        self.references: list[Reference] = []

    def run(self, root: Place) -> None:
        """Walk everything below `root`."""
        self._below(root)
        number = 0
        while number < len(self.references):
            self._enter(number)
            number += 1

    def _enter(self, number: int) -> None:
        reference = self.references[number]
        target = reference.target
        if target is None:
            return
        kind = reference.place.kind
        wanted: Kind = "schema" if reference.place.is_schema else kind
        known = self._kinds.get((target.file.path, target.pointer))
        if known is None and not isinstance(target.value, dict):
            if not (wanted == "schema" and isinstance(target.value, bool)):
                self._refuse(number, f"{reference.text} leads to no object, but is used as a {wanted}")
        elif known is None:
            self._below(Place(wanted, target.pointer, target.value, target.file, reference.place.direction))
        elif known != wanted and not {known, wanted} <= _SCHEMAS:
            self._refuse(number, f"{reference.text} leads to a {known}, but is used as a {wanted}")

    def _refuse(self, number: int, message: str) -> None:
        reference = self.references[number]
        problem = reference.place.problem("reference", message, "/$ref")
        self.references[number] = Reference(reference.place, reference.text, None, problem)

    def _below(self, root: Place) -> None:
        waiting = [root]
        while waiting:
            place = waiting.pop()
            if place.key in self._kinds:
                continue
            self._kinds[place.key] = place.kind
            if isinstance(place.node.get("$ref"), str) and place.kind != "document":
                self.references.append(self._reference(place))
                has_siblings = place.kind == "path item" or (place.is_schema and not self._spec.is_3_0)
                if not has_siblings:
                    continue
            self.places.append(place)
            waiting += reversed(list(parts_of(place)))

    def _reference(self, place: Place) -> Reference:
        text = place.node["$ref"]
        try:
            return Reference(place, text, self._spec.files.target(place.file, text))
        except RemoteReferenceError as error:
            return Reference(place, text, None, place.problem("remote-reference", str(error), "/$ref"))
        except UnresolvedReferenceError as error:
            return Reference(place, text, None, place.problem("reference", str(error), "/$ref"))


def items(node: Any) -> list[Any]:
    """The items of a list; none of anything else."""
    return node if isinstance(node, list) else []


def children(node: Mapping[str, Any], key: str, at: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Name, object and pointer of each object under `key`."""
    inner = node.get(key)
    for name, child in inner.items() if isinstance(inner, dict) else ():
        if isinstance(child, dict):
            yield name, child, f"{at}/{escape(key)}/{escape(name)}"


def _parameters(holder: Located) -> list[Located]:
    """The entries of a list of parameters, references among them."""
    entries = items(holder.value.get("parameters"))
    return [
        Located(holder.file, f"{holder.pointer}/parameters/{index}", each)
        for index, each in enumerate(entries)
    ]


def _methods(holder: Located) -> Iterator[tuple[str, dict[str, Any], str]]:
    for method in METHODS:
        node = holder.value.get(method)
        if isinstance(node, dict):
            yield method, node, f"{holder.pointer}/{method}"
    yield from children(holder.value, "additionalOperations", holder.pointer)


def parts_of(place: Place) -> Iterator[Place]:
    """The objects that a place holds itself."""
    for key, (shape, kind) in _PARTS.get(place.kind, {}).items():
        held = place.node.get(key) if key else place.node
        at = f"{place.pointer}/{escape(key)}" if key else place.pointer
        for pointer, node in _held(held, shape, at):
            own = "both" if kind == "named schema" else _DIRECTIONS.get(kind, place.direction)
            direction = place.direction if place.direction != "both" and kind == "header" else own
            yield Place(kind, pointer, node, place.file, direction)


def _held(held: Any, shape: Shape, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if shape == "object":
        named = [(at, held)]
    elif shape == "list":
        named = [(f"{at}/{index}", child) for index, child in enumerate(items(held))]
    else:
        members = held.items() if isinstance(held, dict) else ()
        named = [
            (f"{at}/{escape(name)}", child)
            for name, child in members
            if shape == "map" or not name.startswith("x-")
        ]
    return ((pointer, node) for pointer, node in named if isinstance(node, dict))
