"""Scenario files: finding them by name, and the chain of layers from `over`."""

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
"""The scenario that needs no file: without one it consists of the fixtures."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NAME_RULE = "must have 1 to 63 characters from a-z, 0-9 and -, and not start or end with -"
_SUFFIXES = (".yaml", ".yml", ".json")
_SCHEMA = fixtures_dir() / "scenarios" / "scenario.schema.json"


def is_scenario_name(name: str) -> bool:
    """Whether a scenario may have this name."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Layer:
    """One scenario file that is valid by the schema."""

    path: Path
    document: Mapping[str, Any]


class ScenarioFiles:
    """The scenario files of some folders. A file hides those with its name in later folders."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._added: dict[str, Path] = {}

    def add(self, path: Path) -> str:
        """Add a file, which hides those of the folders with its name; returns the name of the scenario."""
        self._added[path.stem] = path
        return path.stem

    def names(self) -> list[str]:
        """All names: `default` first, the others sorted."""
        names = {path.stem for folder in self._folders for path in _files(folder)}
        return [DEFAULT, *sorted({*names, *self._added} - {DEFAULT})]

    def about(self, name: str) -> str:
        """The member `about` of a scenario's file, or "faulty: " and the first error in the file."""
        path = next(self._named(name), None)
        try:
            return "" if path is None else str(_read(path).document.get("about", ""))
        except ScenarioError as error:
            return f"faulty: {error.problems[0]}"

    def chain(self, name: str) -> tuple[Layer, ...]:
        """The layers of a scenario, the lowest first.

        Raises ScenarioError for an unknown name, a file that cannot be read or is invalid, or a cycle.
        """
        path = next(self._named(name), None)
        if path is None and name != DEFAULT:
            raise ScenarioError(f"unknown scenario {name!r} (allowed: {', '.join(self.names())})")
        layers: list[Layer] = []
        while path is not None:
            layers.append(_read(path))
            path = self._below(layers)
        return tuple(reversed(layers))

    def _below(self, layers: Sequence[Layer]) -> Path | None:
        """The file that the last layer names in `over`; None for the fixtures. Raises ScenarioError."""
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
                f"{top.path}: over: unknown scenario {over!r} (allowed: {', '.join(self.names())})"
            )
        # A file may lie over the one of the same name that it hides: the first that is not in the chain yet.
        below = next((path for path in candidates if path.resolve() not in seen), None)
        if below is None:
            cycle = " over ".join(path.name for path in [*seen, candidates[0]])
            raise ScenarioError(f"{top.path}: over: must not form a cycle: {cycle}")
        return below

    def _named(self, name: str) -> Iterator[Path]:
        """The files with this name, each before those it hides."""
        if name in self._added:
            yield self._added[name]
        for folder in self._folders:
            yield from (path for path in _files(folder) if path.stem == name)


def _files(folder: Path) -> Iterator[Path]:
    """The scenario files in a folder, also those with an invalid name; not hidden files and JSON Schemas."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix in _SUFFIXES and not path.name.startswith(".") and not path.stem.endswith(".schema"):
            yield path


def _read(path: Path) -> Layer:
    """The layer in a file. Raises ScenarioError for an invalid name, else with all violations of the
    schema."""
    if not is_scenario_name(path.stem):
        raise ScenarioError(f"{path}: the name of a scenario and its file {NAME_RULE}")
    try:
        document = _with_text_keys(read_yaml(path))
    except StartupError as error:
        raise ScenarioError(*error.problems) from error
    problems = schema_problems(document, _SCHEMA)
    if not problems and document["scenario"] != path.stem:
        problems = [("scenario", f"must be {path.stem!r}, the name of the file")]
    if problems:
        # The place of a problem at the top level is empty.
        sentences = (f"{path}: {place}: {reason}".replace(": : ", ": ") for place, reason in problems)
        raise ScenarioError(*sentences)
    return Layer(path, document)


def _with_text_keys(value: Any) -> Any:
    """A YAML value with the keys of mappings as strings: YAML also has numbers as keys, JSON does not."""
    if isinstance(value, list):
        return [_with_text_keys(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _with_text_keys(entry) for key, entry in value.items()}
    return value
