"""Resources as a document implies them: what can be created, read, listed, changed and deleted, and below
what. They are distinguished by path, never by the name of a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.envelopes import plain
from contract_tests.openapi.paths import names_in, normal, places
from contract_tests.openapi.pointers import at
from contract_tests.openapi.schemas import Schema

_ENVELOPES = ("data", "items", "results", "records", "values")
_LISTING = ("filter", "search", "paginate", "query")
"""Last words of paths whose POST lists what its body asks for."""

_GENERIC = ("id", "uuid", "guid", "sid", "name", "slug", "key", "code", "number")
"""Names that say how a thing is identified, but not which thing it is."""

_REFERENCE = re.compile(r"(?P<noun>.+?)(_?(id|uuid|guid)|Id|Uuid|ID)(?P<many>s?)")


@dataclass(frozen=True, eq=False)
class Resource:
    """One kind of thing.

    name: the last word of its collection's path. item: the path of one of it. key: the path parameter that
    names one of it. parents: the path parameters above it. create: a POST on the collection, or a PUT or POST
    on the item, which then names the new thing, or a POST on a collection of the same name below another
    thing (`/rooms/{id}/bookings` for `/bookings/{id}`). documented_id: where the document shows the new id in
    an answer to create, a JSON pointer. items_pointer: where an answer of list carries the things. Both are
    None when the document does not say. is_map: whether an answer of list is an object of things by their
    keys.
    """

    name: str
    item: str
    key: str
    parents: tuple[str, ...]
    create: Operation | None
    read: Operation | None
    update: Operation | None
    delete: Operation | None
    list: Operation | None
    actions: tuple[Operation, ...]
    documented_id: str | None
    items_pointer: str | None
    is_map: bool = False

    @property
    def id_pointer(self) -> str:
        """Where an answer carries the id: as documented, else `/id`."""
        return "/id" if self.documented_id is None else self.documented_id

    @property
    def record_pointer(self) -> str:
        """Where an answer carries the thing itself."""
        return self.id_pointer.rpartition("/")[0]

    @property
    def id_member(self) -> str:
        """The member of the thing that holds its id."""
        return self.id_pointer.rpartition("/")[2]

    @property
    def collection(self) -> str:
        """The path of all of it."""
        return self.item.rpartition("/")[0]

    @property
    def chooses_key(self) -> bool:
        """Whether the request that creates a thing names it, in its path."""
        return self.create is not None and self.key in self.create.path_parameters

    @cached_property
    def parent_places(self) -> tuple[str, ...]:
        """The paths of the things above it, outermost first."""
        return tuple(places(self.item)[name] for name in self.parents)

    @property
    def created_below(self) -> tuple[str, ...]:
        """The path parameters that a creation takes of the things above it, which its own path need not
        have."""
        taken = self.parents if self.create is None else self.create.path_parameters
        return tuple(name for name in taken if name != self.key)

    def holds(self, operation: Operation) -> bool:
        """Whether an operation's path names one of it: its item, or something below that."""
        return self.item in operation.places.values()

    def is_another_key_of(self, other: Resource) -> bool:
        """Whether its path tells the things of another resource apart by another key, as
        `/limits/tag/{tag}` does those of `/limits/{id}`."""
        below = self.item.removeprefix(f"{other.collection}/")
        return (
            self.create is None
            and below != self.item
            and "{" not in below.rpartition("/")[0]
            and self is not other
        )

    def new_id(self, body: Any) -> Any:
        """The id in an answer to create: where the document shows it, else under a name the key may have, at
        the top, in an envelope or in a list; None where there is none."""
        documented = None if self.documented_id is None else at(body, self.documented_id)
        if documented is not None and not isinstance(documented, dict | list):
            return documented
        if self._shows_what_is_sent(body):
            # An id inside it is that of something else.
            return self.id_in(body)
        found = (self.id_in(candidate) for candidate in _objects(body))
        return next((each for each in found if each is not None), None)

    def _shows_what_is_sent(self, value: Any) -> bool:
        """Whether a value is the thing itself, not an envelope, by the members that a creation sends.

        Where all of these are objects the request has an envelope too: `{"data": {}, "permissions": {}}`.
        """
        body = None if self.create is None else self.create.body
        if body is None or not isinstance(value, dict):
            return False
        shown = [value[name] for name in body.schema.properties if name in value]
        return len(shown) > 1 and not all(isinstance(member, dict) for member in shown)

    def id_in(self, record: Any) -> Any:
        """The id of a thing as a list or a read shows it, None where it shows none."""
        if not isinstance(record, dict):
            return None
        documented = None if self.documented_id is None else record.get(self.id_member)
        if documented is not None and not isinstance(documented, dict | list):
            return documented
        member = _key_member(record, self.key, self.name)
        found = None if member is None else record[member]
        return None if isinstance(found, dict | list) else found

    def value_under(self, name: str, record: Any) -> Any:
        """The value by which a path parameter of another name tells a thing apart, as a record shows it; None
        where it shows none."""
        if not isinstance(record, dict):
            return None
        member = _key_member(record, name, self.name)
        value = None if member is None else record[member]
        return None if isinstance(value, dict | list) else value

    def items_of_map(self, body: Any) -> Sequence[Any] | None:
        """The things of a list that is an object of things by their keys, each with its key; None where it is
        none."""
        if not self.is_map or not isinstance(body, dict):
            return None
        if not all(isinstance(record, dict) for record in body.values()):
            return None
        return [{self.id_member: key, **record} for key, record in body.items()]

    def record_in(self, body: Any) -> Any:
        """The thing an answer carries: where the document shows it, else the object with its id, else the
        whole body. What shows members that a creation sends is the thing itself, not an envelope of it."""
        documented = at(body, self.record_pointer)
        if isinstance(documented, dict):
            is_whole = documented is not body or self.id_in(body) is not None
            if is_whole or self._shows_what_is_sent(documented):
                return plain(documented)
        found = (each for each in _objects(body) if self.id_in(each) is not None)
        return plain(next(found, body if documented is None else documented))


def _makes_what_is_not_there(operation: Operation) -> bool:
    """Whether a PUT or POST on an item makes it: a documented 201 says so, unless it is a POST that refuses
    what is not there, as one that takes it out of the bin does. Below others the 404 may speak of them.
    """
    acts_on_item = operation.method == "POST" and "404" in operation.responses
    return 201 in operation.successes and not (acts_on_item and len(operation.path_parameters) == 1)


@lru_cache(maxsize=32)
def resources_of(contract: Contract) -> Resources:
    """The resources of a contract, inferred once."""
    return Resources(contract)


class Resources:
    """All resources of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._by_place: dict[str, list[Operation]] = {}
        for operation in contract.operations.values():
            self._by_place.setdefault(operation.place, []).append(operation)
        self._operations = tuple(contract.operations.values())
        self.all: tuple[Resource, ...] = tuple(self._infer())
        self._by_item = {resource.item: resource for resource in self.all}

    def named(self, name: str) -> Resource:
        """The resource of that name, or of a path parameter, or of an operation on it. Raises KeyError."""
        for resource in self.all:
            if name in (resource.name, resource.key, *(each.id for each in _operations(resource))):
                return resource
        raise KeyError(f"no resource {name!r}; there are {', '.join(each.name for each in self.all)}")

    def of(self, operation: Operation) -> Resource | None:
        """The resource an operation works on, when it is one."""
        return next((each for each in self.all if operation in _operations(each)), None)

    def at(self, place: str) -> Resource | None:
        """The resource whose item has that path."""
        return self._by_item.get(normal(place))

    def other_names(self, resource: Resource) -> frozenset[str]:
        """The names that paths have for its key, other than the one the harness uses."""
        return frozenset(
            own
            for operation in self._operations
            for name, own in operation.own_names.items()
            if operation.places[name] == resource.item
        )

    def parent(self, resource: Resource) -> Resource | None:
        """The resource right above another, where it is one."""
        return self.at(resource.parent_places[-1]) if resource.parents else None

    def creating(self, operation: Operation) -> Resource | None:
        """The resource an operation makes new things of."""
        return next((each for each in self.all if each.create is operation), None)

    def made_by(self, operation: Operation) -> Resource | None:
        """The resource of which a request on this operation's path can make a thing: on all of it, or on one
        of it under an id that nothing has."""
        on_item = self.at(operation.place)
        below = (each for each in self.all if each.collection == operation.place)
        return self.creating(operation) or (next(below, None) if on_item is None else on_item)

    def listing(self, operation: Operation) -> Resource | None:
        """The resource an operation lists."""
        return next((each for each in self.all if each.list is operation), None)

    def reads(self, operation: Operation) -> bool:
        """Whether an operation only reads: by its method, or because it lists what its body asks for."""
        is_list = operation.method == "POST" and _is_listing(operation.place)
        return operation.is_safe or is_list

    def acts_on_known(self, operation: Operation) -> bool:
        """Whether an operation changes a thing that no operation creates."""
        if self.reads(operation) or self.creating(operation) is not None:
            return False
        named = [self.at(place) for place in operation.places.values()]
        return not named or named[-1] is None or named[-1].create is None

    def deletes_for_good(self, operation: Operation) -> bool:
        """Whether an operation deletes a thing that no request creates or sets up again."""
        is_deletion = operation.method == "DELETE" and self.acts_on_known(operation)
        return is_deletion and self.opposite(operation) is None

    def referred_to(self, member: str) -> Resource | None:
        """The resource that a member of a body such as `flow_id`, `flowId` or `flow_ids` names a thing of:
        the one without parents first."""
        found = _REFERENCE.fullmatch(member)
        candidates = [
            each
            for each in self.all
            if (found is not None and _folded(found["noun"]) in _singulars(each.name))
            or (_folded(each.key) == _folded(member) and not _is_generic(member))
        ]
        return min(candidates, key=lambda each: len(each.parents), default=None)

    def named_in_body(self, operation: Operation) -> tuple[Resource, str] | None:
        """The resource that a PUT or PATCH on a collection changes, and the member of its body that names the
        thing to change."""
        if operation.method not in ("PUT", "PATCH") or operation.body is None:
            return None
        resource = next((each for each in self.all if each.collection == operation.place), None)
        if resource is None:
            return None
        member = _key_member(operation.body.schema.properties, resource.key, resource.name)
        return None if member is None else (resource, member)

    def undone_by(self, operation: Operation) -> Operation | None:
        """The action another one takes back: the POST or PUT on the path of a DELETE that deletes no
        thing. A creation is none: its DELETE takes away everything that was created."""
        if operation.method != "DELETE" or operation.place.endswith("}"):
            return None
        actions = self._on(operation.place, "POST", "PUT")
        return next((each for each in actions if self.creating(each) is None), None)

    def put_there(self, operation: Operation) -> Operation | None:
        """The PUT of what a GET shows and a DELETE on the same path takes away, where that is not in a
        collection: it need not be there."""
        goes = operation.method == "GET" and self._on(operation.place, "DELETE")
        if not goes or operation.place.endswith("}"):
            return None
        return next(iter(self._on(operation.place, "PUT")), None)

    def opposite(self, operation: Operation) -> Operation | None:
        """The action that takes this one back, or that this one takes back."""
        for other in self._on(operation.place):
            if self.undone_by(other) is operation:
                return other
        return self.undone_by(operation)

    def _infer(self) -> Iterator[Resource]:
        seen: set[str] = set()
        for operation in self._operations:
            for item in operation.places.values():
                if item not in seen and item.endswith("}") and self._is_item(item):
                    seen.add(item)
                    yield self._resource(item)

    def _is_item(self, item: str) -> bool:
        """Whether things stand at a path: there are operations on one of them or on all of them."""
        collection, _, last = item.rpartition("/")
        if not last.startswith("{") or len(names_in(last)) > 1:
            return False
        if self._on(item):
            return True
        # Keys that follow each other directly, as in /tables/{schema}/{table}, name a thing only together.
        below = [each.place for each in self._operations if each.place.startswith(f"{normal(item)}/")]
        is_part_of_key = bool(below) and all(place[len(normal(item)) + 1] == "{" for place in below)
        return bool(self._on(collection, "GET", "POST")) and not is_part_of_key

    def _on(self, path: str, *methods: str) -> list[Operation]:
        every = self._by_place.get(normal(path), [])
        return [each for each in every if not methods or each.method in methods]

    def _resource(self, item: str) -> Resource:
        collection, _, last = item.rpartition("/")
        (key,) = names_in(last)
        literal = [part for part in collection.split("/") if part and not part.startswith("{")]
        name = literal[-1] if literal else key
        create, lister = self._create(item, collection), self._list(collection)
        read = next(iter(self._on(item, "GET")), None)
        return Resource(
            name=name,
            item=item,
            key=key,
            parents=names_in(collection),
            create=create,
            read=read,
            update=self._update(item, create),
            delete=next(iter(self._on(item, "DELETE")), None),
            list=lister,
            actions=tuple(self._actions(item)),
            documented_id=_id_pointer(create or read, key, name),
            items_pointer=None if lister is None else _items_pointer(lister),
            is_map=lister is not None and _is_map(lister),
        )

    def _create(self, item: str, collection: str) -> Operation | None:
        on_collection = [] if _is_listing(collection) else self._on(collection, "POST")
        # A POST on an item below which others stand makes one of those.
        above_others = any(place.startswith(f"{item}/{{") for place in self._by_place)
        methods = ("PUT",) if above_others else ("PUT", "POST")
        on_item = [each for each in self._on(item, *methods) if _makes_what_is_not_there(each)]
        return next(iter((*on_collection, *on_item)), None) or self._create_below_another(item, collection)

    def _create_below_another(self, item: str, collection: str) -> Operation | None:
        """The POST on a collection of the same name below another thing, where no path leads to one of it
        there, and its answer has the members that a read shows: Rails calls these routes shallow."""
        reads = self._on(item, "GET")
        if "{" in collection or not reads:
            return None
        ending = f"}}/{collection.rpartition('/')[2]}"
        nested = [
            place for place in self._by_place if place.endswith(ending) and not self._is_collection(place)
        ]
        found = [
            each for place in nested for each in self._on(place, "POST") if _answers_alike(each, reads[0])
        ]
        # A path value of one name cannot stand for both things.
        is_clear = len(found) == 1 and not set(names_in(item)) & set(found[0].path_parameters)
        return found[0] if is_clear else None

    def _update(self, item: str, create: Operation | None) -> Operation | None:
        partly, wholly = self._on(item, "PATCH", "PUT"), self._on(item, "POST")
        return next((each for each in (*partly, *wholly) if each is not create or each in partly), None)

    def _list(self, collection: str) -> Operation | None:
        by_body = [each for word in _LISTING for each in self._on(f"{collection}/{word}", "POST")]
        return next(iter((*self._on(collection, "GET"), *by_body, *self._in_plural(collection))), None)

    def _in_plural(self, collection: str) -> Iterator[Operation]:
        """The list `/tags` of what is made at `/tag`, where nothing else is below it."""
        above, _, word = collection.rpartition("/")
        for place in self._by_place:
            start, _, plural = place.rpartition("/")
            if start == above and place != collection and _folded(word) in _singulars(plural):
                yield from () if self._is_collection(place) else self._on(place, "GET")

    def _actions(self, item: str) -> Iterator[Operation]:
        """Operations below one thing that belong to no resource of their own, such as `/things/{id}/test`."""
        for operation in self._operations:
            rest = operation.place.removeprefix(f"{item}/")
            is_own = rest != operation.place and "{" not in rest and not _is_listing(operation.place)
            if is_own and not self._is_collection(operation.place):
                yield operation

    def _is_collection(self, path: str) -> bool:
        start = f"{path}/{{"
        return any(each.startswith(start) and "/" not in each.removeprefix(start) for each in self._by_place)


def _operations(resource: Resource) -> tuple[Operation, ...]:
    own = (resource.create, resource.read, resource.update, resource.delete, resource.list)
    return (*(each for each in own if each is not None), *resource.actions)


def _answers_alike(one: Operation, other: Operation) -> bool:
    """Whether the successes of two operations are documented with the same members."""
    schemas = [each.success_schema for each in (one, other)]
    members = [set() if each is None else set(each.properties) for each in schemas]
    return bool(members[0]) and members[0] == members[1]


def _is_listing(path: str) -> bool:
    return path.rpartition("/")[2] in _LISTING


def _folded(name: str) -> str:
    """A name in the one spelling that camelCase, snake_case and kebab-case share."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _singulars(plural: str) -> set[str]:
    """A collection's word as it may be for one thing, folded."""
    word = _folded(plural)
    found = {word}
    if word.endswith("ies"):
        found.add(f"{word[:-3]}y")
    if word.endswith("es"):
        found.add(word[:-2])
    if word.endswith("s"):
        found.add(word[:-1])
    return found


def _is_generic(name: str) -> bool:
    return _folded(name) in _GENERIC


def _key_names(key: str, resource: str) -> Iterator[str]:
    """What the member that holds the key may be called, folded, the likeliest first."""
    yield _folded(key)
    nouns = sorted(_singulars(resource))
    yield from (word for noun in nouns for word in _GENERIC if _folded(key) == f"{noun}{word}")
    if _folded(key) in ("id", "uuid"):
        yield from (f"{noun}{_folded(key)}" for noun in nouns)
    yield from ("id", "uuid")


def _key_member(members: Any, key: str, resource: str) -> str | None:
    """The one of some members that holds the key of a thing: the one called like the path parameter, in
    whatever spelling, else `id`."""
    by_name: dict[str, str] = {}
    for member in members:
        by_name.setdefault(_folded(str(member)), str(member))
    return next((by_name[name] for name in _key_names(key, resource) if name in by_name), None)


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    """The objects in which an answer may carry a thing: itself, its members, the items of a list."""
    if isinstance(body, list):
        yield from (each for each in body[:1] if isinstance(each, dict))
    elif isinstance(body, dict):
        yield body
        for inner in body.values():
            first = inner[0] if isinstance(inner, list) and inner else inner
            if isinstance(first, dict):
                yield first


def _id_pointer(operation: Operation | None, key: str, resource: str) -> str | None:
    """From the links of create, else from the schema of its answer."""
    if operation is None:
        return None
    for status in operation.successes:
        for link in operation.responses[str(status)].links:
            expression = link.parameters.get(key, "")
            if expression.startswith("$response.body#"):
                return expression.partition("#")[2]
    schema = operation.success_schema
    return None if schema is None else _id_in_schema(schema, key, resource)


def _id_in_schema(schema: Schema, key: str, resource: str) -> str | None:
    here = schema if schema.items is None or "array" not in schema.types else schema.items
    start = "" if here is schema else "/0"
    member = _key_member(here.properties, key, resource)
    if member is not None:
        return f"{start}/{member}"
    for outer, inner in here.properties.items():
        member = _key_member(inner.properties, key, resource)
        if member is not None:
            return f"{start}/{outer}/{member}"
    return f"{start}/id" if start else None


def _items_pointer(operation: Operation) -> str | None:
    schema = operation.success_schema
    if schema is None:
        return None
    if "array" in schema.types:
        return ""
    arrays = [name for name, inner in schema.properties.items() if "array" in inner.types]
    first = next((f"/{name}" for name in (*_ENVELOPES, *arrays) if name in arrays), None)
    return _items_in_envelope(schema) if first is None else first


def _is_map(operation: Operation) -> bool:
    """Whether a list answers an object whose members, of any name, are objects."""
    schema = operation.success_schema
    members = None if schema is None or schema.properties else schema.flat.get("additionalProperties")
    return schema is not None and isinstance(members, dict) and "object" in schema.inner(members).types


def _items_in_envelope(schema: Schema) -> str | None:
    """The only array inside a member, as in `{"_embedded": {"pets": []}}`."""
    inside = [
        f"/{outer}/{name}"
        for outer, inner in schema.properties.items()
        for name, member in inner.properties.items()
        if "array" in member.types
    ]
    return inside[0] if len(inside) == 1 else None
