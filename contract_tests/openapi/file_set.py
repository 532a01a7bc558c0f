"""The files of one document: references are relative to the file they stand in, and stay below one folder."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from contract_tests.openapi.pointers import at, escape
from contract_tests.openapi.yaml_file import UnreadableError, YamlFile


class UnresolvedReferenceError(Exception):
    """A reference that leads nowhere, or where it may not lead; the text says why, without the target's
    content."""


class RemoteReferenceError(UnresolvedReferenceError):
    """A reference to the network, which is never followed."""


@dataclass(frozen=True, slots=True)
class Located:
    """A part of a file: its value and the JSON pointer to it."""

    file: YamlFile
    pointer: str
    value: Any


def default_ref_root(path: Path) -> Path:
    """The folder that references must not leave: the nearest repository root, else the file's own folder."""
    folder = path.resolve().parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


class FileSet:
    """One document and the files that it refers to, each read once.

    path: the document's own file. ref_root: the folder that references must not leave, by default that of
    `default_ref_root`. Raises UnreadableError when the document's own file cannot be read.
    """

    def __init__(self, path: Path, ref_root: Path | None = None) -> None:
        self.main = YamlFile.read(path)
        self.ref_root = (ref_root or default_ref_root(path)).resolve()
        self._places = {path.resolve(): self.main}
        self._paths: dict[tuple[Path, str], Path] = {}
        self._anchors_of: dict[Path, dict[str, str]] = {}
        self._refused: dict[tuple[Path, str], UnresolvedReferenceError] = {}

    @property
    def files(self) -> tuple[YamlFile, ...]:
        """The files read so far, the document's own first."""
        return tuple(self._places.values())

    def target(self, file: YamlFile, reference: str) -> Located:
        """What a reference that stands in `file` names.

        Raises RemoteReferenceError for an address on the network, and UnresolvedReferenceError when the file
        is not below the root, not a regular file or not readable, or has no such part.
        """
        name, _, fragment = reference.partition("#")
        if "://" in name:
            raise RemoteReferenceError(f"{reference} is an address on the network, which is not followed")
        found = self.file(file, name) if name else file
        pointer = unquote(fragment)
        if pointer and not pointer.startswith("/"):
            pointer = self._anchors(found).get(pointer, "/" + pointer)
        value = at(found.value, pointer)
        if value is None:
            raise UnresolvedReferenceError(f"{reference} names nothing in {name or 'this file'}")
        return Located(found, pointer, value)

    def file(self, file: YamlFile, name: str) -> YamlFile:
        """The file that a reference in `file` names, read once. Raises UnresolvedReferenceError."""
        key = (file.path.parent, name)
        if key not in self._paths:
            self._paths[key] = (file.path.parent / unquote(name)).resolve()
        path = self._paths[key]
        if path not in self._places:
            if (path, name) not in self._refused:
                self._read(path, name)
            if (path, name) in self._refused:
                raise self._refused[path, name]
        return self._places[path]

    def _read(self, path: Path, name: str) -> None:
        refusal = self._refusal(path, name)
        if refusal is None:
            try:
                self._places[path] = YamlFile.read(path)
            except UnreadableError as error:
                refusal = f"{name}: line {error.line}: {error.reason}"
        if refusal is not None:
            self._refused[path, name] = UnresolvedReferenceError(refusal)

    def _refusal(self, path: Path, name: str) -> str | None:
        """Why a file is not opened; None where it may be."""
        if not path.is_relative_to(self.ref_root):
            return f"{name} lies outside {self.ref_root}; --ref-root names a folder that holds every file"
        try:
            is_regular = stat.S_ISREG(path.stat().st_mode)
        except (OSError, ValueError):
            return f"the file {name} does not exist"
        return None if is_regular else f"{name} is not a regular file"

    def _anchors(self, file: YamlFile) -> dict[str, str]:
        """The pointers of a file's anchors by name (JSON Schema 2020-12, section 8.2.2)."""
        if file.path not in self._anchors_of:
            self._anchors_of[file.path] = dict(_anchors(file.value))
        return self._anchors_of[file.path]


def _anchors(value: Any) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        node, pointer = waiting.pop()
        if isinstance(node, list):
            waiting += [(item, f"{pointer}/{index}") for index, item in enumerate(node)]
        elif isinstance(node, dict):
            named = (node.get(keyword) for keyword in ("$anchor", "$dynamicAnchor"))
            yield from ((name, pointer) for name in named if isinstance(name, str))
            waiting += [(child, f"{pointer}/{escape(name)}") for name, child in node.items()]
