"""Resolve the references of a contract, also into neighbouring files, into one set of components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mock_server.contract.openapi30 import to_2020_12, with_format_bounds
from mock_server.errors.startup import StartupError
from mock_server.json_pointer import unescape
from mock_server.yaml_file import read_yaml

_SCHEMAS = "#/components/schemas/"
_VERBATIM = frozenset({"example", "examples", "default", "const", "enum"})
"""Keywords whose values are data: a `$ref` inside them is an ordinary member."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document with the file that contains it."""

    value: Any
    file: Path

    def child(self, key: str | int) -> Node:
        """Return the member or entry with this key; its value is None where there is none."""
        if isinstance(self.value, dict):
            return Node(self.value.get(key), self.file)
        if isinstance(self.value, list) and str(key).isdecimal() and int(key) < len(self.value):
            return Node(self.value[int(key)], self.file)
        return Node(None, self.file)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object; nothing for other values."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield str(key), Node(value, self.file)

    def entries(self) -> Iterator[Node]:
        """Yield the entries of an array; nothing for other values."""
        if isinstance(self.value, list):
            for value in self.value:
                yield Node(value, self.file)


@dataclass(slots=True)
class Library:
    """The files of one contract and the schemas collected from them.

    root: the contract's own file. files: parsed documents. schemas: by component name; schemas outside
    `components` or in other files get a generated one. names: component names by file and pointer.
    is_openapi30: translate schemas of OpenAPI 3.0.
    """

    root: Path
    files: dict[Path, Any] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    is_openapi30: bool = False

    def document(self, file: Path) -> Node:
        """Return a whole file, which is read once. Raises StartupError when it cannot be read."""
        if file not in self.files:
            self.files[file] = read_yaml(file)
        return Node(self.files[file], file)

    def resolve(self, node: Node) -> Node:
        """Return the node at the end of a chain of references.

        Raises StartupError when a reference has no target or is circular.
        """
        seen: set[tuple[Path, str]] = set()
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            ref = node.value["$ref"]
            if (node.file, ref) in seen:
                raise StartupError(f"{node.file}: the reference {ref} is circular")
            seen.add((node.file, ref))
            node = self._target(node.file, ref)
        return node

    def schema(self, node: Node) -> Any:
        """Return the schema with every reference naming a component of this contract, without siblings."""
        if node.value is None:
            return True
        if isinstance(node.value, list):
            return [self.schema(entry) for entry in node.entries()]
        if not isinstance(node.value, dict):
            return node.value
        if self.is_openapi30:
            node = Node(to_2020_12(node.value), node.file)
        node = Node(with_format_bounds(node.value), node.file)
        walked = {key: self._member(key, value) for key, value in node.items()}
        # OpenAPI 3.1 lets keywords stand beside a `$ref`. As an allOf they mean the same, and code
        # that follows references later need not look at siblings.
        if "$ref" in walked and len(walked) > 1:
            reference = {"$ref": walked.pop("$ref")}
            walked["allOf"] = [reference, *walked.get("allOf", [])]
        return walked

    def _member(self, key: str, value: Node) -> Any:
        if key == "$ref" and isinstance(value.value, str):
            return _SCHEMAS + self._component_name(value.file, value.value)
        if key in _VERBATIM or key.startswith("x-"):
            return value.value
        if key == "properties" and isinstance(value.value, dict):
            # A property may be called "example" or "$ref": names of properties are not keywords.
            return {name: self.schema(member) for name, member in value.items()}
        return self.schema(value) if isinstance(value.value, dict | list) else value.value

    def _component_name(self, file: Path, ref: str) -> str:
        """The name of the component that a schema reference points to; its target is collected once."""
        path, pointer = _split(file, ref)
        place = f"{path}#{pointer}"
        if place not in self.names:
            target = self._target(file, ref)
            in_components = pointer.startswith("/components/schemas/") and pointer.count("/") == 3
            if path == self.root and in_components:
                name = pointer.rpartition("/")[2]
            else:
                name = self._free_name(path, pointer)
            # Registered before it is walked: a schema may refer to itself.
            self.names[place] = name
            self.schemas[name] = True
            self.schemas[name] = self.schema(target)
        return self.names[place]

    def _free_name(self, path: Path, pointer: str) -> str:
        stem = f"{path.stem}.{pointer.rpartition('/')[2]}".rstrip(".")
        name, number = stem, 1
        while name in self.names.values():
            number += 1
            name = f"{stem}.{number}"
        return name

    def _target(self, file: Path, ref: str) -> Node:
        path, pointer = _split(file, ref)
        node = self.document(path)
        for token in pointer.split("/")[1:]:
            key = unescape(unquote(token))
            node = node.child(key)
            if node.value is None:
                raise StartupError(f"{file}: the reference {ref} has no target: {key!r} does not exist")
        return node


def _split(file: Path, ref: str) -> tuple[Path, str]:
    """Split a reference into file and JSON Pointer. Only local files are followed: the mock works offline."""
    address, _, pointer = ref.partition("#")
    if "://" in address:
        raise StartupError(f"{file}: the reference {ref} is remote; bundle the spec into local files first")
    target = (file.parent / unquote(address)).resolve() if address else file
    return target, pointer
