"""Infer the collections of a spec from its paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mock_server.contract.operation import Contract, Operation, Schema, body_schema, success_schema
from mock_server.contract.record_addresses import address_pattern
from mock_server.inference.envelopes import LocatedSchema, component, find_list, find_record
from mock_server.inference.example_records import example_records
from mock_server.inference.graph import Graph, contains, distinct_resources
from mock_server.inference.memberships import note_attachments, through
from mock_server.inference.naming import is_named, key_of, names_of, singular
from mock_server.inference.operations import (
    PARAMETER,
    local_path,
    refuses_unknown,
    without_parameter_names,
)
from mock_server.inference.references import Resource, scalar_members
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import plain_shape

_WRITES = frozenset({"PUT", "PATCH", "DELETE"})
_OR = re.compile(r"[_-]or[_-]|(?<=[a-z])Or(?=[A-Z])")
"""Between the names of two keys in that of a parameter: project_name_or_id, nameOrId."""


def build(contract: Contract) -> Graph:
    """Infer the collections of a contract."""
    by_path: dict[str, list[Operation]] = {}
    for operation in contract.operations.values():
        by_path.setdefault(without_parameter_names(local_path(operation, contract)), []).append(operation)
    resources = {resource.path: resource for resource in _resources(by_path, contract)}
    only_created = {resource.path: resource for resource in _created_elsewhere(resources, by_path, contract)}
    resources |= only_created
    for resource in resources.values():
        resource.item = _item_schema(resource, by_path, contract)
    for path in _readings_by_member(resources, by_path, contract):
        del resources[path]
    _share(resources, by_path, contract)
    for resource in resources.values():
        if resource.parameter is None:
            resource.parameter = _parameter_below(resource.path, by_path)
    resources = {
        path: resource for path, resource in resources.items() if only_created.get(path) is not resource
    }
    compound = [resource for resource in resources.values() if resource.is_compound]
    resources |= {resource.item_path.removesuffix("/{}"): resource for resource in compound}
    homes = {resource.path: resource for resource in distinct_resources(resources.values())}
    names = names_of(homes)
    for path, home in homes.items():
        home.name = names[path]
        paths = [each for each, resource in resources.items() if resource is home]
        home.key, home.other_keys = _keys(path, home, paths, by_path, contract)
    graph = Graph(contract, resources)
    for home in compound:
        graph.note_first_part(home, _first_parameter(home, by_path))
    note_attachments(graph)
    for path, resource in resources.items():
        _tie(path, resource, graph, by_path)
    return graph


def _readings_by_member(
    resources: Mapping[str, Resource], by_path: Mapping[str, list[Operation]], contract: Contract
) -> list[str]:
    """The paths below which records of another collection are read by a member that is not their key.

    GET /users/by_email/{email} reads the records of /users.
    """
    written: dict[str, Resource] = {}
    for path, resource in resources.items():
        name = component(resource.item, contract.schemas)
        whole, item = by_path.get(path, []), by_path.get(resource.item_path, [])
        methods = {operation.method for operation in [*whole, *item]}
        if name is not None and resource.parameter is not None and methods & {"POST", *_WRITES}:
            written.setdefault(name, resource)
    paths: list[str] = []
    for path, resource in resources.items():
        home = written.get(component(resource.item, contract.schemas) or "")
        item = by_path.get(resource.item_path, [])
        is_read_alone = not by_path.get(path) and [each.method for each in item] == ["GET"]
        if home is None or home is resource or not is_read_alone or not path.startswith(f"{home.path}/"):
            continue
        members = plain_shape(resource.item, contract.schemas).properties
        if normalized(resource.parameter or "") in map(normalized, members):
            paths.append(path)
    return paths


def _resources(by_path: Mapping[str, list[Operation]], contract: Contract) -> Iterator[Resource]:
    """A resource for each path below which records are stored, and for each that lists objects."""
    paths: set[str] = set()
    for path, operations in by_path.items():
        whole = path.removesuffix("/{}/{}")
        if whole != path and whole not in paths and _is_compound(whole, operations, by_path, contract):
            paths.add(whole)
            yield Resource(whole, whole, parameter=_last_parameter(operations[0]), is_compound=True)
    for path, operations in by_path.items():
        above, _, last = path.rpartition("/")
        if (
            last == "{}"
            and is_named(above)
            and above not in paths
            and _is_stored(operations, by_path.get(above, []))
        ):
            paths.add(above)
            yield Resource(above, above, parameter=_last_parameter(operations[0]))
    for path, operations in by_path.items():
        if path not in paths and not path.endswith("}") and _lists_objects(operations, contract, path):
            yield Resource(path, path)


def _parameter_below(path: str, by_path: Mapping[str, list[Operation]]) -> str | None:
    """The parameter by which paths below a list name one of its records that no path shows by itself, such as
    /photos/{id}/thumbnail; None where an operation there does not document that the record may be missing."""
    start = f"{path}/{{}}/"
    below = [each for other, found in by_path.items() if other.startswith(start) for each in found]
    if not below or not all(map(refuses_unknown, below)):
        return None
    own_depth = path.count("{}")
    return str(PARAMETER.findall(below[0].path)[own_depth])


def _is_compound(
    path: str, item: list[Operation], by_path: Mapping[str, list[Operation]], contract: Contract
) -> bool:
    """Whether two parameters below a path identify a record together.

    The first one alone identifies none: nothing stands at its path, or what lists records below it. Where
    nothing stands beside the record at all, it is created elsewhere: it is read and changed here.
    """
    beside = by_path.get(f"{path}/{{}}", [])
    lists = all(operation.method == "GET" and _listed(operation, contract, path) for operation in beside)
    if not is_named(path) or not lists or not {operation.method for operation in item} & _WRITES:
        return False
    collection = [*by_path.get(path, []), *beside]
    if not collection:
        return {"GET", "DELETE"} <= {operation.method for operation in item}
    return any(operation.method == "POST" for operation in collection) or bool(beside)


def _first_parameter(resource: Resource, by_path: Mapping[str, list[Operation]]) -> str:
    """The parameter with the first part of a compound key."""
    return str(PARAMETER.findall(by_path[resource.item_path][0].path)[-2])


def _keys(
    path: str,
    resource: Resource,
    paths: list[str],
    by_path: Mapping[str, list[Operation]],
    contract: Contract,
) -> tuple[str, tuple[str, ...]]:
    """The member that identifies a record, and those that do so as well.

    A member that a creation writes beside the `id` that the server gives is the client's name for the record,
    and so is one after which a path below records calls its parameter: /stores/{reference}/settings. A
    parameter may name both: /projects/{project_name_or_id}.

    path: of the collection. paths: all that lead to its records.
    """
    members = plain_shape(resource.item, contract.schemas).properties
    # An object is no key, whatever it is called.
    usual = key_of(scalar_members(resource.item, contract).values(), path, resource.parameter)
    shown = _keys_in_addresses(resource, by_path, contract) & members.keys()
    key = usual if usual in shown or not shown else min(shown, key=list(members).index)
    named = [name for each in paths for name in _parameters_at(each, by_path)]
    either = {key_of(members, path, part) for each in named for part in _alternatives(each)}
    others = [name for name in members if name in named or name in either]
    if key != "id" and "id" in members:
        for operation in _of(by_path.get(path, []), "POST"):
            sent = plain_shape(body_schema(operation), contract.schemas).properties
            if key in sent and "id" not in sent:
                key, others = "id", [key, *others]
                break
    return key, tuple(name for name in dict.fromkeys(others) if name != key)


def _alternatives(parameter: str) -> list[str]:
    """The names of the keys that a parameter says it takes: `name` and `id` of name_or_id."""
    parts = _OR.split(parameter)
    return parts if len(parts) > 1 else []


def _parameters_at(path: str, by_path: Mapping[str, list[Operation]]) -> set[str]:
    """The names of the parameter by which paths name one record of a collection, the first part of a key in
    two parameters not among them."""
    item, depth = f"{path}/{{}}", path.count("{}")
    names: set[str] = set()
    first_parts: set[str] = set()
    for other, operations in by_path.items():
        if other == item or other.startswith(f"{item}/"):
            found = {str(PARAMETER.findall(operation.path)[depth]) for operation in operations}
            names |= found
            first_parts |= found if other.startswith(f"{item}/{{}}") else set()
    return names - first_parts


def _keys_in_addresses(
    resource: Resource, by_path: Mapping[str, list[Operation]], contract: Contract
) -> set[str]:
    """The members whose value stands in a record's own address, in every example that shows both.

    `number` for {number: 7, url: https://api.example.com/repos/octocat/hello/issues/7}.
    """
    item = by_path.get(resource.item_path, [])
    pattern = address_pattern(local_path(item[0], contract)) if item else None
    if pattern is None:
        return set()
    found: list[set[str]] = []
    for operation in [*_of(item, "GET"), *_of(by_path.get(resource.path, []), "POST", "GET")]:
        for record in example_records(operation, contract):
            addresses = (pattern.values(text) for text in record.values() if isinstance(text, str))
            values = next((each for each in addresses if each is not None), None)
            if values is not None:
                key = values[pattern.parameters[-1]]
                texts = {name: str(value) for name, value in record.items() if _is_key(value)}
                found.append({name for name, text in texts.items() if text == key})
    return set.intersection(*found) if found else set()


def _is_key(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _created_elsewhere(
    resources: Mapping[str, Resource], by_path: Mapping[str, list[Operation]], contract: Contract
) -> Iterator[Resource]:
    """A resource for each path that only creates records, which a path of the same name may read.

    POST /users/{id}/playlists creates what GET /playlists/{id} reads.
    """
    names = {normalized(path.rpartition("/")[2]) for path in resources}
    for path, operations in by_path.items():
        posts = [operation for operation in operations if operation.method == "POST"]
        if path in resources or not posts or normalized(path.rpartition("/")[2]) not in names:
            continue
        record = find_record(success_schema(posts[0]), contract.schemas)
        if record is not None and component(record.schema, contract.schemas) is not None:
            yield Resource(path, path)


def _is_stored(item: list[Operation], collection: list[Operation]) -> bool:
    """Whether an item path identifies stored records: some are written or listed, or may be missing."""
    methods = {operation.method for operation in item}
    if methods & _WRITES:
        return True
    if "GET" in methods and any(operation.method in {"POST", "GET"} for operation in collection):
        return True
    return any(operation.method == "GET" and refuses_unknown(operation) for operation in item)


def _last_parameter(operation: Operation) -> str:
    return str(PARAMETER.findall(operation.path)[-1])


def _lists_objects(operations: list[Operation], contract: Contract, path: str) -> bool:
    for operation in operations:
        listed = _listed(operation, contract, path) if operation.method == "GET" else None
        if listed is not None and plain_shape(listed.schema, contract.schemas).json_type == "object":
            return True
    return False


def _listed(operation: Operation, contract: Contract, path: str) -> LocatedSchema | None:
    return find_list(success_schema(operation), contract.schemas, called=path.rpartition("/")[2])


def _item_schema(
    resource: Resource, by_path: Mapping[str, list[Operation]], contract: Contract
) -> Schema | None:
    """The schema of one record: from the operation that reads it, else from those that list or write it."""
    singular_name = singular(resource.path.rpartition("/")[2])
    item, whole = by_path.get(resource.item_path, []), by_path.get(resource.path, [])
    lists = {
        component(success_schema(operation), contract.schemas)
        for operation in _of(whole, "GET")
        if _listed(operation, contract, resource.path) is not None
    }
    for operation in [*_of(item, "GET"), *_of(item, "PUT", "PATCH")]:
        if (entry := answers_sole_entry(operation, resource, contract)) is not None:
            return entry
        answer = component(success_schema(operation), contract.schemas)
        if answer is not None and answer in lists:
            # It shows one record as the list shows several.
            continue
        record_schema = find_record(success_schema(operation), contract.schemas, called=singular_name)
        if record_schema is not None:
            return record_schema.schema
    for operation in _of(whole, "GET"):
        record_schema = _listed(operation, contract, resource.path)
        if (
            record_schema is not None
            and plain_shape(record_schema.schema, contract.schemas).json_type == "object"
        ):
            return record_schema.schema
    for operation in [*_of(whole, "POST"), *_of(item, "PUT", "PATCH")]:
        for schema in (success_schema(operation), body_schema(operation)):
            record_schema = find_record(schema, contract.schemas, called=singular_name)
            if record_schema is not None and plain_shape(record_schema.schema, contract.schemas).properties:
                return record_schema.schema
    return None


def answers_sole_entry(operation: Operation, resource: Resource, contract: Contract) -> Schema | None:
    """Return the schema of a record that a read by key answers as the only entry of a list.

    The list is called like the collection and nothing stands beside it; None for other answers.
    """
    last = resource.path.rpartition("/")[2]
    shape = plain_shape(success_schema(operation), contract.schemas)
    if operation.method != "GET" or [normalized(name) for name in shape.properties] != [normalized(last)]:
        return None
    listed = find_list(success_schema(operation), contract.schemas, called=last)
    return None if listed is None or component(listed.schema, contract.schemas) is None else listed.schema


def _of(operations: list[Operation], *methods: str) -> Iterator[Operation]:
    for method in methods:
        yield from (operation for operation in operations if operation.method == method)


def _share(
    resources: dict[str, Resource], by_path: Mapping[str, list[Operation]], contract: Contract
) -> None:
    """Let paths with the same record schema share a collection: /owners/{}/pets leads to /pets."""
    components = {path: _components(resource, by_path, contract) for path, resource in resources.items()}
    with_component: dict[str, list[str]] = {}
    shallow_first = sorted(resources, key=lambda path: path.count("/"))
    positions = {path: position for position, path in enumerate(shallow_first)}
    for path in shallow_first:
        for name in components[path]:
            with_component.setdefault(name, []).append(path)
    for path, compound in _created_in_compounds(resources, by_path, components):
        for name in components[path] - components[compound]:
            # What a creation at this path shows as a record of the other is one in lists, too.
            with_component.setdefault(name, []).append(compound)
            components[compound] |= {name}
    # The deepest path gives way to the shallowest.
    for path in sorted(resources, key=lambda path: -path.count("/")):
        resource = resources[path]
        name = normalized(path.rpartition("/")[2])
        others = {other for shared in components[path] for other in with_component[shared]}
        for other in sorted(others, key=lambda other: positions[other]):
            home = resources[other]
            if home is resource:
                continue
            same_name = normalized(other.rpartition("/")[2]) == name
            # A list alone, /issues, is no home for records that have a path of their own.
            is_home = home.parameter is not None or resource.parameter is None
            is_nested = same_name and is_home and other.count("/") < path.count("/")
            is_search = resource.parameter is None and home.parameter is not None
            if is_nested or is_search:
                resources[path] = home
                break


def _created_in_compounds(
    resources: Mapping[str, Resource],
    by_path: Mapping[str, list[Operation]],
    components: Mapping[str, frozenset[str]],
) -> Iterator[tuple[str, str]]:
    """The paths that create records with a compound key, each with the path of their collection."""
    for home, resource in resources.items():
        for path in resources if resource.is_compound and not by_path.get(home) else ():
            is_called_so = normalized(path.rpartition("/")[2]) == normalized(home.rpartition("/")[2])
            creates = any(operation.method == "POST" for operation in by_path.get(path, []))
            if path != home and is_called_so and creates and components[path] & components[home]:
                yield path, home


def _components(
    resource: Resource, by_path: Mapping[str, list[Operation]], contract: Contract
) -> frozenset[str]:
    """The components of a collection's records: the full schema, and those of list entries and creations."""
    schemas = [resource.item]
    for operation in _of(by_path.get(resource.path, []), "GET"):
        listed = _listed(operation, contract, resource.path)
        schemas += [listed.schema] if listed else []
    for operation in _of(by_path.get(resource.path, []), "POST"):
        created = find_record(success_schema(operation), contract.schemas)
        schemas += [created.schema] if created else []
    named = (component(schema, contract.schemas) for schema in schemas)
    return frozenset(name for name in named if name is not None)


def _tie(path: str, resource: Resource, graph: Graph, by_path: Mapping[str, list[Operation]]) -> None:
    """Set the members of a resource that contain the keys of its parents in a nested path."""
    operations = [*by_path.get(path, []), *by_path.get(f"{path}/{{}}", [])]
    if not operations or resource.is_compound:
        return
    belongs = path == resource.path or any(operation.method == "POST" for operation in operations)
    for parameter, parent in graph.scope(operations[0]).items():
        if parent.is_compound:
            # No member that shows the parent has both parts of its key.
            if belongs:
                resource.parents[_hidden_member(parent)] = parent
            continue
        if parent is resource or contains(resource.parents.values(), parent):
            continue
        if any(through(operation, graph) is not None for operation in operations):
            continue
        reference = graph.reference_to(parent, resource)
        # A list of parents is bound to the path, see path_members.
        if reference is None or not reference.is_list:
            shown = reference.by if reference is not None else graph.shown_parent(parent, resource)
            resource.parents[shown or _named_member(parameter, parent, resource, graph)] = parent


def _named_member(parameter: str, parent: Resource, resource: Resource, graph: Graph) -> str:
    """The member with the key of a parent by its name; without one, a member that replies do not contain."""
    members = plain_shape(resource.item, graph.contract.schemas).properties
    by_word = {normalized(name): name for name in members}
    parent_word = normalized(singular(parent.name))
    usual = (normalized(parameter), f"{parent_word}id", parent_word + normalized(parent.key), parent_word)
    candidates = [by_word[word] for word in usual if word in by_word]
    member = next((name for name in candidates if name != resource.key), None)
    if member is None:
        return _hidden_member(parent)
    is_scalar = plain_shape(members[member], graph.contract.schemas).json_type not in {"object", "array"}
    return member if is_scalar else _hidden_member(parent)


def _hidden_member(parent: Resource) -> str:
    """The name of a member for the key of a parent that no record shows."""
    return f"{singular(parent.name)}_{parent.key}"
