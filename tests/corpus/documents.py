"""Public OpenAPI documents of a folder that OPENAPI_CORPUS names, read without the code under test."""

from __future__ import annotations

import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

VARIABLE = "OPENAPI_CORPUS"
WITHOUT_CORPUS = f"{VARIABLE} names no folder with public OpenAPI documents"
_ENDINGS = {".yaml", ".yml", ".json"}


def corpus() -> Path | None:
    """The folder with the documents, or None."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named and Path(named).is_dir() else None


def document_names() -> list[str]:
    """The documents by path below the folder; an archive holds one of several files."""
    folder = corpus()
    if folder is None:
        return []
    plain = [path for path in sorted(folder.iterdir()) if path.suffix in _ENDINGS]
    nested = sorted((folder / "nested").rglob("openapi*.yaml"))
    archives = sorted(folder.glob("*.tar.xz"))
    return [str(path.relative_to(folder)) for path in (*plain, *nested, *archives)]


def document_path(name: str, scratch: Path) -> Path:
    """The root file of a document. scratch: the folder where an archive is unpacked."""
    folder = corpus()
    assert folder is not None
    path = folder / name
    if path.suffix in _ENDINGS:
        return path
    unpacked = scratch / path.name.partition(".")[0]
    if not unpacked.exists():
        with tarfile.open(path) as archive:
            archive.extractall(unpacked, filter="data")
    roots = (file for file in unpacked.rglob("*.y*ml") if "openapi:" in file.read_text("utf-8")[:200])
    return min(roots, key=lambda file: len(file.parts))


class _Loader(yaml.CSafeLoader):
    """Scalars as in YAML 1.2: dates and `no` are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
for _first in "tTfF":
    _Loader.yaml_implicit_resolvers.setdefault(_first, []).append(
        ("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"))
    )


@cache
def content_of(uri: str) -> Any:
    """The content of a file, by its URI."""
    text = Path(unquote(urlsplit(uri).path)).read_text("utf-8-sig")
    if text.lstrip().startswith("{"):
        return json.loads(text)
    return _with_text_keys(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _with_text_keys(inner) for name, inner in value.items()}
    return [_with_text_keys(inner) for inner in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Node:
    """A place in a document: its value, and the URI by which a schema can refer to it."""

    value: Any
    uri: str

    def at(self, *keys: Any) -> Node:
        """The place below, with references followed; its value is None if nothing is there."""
        node = self.followed()
        for key in keys:
            inner = node.value
            known = isinstance(inner, Mapping) and key in inner
            known = known or (isinstance(inner, list) and isinstance(key, int) and key < len(inner))
            part = str(key).replace("~", "~0").replace("/", "~1")
            separator = "" if "#" in node.uri else "#"
            node = Node(inner[key] if known else None, f"{node.uri}{separator}/{part}").followed()
        return node

    def followed(self) -> Node:
        """What a reference at this place leads to."""
        node = self
        for _step in range(20):
            if not isinstance(node.value, Mapping) or not isinstance(node.value.get("$ref"), str):
                break
            file, _, pointer = urljoin(node.uri, node.value["$ref"]).partition("#")
            value = content_of(file)
            for part in unquote(pointer).split("/")[1:]:
                key = part.replace("~1", "/").replace("~0", "~")
                value = value[int(key)] if isinstance(value, list) else value[key]
            node = Node(value, f"{file}#{pointer}")
        return node

    def names(self) -> list[str]:
        """The names of the members here."""
        return list(self.value) if isinstance(self.value, Mapping) else []

    def each(self) -> list[Node]:
        """The entries of a list here."""
        return [self.at(index) for index in range(len(self.value))] if isinstance(self.value, list) else []


@dataclass(frozen=True)
class Operation:
    """An operation. operation: its place in the document. parameters: by location and name."""

    path: str
    operation: Node
    parameters: Mapping[tuple[str, str], Node]
    method: str = "get"

    def response(self, status: int) -> Node:
        """The documented response for a status."""
        declared = self.operation.at("responses")
        by_name = {str(name).upper(): name for name in declared.names()}
        names = (str(status), f"{status // 100}XX", "DEFAULT")
        name = next((by_name[each] for each in names if each in by_name), None)
        return declared.at(name)


@dataclass(frozen=True)
class Document:
    """A document. root: its root file."""

    path: Path
    root: Node = field(init=False)

    def __post_init__(self) -> None:
        uri = self.path.resolve().as_uri()
        object.__setattr__(self, "root", Node(content_of(uri), uri))

    @property
    def version(self) -> str:
        """The version of OpenAPI, or of Swagger."""
        return str(self.root.value.get("openapi") or self.root.value.get("swagger"))

    def gets(self) -> Iterator[Operation]:
        """The GET operations."""
        return self.operations("get")

    def operations(self, method: str) -> Iterator[Operation]:
        """The operations with a method, in lower case."""
        paths = self.root.at("paths")
        for path in paths.names():
            address, separator, _ = path.partition("?")
            if "#" in path or (separator and address in paths.names()):
                # Neither a query nor a fragment belongs to a path: it stands twice.
                continue
            item = paths.at(path)
            operation = item.at(method)
            if not isinstance(operation.value, Mapping):
                continue
            parameters = {
                (each.value.get("in", ""), each.value.get("name", "")): each
                for each in (*item.at("parameters").each(), *operation.at("parameters").each())
                if isinstance(each.value, Mapping)
            }
            yield Operation(address, operation, parameters, method)


def _retrieve(uri: str) -> Resource[Any]:
    return Resource(content_of(uri), DRAFT202012)


def _retrieve_3_0(uri: str) -> Resource[Any]:
    return Resource(_without_siblings(content_of(uri)), DRAFT202012)


def _without_siblings(value: Any) -> Any:
    """A value in which nothing stands beside a reference: OpenAPI 3.0 ignores it."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            return {"$ref": value["$ref"]}
        return {name: _without_siblings(inner) for name, inner in value.items()}
    return [_without_siblings(inner) for inner in value] if isinstance(value, list) else value


REGISTRY: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]
REGISTRY_3_0: Registry[Any] = Registry(retrieve=cache(_retrieve_3_0))  # type: ignore[call-arg]
