"""From an OpenAPI file to a Contract."""

from __future__ import annotations

from pathlib import Path

from mock_server.contract.operation import Contract


def load(path: Path, *, name: str | None = None) -> Contract:
    """Read one OpenAPI 3.x file, references into neighbouring files included.

    name: the contract's name, the file's stem when not given. Raises StartError naming file and place of everything wrong.
    """
    raise NotImplementedError
