"""A document in several files as one: what references name in other files is put beside the document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import UnreadableError, read_yaml

FILES: Final = "x-files"
"""The member of the bundled document that holds the other files, by their paths."""


def bundled(path: Path, document: Any) -> Any:
    """The document of a file with its references into other files made references within it.

    Returns the document itself where it has no such references. References to the network, and to files that
    cannot be read, are left as they are: extensions refer to files that are no part of the document.
    """
    if not isinstance(document, dict):
        return document
    bundle = _Bundle(path.resolve())
    whole = bundle.within(document, path.resolve())
    return {**whole, FILES: bundle.files} if bundle.files else document


class _Bundle:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.files: dict[str, Any] = {}

    def within(self, node: Any, file: Path) -> Any:
        """A part of a file with its references rewritten; the files they name are read."""
        if isinstance(node, list):
            return [self.within(item, file) for item in node]
        if not isinstance(node, Mapping):
            return node
        changed = {key: self.within(value, file) for key, value in node.items()}
        if isinstance(node.get("$ref"), str):
            changed["$ref"] = self._reference(node["$ref"], file)
        return changed

    def _reference(self, reference: str, file: Path) -> str:
        name, _, pointer = reference.partition("#")
        if "://" in name:
            return reference
        target = (file.parent / unquote(name)).resolve() if name else file
        if target == self._root:
            return f"#{pointer}"
        if not self._has(target):
            return reference
        return f"#/{FILES}/{escape(str(target))}{pointer}"

    def _has(self, file: Path) -> bool:
        """Whether a file is in the bundle, where it is put if it can be read."""
        name = str(file)
        if name not in self.files:
            try:
                value = read_yaml(file)
            except UnreadableError:
                return False
            self.files[name] = {}  # files may refer to each other
            self.files[name] = self.within(value, file)
        return True
