"""The collections that a spec has, and the members by which their records show those of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mock_server.contract.operation import Contract, Operation, Schema, body_schema, success_schema
from mock_server.contract.schema import types_of
from mock_server.inference.envelopes import component, find_list, find_record
from mock_server.inference.naming import singular
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import branches_of, component_name, plain_shape

_WRITES = frozenset({"POST", "PUT", "PATCH"})
_SCALAR = frozenset({"string", "integer", "number", "any"})
_KEY_TYPES = frozenset({"string", "integer", "number"})


@dataclass(slots=True)
class Resource:
    """One inferred collection.

    path: of the collection, without parameter names. parameter: of the item path, None without one. item: the
    schema of one record, None if no operation returns or receives one. key: the member that identifies a
    record. other_keys: further members that do. is_compound: whether two parameters of
    the path identify a record together, the first of which is bound to a member (`/repos/{owner}/{repo}`).
    first_part: that member where it shows a record, whose key it has. parents: member → the resource whose
    key it contains.
    """

    name: str
    path: str
    parameter: str | None = None
    item: Schema | None = None
    key: str = "id"
    other_keys: tuple[str, ...] = ()
    is_compound: bool = False
    first_part: str | None = None
    parents: dict[str, Resource] = field(default_factory=dict)

    @property
    def item_path(self) -> str:
        """The path of one record, without parameter names."""
        return f"{self.path}/{{}}/{{}}" if self.is_compound else f"{self.path}/{{}}"


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A member that shows a record of another collection, or a list of them.

    by: the member in which a client writes the key or keys. is_shown: whether replies have the member at all.
    """

    shown: str
    by: str
    target: Resource
    is_list: bool
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Attachment:
    """What an operation does with a list of keys.

    action: attach or detach. parameter: of the path, with the key of the record that has the list. holder:
    its collection. reference: the list. key_from: the body's member with the keys, None for the key in the
    path. place: the body's member around it, None without one.
    """

    action: Literal["attach", "detach"]
    parameter: str
    holder: Resource
    reference: FoundReference
    key_from: str | None = None
    place: str | None = None


def find_references(
    resources: list[Resource],
    by_component: Mapping[str, Resource],
    own: Mapping[int, list[Operation]],
    contract: Contract,
) -> dict[str, list[FoundReference]]:
    """Return the members that are written as a key and shown as a record, by the name of their collection.

    Without those that would close a circle. by_component: see shown_by_component(). own: the operations of a
    resource by its identity.
    """
    found = {resource.name: list(_expandable(resource, by_component, contract)) for resource in resources}
    embeds: dict[str, set[str]] = {resource.name: set() for resource in resources}
    for resource in resources:
        written = _written_keys(resource, own.get(id(resource), []), contract)
        for reference in _of(resource, written, by_component, contract) if written else ():
            if any(each.by == reference.by for each in found[resource.name]):
                continue
            if reference.target is resource:
                # Shown without what it refers to itself, it ends there.
                found[resource.name].append(reference)
                continue
            if resource.name in _reachable(reference.target.name, embeds):
                continue
            embeds[resource.name].add(reference.target.name)
            found[resource.name].append(reference)
    return {name: references for name, references in found.items() if references}


def shown_by_component(
    resources: list[Resource], own: Mapping[int, list[Operation]], contract: Contract
) -> dict[str, Resource]:
    """Return the collection that a member with the schema of a component shows a record of.

    Of several that show the component, the one nearest the top. A key of two parts does not fit into one
    member. own: the operations of a resource by its identity.
    """
    by_component: dict[str, Resource] = {}
    simple = (resource for resource in resources if not resource.is_compound)
    for resource in sorted(simple, key=_distance):
        for name in components_of(resource, own.get(id(resource), []), contract):
            by_component.setdefault(name, resource)
    return by_component


def _distance(resource: Resource) -> tuple[bool, int, int]:
    """Sort key: collections whose records have a path of their own come first, then those nearest the top."""
    return resource.parameter is None, resource.path.count("{}"), resource.path.count("/")


def _expandable(
    resource: Resource, by_component: Mapping[str, Resource], contract: Contract
) -> Iterator[FoundReference]:
    """The members that are a key, or on request the record that it identifies: a text or a reference."""
    for name, member in plain_shape(resource.item, contract.schemas).properties.items():
        found = alternatives(member)
        branches = [branch for each in found for branch in branches_of(each, contract.schemas)]
        if not any(_KEY_TYPES.intersection(types_of(branch)) for branch in branches):
            continue
        named = (by_component.get(component_name(branch) or "") for branch in found)
        target = next((other for other in named if other is not None and other.parameter is not None), None)
        if target is not None and name != resource.key:
            yield FoundReference(name, name, target, is_list=False, is_shown=False)


def alternatives(schema: Schema | None) -> list[Schema]:
    """Return the alternatives of a schema, as they are written; none for a schema without any."""
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())] if isinstance(schema, Mapping) else []


def _of(
    resource: Resource, written: Mapping[str, str], by_component: Mapping[str, Resource], contract: Contract
) -> Iterator[FoundReference]:
    schemas = contract.schemas
    for name, member in plain_shape(resource.item, schemas).properties.items():
        shape = plain_shape(member, schemas)
        is_list = shape.json_type == "array"
        shown = shape.keywords.get("items") if is_list else member
        target = by_component.get(component(shown, schemas) or "")
        if target is None or name in resource.parents or (target is resource and not _is_parent(name)):
            continue
        by = next((written[word] for word in _writings(name, is_list=is_list) if word in written), None)
        if by is not None:
            yield FoundReference(name, by, target, is_list)


def _is_parent(name: str) -> bool:
    """Whether a member is called like the record of the same collection that a record belongs to."""
    return normalized(name).startswith("parent")


def _writings(name: str, *, is_list: bool) -> tuple[str, ...]:
    """The normalized names under which a client may write the keys of the records that a member shows."""
    word, of_one = normalized(name), normalized(singular(name))
    return (word, f"{of_one}ids", f"{word}ids") if is_list else (word, f"{word}id")


def _written_keys(resource: Resource, operations: list[Operation], contract: Contract) -> dict[str, str]:
    """The members that a request writes as a key or a list of keys, by normalized name."""
    schemas = contract.schemas
    written: dict[str, str] = {}
    for operation in operations:
        if operation.method not in _WRITES:
            continue
        record = find_record(body_schema(operation), schemas, called=singular(resource.name))
        for name, member in plain_shape(record.schema if record else None, schemas).properties.items():
            shape = plain_shape(member, schemas)
            if shape.json_type == "array":
                shape = plain_shape(shape.keywords.get("items"), schemas)
            if shape.json_type in _KEY_TYPES:
                written.setdefault(normalized(name), name)
    return written


def scalar_members(schema: Schema | None, contract: Contract) -> dict[str, str]:
    """Return the members of a record or answer that can hold a parameter's value, by normalized name."""
    properties = plain_shape(schema, contract.schemas).properties
    return {
        normalized(name): name
        for name, member in reversed(list(properties.items()))
        if plain_shape(member, contract.schemas).json_type in _SCALAR
    }


def closes_circle(
    resource: Resource, target: Resource, references: Mapping[str, list[FoundReference]]
) -> bool:
    """Return whether records of a collection would be shown inside themselves if they showed the target's."""
    embeds = {
        name: {each.target.name for each in found if each.is_shown and each.target.name != name}
        for name, found in references.items()
    }
    return resource.name in _reachable(target.name, embeds)


def components_of(resource: Resource, operations: list[Operation], contract: Contract) -> Iterator[str]:
    """Yield the components of a collection's records, as reads and lists show them.

    operations: the collection's own.
    """
    for schema in _shown(resource, operations, contract):
        name = component(schema, contract.schemas)
        if name is not None:
            yield name


def _shown(resource: Resource, operations: list[Operation], contract: Contract) -> Iterator[Schema | None]:
    yield resource.item
    for operation in operations:
        if operation.method == "GET":
            listed = find_list(success_schema(operation), contract.schemas, called=resource.name)
            yield listed.schema if listed is not None else None


def _reachable(name: str, embeds: Mapping[str, set[str]]) -> set[str]:
    """The collections whose records are shown inside those of a collection, itself included."""
    reached: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending.extend(embeds.get(current, ()))
    return reached
