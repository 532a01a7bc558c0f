"""One YAML or JSON file: its value in JSON's types, and the line each part of it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from json import detect_encoding, loads
from math import inf
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from contract_tests.openapi.pointers import escape, parts

Step = tuple[str, Node, Node]
"""One entry of a mapping: the key's text, the key's node, the value's node."""


class UnreadableError(Exception):
    """A file that cannot be read or is not YAML; the text names file and line."""

    def __init__(self, path: Path, reason: str, *, line: int = 1) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


MOST_COPIES = 1_000_000
"""How many values aliases may add to those that stand in a file: more than the largest public ones hold."""


DEEPEST = 800
"""How many objects and lists may stand inside each other: more than any document needs."""


class _CoreLoader(yaml.CSafeLoader):
    """PyYAML's parser (libyaml), with the types that YAML 1.2 and JSON share.

    YAML 1.1's further ones would change what an API description says: an unquoted time would become a date
    object, `no` a boolean and `12:30` a number in base sixty. The core schema of YAML 1.2 (section 10.3) also
    has numbers that JSON does not have. They stay text, because a postal code (08012), a phone number (+349)
    or an address (0x1f98) would not be the same text again.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute, replaced as a whole


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^-?(?:0|[1-9]\d*)$", "-0123456789"),
    ("float", r"^-?(?:0\.?|[1-9]\d*\.?|(?:0|[1-9]\d*)?\.\d+)(?:[eE][-+]?\d+)?$", "-.0123456789"),
    ("merge", r"^<<$", "<"),
):
    _CoreLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern, re.ASCII), list(_first)
    )

# What JSON allows and YAML's parser does not: a character beyond U+FFFF as two escapes, and unescaped control
# characters. In JSON a backslash stands only inside strings; two of them are one character, not an escape.
_ESCAPE = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[\x7f-\x9f\ufffe\uffff]"
)


@dataclass(frozen=True)
class YamlFile:
    """A parsed file that still knows its lines."""

    path: Path
    root: Node
    value: Any
    """The whole file in JSON's types; the keys of objects are strings."""

    @classmethod
    def read(cls, path: Path) -> YamlFile:
        """Read and parse `path`.

        Raises UnreadableError when the file is missing, unreadable, empty or not YAML, when a part has no
        type in JSON or contains itself, or when aliases repeat more than MOST_COPIES values, or
        when it is nested more deeply than DEEPEST.
        """
        text = _text(path)
        try:
            root = yaml.compose(text, Loader=_CoreLoader)
            if root is None:
                raise UnreadableError(path, "the file is empty")
            nodes = _in_order(root)
            _refuse_expansion(root, nodes)
            return cls(path, root, _construct(root, nodes))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise UnreadableError(path, f"not YAML: {error.problem or error.context}", line=line) from error
        except yaml.YAMLError as error:
            raise UnreadableError(path, f"not YAML: {str(error).splitlines()[0]}") from error
        except RecursionError as error:
            raise UnreadableError(path, "is nested too deeply") from error

    def line(self, pointer: str) -> int:
        """The line of the part a JSON pointer names, or of the nearest part above it that exists."""
        return self.position(pointer)[0]

    def position(self, pointer: str) -> tuple[int, int]:
        """Line and column, both from 1, of the part a JSON pointer names, as `line` finds it."""
        node, mark = self.root, self.root.start_mark
        for part in parts(pointer):
            found = self._child(node, part)
            if found is None:
                break
            mark, node = found
        return mark.line + 1, mark.column + 1

    def _child(self, node: Node, name: str) -> tuple[Any, Node] | None:
        """The mark and the node of a member or an item."""
        if isinstance(node, MappingNode):
            if id(node) not in self._members:
                self._members[id(node)] = {
                    text: (key.start_mark, value) for text, key, value in _entries(node)
                }
            return self._members[id(node)].get(name)
        if isinstance(node, SequenceNode) and name.isdecimal() and int(name) < len(node.value):
            item = node.value[int(name)]
            return item.start_mark, item
        return None

    @cached_property
    def _members(self) -> dict[int, dict[str, tuple[Any, Node]]]:
        """The members of the mappings that were asked for, by the identity of their nodes."""
        return {}

    @cached_property
    def duplicate_keys(self) -> tuple[tuple[str, int, int], ...]:
        """Pointer, line and column of every key that its mapping already has."""
        return tuple(_duplicates(self.root))


def read_yaml(path: Path) -> Any:
    """The value of one YAML (or JSON) file, in JSON's types; raises UnreadableError."""
    return YamlFile.read(path).value


def _text(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32; JSON is rewritten, line by line, so that YAML's parser
    reads it."""
    try:
        if path.is_char_device() or path.is_block_device():
            raise UnreadableError(path, "is a device, not a file")
        data = path.read_bytes()
        text = data.decode(detect_encoding(data))
    except OSError as error:
        raise UnreadableError(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(path, f"is not {error.encoding} at byte {error.start}") from error
    return _ESCAPE.sub(_escaped, text) if text.lstrip().startswith(("{", "[")) else text


def _escaped(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith("\\u"):
        return str(loads(f'"{text}"'))
    return text if len(text) == 2 else f"\\u{ord(text):04x}"


def _refuse(node: Node, problem: str) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _in_order(root: Node) -> list[Node]:
    """Every node that is a value, once, what it holds before it.

    Without recursion, because documents nest more deeply than Python calls. Raises ConstructorError for a
    node that contains itself.
    """
    ordered: list[Node] = []
    done: set[int] = set()
    open_above: set[int] = set()
    waiting = [(root, False)]
    while waiting:
        node, is_complete = waiting.pop()
        if is_complete:
            open_above.remove(id(node))
            done.add(id(node))
            ordered.append(node)
        elif id(node) in open_above:
            _refuse(node, "an alias refers to itself")
        elif len(open_above) > DEEPEST:
            _refuse(node, "is nested too deeply")
        elif id(node) not in done:
            open_above.add(id(node))
            waiting.append((node, True))
            waiting += [(value, False) for value in reversed(_values(node))]
    return ordered


def _values(node: Node) -> list[Node]:
    """The nodes that a node holds, keys left out."""
    if isinstance(node, MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _construct(root: Node, nodes: list[Node]) -> Any:
    """The value of `root`; parts that several aliases share are built once.

    nodes: every node below it in the order of `_in_order`.
    """
    built: dict[int, Any] = {}
    for node in nodes:
        kind = node.tag.rpartition("tag:yaml.org,2002:")[2]
        if isinstance(node, MappingNode) and kind == "map":
            built[id(node)] = {key: built[id(value)] for key, _, value in _entries(node)}
        elif isinstance(node, SequenceNode) and kind == "seq":
            built[id(node)] = [built[id(item)] for item in node.value]
        else:
            built[id(node)] = _scalar(node, kind)
    return built[id(root)]


def _scalar(node: Node, kind: str) -> Any:
    text = node.value
    if kind in ("str", "merge"):  # << outside a key is text
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind not in ("int", "float"):
        # The tag is not repeated: a secret that begins with ! and has no quotes is one.
        _refuse(node, "a tag that JSON has no type for; a text that begins with ! needs quotes")
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError:
        _refuse(node, "the number is malformed or too large")
    if number in (inf, -inf):
        _refuse(node, "the number is malformed or too large")
    return number


def _entries(node: MappingNode) -> Iterator[Step]:
    """The entries of a mapping: merged ones (`<<`) first, so that its own override them wherever they stand.

    This is the definition of the merge key type (yaml.org/type/merge.html): earlier mappings of a list
    override later ones, and a mapping is merged with what it inherits, overridden by its own entries.
    """
    for key, value in node.value:
        if key.tag.endswith(":merge"):
            sources = value.value if isinstance(value, SequenceNode) else [value]
            for source in reversed(sources):
                if not isinstance(source, MappingNode):
                    _refuse(source, "<< merges a mapping or a list of mappings, nothing else")
                yield from _entries(source)
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            _refuse(key, "a key must be a string, not a list or a mapping")
        if not key.tag.endswith(":merge"):
            yield key.value, key, value


def _duplicates(root: Node) -> Iterator[tuple[str, int, int]]:
    done: set[int] = set()
    waiting = [(root, "")]
    while waiting:
        node, pointer = waiting.pop()
        if id(node) in done:
            continue
        done.add(id(node))
        if isinstance(node, SequenceNode):
            waiting += [(item, f"{pointer}/{index}") for index, item in enumerate(node.value)]
        seen: set[str] = set()
        for key, value in node.value if isinstance(node, MappingNode) else ():
            here = f"{pointer}/{escape(str(key.value))}"
            if str(key.value) in seen and not key.tag.endswith(":merge"):
                yield here, key.start_mark.line + 1, key.start_mark.column + 1
            seen.add(str(key.value))
            waiting.append((value, here))


def _refuse_expansion(root: Node, nodes: list[Node]) -> None:
    """Refuse a value whose aliases repeat more than MOST_COPIES values; nodes: those of `_in_order`."""
    sizes: dict[int, int] = {}
    written = 0
    for node in nodes:
        own = 1 + (len(node.value) if isinstance(node, MappingNode) else 0)
        written += own
        sizes[id(node)] = own + sum(sizes[id(value)] for value in _values(node))
    if sizes[id(root)] - written > MOST_COPIES:
        _refuse(root, f"aliases (*) repeat more than {MOST_COPIES:,} values")
