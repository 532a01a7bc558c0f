"""Files of the user that are a list of TOML tables: known faults, allowed differences, settled decisions."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

_Entry = TypeVar("_Entry", bound=BaseModel)


class TableError(Exception):
    """A file that cannot be used; the text names file, entry, field and what is allowed there."""


def read_tables(path: Path, name: str, model: type[_Entry]) -> tuple[_Entry, ...]:
    """The tables `[[name]]` of a file, which holds nothing else. Raises TableError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise TableError(f"{path}: {reason}") from error
    entries = content.get(name, [])
    if set(content) - {name} or not isinstance(entries, list):
        raise TableError(f"{path}: write tables [[{name}]] and nothing else")
    return tuple(
        _entry(f"{path}: entry {number} of {name}", each, model)
        for number, each in enumerate(entries, start=1)
    )


def write_tables(path: Path, name: str, entries: Iterable[BaseModel], *, comment: str) -> None:
    """Write a file that `read_tables` reads; fields with their default are left out. Raises TableError.

    comment: lines for its top.
    """
    text = "".join(f"# {line}\n" for line in comment.splitlines())
    for entry in entries:
        values = entry.model_dump(mode="json", exclude_defaults=True)
        text += f"\n[[{name}]]\n" + "".join(f"{key} = {_value(getattr(entry, key))}\n" for key in values)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TableError(f"{path}: {error.strerror}") from error


def _entry(where: str, value: Any, model: type[_Entry]) -> _Entry:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        allowed = ", ".join(model.model_fields)
        said = f"allowed are {allowed}" if problem["type"] == "extra_forbidden" else problem["msg"]
        raise TableError(f"{where}: {field}: {said}") from error


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items())}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    """A basic string of TOML: JSON's, but for halves of surrogate pairs, which TOML cannot hold, and DEL."""
    plain = re.sub("[\ud800-\udfff]", "\ufffd", value)
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
