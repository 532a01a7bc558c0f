"""What is secret in the records and values of a contract, said once for everybody who shows or saves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mock_server.contract.projection import mask
from mock_server.contract.schema import parts

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Mask
    from mock_server.contract.operation import Contract, Schema
    from mock_server.store.protocol import Record


class Played(Protocol):
    """A contract together with what is declared beyond it; every MountedContract is one."""

    @property
    def contract(self) -> Contract: ...

    @property
    def behaviours(self) -> Behaviours: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """The secrets of one collection.

    members: masked whole. holders: members with secrets somewhere inside. masks: members shown as something
    else.
    """

    members: frozenset[str]
    holders: frozenset[str]
    masks: Mapping[str, Mask]


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one contract, or of several played together.

    names: members that are secret wherever they occur, because a schema marks one of that name writeOnly or
    `format: password`, or because the behaviour file lists it under `secret`. masks: members that are secret
    while a member beside them is true (or always, for None).
    """

    names: frozenset[str]
    masks: Mapping[str, str | None]
    _by_storage: Mapping[str, _Kept]

    @classmethod
    def of(cls, *played: Played) -> Secrets:
        """What these contracts say of secrets; collections they share obey all of them."""
        names: set[str] = set()
        masks: dict[str, str | None] = {}
        kept: dict[str, _Kept] = {}
        for one in played:
            marked, holders = _marked(one.contract)
            names |= marked
            for collection in one.behaviours.collections.values():
                names |= collection.secret
                masks |= {member: rule.when for member, rule in collection.masks.items()}
                other = kept.get(collection.storage, _Kept(frozenset(), frozenset(), {}))
                kept[collection.storage] = _Kept(
                    members=other.members | marked | collection.secret,
                    holders=other.holders | holders,
                    masks={**other.masks, **collection.masks},
                )
        return cls(frozenset(names), masks, kept)

    def mask_record(self, collection: Collection | str, record: Record) -> dict[str, Any]:
        """A stored record whose secrets are masked and whose other members stay, private ones included.

        collection: the collection, or its storage name. A masked member keeps its outer kind: a text is
        MASKED, an object or a list is empty, null stays null. Records of a storage that no behaviour file
        names are masked by member names alone, at any depth.
        """
        kept = self._by_storage.get(collection if isinstance(collection, str) else collection.storage)
        if kept is None:
            masked: dict[str, Any] = self.mask(dict(record))
            return masked
        shown = {
            member: mask(value)
            if member in kept.members
            else self.mask(value)
            if member in kept.holders
            else value
            for member, value in record.items()
        }
        for member, rule in kept.masks.items():
            if shown.get(member) is not None and (rule.when is None or record.get(rule.when)):
                shown[member] = rule.shown
        return shown

    def mask(self, value: Any) -> Any:
        """Any JSON value with every member of a secret name masked, at any depth."""
        if isinstance(value, dict):
            return {
                name: mask(item) if name in self.names else self.mask(item) for name, item in value.items()
            }
        return [self.mask(item) for item in value] if isinstance(value, list) else value


def is_secret(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    """Whether the spec itself says that a value of this schema is not to be shown."""
    return any(
        part.get("writeOnly") is True or part.get("format") == "password" for part in parts(schema, schemas)
    )


def _marked(contract: Contract) -> tuple[frozenset[str], frozenset[str]]:
    """The names of members some schema marks, and of those that have marked ones somewhere below."""
    names: set[str] = set()
    below: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
    holding: set[int] = set()
    waiting = [part for schema in _entrances(contract) for part in parts(schema, contract.schemas)]
    while waiting:
        part = waiting.pop()
        if id(part) in below:
            continue
        children = below[id(part)] = []
        for name, member in _members(part):
            if name and is_secret(member, contract.schemas):
                names.add(name)
                holding.add(id(part))
                continue
            found = list(parts(member, contract.schemas))
            children.append((name, tuple(map(id, found))))
            waiting += found
    _spread(holding, below)
    holders = {name for children in below.values() for name, ids in children if name and holding & {*ids}}
    return frozenset(names), frozenset(holders)


def _spread(holding: set[int], below: Mapping[int, list[tuple[str, tuple[int, ...]]]]) -> None:
    """Whatever contains a schema with secrets has secrets too."""
    grown = True
    while grown:
        more = {
            id_
            for id_, children in below.items()
            if id_ not in holding and any(holding & {*ids} for _, ids in children)
        }
        holding |= more
        grown = bool(more)


def _members(part: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """The schemas right below one, by member name; entries and further members have none."""
    yield from part.get("properties", {}).items()
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), Mapping):
            yield "", part[keyword]


def _entrances(contract: Contract) -> Iterator[Schema]:
    yield from contract.schemas.values()
    for operation in contract.operations.values():
        yield from (operation.body.content.values() if operation.body else ())
        for response in operation.responses.values():
            yield from response.content.values()
