"""Resources as a document implies them: what can be created, read, listed, changed and deleted, and below
what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.schemas import Schema

_ENVELOPES = ("data", "items", "results", "records", "values")


@dataclass(frozen=True, eq=False)
class Resource:
    """One kind of thing.

    name: the last word of its collection's path. key: the path parameter that names one of it. parents: the
    path parameters above it. id_pointer: where an answer of create carries the new id. items_pointer: where
    an answer of list carries the things; None when the document does not say.
    """

    name: str
    collection: str
    key: str
    parents: tuple[str, ...]
    create: Operation | None
    read: Operation | None
    update: Operation | None
    delete: Operation | None
    list: Operation | None
    actions: tuple[Operation, ...]
    id_pointer: str
    items_pointer: str | None

    @property
    def record_pointer(self) -> str:
        """Where an answer carries the thing itself."""
        return self.id_pointer.rpartition("/")[0]

    @property
    def id_member(self) -> str:
        """The member of the thing that holds its id."""
        return self.id_pointer.rpartition("/")[2]

    @property
    def item(self) -> str:
        """The path of one of it."""
        return f"{self.collection}/{{{self.key}}}"


class Resources:
    """All resources of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.all: tuple[Resource, ...] = tuple(self._infer())

    def named(self, name: str) -> Resource:
        """The resource of that name, or of a path parameter, or of an operation on it. Raises KeyError."""
        for resource in self.all:
            if name in (resource.name, resource.key, *(one.id for one in _operations(resource))):
                return resource
        raise KeyError(f"no resource {name!r}; there are {', '.join(one.name for one in self.all)}")

    def of(self, operation: Operation) -> Resource | None:
        """The resource an operation works on, when it is one."""
        return next((one for one in self.all if operation in _operations(one)), None)

    def keyed(self, parameter: str) -> Resource | None:
        """The resource whose things a path parameter names."""
        return next((one for one in self.all if one.key == parameter), None)

    def creating(self, operation: Operation) -> Resource | None:
        """The resource an operation makes new things of."""
        return next((one for one in self.all if one.create is operation), None)

    def undone_by(self, operation: Operation) -> Operation | None:
        """The action another one takes back: the POST or PUT on the path of a DELETE that deletes no
        thing."""
        if operation.method != "DELETE" or operation.path.endswith("}"):
            return None
        return next(iter(self._at(operation.path, "POST", "PUT")), None)

    def put_there(self, operation: Operation) -> Operation | None:
        """The PUT of what a GET shows and a DELETE on the same path takes away, where that is no thing of a
        collection: it need not be there."""
        goes = operation.method == "GET" and self._at(operation.path, "DELETE")
        if not goes or operation.path.endswith("}"):
            return None
        return next(iter(self._at(operation.path, "PUT")), None)

    def opposite(self, operation: Operation) -> Operation | None:
        """The action that takes this one back, or that this one takes back."""
        for other in self._at(operation.path):
            if self.undone_by(other) is operation:
                return other
        return self.undone_by(operation)

    def _infer(self) -> Iterator[Resource]:
        seen: set[str] = set()
        for operation in self._contract.operations.values():
            parts = operation.path.split("/")
            for index, part in enumerate(parts):
                item = "/".join(parts[: index + 1])
                if part.startswith("{") and item not in seen and self._at(item):
                    seen.add(item)
                    yield self._resource(item)

    def _at(self, path: str, *methods: str) -> list[Operation]:
        every = self._contract.operations.values()
        return [one for one in every if one.path == path and (not methods or one.method in methods)]

    def _resource(self, item: str) -> Resource:
        collection, _, last = item.rpartition("/")
        key = last[1:-1]
        create = next(iter(self._at(collection, "POST")), None)
        lister = next(iter(self._at(collection, "GET")), None)
        read = next(iter(self._at(item, "GET")), None)
        literal = [part for part in collection.split("/") if part and not part.startswith("{")]
        return Resource(
            name=literal[-1] if literal else key,
            collection=collection,
            key=key,
            parents=tuple(part[1:-1] for part in collection.split("/") if part.startswith("{")),
            create=create,
            read=read,
            update=next(iter(self._at(item, "PATCH", "PUT")), None),
            delete=next(iter(self._at(item, "DELETE")), None),
            list=lister,
            actions=tuple(self._actions(item)),
            id_pointer=_id_pointer(create or read, key),
            items_pointer=None if lister is None else _items_pointer(lister),
        )

    def _actions(self, item: str) -> Iterator[Operation]:
        """Operations below one thing that belong to no resource of their own, such as `/things/{id}/test`."""
        for operation in self._contract.operations.values():
            rest = operation.path.removeprefix(f"{item}/")
            if rest != operation.path and "{" not in rest and not self._is_collection(operation.path):
                yield operation

    def _is_collection(self, path: str) -> bool:
        start = f"{path}/{{"
        every = (one.path for one in self._contract.operations.values())
        return any(one.startswith(start) and "/" not in one.removeprefix(start) for one in every)


def _operations(resource: Resource) -> tuple[Operation, ...]:
    own = (resource.create, resource.read, resource.update, resource.delete, resource.list)
    return (*(one for one in own if one is not None), *resource.actions)


def _id_pointer(operation: Operation | None, key: str) -> str:
    """From the links of create, else from the schema of its answer, else `/id`."""
    if operation is None:
        return "/id"
    for status in operation.successes:
        for link in operation.responses[str(status)].links:
            expression = link.parameters.get(key, "")
            if expression.startswith("$response.body#"):
                return expression.partition("#")[2]
    schema = operation.success_schema
    return "/id" if schema is None else _id_in_schema(schema, key)


def _id_in_schema(schema: Schema, key: str) -> str:
    for name in ("id", key):
        if name in schema.properties:
            return f"/{name}"
    for outer, inner in schema.properties.items():
        for name in ("id", key):
            if name in inner.properties:
                return f"/{outer}/{name}"
    return "/id"


def _items_pointer(operation: Operation) -> str | None:
    schema = operation.success_schema
    if schema is None:
        return None
    if "array" in schema.types:
        return ""
    arrays = [name for name, inner in schema.properties.items() if "array" in inner.types]
    return next((f"/{name}" for name in (*_ENVELOPES, *arrays) if name in arrays), None)
