"""What a body has to name besides its own values: things that exist, and keys that nothing has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from contract_tests.generation.valid import ValidInputs
from contract_tests.openapi.contract import Operation
from contract_tests.openapi.resources import Resource
from contract_tests.openapi.schemas import Schema
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Skipped

_IDS: Final = ("id", "uuid")
"""Members that hold the key of the object that has them."""

_DEEPEST_REFERENCE: Final = 4
"""How many objects inside each other are looked through for members that name things."""


class References:
    """Gives the bodies that a session prepares the ids of other things, and keys for what they create.

    valid: where the values of each operation's body are noted. thing: the id of a thing of a resource, made
    where it can be; None where there is none.
    """

    def __init__(self, context: RunContext, valid: ValidInputs, thing: Callable[[Resource], Any]) -> None:
        self._context = context
        self._resources = context.resources
        self._bodies = context.target.bodies
        self._valid = valid
        self._thing = thing

    def name(self, operation: Operation, path: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Make the things that the body has to name as a path would, or take known ones.

        path: the values with which the operation will be called: its body may have to repeat the last one.

        Raises Skipped where the document neither says nor shows which things exist.
        """
        body = operation.content
        if body is None or operation.id in self._bodies:
            return
        named = self._valid.named.setdefault(operation.id, {})
        changed = self._resources.named_in_body(operation)
        if changed is not None:
            named[changed[1]] = typed(body.schema.properties[changed[1]], self._thing(changed[0]))
        shown = next(iter(body.examples.values()), None)
        created = self._resources.creating(operation)
        own = self._own_place(operation, path)
        for member, inner in _needed(body.schema, shown):
            if own is not None and member == own[0].id_member:
                named[member] = typed(inner, own[1])
                continue
            if created is not None and member in ("id", created.key):
                example = shown.get(member, 1) if isinstance(shown, Mapping) else 1
                named[member] = self._own_key(inner, example)
                continue
            resource = self._resources.referred_to(member)
            if created is not None and resource is not None and resource.is_another_key_of(created):
                named[member] = self._own_key(inner, "a")
                continue
            is_changed = changed is not None and member == changed[1]
            if resource is None or resource.create is operation or is_changed:
                named.update(self._named_inside(operation, member, inner, own))
                continue
            value = self.to(resource, inner)
            if value is not None:
                named[member] = value
            elif not (isinstance(shown, Mapping) and member in shown) and not inner.is_given:
                raise Skipped(
                    f"the body of {operation.id} names one of {resource.name} that exists;"
                    f" give bodies.{operation.id}"
                )

    def _own_place(self, operation: Operation, path: Mapping[str, Any]) -> tuple[Resource, Any] | None:
        """The thing that an operation is called on, as its resource and its key."""
        resource = self._resources.at(operation.place)
        if resource is None or resource.create is operation or resource.key not in path:
            return None
        return resource, path[resource.key]

    def _named_inside(
        self,
        operation: Operation,
        member: str,
        schema: Schema,
        own: tuple[Resource, Any] | None,
        depth: int = _DEEPEST_REFERENCE,
    ) -> dict[str, Any]:
        """What a required object, or each object of a required array, has to name, below that member: the
        `customer_id` of an order's address, the `id` of its `customer`. own: what the operation is called on.
        """
        inner = schema.items if "array" in schema.types else schema
        if inner is None or not depth:
            return {}
        named: dict[str, Any] = {}
        for name, each in _needed(inner, None):
            is_own_id = name in _IDS
            resource = self._resources.referred_to(_noun(member, inner) if is_own_id else name)
            if own is not None and own[0] is resource and is_own_id:
                named[name] = typed(each, own[1])
            elif resource is None:
                named |= self._named_inside(operation, name, each, own, depth - 1)
            elif resource.create is not operation:
                value = self.to(resource, each)
                named |= {} if value is None else {name: value}
        return {member: named} if named else {}

    def to(self, resource: Resource, schema: Schema) -> Any:
        """What a member of a body holds that names a thing: a new one, a known one, or one of the list; None
        where there is none. schema: that of the member, which may be one of many."""
        value = self._thing(resource)
        if value is None or "array" not in schema.types:
            return typed(schema, value)
        return [typed(schema.items, value)]

    def name_own_keys(self, create: Operation) -> None:
        """Make up the keys that the body of a creation gives, as `name` does beside the rest."""
        created, body = self._resources.creating(create), create.content
        if created is None or body is None or create.id in self._bodies:
            return
        shown = next(iter(body.examples.values()), None)
        examples = shown if isinstance(shown, Mapping) else {}
        named = self._valid.named.setdefault(create.id, {})
        for member in {"id", created.key} & body.schema.properties.keys():
            if member in examples or member in body.schema.flat.get("required", ()):
                named[member] = self._own_key(body.schema.properties[member], examples.get(member, 1))

    def _own_key(self, schema: Schema, example: Any) -> Any:
        """An id that nothing has, for a body that names the thing it makes: no other thing is overwritten."""
        made_up = self._context.permissions.made_up
        if schema.types & {"integer", "number"}:
            return int(made_up.like(example))
        return made_up.like(
            example if isinstance(example, str) else "a", uuid=schema.flat.get("format") == "uuid"
        )


def _needed(schema: Schema, shown: Any) -> list[tuple[str, Schema]]:
    """The members that an object requires, and those of an example of it, with their schemas."""
    held = {*schema.flat.get("required", ()), *(shown if isinstance(shown, Mapping) else ())}
    return [(name, inner) for name, inner in schema.properties.items() if name in held]


def _noun(member: str, schema: Schema) -> str:
    """What the `id` of an object inside a body names a thing of, as `referred_to` takes it: of the only type
    that the object may have (JSON:API, resource identifiers), else of what the object is called."""
    kind = schema.properties.get("type")
    types = [] if kind is None else kind.flat.get("enum", [kind.flat.get("const")])
    only = types[0] if len(types) == 1 and isinstance(types[0], str) else member
    return f"{only}_id"


def typed(schema: Schema | None, value: Any) -> Any:
    """The id of a thing as a body shows it: a target file may name as a text what the schema wants as a
    number, and a path parameter may show as a number what the schema wants as a text."""
    if schema is None or schema.accepts(value):
        return value
    if isinstance(value, str) and schema.types & {"integer", "number"} and value.lstrip("-").isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and "string" in schema.types:
        return str(value)
    return value
