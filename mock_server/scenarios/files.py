"""Where scenario files lie, and which lies over which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.behaviours.document_schema import schema_problems
from mock_server.data import fixtures_dir
from mock_server.errors.startup import StartupError
from mock_server.scenarios.scenario import ScenarioError
from mock_server.yaml_file import read_yaml

DEFAULT = "default"
"""The scenario that needs no file: without one it is the fixtures themselves."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RULE = "is made of a-z, 0-9 and - (which neither begins nor ends it) and has at most 63 characters"
_SUFFIXES = (".yaml", ".yml", ".json")
_SCHEMA = fixtures_dir() / "scenarios" / "scenario.schema.json"


@dataclass(frozen=True, slots=True)
class Layer:
    """One scenario file that has the right form."""

    path: Path
    document: Mapping[str, Any]


class ScenarioFiles:
    """The scenario files of some folders. A name means the file of the first folder that has one."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._added: dict[str, Path] = {}

    def add(self, path: Path) -> str:
        """Know one more file, before those of the folders. Gives its name."""
        self._added[path.stem] = path
        return path.stem

    def names(self) -> list[str]:
        """Every name, `default` first."""
        names = {path.stem for folder in self._folders for path in _files(folder)}
        return [DEFAULT, *sorted({*names, *self._added} - {DEFAULT})]

    def about(self, name: str) -> str:
        """The line for people in the file of this name, or what keeps it from being read."""
        path = next(self._named(name), None)
        try:
            return "" if path is None else str(_read(path).document.get("about", ""))
        except ScenarioError as error:
            return f"faulty: {error.problems[0]}"

    def chain(self, name: str) -> tuple[Layer, ...]:
        """The files that make a scenario, the lowest first.

        Raises ScenarioError: no such name, a file that cannot be read or has not the right form, one that
        lies over itself.
        """
        path = next(self._named(name), None)
        if path is None and name != DEFAULT:
            raise ScenarioError(f"no scenario {name!r} (allowed: {', '.join(self.names())})")
        layers: list[Layer] = []
        while path is not None:
            layers.append(_read(path))
            path = self._below(layers)
        return tuple(reversed(layers))

    def _below(self, layers: Sequence[Layer]) -> Path | None:
        """The file the last of the layers lies over. Raises ScenarioError."""
        top, seen = layers[-1], [layer.path.resolve() for layer in layers]
        over = top.document.get("over")
        if over is None:
            return None
        if "/" in over or over.endswith(_SUFFIXES):
            candidates = [Path(top.path.parent, over)]
        else:
            candidates = list(self._named(over))
        if not candidates and over == DEFAULT:
            return None
        if not candidates:
            raise ScenarioError(
                f"{top.path}: over: no scenario {over!r} (allowed: {', '.join(self.names())})"
            )
        below = next((path for path in candidates if path.resolve() not in seen), None)
        if below is None:
            way = " over ".join(path.name for path in [*seen, candidates[0]])
            raise ScenarioError(f"{top.path}: over: it would lie over itself: {way}")
        return below

    def _named(self, name: str) -> Iterator[Path]:
        """The files of this name, those that come first before those they hide."""
        if name in self._added:
            yield self._added[name]
        for folder in self._folders:
            yield from (path for path in _files(folder) if path.stem == name)


def _files(folder: Path) -> Iterator[Path]:
    """What looks like a scenario file, under whatever name: no hidden file and no JSON Schema."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix in _SUFFIXES and not path.name.startswith(".") and not path.stem.endswith(".schema"):
            yield path


def _read(path: Path) -> Layer:
    """Raises ScenarioError with everything that is wrong with the form of a file, its name first."""
    if not _NAME.fullmatch(path.stem):
        raise ScenarioError(f"{path}: the name of a scenario, and of its file, {_RULE}")
    try:
        document = _with_text_keys(read_yaml(path))
    except StartupError as error:
        raise ScenarioError(*error.problems) from error
    problems = schema_problems(document, _SCHEMA)
    if not problems and document["scenario"] != path.stem:
        problems = [("scenario", f"is not {path.stem!r}, the name of the file")]
    if problems:
        raise ScenarioError(
            *(f"{path}: {place}: {reason}".replace(": : ", ": ") for place, reason in problems)
        )
    return Layer(path, document)


def _with_text_keys(value: Any) -> Any:
    """YAML has keys that are numbers; in JSON they are texts."""
    if isinstance(value, list):
        return [_with_text_keys(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _with_text_keys(entry) for key, entry in value.items()}
    return value
