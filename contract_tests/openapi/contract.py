"""The harness's own reading of an OpenAPI document: operations, what they take and what they owe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from contract_tests.openapi.bundle import bundled
from contract_tests.openapi.file_set import FileSet
from contract_tests.openapi.files import contract_names, openapi_dir
from contract_tests.openapi.operation import Operation, Parameter, SecurityScheme
from contract_tests.openapi.reader import Reader, SpecError
from contract_tests.openapi.schemas import cited
from contract_tests.openapi.swagger2 import is_swagger_2, modernized

__all__ = ["NAMES", "Contract", "Operation", "Parameter", "SecurityScheme", "SpecError", "cited"]

NAMES = contract_names()
"""The contracts that come with the product."""


class MalformedSpecError(SpecError):
    """A part of the document has another type than OpenAPI gives it. `spec_check` can say where."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class Contract:
    """One API as its document tells it."""

    def __init__(self, name: str, path: Path, document: Mapping[str, Any]) -> None:
        if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
            raise SpecError(f"{path}: neither an OpenAPI 3 nor a Swagger 2.0 document")
        self.name = name
        self.path = path
        self.document = document
        reader = Reader(name, path, document)
        self.schemes: Mapping[str, SecurityScheme] = MappingProxyType(reader.schemes())
        found: dict[str, Operation] = {}
        for operation in reader.operations():
            found[operation.id] = operation
        self.operations: Mapping[str, Operation] = MappingProxyType(found)
        self.problems: tuple[str, ...] = tuple(dict.fromkeys(reader.problems))
        """References that lead nowhere: what they stand for is read as empty."""
        if not found:
            raise SpecError(f"{path}: it has no operations")

    @classmethod
    def load(cls, name: str, path: Path | None = None) -> Contract:
        """Read a contract: one of ours by name, or any file of OpenAPI 3 or Swagger 2.0, read once per
        process.

        Raises SpecError (MalformedSpecError where a part has the wrong type), or UnreadableError for a file
        that is not YAML.
        """
        found = path or openapi_dir() / f"{name}.yaml"
        changed = found.stat().st_mtime_ns if found.is_file() else 0
        return _loaded(name, found, changed)

    @property
    def title(self) -> str:
        """The document's title."""
        return str(self.document.get("info", {}).get("title", self.name))

    @property
    def base_path(self) -> str:
        """The path of the first server, without a slash at its end."""
        servers = self.document.get("servers") or [{}]
        return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")

    def operation(self, name: str) -> Operation:
        """The operation of that id. Raises KeyError naming those there are."""
        if name not in self.operations:
            raise KeyError(f"{self.name} has no operation {name!r}; it has {', '.join(self.operations)}")
        return self.operations[name]

    def broken_schemas(self) -> tuple[str, ...]:
        """The operations with a schema that is none, which accepts every value, found by compiling all."""
        every = [schema for each in self.operations.values() for schema in each.schemas()]
        together = {id(schema.shapes): schema.shapes for schema in every}.values()
        if all(
            shapes.is_sound(schema.node for schema in every if schema.shapes is shapes) for shapes in together
        ):
            return ()
        return tuple(
            f"{operation.id} has a schema that is none"
            for operation in self.operations.values()
            if not all(schema.shapes.is_sound([schema.node]) for schema in operation.schemas())
        )


@lru_cache(maxsize=32)
def _loaded(name: str, path: Path, changed: int) -> Contract:
    del changed  # part of the key: a file that was edited is read again
    try:
        document = bundled(FileSet(path))
        return Contract(name, path, modernized(document) if is_swagger_2(document) else document)
    except RecursionError as error:
        raise MalformedSpecError(path, "is nested too deeply") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MalformedSpecError(path, f"malformed: {type(error).__name__}: {error}") from error
