"""The documents of one contract: its file, the files it refers to, and remote ones where they are allowed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.problems import Problem, Source
from mock_server.contract.swagger2 import Place, as_openapi_3, is_swagger_2, written_place
from mock_server.errors.startup import StartupError
from mock_server.user_cache import cache_folder, write_whole
from mock_server.yaml_file import decoded, read_yaml

_LARGEST = 16 << 20
"""Bytes of a remote document."""
_PATIENCE = 20
"""Seconds to wait for a remote document."""
_REPOSITORY = (".git", ".hg", ".svn", ".jj")


class UnreadableError(Exception):
    """Raised for a document that a reference names and that is not read. Its text says why, without
    content."""


@dataclass(frozen=True, slots=True)
class ReferenceRules:
    """Which documents references may name.

    root: the folder that files must lie in; None for the repository of the contract's file, else its folder.
    is_remote_allowed: whether http and https references are followed. cache: the folder that keeps remote
    documents.
    """

    root: Path | None = None
    is_remote_allowed: bool = False
    cache: Path | None = None


@dataclass(slots=True)
class Documents:
    """Reads each document once; the contract's own as OpenAPI 3 where it is Swagger 2.0.

    file: the contract's own. is_swagger_2: whether it is a document of Swagger 2.0.
    """

    file: Path
    rules: ReferenceRules
    is_swagger_2: bool = False
    _read: dict[Source, Any] = field(default_factory=dict)
    _root: Path | None = None

    def read(self, source: Source) -> Any:
        """The value of a document.

        Raises UnreadableError for one that may not or cannot be read, StartupError for the contract's own.
        """
        if source not in self._read:
            self._read[source] = self._value(source)
        value = self._read[source]
        if isinstance(value, UnreadableError):
            raise value
        return value

    def problem(self, source: Source, place: Place, message: str) -> Problem:
        """A problem at a place of a document as it was read, which is found where the file has it."""
        was_moved = self.is_swagger_2 and source == self.file
        return Problem(source, written_place(place) if was_moved else place, message)

    def _value(self, source: Source) -> Any:
        if source == self.file:
            value = read_yaml(self.file)
            self.is_swagger_2 = is_swagger_2(value)
            return as_openapi_3(value) if self.is_swagger_2 else value
        try:
            return self._remote(source) if isinstance(source, str) else self._local(source)
        except UnreadableError as error:
            return error

    def _local(self, file: Path) -> Any:
        if self._root is None:
            self._root = (self.rules.root or _repository(self.file)).resolve()
        if not file.is_relative_to(self._root):
            raise UnreadableError(f"the file lies outside {self._root} (see --ref-root)")
        try:
            return read_yaml(file)
        except StartupError as error:
            raise UnreadableError(str(error)) from None

    def _remote(self, url: str) -> Any:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise UnreadableError("only files, http and https can be referred to")
        if not self.rules.is_remote_allowed:
            raise UnreadableError(
                "it is remote; allow that with --remote-refs, or bundle the spec into one file"
            )
        # Only remote documents need these modules, which are large.
        from urllib.error import URLError

        from mock_server.yaml_text import parse_yaml

        cached = (self.rules.cache or cache_folder("references")) / hashlib.sha256(url.encode()).hexdigest()
        try:
            data = cached.read_bytes() if cached.is_file() else _fetched(url, cached)
            return parse_yaml(decoded(data), url)
        except UnicodeDecodeError:
            raise UnreadableError("it is not text") from None
        except (OSError, ValueError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise UnreadableError(f"it cannot be fetched ({reason})") from None
        except StartupError as error:
            raise UnreadableError(str(error)) from None


def _fetched(url: str, cached: Path) -> bytes:
    import urllib.request
    from urllib.error import HTTPError

    # Handlers of other schemes are left out, so that no redirect leads to a file of this machine.
    handlers = (urllib.request.HTTPHandler, urllib.request.HTTPSHandler, urllib.request.HTTPRedirectHandler)
    opener = urllib.request.OpenerDirector()
    for handler in (*handlers, urllib.request.HTTPErrorProcessor, urllib.request.HTTPDefaultErrorHandler):
        opener.add_handler(handler())
    opener.add_handler(urllib.request.ProxyHandler())
    try:
        with opener.open(url, timeout=_PATIENCE) as response:
            data: bytes = response.read(_LARGEST + 1)
    except HTTPError as error:
        # It holds the connection.
        error.close()
        raise
    if len(data) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST >> 20} MiB")
    write_whole(cached, data)
    return data


def _repository(file: Path) -> Path:
    """The nearest repository that the file lies in, else its folder."""
    for folder in file.parents:
        if any((folder / name).exists() for name in _REPOSITORY):
            return folder
    return file.parent
