"""YAML and JSON files as JSON values, whatever else YAML would make of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from mock_server.errors.start import StartError


class _JsonTypesLoader(yaml.CSafeLoader):
    """Only JSON's types: an unquoted time stays text, `no` too, and 12:30 is no number in base sixty."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - replaces PyYAML's own attribute


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
