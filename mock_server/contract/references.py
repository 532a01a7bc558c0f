"""References followed while a contract is read, into neighbouring files too, so that later nobody sees a file
name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mock_server.contract.openapi30 import bounded, modern
from mock_server.errors.startup import StartupError
from mock_server.json_pointer import unescape
from mock_server.yaml_file import read_yaml

_SCHEMAS = "#/components/schemas/"
_VERBATIM = frozenset({"example", "examples", "default", "const", "enum"})
"""Keywords whose values are data: a `$ref` in there is a member somebody named so."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document together with the file it stands in."""

    value: Any
    file: Path

    def child(self, key: str | int) -> Node:
        """What lies under a key, with None where there is nothing."""
        if isinstance(self.value, dict):
            return Node(self.value.get(key), self.file)
        if isinstance(self.value, list) and str(key).isdecimal() and int(key) < len(self.value):
            return Node(self.value[int(key)], self.file)
        return Node(None, self.file)

    def items(self) -> Iterator[tuple[str, Node]]:
        """The members of a mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield str(key), Node(value, self.file)

    def entries(self) -> Iterator[Node]:
        """The entries of a list; nothing for anything else."""
        for value in self.value if isinstance(self.value, list) else ():
            yield Node(value, self.file)


@dataclass(slots=True)
class Library:
    """The files of one contract and the schemas gathered from them.

    schemas: by component name; those that lie elsewhere (another file, another place) get a name of their
    own.
    """

    root: Path
    files: dict[Path, Any] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    dated: bool = False

    def document(self, file: Path) -> Node:
        """A whole file, read once."""
        if file not in self.files:
            self.files[file] = read_yaml(file)
        return Node(self.files[file], file)

    def resolve(self, node: Node) -> Node:
        """The node a chain of references ends at. Raises StartupError when one leads nowhere or in a
        circle."""
        seen: set[tuple[Path, str]] = set()
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            place = (node.file, node.value["$ref"])
            if place in seen:
                raise StartupError(f"{node.file}: the reference {node.value['$ref']} leads to itself")
            seen.add(place)
            node = self._target(node.file, node.value["$ref"])
        return node

    def schema(self, node: Node) -> Any:
        """A schema whose references all name a component of this contract and have nothing beside them."""
        if node.value is None:
            return True
        if isinstance(node.value, list):
            return [self.schema(entry) for entry in node.entries()]
        if not isinstance(node.value, dict):
            return node.value
        if self.dated:
            node = Node(modern(node.value), node.file)
        node = Node(bounded(node.value), node.file)
        walked = {key: self._member(key, value) for key, value in node.items()}
        if "$ref" in walked and len(walked) > 1:
            reference = {"$ref": walked.pop("$ref")}
            walked["allOf"] = [reference, *walked.get("allOf", [])]
        return walked

    def _member(self, key: str, value: Node) -> Any:
        if key == "$ref" and isinstance(value.value, str):
            return _SCHEMAS + self._named(value.file, value.value)
        if key in _VERBATIM or key.startswith("x-"):
            return value.value
        if key == "properties" and isinstance(value.value, dict):
            return {name: self.schema(member) for name, member in value.items()}
        return self.schema(value) if isinstance(value.value, dict | list) else value.value

    def _named(self, file: Path, ref: str) -> str:
        """The component name a schema reference gets, its target gathered once (named first: schemas may be
        recursive)."""
        path, pointer = _split(file, ref)
        place = f"{path}#{pointer}"
        if place not in self.names:
            target = self._target(file, ref)
            at_home = (
                path == self.root and pointer.startswith("/components/schemas/") and pointer.count("/") == 3
            )
            name = pointer.rpartition("/")[2] if at_home else self._free_name(path, pointer)
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
                raise StartupError(f"{file}: the reference {ref} leads nowhere (nothing at {key!r})")
        return node


def _split(file: Path, ref: str) -> tuple[Path, str]:
    """File and JSON pointer of a reference. Only local files are followed: the mock works offline."""
    address, _, pointer = ref.partition("#")
    if "://" in address:
        raise StartupError(
            f"{file}: the reference {ref} leaves this machine; bundle the spec into local files first"
        )
    return ((file.parent / unquote(address)).resolve() if address else file), pointer
