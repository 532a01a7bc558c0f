"""Resolve the references of a contract, also into neighbouring files, into one set of components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from mock_server.contract.documents import Documents, UnreadableError
from mock_server.contract.openapi30 import to_2020_12, with_format_bounds
from mock_server.contract.problems import Problem, Source
from mock_server.contract.repair import LISTED_SCHEMAS, NAMED_SCHEMAS, SINGLE_SCHEMAS, Repair
from mock_server.contract.schema import reference_to
from mock_server.json_pointer import unescape

_DEEPEST = 64
"""How deep schemas may nest without a `$ref`. Python's call stack ends at about 300 levels of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value of a document. above, key: the node that contains it, and where."""

    value: Any
    source: Source
    above: Node | None = None
    key: str | int = ""

    def child(self, key: str | int) -> Node:
        """Return the member or entry with this key; its value is None where there is none."""
        value = None
        if isinstance(self.value, dict):
            value = self.value.get(key)
        elif isinstance(self.value, list) and str(key).isdecimal() and int(key) < len(self.value):
            key = int(key)
            value = self.value[key]
        return Node(value, self.source, self, key)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object; nothing for other values."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield str(key), Node(value, self.source, self, key)

    def entries(self) -> Iterator[Node]:
        """Yield the entries of an array; nothing for other values."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, self.source, self, index)

    @property
    def place(self) -> tuple[str | int, ...]:
        """The keys that lead here from the top of the document."""
        keys: list[str | int] = []
        node: Node | None = self
        while node is not None and node.above is not None:
            keys.append(node.key)
            node = node.above
        return tuple(reversed(keys))


@dataclass(slots=True)
class Library:
    """The files of one contract and the schemas collected from them.

    root: the contract's own file. documents: reads files, within limits. schemas: by component name; schemas
    outside `components` or in other files get a generated one. problems: what was found wrong.
    is_openapi30: translate schemas of OpenAPI 3.0.
    """

    root: Path
    documents: Documents
    schemas: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_openapi30: bool = False
    _names: dict[tuple[Source, str], str] = field(default_factory=dict)
    _targets: dict[tuple[Source, str], tuple[Source, str]] = field(default_factory=dict)
    _identified: dict[str, Node] = field(default_factory=dict)
    _scanned: dict[Source, bool] = field(default_factory=dict)
    _pending: list[tuple[str, Node]] = field(default_factory=list)
    _repair: Repair = field(default_factory=Repair)

    def document(self, source: Source) -> Node:
        """Return a whole document, or the schema whose `$id` is this address.

        Raises UnreadableError or StartupError when it cannot be read.
        """
        if source in self._identified:
            return self._identified[str(source)]
        return Node(self.documents.read(source), source)

    def report(self, node: Node, message: str) -> None:
        """Note a problem at a node."""
        self.problems.append(self.documents.problem(node.source, node.place, message))

    def resolve(self, node: Node) -> Node:
        """Return the node at the end of a chain of references.

        Its value is None, and a problem noted, where a reference has no target or is circular.
        """
        seen: set[tuple[Source, str]] = set()
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            ref = node.value["$ref"]
            if (node.source, ref) in seen:
                self.report(node, f"the reference {ref} is circular")
                return replace(node, value=None)
            seen.add((node.source, ref))
            target = self._target(node, ref)
            node = replace(node, value=None) if target is None else target
        return node

    def schema(self, node: Node, depth: int = 0) -> Any:
        """Return the schema with every reference naming a component of this contract, without siblings.

        depth: how many schemas it is inside of. What is wrong in it is repaired or left out, and noted.
        """
        if isinstance(node.value, list):
            return [self.schema(entry, depth) for entry in node.entries()]
        if not isinstance(node.value, dict):
            return self._scalar_schema(node)
        if depth > _DEEPEST:
            self.report(node, f"schemas nested deeper than {_DEEPEST} levels are not checked")
            return True
        if self.is_openapi30:
            node = replace(node, value=to_2020_12(node.value))
        reported = self._repair.schema(
            node.value, lambda *key_and_message: self._report_below(node, *key_and_message)
        )
        node = replace(node, value=with_format_bounds(reported))
        walked = {key: self._member(key, value, depth) for key, value in node.items()}
        if walked.get("$ref", "") is None:
            del walked["$ref"]
        # OpenAPI 3.1 lets keywords stand beside a `$ref`. As an allOf they mean the same, and code
        # that follows references later need not look at siblings.
        if "$ref" in walked and len(walked) > 1:
            reference = {"$ref": walked.pop("$ref")}
            walked["allOf"] = [reference, *walked.get("allOf", [])]
        return walked

    def collect(self) -> None:
        """Walk the schemas that references led to, until none is left."""
        while self._pending:
            name, target = self._pending.pop()
            self.schemas[name] = self.schema(target)

    def component(self, name: str, node: Node) -> None:
        """Collect a component of the contract's own file."""
        self._component_name(node, reference_to(name))

    def _report_below(self, node: Node, key: str, message: str) -> None:
        self.report(node.child(key), message)

    def _scalar_schema(self, node: Node) -> Any:
        if isinstance(node.value, bool) or (node.value is None and not _is_written(node)):
            return True if node.value is None else node.value
        self.report(node, f"a schema must be an object, not {'null' if node.value is None else 'a scalar'}")
        return True

    def _member(self, key: str, value: Node, depth: int) -> Any:
        if key == "$ref":
            name = self._component_name(value, value.value)
            return None if name is None else reference_to(name)
        if key == "discriminator":
            return self._discriminator(value)
        if key in NAMED_SCHEMAS:
            # A property may be called "example" or "$ref": names of properties are not keywords.
            return {name: self.schema(member, depth + 1) for name, member in self._named(value).items()}
        # Everything else is data: a `$ref` in an example is an ordinary member.
        return self.schema(value, depth + 1) if key in SINGLE_SCHEMAS | LISTED_SCHEMAS else value.value

    def _named(self, node: Node) -> Node:
        """Schemas by name; some documents refer to a file that has them all."""
        ref = node.child("$ref")
        is_reference = isinstance(ref.value, str) and len(node.value) == 1
        return self.resolve(node) if is_reference else node

    def _discriminator(self, node: Node) -> Any:
        """The discriminator with its mapping naming components of this contract."""
        mapping = node.child("mapping")
        if not isinstance(mapping.value, dict):
            return node.value
        own = self.documents.read(self.root)
        components = Node(own, self.root).child("components").child("schemas").value or {}
        named: dict[str, Any] = {}
        for value, target in mapping.items():
            ref = str(target.value)
            # A name is meant before a file of the same name (OpenAPI 3.1, Discriminator Object).
            name = ref if ref in components else self._component_name(target, ref)
            if name is not None:
                named[value] = reference_to(name)
        return {**node.value, "mapping": named}

    def _component_name(self, node: Node, ref: str) -> str | None:
        """The name of the component that a schema reference points to, None where it has no target.

        Its target is collected once. node: where the reference stands.
        """
        place = self._split(node, ref)
        if place in self._names:
            return self._names[place]
        target = self._target(node, ref)
        if target is None:
            return None
        keys = target.place
        if target.source == self.root and keys[:2] == ("components", "schemas") and len(keys) == 3:
            name = str(keys[2])
        else:
            name = self._free_name(target.source, keys)
        self._names[place] = name
        # Walked later: a schema may refer to itself, and a chain of references may be long.
        self.schemas[name] = True
        self._pending.append((name, target))
        return name

    def _free_name(self, source: Source, keys: tuple[str | int, ...]) -> str:
        file = source if isinstance(source, Path) else Path(urlsplit(source).path)
        stem = ".".join([file.stem, *(str(key) for key in keys[-1:])])
        name, number = stem, 1
        while name in self.schemas:
            number += 1
            name = f"{stem}.{number}"
        return name

    def _target(self, node: Node, ref: str) -> Node | None:
        """The node that a reference points to; None, and a problem noted, where there is none."""
        source, pointer = self._split(node, ref)
        try:
            target = self.document(source)
        except UnreadableError as error:
            self.report(node, f"the reference {ref} is not followed: {error}")
            return None
        if pointer and not pointer.startswith("/"):
            anchored = self._anchored(target, unquote(pointer))
            if anchored is None:
                self.report(node, f"the reference {ref} has no target: the anchor does not exist")
            return anchored
        for token in pointer.split("/")[1:]:
            key = unescape(unquote(token))
            child = target.child(key)
            if child.value is None and _has_reference(target):
                child = self.resolve(target).child(key)
            if child.value is None and not _is_written(child):
                self.report(node, f"the reference {ref} has no target: {key!r} does not exist")
                return None
            target = child
        return target

    def _split(self, node: Node, ref: str) -> tuple[Source, str]:
        """The document and the JSON Pointer, or anchor, that a reference names. node: where it stands."""
        source = node.source
        # Many documents give a schema an `$id` and refer to other components as if it had none.
        is_own = ref.startswith("#/components/")
        if not is_own and not self.is_openapi30 and self._has_identities(source):
            base = self._base(node)
            address, _, pointer = (base + ref if ref.startswith("#") else urljoin(base, ref)).partition("#")
            if address in self._identified:
                return address, pointer
        # Remembered, because resolving a path asks the file system.
        if (source, ref) not in self._targets:
            self._targets[source, ref] = _split(source, ref)
        return self._targets[source, ref]

    def _has_identities(self, source: Source) -> bool:
        """Whether schemas of a document have an `$id`. Those are known from then on."""
        if source not in self._scanned:
            before = len(self._identified)
            pending = [self.document(source)]
            while pending:
                node = pending.pop()
                if isinstance(node.value, dict) and isinstance(node.value.get("$id"), str):
                    self._identified.setdefault(self._base(node), node)
                pending += [child for _key, child in node.items()]
                pending += node.entries()
            self._scanned[source] = len(self._identified) > before
        return self._scanned[source]

    def _base(self, node: Node) -> str:
        """The address that references are relative to at a node: the `$id` of the schemas around it."""
        base = str(node.source) if isinstance(node.source, str) else node.source.as_uri()
        around = Node(self.documents.read(node.source), node.source)
        for key in (None, *node.place):
            around = around if key is None else around.child(key)
            identity = around.value.get("$id") if isinstance(around.value, dict) else None
            if isinstance(identity, str):
                base = urljoin(base, identity).removesuffix("#")
        return base

    def _anchored(self, document: Node, anchor: str) -> Node | None:
        """The schema with this `$anchor` or `$dynamicAnchor`."""
        pending = [document]
        while pending:
            node = pending.pop()
            if isinstance(node.value, dict) and anchor in (
                node.value.get("$anchor"),
                node.value.get("$dynamicAnchor"),
            ):
                return node
            pending += [child for _key, child in node.items()]
            pending += node.entries()
        return None


def _is_written(node: Node) -> bool:
    """Whether the document has this member or entry, if only with the value null."""
    container = node.above.value if node.above is not None else None
    return node.key in container if isinstance(container, Mapping) else isinstance(container, list)


def _has_reference(node: Node) -> bool:
    return isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str)


def _split(source: Source, ref: str) -> tuple[Source, str]:
    """The document and the JSON Pointer, or anchor, that a reference names."""
    address, _, pointer = ref.partition("#")
    if not address:
        return source, pointer
    if "://" in address or isinstance(source, str):
        return (urljoin(source, address) if isinstance(source, str) else address), pointer
    return (source.parent / unquote(address)).resolve(), pointer
