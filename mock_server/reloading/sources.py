"""The files that a server is built from, including those they refer to, and whether they changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mock_server.data import behaviour_path, installed_contracts, spec_path
from mock_server.errors.startup import StartupError
from mock_server.yaml_file import read_text

if TYPE_CHECKING:
    from mock_server.settings import Settings

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_REFERENCE = re.compile(r"""["']?\$ref["']?\s*:\s*(?:"([^"]+)"|'([^']+)'|([^\s,}"']+))""")
"""A `$ref` anywhere in a text. Files are not parsed, because the references of a file with a syntax error
must be watched too."""

Stamp = tuple[int, int, int]
"""Modification time in nanoseconds, size in bytes, and inode number, which tells that a file was replaced."""


def roots(settings: Settings) -> tuple[Path, ...]:
    """The files and folders that a server with these settings is built from."""
    specs = (*(spec_path(settings.openapi, name) for name in settings.contracts), *settings.specs)
    behaviour_files = map(behaviour_path, specs)
    scenario = Path(settings.scenario)
    scenario_files = (scenario,) if scenario.suffix else ()
    installed = [files.fixtures for files in installed_contracts().values()]
    folders = (settings.fixtures, *installed, *settings.scenario_folders)
    return (*specs, *behaviour_files, *folders, *scenario_files)


class Sources:
    """The files to watch.

    roots: files, with all local files they refer to, and folders, with all YAML and JSON files below them.
    Missing files are watched too, since they may be created.
    """

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(root.resolve() for root in roots)
        self._referred: dict[Path, tuple[Stamp, frozenset[Path]]] = {}

    def look(self) -> Mapping[Path, Stamp | None]:
        """Every file with its current stamp, None for a missing file."""
        stamps: dict[Path, Stamp | None] = {}
        waiting = [file for root in self._roots for file in _files(root)]
        followed = {root for root in self._roots if not root.is_dir()}
        while waiting:
            file = waiting.pop()
            if file in stamps:
                continue
            stamp = stamps[file] = _stamp(file)
            if stamp is not None and file in followed:
                referred = self._references(file, stamp)
                followed |= referred
                waiting += [other for other in referred if other not in stamps]
        return stamps

    def folders(self, files: Iterable[Path]) -> frozenset[Path]:
        """The existing folders in which changes to these files, and new files, can be noticed."""
        own = {folder for root in self._roots for folder, _ in _walk(root)}
        return frozenset(own | {_existing(file.parent) for file in files})

    def _references(self, file: Path, stamp: Stamp) -> frozenset[Path]:
        known = self._referred.get(file)
        if known is None or known[0] != stamp:
            known = self._referred[file] = stamp, frozenset(_references(file))
        return known[1]


def _references(file: Path) -> Iterator[Path]:
    try:
        text = read_text(file)
    except StartupError:  # no file, or a pipe or device, which would never end
        return
    for groups in _REFERENCE.findall(text):
        address = "".join(groups).replace("\\/", "/").partition("#")[0]
        if address and "://" not in address:
            yield (file.parent / unquote(address)).resolve()


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
    for folder, names in _walk(root):
        yield from (file for name in names if (file := folder / name).suffix in _SUFFIXES)


def _walk(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folders from this one down with the names of their files; none for a file. A folder that is removed
    meanwhile is left out."""
    yield from ((Path(folder), names) for folder, _, names in os.walk(root))


def _existing(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next((candidate for candidate in (folder, *folder.parents) if candidate.is_dir()), folder)


def _stamp(file: Path) -> Stamp | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
