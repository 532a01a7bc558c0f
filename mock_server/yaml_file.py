"""YAML and JSON files as JSON values, whatever else YAML would make of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from mock_server.errors.start import StartError

_MERGE = "tag:yaml.org,2002:merge"


class _JsonTypesLoader(yaml.CSafeLoader):
    """Only JSON's types: an unquoted time stays text, `no` too, and 12:30 is no number in base sixty.

    The keys of a mapping are unique (YAML 1.2, section 3.2.1.3); those of a merge (<<) give way to its own.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - replaces PyYAML's own attribute

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._merged: set[yaml.MappingNode] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put what is merged before a mapping's own entries, which are looked at while they are alone."""
        if any(key.tag == _MERGE for key, _ in node.value):
            self._refuse_twins(node)
            self._merged.add(node)
        super().flatten_mapping(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; only one that lost an entry is looked at closely, so that large files load as fast."""
        mapping = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value) and node not in self._merged:
            self._refuse_twins(node)
        return mapping

    def _refuse_twins(self, node: yaml.MappingNode) -> None:
        first: dict[Any, int] = {}
        for key in (one for one, _ in node.value if isinstance(one, yaml.ScalarNode)):
            name = key.value if key.tag == _MERGE else self.construct_object(key)
            if name in first:
                problem = f"the key {name!r} is there already, in line {first[name]}"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            first[name] = key.start_mark.line + 1


for _type, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("merge", r"^<<$", "<"),
):
    _JsonTypesLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_type}", re.compile(_pattern), list(_first))


def _refuse_tag(_loader: Any, node: yaml.Node) -> Any:
    """A secret that begins with ! and has no quotes is a tag to YAML: it is not repeated."""
    problem = "a tag means nothing here; a text that begins with ! needs quotes"
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_JsonTypesLoader.add_constructor(None, _refuse_tag)


def read_yaml(path: Path) -> Any:
    """The value of a YAML (or JSON) file. Raises StartError naming the file, and the line where the text
    breaks."""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_JsonTypesLoader)  # noqa: S506 - a safe loader, narrowed further
    except OSError as error:
        raise StartError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StartError(f"{path}: is not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StartError(f"{path}:{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise StartError(f"{path}: {error}") from error
