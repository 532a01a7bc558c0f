"""Everything a run created on one implementation of one contract, and what was there before."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from contract_tests.openapi.paths import filled_plainly
from contract_tests.openapi.resources import Resource
from contract_tests.session.cleanup_file import CleanupFile
from contract_tests.session.made_up import canonical


@dataclass(frozen=True, slots=True)
class Siblings:
    """The objects of a resource below the same parents. above: the path values of the parents."""

    resource: Resource
    above: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, resource: Resource, path: Mapping[str, Any]) -> Siblings:
        """The collection that path values lead to; values of other parameters are left out."""
        return cls(resource, tuple((name, str(path[name])) for name in resource.parents if name in path))

    def item(self, key: Any) -> dict[str, Any]:
        """The path values of one of its objects."""
        return {**dict(self.above), self.resource.key: key}

    def path(self, key: Any) -> str:
        """The path of one of its objects, as a person reads it."""
        return filled_plainly(self.resource.item, self.item(key))


@dataclass(slots=True)
class Creation:
    """One object that was created, or may have been. key: None as long as it is not known."""

    siblings: Siblings
    credential: str | None
    key: Any = None
    is_deleted: bool = False


class Creations:
    """The creations of one contract's run, oldest first. Safe to use from several threads.

    before: the keys each collection had before the first creation in it; None where they cannot be listed.
    file: where they are noted, so that a killed run can be finished.
    """

    def __init__(self, contract: str, run: str, file: CleanupFile | None = None) -> None:
        self.before: dict[Siblings, frozenset[str] | None] = {}
        self.unresolved: dict[int, Creation] = {}
        self.file = file
        self._contract = contract
        self._run = run
        self._numbers = count()
        self._known: dict[tuple[Siblings, str], Creation] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Creation]:
        return iter(list(self._known.values()))

    def listed(self, collection: Siblings, keys: frozenset[str] | None) -> None:
        """Note what a collection holds before anything is created in it."""
        self.before[collection] = keys
        self._note("before", collection, keys=None if keys is None else sorted(keys))

    def begin(self, collection: Siblings, credential: str | None) -> int:
        """Note that a creating request is about to be sent. Returns its number."""
        with self._lock:
            number = next(self._numbers)
            self.unresolved[number] = Creation(collection, credential)
        self._note("creating", collection, number=number, credential=credential)
        return number

    def end(self, number: int, keys: list[Any]) -> list[Any]:
        """Note what a creating request created, nothing where it was refused.

        Returns the keys of the new objects, without those that were there before.
        """
        creation = self.unresolved.pop(number)
        new = [key for key in keys if not self.was_there(creation.siblings, key)]
        for key in new:
            self.add(creation.siblings, key, creation.credential)
        self._note("created", creation.siblings, number=number, keys=new, credential=creation.credential)
        return new

    def add(self, collection: Siblings, key: Any, credential: str | None) -> None:
        """Remember an object as created."""
        self._known[collection, canonical(key)] = Creation(collection, credential, key)

    def adopt(self, collection: Siblings, key: Any) -> None:
        """Remember an object that no answer named, and take one open creation there for its own."""
        self.add(collection, key, None)
        for number, creation in list(self.unresolved.items()):
            if creation.siblings == collection:
                del self.unresolved[number]
                return

    def is_open(self, collection: Siblings) -> bool:
        """Whether it is not known of some creation there what became of it."""
        return any(creation.siblings == collection for creation in self.unresolved.values())

    def settle(self, collection: Siblings) -> None:
        """Forget the open creations of a collection: it was looked through for what they left."""
        left = {number: each for number, each in self.unresolved.items() if each.siblings != collection}
        self.unresolved = left

    def deleted(self, resource: Resource, path: Mapping[str, Any]) -> None:
        """Note that an object is gone."""
        collection, key = Siblings.of(resource, path), path[resource.key]
        creation = self._known.get((collection, canonical(key)))
        if creation is not None and not creation.is_deleted:
            creation.is_deleted = True
            self._note("deleted", collection, keys=[key])

    def was_deleted(self, resource: Resource, path: Mapping[str, Any]) -> bool:
        """Whether the run created an object and deleted it again."""
        creation = self.find(Siblings.of(resource, path), path[resource.key])
        return creation is not None and creation.is_deleted

    def was_there(self, collection: Siblings, key: Any) -> bool:
        """Whether an object was there before the first creation in its collection."""
        return canonical(key) in (self.before.get(collection) or ())

    def exists(self, collection: Siblings, key: Any) -> bool:
        """Whether an object was there before, or the run created it and did not delete it."""
        creation = self.find(collection, key)
        return self.was_there(collection, key) or (creation is not None and not creation.is_deleted)

    def find(self, collection: Siblings, key: Any) -> Creation | None:
        """The creation of an object; None where the run did not create it."""
        return self._known.get((collection, canonical(key)))

    def _note(self, event: str, collection: Siblings, **members: Any) -> None:
        if self.file is not None:
            self.file.write(
                event,
                self._run,
                contract=self._contract,
                resource=collection.resource.item,
                above=dict(collection.above),
                **members,
            )
