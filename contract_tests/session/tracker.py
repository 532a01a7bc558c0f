"""Notes what the requests of a session create and delete: before they are sent, and from their answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Operation
from contract_tests.openapi.paths import normal
from contract_tests.openapi.pointers import at
from contract_tests.openapi.resources import Resource
from contract_tests.session.cleanup import CleanupRegistry
from contract_tests.session.context import RunContext
from contract_tests.session.creations import Siblings
from contract_tests.session.fixtures import Fixtures
from contract_tests.session.made_up import canonical
from contract_tests.session.permissions import Effect
from contract_tests.session.request import Request, json_in
from contract_tests.verdicts import Skipped

MOST_LEFT: Final = 20
"""Objects of a resource that could not be deleted, after which a run creates no more of them."""


class CreationTracker:
    """What one session created, deleted, or found to be there before.

    look: the records of a collection by their keys, as a session of the given name sees them, even after the
    run was stopped; None where they cannot be listed.
    """

    def __init__(
        self,
        context: RunContext,
        fixtures: Fixtures,
        cleanup: CleanupRegistry,
        look: Callable[[str, Siblings], dict[str, Any] | None],
    ) -> None:
        self._context = context
        self._resources = context.resources
        self._fixtures = fixtures
        self._cleanup = cleanup
        self._look = look
        self._naming_old: list[Exchange] = []

    def begin(self, operation: Operation, request: Request, path: Mapping[str, Any]) -> int | None:
        """Note a creating request before it is sent, and what its collection holds; None for other requests.

        Raises NotPermittedError when the run may not send it.
        """
        if self._context.permissions.assert_permitted(request) is not Effect.CREATE:
            return None
        resource = self._resources.made_by(operation)
        if resource is None:
            return None
        collection = Siblings.of(resource, path)
        creations = self._context.creations
        self._assert_not_too_many(resource)
        self._look_beside()
        is_own = self._context.permissions.is_below_created(resource.item, collection.item(""))
        if not is_own:
            self._look_before(collection)
        return creations.begin(collection, request.credential)

    def _look_before(self, collection: Siblings) -> None:
        """Note what a collection holds before anything is created, once."""
        creations = self._context.creations
        if collection in creations.before:
            return
        # Kept: what another requirement created meanwhile would count as there before.
        with self._context.turns.kept():
            records = self._look("before", collection)
        creations.listed(collection, None if records is None else frozenset(map(canonical, records)))

    def _look_beside(self) -> None:
        """Before the first creation of a run: note what the other collections hold, since a creation may make
        things there too, such as a tag for each name."""
        if self._context.creations.before:
            return
        for resource in self._resources.all:
            if resource.list is not None and resource.delete is not None and not resource.parents:
                self._look_before(Siblings(resource, ()))

    def _assert_not_too_many(self, resource: Resource) -> None:
        """Raises Skipped where many objects of a resource could not be deleted: no more are left behind."""
        if resource.delete is not None and self._context.left[resource.item] >= MOST_LEFT:
            raise Skipped(
                f"{MOST_LEFT} of {resource.name} could not be deleted: {resource.delete.id} refuses it"
            )

    def end(
        self, operation: Operation, path: Mapping[str, Any], exchange: Exchange, creation: int | None
    ) -> None:
        """Note what a call created or deleted, for the cleanup."""
        if creation is not None:
            self._register_created(creation, path, exchange)
        if not exchange.ok:
            return
        if operation.method == "DELETE" and operation.place.endswith("}"):
            self._look_for_another(operation, path)
        replaced = self._resources.at(operation.place) if operation.method == "PUT" else None
        if replaced is not None and self._context.creations.was_deleted(replaced, path):
            # A PUT on an object that the run has deleted makes it again on some servers.
            siblings, label = Siblings.of(replaced, path), exchange.sent.credential
            self._context.creations.add(siblings, path[replaced.key], label)
            self._cleanup.add(replaced, path, label)
        for resource in self._resources.all:
            if resource.delete is operation:
                self._cleanup.discard(resource, path)
                self._context.creations.deleted(resource, path)

    def _look_for_another(self, operation: Operation, path: Mapping[str, Any]) -> None:
        """After the deletion of a known object, let another one that its list shows stand for it."""
        name = operation.path_parameters[-1]
        if str(self._fixtures.known_values(operation).get(name)) != str(path[name]):
            return
        resource = self._resources.at(operation.place)
        others: Collection[str] = ()
        if resource is not None and resource.list is not None:
            others = self._look("others", Siblings.of(resource, path)) or ()
        other = next((key for key in others if key != str(path[name])), None)
        self._fixtures.instead(operation.place, path[name], other)

    def _register_created(self, number: int, path: Mapping[str, Any], exchange: Exchange) -> None:
        """An answer that names no id leaves open what was created."""
        creations = self._context.creations
        creation = creations.unresolved[number]
        resource = creation.siblings.resource
        keys = self.new_ids(resource, exchange, path) if exchange.ok else []
        old = [key for key in keys if self._is_old(creation.siblings, key)]
        if old:
            self._naming_old.append(exchange)
        if exchange.ok and not keys:
            keys = self._appeared(creation.siblings, exchange.sent.body)
            if not keys:
                return
        for key in creations.end(number, [key for key in keys if key not in old]):
            values = creation.siblings.item(key)
            self._context.permissions.created(resource.item, values)
            self._cleanup.add(resource, values, creation.credential)
            self._note_other_keys(resource, values, resource.record_in(exchange.parsed))

    def _is_old(self, siblings: Siblings, key: Any) -> bool:
        """Whether an object that the answer to a creation names was there before: listed then, created by the
        run, or known to the target."""
        item = siblings.item(key)
        known = {name: self._context.target.named("known", name, siblings.resource.item) for name in item}
        is_known = all(str(known[name]) == str(value) for name, value in item.items())
        return is_known or self._context.creations.exists(siblings, key)

    def _note_other_keys(self, resource: Resource, values: Mapping[str, Any], record: Any) -> None:
        """Remember by which other keys paths may name a new object."""
        if str(resource.id_in(record)) != str(values[resource.key]):
            return
        self._context.records[resource.item, str(values[resource.key])] = record
        for own_name in self._resources.other_names(resource):
            other = resource.value_under(own_name, record)
            if other is not None:
                self._context.permissions.created(resource.item, {**values, resource.key: other})

    def names_old(self, exchange: Exchange) -> bool:
        """Whether a successful answer to a creation names an object that was there before: it was updated."""
        return any(exchange is each for each in self._naming_old)

    def _appeared(self, siblings: Siblings, sent: bytes | None) -> list[Any]:
        """The key of the only new object in a collection that shows what was sent, where there is one."""
        body = json_in(sent)
        records = self._look("after", siblings)
        creations = self._context.creations
        new = [
            key
            for key, record in (records or {}).items()
            if not creations.was_there(siblings, key)
            and creations.find(siblings, key) is None
            and _shows(record, body)
        ]
        return new if len(new) == 1 else []

    def new_ids(self, resource: Resource, exchange: Exchange, path: Mapping[str, Any]) -> list[Any]:
        """The ids of everything a successful answer to a creation made: of each object of an array."""
        body = exchange.parsed
        pointer = (resource.documented_id or "").partition("/0/")
        items = at(body, pointer[0]) if pointer[1] else body
        if resource.key in path or not isinstance(items, list):
            chosen = path.get(resource.key)
            new_id = new_id_of(resource, exchange, path) if chosen is None else chosen
            return [] if new_id is None else [new_id]
        return [key for item in items if (key := resource.id_in(item)) is not None]


def new_id_of(resource: Resource, exchange: Exchange, path: Mapping[str, Any]) -> Any:
    """The id of the thing that a successful answer to create made, None where nothing tells it: the one
    the request chose, else the one in the answer, else the end of `Location`."""
    if resource.chooses_key and resource.key in path:
        return path[resource.key]
    from_body = resource.new_id(exchange.parsed)
    if from_body is not None:
        return from_body
    location = urlsplit(exchange.headers.get("location", "")).path
    return unquote(normal(location).rpartition("/")[2]) or None


def _shows(record: Any, sent: Any) -> bool:
    """Whether a record has members that were sent, and each of them with the value sent."""
    if not isinstance(record, Mapping) or not isinstance(sent, Mapping):
        return False
    shared = [name for name in sent if name in record]
    return bool(shared) and all(record[name] == sent[name] for name in shared)
