"""The inferred collections of a spec, and which operations belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mock_server.contract.operation import Contract, Operation, body_schema, success_schema
from mock_server.inference.envelopes import base_component, component, find_list, find_record
from mock_server.inference.naming import singular
from mock_server.inference.operations import PARAMETER, local_path, without_parameter_names
from mock_server.inference.references import (
    Attachment,
    FoundReference,
    Resource,
    closes_circle,
    components_of,
    find_references,
    shown_by_component,
)
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import plain_shape

_LISTING = frozenset({"list", "search", "query", "scroll"})
"""Last segments of paths at which a POST reads a list."""
_UPLOADING = frozenset({"content", "upload", "uploads", "file"})
"""Last segments of paths at which a POST of a form with a file creates a record."""
_BATCHES = frozenset({"items", "records", "entries", "inputs", "objects"})
"""Normalized names of the member of a body with the records to create."""


@dataclass(slots=True)
class Graph:
    """The inferred collections of a contract.

    resources: by collection path, without parameter names; several paths may lead to one resource.
    references: by name of the collection, the members that show records of others. attachments: by operation
    id, what it does with a list of keys.
    """

    contract: Contract
    resources: Mapping[str, Resource]
    _scopes: dict[str, dict[str, Resource]] = field(init=False)
    _homes: dict[str, tuple[Resource | None, bool]] = field(init=False)
    references: dict[str, list[FoundReference]] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    _own: dict[int, list[Operation]] = field(default_factory=dict)
    _about: dict[int, list[Operation]] = field(default_factory=dict)
    _by_component: Mapping[str, Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        operations = self.contract.operations
        self._scopes = {id_: self._scope(operation) for id_, operation in operations.items()}
        self._homes = {id_: self._home(operation) for id_, operation in operations.items()}
        for id_, operation in operations.items():
            home, _on_item = self._homes[id_]
            if home is not None:
                self._own.setdefault(id(home), []).append(operation)
            for resource in distinct_resources([*self._scopes[id_].values(), *([home] if home else [])]):
                self._about.setdefault(id(resource), []).append(operation)
        resources = distinct_resources(self.resources.values())
        self._by_component = shown_by_component(resources, self._own, self.contract)
        self.references = find_references(resources, self._by_component, self._own, self.contract)

    def scope(self, operation: Operation) -> dict[str, Resource]:
        """Return the path parameters that are keys of records, outermost first."""
        return self._scopes[operation.id]

    def of(self, operation: Operation) -> tuple[Resource | None, bool]:
        """Return the resource of an operation, and whether its path identifies one record of it."""
        return self._homes[operation.id]

    def own(self, resource: Resource) -> list[Operation]:
        """Return the operations of a resource."""
        return self._own.get(id(resource), [])

    def about(self, resource: Resource) -> list[Operation]:
        """Return the operations of a resource, and those whose path contains a key of it."""
        return self._about.get(id(resource), [])

    def reference_to(self, parent: Resource, resource: Resource) -> FoundReference | None:
        """Return the member by which records of a resource refer to those of a parent, if one shows them."""
        found = [each for each in self.references.get(resource.name, ()) if each.target is parent]
        names = {normalized(parent.name), normalized(singular(parent.name))}
        named = (each for each in found if normalized(each.shown) in names)
        return next(named, found[0] if len(found) == 1 else None)

    def list_of(self, holder: Resource, resource: Resource) -> FoundReference | None:
        """Return the list of a resource's records that those of a holder have, if there is one."""
        found = (each for each in self.references.get(holder.name, ()) if each.target is resource)
        return next((each for each in found if each.is_list), None)

    def distinct(self) -> list[Resource]:
        """Return each resource once, in order."""
        return distinct_resources(self.resources.values())

    def shown_parent(self, parent: Resource, resource: Resource) -> str | None:
        """Return the member in which records of a resource show their parent, and note it as a reference.

        It has the parent's schema, and is called like it or the only one with it. None without one, or where
        it would close a circle.
        """
        schemas = self.contract.schemas
        shown_as = frozenset(components_of(parent, self.own(parent), self.contract))
        members = plain_shape(resource.item, schemas).properties
        fitting = [name for name, member in members.items() if component(member, schemas) in shown_as]
        names = {normalized(parent.name), normalized(singular(parent.name)), normalized(_last_name(parent))}
        named = [name for name in fitting if normalized(name) in names]
        chosen = named or (fitting if len(fitting) == 1 else [])
        if not chosen or closes_circle(resource, parent, self.references):
            return None
        reference = FoundReference(chosen[0], chosen[0], parent, is_list=False)
        self.references.setdefault(resource.name, []).append(reference)
        return chosen[0]

    def note_first_part(self, resource: Resource, parameter: str) -> None:
        """Note the member of a compound key's records that shows the record which its first part identifies.

        parameter: of the path, with the first part. The member is called like it.
        """
        schemas = self.contract.schemas
        members = plain_shape(resource.item, schemas).properties
        member = next((name for name in members if normalized(name) == normalized(parameter)), None)
        target = self._by_component.get(component(members.get(member or ""), schemas) or "")
        if member is not None and target is not None:
            resource.first_part = member
            others = [each for each in self.references.get(resource.name, ()) if each.by != member]
            self.references[resource.name] = [*others, FoundReference(member, member, target, is_list=False)]

    def _scope(self, operation: Operation) -> dict[str, Resource]:
        scope: dict[str, Resource] = {}
        segments = local_path(operation, self.contract).split("/")
        for index, segment in enumerate(segments):
            parameter = PARAMETER.match(segment)
            resource = self.resources.get(without_parameter_names("/".join(segments[:index])))
            if parameter is None or resource is None or not resource.parameter:
                continue
            # Of two parameters that identify a record together, the second one is its key.
            is_first = resource.is_compound and not segments[index - 1].startswith("{")
            if not is_first and not contains(scope.values(), resource):
                scope[parameter[1]] = resource
        return scope

    def _home(self, operation: Operation) -> tuple[Resource | None, bool]:
        path = local_path(operation, self.contract)
        above, _, last = path.rpartition("/")
        if PARAMETER.fullmatch(last):
            resource = self.resources.get(without_parameter_names(above))
            if resource is not None and resource.is_compound and not above.endswith("}"):
                # /repos/{owner} lists what is below the first part of the key.
                return resource, False
            return (resource, True) if resource and resource.parameter else (None, False)
        resource = self.resources.get(without_parameter_names(path))
        beside = self.resources.get(without_parameter_names(above))
        if resource is None and beside is not None and self._takes_many(operation, beside):
            return beside, False
        if beside is not None and (
            self.is_list_by_post(operation, beside) or self.is_upload(operation, beside)
        ):
            return beside, False
        return resource, False

    def is_list_by_post(self, operation: Operation, resource: Resource) -> bool:
        """Whether an operation below a collection lists its records though it is a POST (/companies/list)."""
        last = local_path(operation, self.contract).rpartition("/")[2]
        if operation.method != "POST" or last not in _LISTING:
            return False
        listed = find_list(success_schema(operation), self.contract.schemas, called=resource.name)
        own = base_component(resource.item, self.contract.schemas)
        return (
            listed is not None
            and own is not None
            and base_component(listed.schema, self.contract.schemas) == own
        )

    def is_upload(self, operation: Operation, resource: Resource) -> bool:
        """Whether an operation below a collection creates one of its records from a file (/files/content)."""
        last = local_path(operation, self.contract).rpartition("/")[2]
        takes_form = operation.body is not None and "multipart/form-data" in operation.body.content
        if operation.method != "POST" or last not in _UPLOADING or not takes_form:
            return False
        answer, schemas = success_schema(operation), self.contract.schemas
        shown = find_list(answer, schemas, called=resource.name) or find_record(answer, schemas)
        own = component(resource.item, schemas)
        return shown is not None and own is not None and component(shown.schema, schemas) == own

    def is_created_at(self, resource: Resource, path: str) -> bool:
        """Return whether records of a resource are created at a path, without the contract's prefix."""
        return any(
            operation.method == "POST" and local_path(operation, self.contract) == path
            for operation in self.own(resource)
        )

    def _takes_many(self, operation: Operation, resource: Resource) -> bool:
        """Whether an operation below a collection receives a list of its records (/users/createWithList)."""
        return sent_list(operation, resource, self.contract) is not None


def sent_list(operation: Operation, resource: Resource, contract: Contract) -> tuple[str | None] | None:
    """Return the place of the list of a collection's records in a body; None for a body without one.

    The place is the name of the body's only member, None for a body that is the list.
    """
    sent, place = plain_shape(body_schema(operation), contract.schemas), None
    if sent.json_type == "object" and len(sent.properties) == 1:
        place = next(iter(sent.properties))
        sent = plain_shape(sent.properties[place], contract.schemas)
    if sent.json_type != "array":
        return None
    entry, own = sent.keywords.get("items"), component(resource.item, contract.schemas)
    is_named = normalized(place or "") in {normalized(resource.name), *_BATCHES}
    # A member of the record itself is no batch: the items of an order.
    if place in plain_shape(resource.item, contract.schemas).properties:
        return None
    is_object = plain_shape(entry, contract.schemas).json_type == "object"
    is_own = own is not None and own == component(entry, contract.schemas)
    return (place,) if is_own or (is_named and is_object) else None


def distinct_resources(resources: Iterable[Resource]) -> list[Resource]:
    """Return each resource once, in order."""
    return list({id(resource): resource for resource in resources}.values())


def _last_name(resource: Resource) -> str:
    """The last word of a collection's path in the singular."""
    return singular(resource.path.rpartition("/")[2])


def contains(resources: Iterable[Resource], resource: Resource) -> bool:
    """Return whether a resource is among others, by identity."""
    return any(other is resource for other in resources)
