"""YAML and JSON files as JSON values.

Parsing a large YAML file takes seconds, so that values are kept for later starts in the user's folder for
caches. They cannot be stale: a value is found by the digest of all bytes of the file and of the parser.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson

from mock_server.errors.startup import StartupError
from mock_server.user_cache import cache_folder, remove_oldest, write_whole

LARGEST = 64 << 20
"""Bytes of a file. The largest public specifications have about 40 MiB."""

_MOST_KEPT: Final = 500
"""Values that are kept."""
_LARGEST_KEPT: Final = 256 << 20
"""Bytes of all of them."""
_DIGEST: Final = 32
"""Bytes of the digest before a kept value."""
_MISSING: Final = object()


def read_yaml(path: Path) -> Any:
    """The value of a YAML or JSON file in UTF-8, UTF-16 or UTF-32; the keys of its objects are strings.

    The values of earlier starts are used again where the very same bytes were read by the same parser.

    Raises StartupError with the file, and the line of what is not YAML; see parse_yaml.
    """
    data = _read(path)
    kept = _kept_file(data)
    value = _MISSING if kept is None else _kept_value(kept)
    if value is not _MISSING:
        return value
    # Loading the YAML library takes as long as reading many kept values.
    from mock_server.yaml_text import parse_yaml

    value = parse_yaml(_decoded(data, path), path)
    if kept is not None:
        _keep(kept, value, len(data))
    return value


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark. Raises StartupError where it cannot be read or
    decoded."""
    return _decoded(_read(path), path)


def decoded(data: bytes) -> str:
    """The text of a document, without a byte order mark. Raises UnicodeDecodeError."""
    # The rules of YAML 1.2 for encodings (section 5.2) are those of JSON.
    return data.decode(json.detect_encoding(data))


def line_of(path: Path, place: Iterable[str | int]) -> int:
    """The line of a place in a readable YAML or JSON file; of the last part of the way that exists."""
    return lines_of(path, [place])[0]


def lines_of(path: Path, places: Sequence[Iterable[str | int]]) -> list[int]:
    """The lines of several places in one file, which is read once; see line_of."""
    from mock_server.yaml_text import lines_in

    return lines_in(read_text(path), places)


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "folder" if stat.S_ISDIR(status.st_mode) else "device, pipe or socket"
            raise StartupError(f"{path}: cannot be read: is a {kind}")
        if status.st_size > LARGEST:
            raise StartupError(f"{path}: cannot be read: is larger than {LARGEST >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path}: cannot be read: {error.strerror}") from error


def _decoded(data: bytes, path: Path) -> str:
    try:
        return decoded(data)
    except UnicodeDecodeError as error:
        name = error.encoding.upper().partition("-SIG")[0]
        raise StartupError(f"{path}: is not {name} at byte {error.start}") from error


def _kept_file(data: bytes) -> Path | None:
    """Where the value of these bytes is kept, named by the digest of them and of the parser; None where
    values are not kept."""
    try:
        return cache_folder("documents") / hashlib.sha256(_parser() + data).hexdigest()
    except (RuntimeError, OSError):
        return None


@cache
def _parser() -> bytes:
    """The digest of what decides which value a text has: our reading and the library, whose first file names
    its version. Raises OSError where an archive contains one of them."""
    source = Path(__file__).with_name("yaml_text.py").read_bytes()
    library = find_spec("yaml")
    if library is None or library.origin is None:
        raise FileNotFoundError("yaml")
    return hashlib.sha256(source + Path(library.origin).read_bytes()).digest()


def _kept_value(file: Path) -> Any:
    """The value in a file that `_keep` wrote; _MISSING without one."""
    try:
        data = file.read_bytes()
    except OSError:
        return _MISSING
    digest, written = data[:_DIGEST], data[_DIGEST:]
    return orjson.loads(written) if hashlib.sha256(written).digest() == digest else _MISSING


def _keep(file: Path, value: Any, size: int) -> None:
    """Keep a value for later starts where that is possible. size: bytes of the document."""
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:  # integers of more than 64 bits, halves of surrogate pairs, deep nesting
        return
    if len(written) > size * 2:  # aliases repeat what is built once otherwise
        return
    try:
        write_whole(file, hashlib.sha256(written).digest() + written)
        remove_oldest(file.parent, files=_MOST_KEPT, size=_LARGEST_KEPT)
    except OSError:  # a read-only or full disk
        return
