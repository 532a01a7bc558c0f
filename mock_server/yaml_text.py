"""YAML and JSON texts as JSON values: YAML 1.2, whatever the version of the YAML library."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import yaml

from mock_server.errors.startup import StartupError

MOST_COPIES = 1_000_000
"""How many values aliases may add to those that stand in a file: more than the largest public ones hold."""

_TAG = "tag:yaml.org,2002:"

# The core schema of YAML 1.2 (section 10.3), except for numbers with leading zeros, a plus sign, or the
# prefixes 0x and 0o. JSON has no such numbers, and a postal code (08012), a phone number (+349) or an address
# (0x1f98) would not be the same text again. They stay text, as do dates, 12:30 and `no`, which are something
# else only in YAML 1.1.
_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-.0123456789"),
    ("merge", r"<<", "<"),
)


class _Loader(yaml.CSafeLoader):
    """PyYAML's parser (libyaml) with the types of JSON."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - replaces PyYAML's own attribute


class _Dumper(yaml.SafeDumper):
    """Quotes what `_Loader`, or a reader of YAML 1.1, would take for something else than text."""


for _type, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_TAG + _type, re.compile(f"^(?:{_pattern})$"), list(_first))
_Dumper.add_implicit_resolver(_TAG + "float", re.compile(f"^(?:{_SCALARS[3][1]})$"), list(_SCALARS[3][2]))

_SURROGATE_PAIR = re.compile(
    r"(?<!\\)(?P<backslashes>(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that JSON texts may contain and YAML refuses, or takes for the end of a line (section 5.1)."""
_LONE_SURROGATE = re.compile(r"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")


def parse_yaml(text: str, path: Path | str) -> Any:
    """The value of a YAML or JSON text. path: of its file, or its URL, for errors.

    The keys of objects are strings. Raises StartupError with the file, and the line of what is not YAML, has
    no JSON type, is a duplicate key, contains itself, or is repeated by aliases beyond MOST_COPIES.
    """
    try:
        return _parse(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StartupError(f"{path}:{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise StartupError(f"{path}: {error}") from error
    except RecursionError as error:
        raise StartupError(f"{path}: is nested too deeply") from error


def lines_in(text: str, places: Sequence[Iterable[str | int]]) -> list[int]:
    """The line of each place in a valid YAML or JSON text; of the last part of the way that exists."""
    if text.lstrip()[:1] in ("{", "["):
        text = _NOT_YAML.sub("?", _join_surrogate_pairs(text))
    try:
        root: Any = yaml.compose(text, Loader=_Loader)
    except RecursionError:
        # Python's JSON parser nests deeper than PyYAML's.
        return [1 for _ in places]
    return [_line_below(root, place) for place in places]


def _line_below(node: Any, place: Iterable[str | int]) -> int:
    line = node.start_mark.line
    for key in place:
        below = _below(node, key)
        if below is None:
            break
        line, node = below
    return int(line) + 1


def write_yaml(value: Any) -> str:
    """A JSON value as a YAML document that `read_yaml` reads as the same value."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _parse(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        text = _join_surrogate_pairs(text)
        # What JSON refuses may be YAML's flow style; if it is neither, YAML's parser knows the line.
        with suppress(ValueError, RecursionError):
            return _parse_json(text)
    root = yaml.compose(text, Loader=_Loader)
    if root is None:
        return None
    _refuse_expansion(root)
    return _Builder().build(root)


def _join_surrogate_pairs(text: str) -> str:
    r"""JSON writes a character beyond U+FFFF as two escapes (\ud83d\ude00); YAML knows no such pair."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return _SURROGATE_PAIR.sub(_character, text)


def _character(pair: re.Match[str]) -> str:
    code = 0x10000 + ((int(pair["high"], 16) - 0xD800) << 10) + (int(pair["low"], 16) - 0xDC00)
    return pair["backslashes"] + chr(code)


def _parse_json(text: str) -> Any:
    if _LONE_SURROGATE.search(text):
        raise ValueError("half of a surrogate pair")
    return json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant)


def _unique(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(entries)
    if len(mapping) < len(entries):
        raise ValueError("a key stands twice")
    return mapping


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large for a double")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"JSON has no {text}")


def _refuse(node: yaml.Node, problem: str) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _refuse_expansion(root: yaml.Node) -> None:
    """Refuse a value that contains itself, or is far larger as a tree than as text ("billion laughs")."""
    sizes: dict[yaml.Node, int] = {}
    unfinished: set[yaml.Node] = set()

    def size(node: yaml.Node) -> int:
        if node in sizes:
            return sizes[node]
        if node in unfinished:
            _refuse(node, "an alias refers to a value that contains it")
        if isinstance(node, yaml.ScalarNode):
            sizes[node] = 1
            return 1
        unfinished.add(node)
        total = 1
        for child in node.value:
            parts = child if isinstance(child, tuple) else (child,)
            for part in parts:
                total += size(part)
        unfinished.discard(node)
        sizes[node] = total
        return total

    if size(root) - len(sizes) > MOST_COPIES:
        _refuse(root, f"its aliases (*) repeat more than {MOST_COPIES:,} values")


class _Builder:
    """Builds the value of a node. What several aliases refer to is built once."""

    def __init__(self) -> None:
        self._built: dict[yaml.Node, Any] = {}

    def build(self, node: yaml.Node) -> Any:
        if node not in self._built:
            self._built[node] = self._value(node)
        return self._built[node]

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.build(item) for item in node.value]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        return _refuse_tag(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        """The entries of a mapping: its own, and below them what `<<` merges, in any order.

        The keys of a mapping are unique (YAML 1.2, section 3.2.1.3).
        """
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            name = _key(key)
            if name in lines:
                _refuse(key, f"duplicate key {name!r}, first in line {lines[name]}")
            lines[name] = key.start_mark.line + 1
            if key.tag == _TAG + "merge":
                merged = self._merge(value)
            else:
                own[name] = self.build(value)
        return merged | own

    def _merge(self, node: yaml.Node) -> dict[str, Any]:
        """What `<<` merges, by the definition of the merge key type (yaml.org/type/merge.html).

        A mapping is merged with what it inherits, overridden by its own entries; earlier mappings of a list
        override later ones. PyYAML is not used for it: in 6.0.4 what is inherited overrides the own entries.
        """
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            if not isinstance(source, yaml.MappingNode):
                _refuse(source, "<< merges a mapping or a list of mappings, nothing else")
            merged |= self.build(source)
        return merged


def _key(node: yaml.Node) -> str:
    """The text of a key as it is written: the keys of JSON are strings, `200` and `no` among them."""
    if not isinstance(node, yaml.ScalarNode):
        _refuse(node, "a key must be a string, not a list or a mapping")
    return str(node.value)


def _scalar(node: yaml.ScalarNode) -> Any:
    text = node.value
    match node.tag.removeprefix(_TAG):
        case "str" | "merge":  # << is a key of its own kind, and plain text anywhere else
            return text
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return _number(node, int)
        case "float":
            return _number(node, _finite)
    return _refuse_tag(node)


def _number(node: yaml.ScalarNode, convert: Any) -> Any:
    try:
        return convert(node.value)
    except ValueError:
        _refuse(node, "the number is malformed or too large")


def _refuse_tag(node: yaml.Node) -> NoReturn:
    """A secret that begins with ! and has no quotes is a tag to YAML: it is not repeated."""
    _refuse(node, "a tag means nothing here; a text that begins with ! needs quotes")


def _below(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line, node.value[key]
    return None
