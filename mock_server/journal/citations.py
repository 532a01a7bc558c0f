"""What an operation rests on: the documented facts it cites, and numbered decisions where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from mock_server.contract.loading import METHODS
from mock_server.data import spec_path
from mock_server.errors.startup import StartupError
from mock_server.json_pointer import unescape
from mock_server.yaml_file import read_yaml


@dataclass(frozen=True, slots=True)
class Decision:
    """How an unclear place is read. question, reading: empty where no file records the decision."""

    id: str
    question: str
    reading: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """facts: ids of documented facts. decisions: readings where the documents are silent or disagree."""

    facts: tuple[str, ...]
    decisions: tuple[Decision, ...]


class Citations:
    """The `x-cites` and `x-decision` entries of the specifications in a folder.

    Each file is read once, when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, Any] = {}
        self._grounds: dict[tuple[str, str, int], Grounds] = {}
        self._known: dict[str, Decision] | None = None
        self._lock = Lock()

    def of(self, contract: str, operation: str, status: int) -> Grounds:
        """What a reply of this status of an operation rests on.

        These are the entries of the operation itself, its parameters, body and security, the response with
        that status, and every component they refer to. A contract without a file in the folder has none.
        """
        key = contract, operation, status
        with self._lock:
            if key not in self._grounds:
                self._grounds[key] = self._collect(*key)
            return self._grounds[key]

    def forget(self) -> None:
        """Read the files again when they are next needed: they have changed."""
        with self._lock:
            self._documents.clear()
            self._grounds.clear()
            self._known = None

    def _collect(self, contract: str, operation: str, status: int) -> Grounds:
        document, known = self._document(contract), self._decisions()
        cites: dict[str, None] = {}
        decisions: dict[str, None] = {}
        for node in _reachable(_parts(document, operation, status), document):
            cites.update(dict.fromkeys(_texts(node.get("x-cites"))))
            decisions.update(dict.fromkeys(_texts(node.get("x-decision"))))
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
                str(entry["id"]): Decision(
                    str(entry["id"]), entry.get("question", ""), entry.get("reading", "")
                )
                for entry in entries
            }
        return self._known


def _read(path: Path) -> dict[str, Any]:
    """The mapping in a file, empty where there is none: a missing citation must not break an explanation."""
    try:
        document = read_yaml(path)
    except StartupError:
        return {}
    return document if isinstance(document, dict) else {}


def _parts(document: Mapping[str, Any], operation: str, status: int) -> Iterator[Any]:
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


def _reachable(starts: Iterable[Any], document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every mapping below these, in the order of the document; references into it are followed."""
    seen: set[int] = set()
    pending = list(starts)
    while pending:
        node = pending.pop(0)
        if isinstance(node, list):
            pending[:0] = node
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        reference = node.get("$ref")
        pending[:0] = [value for name, value in node.items() if name not in {"example", "examples", "links"}]
        if isinstance(reference, str):
            pending.insert(0, _target(document, reference))


def _target(document: Mapping[str, Any], reference: str) -> Any:
    node: Any = document
    for token in reference.removeprefix("#/").split("/"):
        node = node.get(unescape(token)) if isinstance(node, dict) else None
    return node


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
