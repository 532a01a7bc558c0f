"""A document in several files as one: what references name in other files is put beside the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contract_tests.openapi.file_set import FileSet, UnresolvedReferenceError
from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import YamlFile

FILES: Final = "x-files"
"""The member of the bundled document that holds the other files, by their paths."""


def bundled(files: FileSet) -> Any:
    """A document with its references into other files made references within it.

    Returns the document itself where it has no such references. References to the network, out of the
    reference root and to files that cannot be read are left as they are: extensions refer to files that are
    no part of the document.
    """
    document = files.main.value
    if not isinstance(document, dict):
        return document
    bundle = _Bundle(files)
    whole = bundle.within(document, files.main)
    return {**whole, FILES: bundle.parts} if bundle.parts else document


class _Bundle:
    def __init__(self, files: FileSet) -> None:
        self._files = files
        self.parts: dict[str, Any] = {}

    def within(self, node: Any, file: YamlFile) -> Any:
        """A part of a file with its references rewritten; the files they name are read."""
        if isinstance(node, list):
            return [self.within(item, file) for item in node]
        if not isinstance(node, Mapping):
            return node
        changed = {key: self.within(value, file) for key, value in node.items()}
        if isinstance(node.get("$ref"), str):
            changed["$ref"] = self._reference(node["$ref"], file)
        return changed

    def _reference(self, reference: str, file: YamlFile) -> str:
        name, _, pointer = reference.partition("#")
        if "://" in name:
            return reference
        try:
            target = self._files.file(file, name) if name else file
        except UnresolvedReferenceError:
            return reference
        if target is self._files.main:
            return f"#{pointer}"
        return f"#/{FILES}/{escape(self._part(target))}{pointer}"

    def _part(self, file: YamlFile) -> str:
        """The name of a file in the bundle, where it is put."""
        name = str(file.path)
        if name not in self.parts:
            self.parts[name] = {}  # files may refer to each other
            self.parts[name] = self.within(file.value, file)
        return name
