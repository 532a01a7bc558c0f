"""One YAML or JSON file: its value in JSON's types, and the line each part of it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from contract_tests.openapi.pointers import escape, unescape

Step = tuple[str, Node, Node]
"""One entry of a mapping: the key's text, the key's node, the value's node."""


class UnreadableError(Exception):
    """A file that cannot be read or is not YAML; the text names file and line."""

    def __init__(self, path: Path, reason: str, *, line: int = 1) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class _CoreLoader(yaml.CSafeLoader):
    """YAML with JSON's types only.

    YAML 1.1's further ones would change what an API description says: an unquoted time would become a date
    object, `no` a boolean and `12:30` a number in base sixty.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute, replaced as a whole


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("merge", r"^<<$", "<"),
):
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True)
class YamlFile:
    """A parsed file that still knows its lines."""

    path: Path
    root: Node

    @classmethod
    def read(cls, path: Path) -> YamlFile:
        """Read and parse `path`.

        Raises UnreadableError when the file is missing, unreadable, empty, not YAML, or refers to itself.
        """
        try:
            root = yaml.compose(path.read_bytes(), Loader=_CoreLoader)
        except OSError as error:
            raise UnreadableError(path, error.strerror or str(error)) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise UnreadableError(path, f"not YAML: {error.problem or error.context}", line=line) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UnreadableError(path, f"not YAML: {str(error).splitlines()[0]}") from error
        if root is None:
            raise UnreadableError(path, "the file is empty")
        _refuse_circles(path, root, above=(), done=set())
        return cls(path, root)

    @cached_property
    def value(self) -> Any:
        """The whole file in JSON's types; the keys of objects are strings."""
        return _construct(self.root, {})

    def line(self, pointer: str) -> int:
        """The line of the part a JSON pointer names, or of the nearest part above it that exists."""
        node = self.root
        line: int = node.start_mark.line + 1
        for raw in pointer.split("/")[1:]:
            found = _child(node, unescape(raw))
            if found is None:
                break
            line, node = found
        return line

    @cached_property
    def duplicate_keys(self) -> tuple[tuple[str, int], ...]:
        """Pointer and line of every key that its mapping already has."""
        return tuple(_duplicates(self.root, "", set()))


def read_yaml(path: Path) -> Any:
    """The value of one YAML (or JSON) file, in JSON's types; raises UnreadableError."""
    return YamlFile.read(path).value


def _construct(node: Node, seen: dict[int, Any]) -> Any:
    if id(node) not in seen:
        if isinstance(node, MappingNode):
            seen[id(node)] = {key: _construct(value, seen) for key, _, value in _entries(node)}
        elif isinstance(node, SequenceNode):
            seen[id(node)] = [_construct(item, seen) for item in node.value]
        else:
            seen[id(node)] = _scalar(node.tag.rpartition(":")[2], node.value)
    return seen[id(node)]


def _scalar(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text)
    return float(text) if kind == "float" else text


def _entries(node: MappingNode) -> Iterator[Step]:
    """The entries of a mapping, merged ones (`<<`) first so that its own win."""
    for key, value in node.value:
        if key.tag.endswith(":merge"):
            for merged in value.value if isinstance(value, SequenceNode) else [value]:
                if isinstance(merged, MappingNode):
                    yield from _entries(merged)
    for key, value in node.value:
        if not key.tag.endswith(":merge"):
            yield str(key.value), key, value


def _child(node: Node, name: str) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        found = [(key.start_mark.line + 1, value) for text, key, value in _entries(node) if text == name]
        return found[-1] if found else None
    if isinstance(node, SequenceNode) and name.isdecimal() and int(name) < len(node.value):
        item = node.value[int(name)]
        return item.start_mark.line + 1, item
    return None


def _duplicates(node: Node, pointer: str, done: set[int]) -> Iterator[tuple[str, int]]:
    if id(node) in done:
        return
    done.add(id(node))
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, f"{pointer}/{index}", done)
    if not isinstance(node, MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        here = f"{pointer}/{escape(str(key.value))}"
        if str(key.value) in seen:
            yield here, key.start_mark.line + 1
        seen.add(str(key.value))
        yield from _duplicates(value, here, done)


def _refuse_circles(path: Path, node: Node, *, above: tuple[int, ...], done: set[int]) -> None:
    if id(node) in above:
        raise UnreadableError(path, "an alias refers to itself", line=node.start_mark.line + 1)
    if id(node) in done or not isinstance(node, (MappingNode, SequenceNode)):
        return
    done.add(id(node))
    for child in node.value:
        for part in child if isinstance(child, tuple) else (child,):
            _refuse_circles(path, part, above=(*above, id(node)), done=done)
