"""Which members of a contract's records and bodies are secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mock_server.contract.schema import parts
from mock_server.redaction.credentials import mask_addresses
from mock_server.redaction.masking import mask
from mock_server.redaction.names import suggests_secret

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, ContractWithBehaviours, Mask
    from mock_server.contract.operation import Contract, Schema
    from mock_server.store.protocol import Record


_NESTING = frozenset({"properties", "items", "additionalProperties"})
"""Keywords of the schemas that describe values inside values."""


@dataclass(frozen=True, slots=True)
class _CollectionSecrets:
    """The secrets of one collection's records.

    members: masked whole. holders: members with secrets somewhere inside. masks: members shown as another
    value.
    """

    members: frozenset[str] = frozenset()
    holders: frozenset[str] = frozenset()
    masks: Mapping[str, Mask] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one contract, or of several that share a server.

    names: members that are secret wherever they occur, because a schema marks one of that name `writeOnly` or
    `format: password`, or because the behaviour file lists it under `secret`. masks: members that are secret
    while the member named here is true in the same object (None: always).
    """

    names: frozenset[str]
    masks: Mapping[str, str | None]
    _by_storage: Mapping[str, _CollectionSecrets]

    @classmethod
    def of(cls, *contracts: ContractWithBehaviours) -> Secrets:
        """The secrets these contracts declare. A collection that several of them share obeys all of them."""
        names: set[str] = set()
        masks: dict[str, str | None] = {}
        by_storage: dict[str, _CollectionSecrets] = {}
        for declared in contracts:
            marked, holders = _marked_members(declared.contract)
            names |= marked
            for collection in declared.behaviours.collections.values():
                names |= collection.secret
                masks |= {member: rule.when for member, rule in collection.masks.items()}
                earlier = by_storage.get(collection.storage, _CollectionSecrets())
                by_storage[collection.storage] = _CollectionSecrets(
                    members=earlier.members | marked | collection.secret,
                    holders=earlier.holders | holders,
                    masks={**earlier.masks, **collection.masks},
                )
        return cls(frozenset(names), masks, by_storage)

    def mask_record(self, collection: Collection | str, record: Record) -> dict[str, Any]:
        """A stored record with its secrets masked; all other members stay, private ones included.

        collection: the collection, or its storage name. A masked member keeps its outer JSON type: a text
        becomes MASKED, an object or list becomes empty, null stays null. In other texts the secrets of
        addresses are masked. Records of a storage that no behaviour file names are masked by member names
        alone, at any depth.
        """
        storage = collection if isinstance(collection, str) else collection.storage
        secrets = self._by_storage.get(storage)
        if secrets is None:
            masked: dict[str, Any] = self.mask(dict(record))
            return masked
        masked = {member: self._mask_member(member, value, secrets) for member, value in record.items()}
        for member, rule in secrets.masks.items():
            if masked.get(member) is not None and (rule.when is None or record.get(rule.when)):
                masked[member] = rule.shown
        return masked

    def mask_for_export(self, collection: Collection | str, record: Record) -> dict[str, Any]:
        """As `mask_record`, and with every text below a name that suggests a secret masked: what leaves the
        server may show less than the API does."""
        masked: dict[str, Any] = _masked_by_name(self.mask_record(collection, record))
        return masked

    def mask(self, value: Any) -> Any:
        """Any JSON value with every member of a secret name masked, at any depth, and the secrets of
        addresses in its texts."""
        return _masked(value, self.names)

    def _mask_member(self, member: str, value: Any, secrets: _CollectionSecrets) -> Any:
        if member in secrets.members:
            return mask(value)
        return _masked(value, self.names if member in secrets.holders else frozenset())


def _masked(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, str):
        return mask_addresses(value, [])
    if isinstance(value, dict):
        return {name: mask(item) if name in names else _masked(item, names) for name, item in value.items()}
    return [_masked(item, names) for item in value] if isinstance(value, list) else value


def _masked_by_name(value: Any, *, is_named: bool = False) -> Any:
    """A value with the texts below names that suggest secrets masked. is_named: whether it is below one."""
    if isinstance(value, dict):
        return {
            name: _masked_by_name(item, is_named=is_named or suggests_secret(name))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked_by_name(item, is_named=is_named) for item in value]
    return mask(value) if is_named and isinstance(value, str) else value


def is_secret(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    """Whether the specification itself marks values of this schema as secret."""
    return _is_marked(parts(schema, schemas))


def _is_marked(schema_parts: Iterable[Mapping[str, Any]]) -> bool:
    return any(part.get("writeOnly") is True or part.get("format") == "password" for part in schema_parts)


def _marked_members(contract: Contract) -> tuple[frozenset[str], frozenset[str]]:
    """The names of members that some schema marks as secret, and of members that contain such members."""
    names: set[str] = set()
    # By identity of a schema object: the schema objects that have it as a member, with the member's name.
    holders_of: dict[int, list[tuple[int, str]]] = {}
    holding: list[int] = []
    seen: set[int] = set()
    pending = [part for schema in _top_schemas(contract) for part in parts(schema, contract.schemas)]
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        for name, member in _members(part):
            member_parts = list(parts(member, contract.schemas))
            if name and _is_marked(member_parts):
                names.add(name)
                holding.append(id(part))
                continue
            for member_part in member_parts:
                if not _NESTING.isdisjoint(member_part):  # a scalar holds nothing
                    holders_of.setdefault(id(member_part), []).append((id(part), name))
                    pending.append(member_part)
    holders: set[str] = set()
    reached = {*holding}
    while holding:
        for holder, name in holders_of.get(holding.pop(), ()):
            holders.add(name)
            if holder not in reached:
                reached.add(holder)
                holding.append(holder)
    return frozenset(names), frozenset(holders - {""})


def _members(part: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """The schemas directly below one, by member name; those of list items and further members have no
    name."""
    yield from part.get("properties", {}).items()
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), Mapping):
            yield "", part[keyword]


def _top_schemas(contract: Contract) -> Iterator[Schema]:
    """The schemas of the components, the request bodies and the responses."""
    yield from contract.schemas.values()
    for operation in contract.operations.values():
        if operation.body:
            yield from operation.body.content.values()
        for response in operation.responses.values():
            yield from response.content.values()
