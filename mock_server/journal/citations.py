"""What an operation rests on: the documented facts it cites and the numbered decisions beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from mock_server.contract.loading import METHODS
from mock_server.data import spec_path
from mock_server.errors.startup import StartupError
from mock_server.yaml_file import read_yaml


@dataclass(frozen=True, slots=True)
class Decision:
    """A reading of an unclear place. question, reading: empty where the decision is written down nowhere."""

    id: str
    question: str
    reading: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """facts: ids of documented facts. decisions: readings where the documents are silent or disagree."""

    facts: tuple[str, ...]
    decisions: tuple[Decision, ...]


class Citations:
    """Reads `x-cites` and `x-decision` out of the specifications in a folder, each file once and only when
    somebody asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, Any] = {}
        self._grounds: dict[tuple[str, str, int], Grounds] = {}
        self._known: dict[str, Decision] | None = None
        self._lock = Lock()

    def of(self, contract: str, operation: str, status: int) -> Grounds:
        """What a reply of this status of an operation rests on.

        The operation itself, its parameters, body and security and the response of that status count, with
        every component they refer to; other responses do not. Nothing for a contract whose file does not lie
        in the folder.
        """
        asked = contract, operation, status
        with self._lock:
            if asked not in self._grounds:
                self._grounds[asked] = self._found(*asked)
            return self._grounds[asked]

    def forget(self) -> None:
        """Read the files again when somebody asks: they have changed."""
        with self._lock:
            self._documents.clear()
            self._grounds.clear()
            self._known = None

    def _found(self, contract: str, operation: str, status: int) -> Grounds:
        document, known = self._document(contract), self._decisions()
        cites: dict[str, None] = {}
        decisions: dict[str, None] = {}
        for node in _walked(_of_operation(document, operation, status), document):
            cites.update(dict.fromkeys(_listed(node.get("x-cites"))))
            decisions.update(dict.fromkeys(_listed(node.get("x-decision"))))
        return Grounds(tuple(cites), tuple(known.get(id_, Decision(id_, "", "")) for id_ in decisions))

    def _document(self, contract: str) -> Any:
        if contract not in self._documents:
            self._documents[contract] = _read(spec_path(self._folder, contract))
        return self._documents[contract]

    def _decisions(self) -> Mapping[str, Decision]:
        if self._known is None:
            entries = [
                entry
                for path in sorted((self._folder / "decisions").glob("*.yaml"))
                for entry in _read(path).get("decisions", ())
            ]
            self._known = {
                str(one["id"]): Decision(str(one["id"]), one.get("question", ""), one.get("reading", ""))
                for one in entries
            }
        return self._known


def _read(path: Path) -> dict[str, Any]:
    """A file's mapping, nothing where there is none: an explanation is no place to fail."""
    try:
        document = read_yaml(path)
    except StartupError:
        return {}
    return document if isinstance(document, dict) else {}


def _of_operation(document: Mapping[str, Any], operation: str, status: int) -> Iterator[Any]:
    for item in document.get("paths", {}).values():
        for method in METHODS:
            node = item.get(method) or {}
            if node.get("operationId") == operation:
                yield {name: value for name, value in node.items() if name != "responses"}
                yield item.get("parameters")
                yield from _schemes(document, node.get("security", document.get("security", ())))
                responses = node.get("responses", {})
                keys = (str(status), f"{status // 100}XX", "default")
                yield next((responses[key] for key in keys if key in responses), None)


def _schemes(document: Mapping[str, Any], security: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    declared = document.get("components", {}).get("securitySchemes", {})
    yield from (declared.get(name) for requirement in security for name in requirement)


def _walked(entrances: Iterable[Any], document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every mapping below these, references into the same document followed, in order of reading."""
    seen: set[int] = set()
    waiting = list(entrances)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting[:0] = node
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        reference = node.get("$ref")
        below = [value for name, value in node.items() if name not in {"example", "examples", "links"}]
        waiting[:0] = [_target(document, reference) if isinstance(reference, str) else None, *below]


def _target(document: Mapping[str, Any], reference: str) -> Any:
    node: Any = document
    for token in reference.removeprefix("#/").split("/"):
        node = node.get(token.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    return node


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
