"""The files a server was built from, the ones they refer to included, and whether they changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mock_server.data import behaviour_path, installed_contracts, spec_path

if TYPE_CHECKING:
    from mock_server.settings import Settings

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_REFERENCE = re.compile(r"""["']?\$ref["']?\s*:\s*(?:"([^"]+)"|'([^']+)'|([^\s,}"']+))""")
"""A reference wherever it stands. Looked for in the text, as a file that does not parse is the very one whose
neighbours must stay in sight."""

Stamp = tuple[int, int, int]
"""When a file was last written, its size and its number: another file under its name has another."""


def roots(settings: Settings) -> tuple[Path, ...]:
    """Everything a server with these settings is built from."""
    specs = (*(spec_path(settings.openapi, name) for name in settings.contracts), *settings.specs)
    beside = map(behaviour_path, specs)
    scenario = Path(settings.scenario)
    named = (scenario,) if scenario.suffix else ()
    installed = [files.fixtures for files in installed_contracts().values()]
    return (*specs, *beside, settings.fixtures, *installed, *settings.scenario_folders, *named)


class Sources:
    """What to watch.

    roots: files, followed into every local file they refer to; and folders, with every YAML and JSON file in
    them. Those that are missing count too: they may come.
    """

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(root.resolve() for root in roots)
        self._referred: dict[Path, tuple[Stamp, frozenset[Path]]] = {}

    def look(self) -> Mapping[Path, Stamp | None]:
        """Every file and how it is just now, None for one that is not there."""
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
        """The folders in which a change to these files shows, or a further one comes; all of them exist."""
        own = {folder for root in self._roots for folder, _ in _walk(root)}
        return frozenset(own | {_existing(file.parent) for file in files})

    def _references(self, file: Path, stamp: Stamp) -> frozenset[Path]:
        known = self._referred.get(file)
        if known is None or known[0] != stamp:
            known = self._referred[file] = stamp, frozenset(_references(file))
        return known[1]


def _references(file: Path) -> Iterator[Path]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
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
    """Every folder from this one down with the names of its files: none for a file, and no failure where one
    goes meanwhile."""
    yield from ((Path(folder), names) for folder, _, names in os.walk(root))


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((candidate for candidate in (folder, *folder.parents) if candidate.is_dir()), folder)


def _stamp(file: Path) -> Stamp | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
