"""What the journal may keep of one operation's exchanges, worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.behaviours.declared import Behaviours, Collection
from mock_server.behaviours.secrets import Played, Secrets, is_secret
from mock_server.contract.operation import Contract, Operation, Schema
from mock_server.contract.plan import Plan, json_content
from mock_server.contract.projection import MASKED, mask
from mock_server.contract.schema import declared_members, member, parts
from mock_server.journal.credentials import SHORT
from mock_server.journal.headers import suspect
from mock_server.journal.showing import Show, Showing, marked


@dataclass(frozen=True, slots=True)
class Kept:
    """How a collection's records are kept. show: by their schema, where one is known. named: members beside
    it whose plain values the behaviour file vouches for."""

    show: Show | None
    named: frozenset[str]

    def fields(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """These members, as far as they may be kept; of others only the kind of the value."""
        kept = self.show(dict(record), None) if self.show else {}
        if kept == MASKED:  # nothing is left
            kept = {}
        return {
            name: kept[name]
            if name in kept
            else value
            if self._plain(name, value)
            else marked(mask(value), value)
            for name, value in record.items()
        }

    def _plain(self, name: str, value: Any) -> bool:
        return name in self.named and not isinstance(value, dict | list)


class ContractWords:
    """What one contract says about what may be kept: shared by its operations."""

    def __init__(self, played: Played) -> None:
        self.contract = played.contract
        self.secrets = Secrets.of(played)
        self.showing = Showing(played.contract.schemas, self.secrets)
        self.names = frozenset(_names(played.contract))
        self.carriers = frozenset(
            (one.kind if one.kind in {"query", "cookie"} else "header", one.name.lower())
            for one in played.contract.schemes.values()
        )
        self.collections = {
            one.storage: Kept(self._show(one, played.behaviours), _named(one))
            for one in played.behaviours.collections.values()
        }

    def _show(self, collection: Collection, behaviours: Behaviours) -> Show | None:
        schema = _record_schema(collection, behaviours, self.contract)
        return None if schema is None else self.showing.compile(schema)


@dataclass(frozen=True, slots=True)
class OperationWords:
    """The same for one operation. query: parameters whose values may be kept. headers: declared ones, in
    lower case."""

    words: ContractWords
    plan: Plan
    query: frozenset[str]
    families: tuple[str, ...]
    headers: frozenset[str]
    bodies: Mapping[str, Show]
    replies: dict[int, Show | None] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, words: ContractWords) -> OperationWords:
        """Work it out."""
        operation, schemas = plan.operation, words.contract.schemas
        open_ones = [
            one
            for one in operation.parameters
            if not is_secret(one.schema, schemas)
            and (one.location, one.name.lower()) not in words.carriers
            and one.name not in words.secrets.names
        ]
        query = [one for one in open_ones if one.location == "query"]
        objects = [one for one in query if declared_members(one.schema, schemas)]
        return cls(
            words=words,
            plan=plan,
            query=frozenset(
                [name for one in query for name in (one.name, f"{one.name}[]")]
                + [name for one in objects for name in declared_members(one.schema, schemas)]
            ),
            families=tuple(f"{one.name}[" for one in objects if one.style == "deepObject"),
            headers=frozenset(one.name.lower() for one in open_ones if one.location == "header"),
            bodies={kind: words.showing.compile(body.check.schema) for kind, body in plan.bodies.items()},
        )

    def body(self, media_type: str) -> Show | None:
        """How a body of this declared media type is kept; empty: of the one the mock speaks."""
        if media_type in self.bodies or not self.bodies:
            return self.bodies.get(media_type)
        operation = self.plan.operation
        return self.bodies[json_content(operation.body.content)[0]] if operation.body else None

    def reply(self, status: int) -> Show | None:
        """How the body of a reply of this status is kept, None where none is declared."""
        if status not in self.replies:
            declared = self.plan.reply(status)
            check = declared.check if declared else None
            self.replies[status] = None if check is None else self.words.showing.compile(check.schema)
        return self.replies[status]

    def pairs(self, sent: Iterable[tuple[str, str]], found: list[str]) -> tuple[tuple[str, str], ...]:
        """The pairs of a query as they may be kept; what sounds like a credential is noted in `found`."""
        return tuple(self._pair(name, value, found) for name, value in sent)

    def _pair(self, name: str, value: str, found: list[str]) -> tuple[str, str]:
        if name in self.query or name.startswith(self.families):
            return name, value
        return hidden_pair(name, value, found, carrier=("query", name.lower()) in self.words.carriers)

    def place(self, path: Iterable[str | int], *, lacking: bool) -> str:
        """Where a rule was broken, names that are not the contract's own masked. lacking: the last one is a
        member that was asked for."""
        *way, last = map(str, path) if (path := tuple(path)) else [""]
        told = [one if one.isdecimal() or one in self.words.names else MASKED for one in way]
        return "/".join(
            [*told, last if lacking or last.isdecimal() or last in {"", *self.words.names} else MASKED]
        )


def hidden_pair(name: str, value: str, found: list[str], *, carrier: bool = False) -> tuple[str, str]:
    """A pair nobody declares: its value is masked, and a bare word is taken for a value.

    Replies repeat whole queries in links, so what is masked here is masked there too, unless it is so short
    and of so harmless a name that it may be any word.
    """
    if not value:
        name, value = MASKED, name
    if carrier or len(value) >= SHORT or suspect(name):
        found.append(value)
    return (name, "") if name == MASKED else (name, MASKED)


def _named(collection: Collection) -> frozenset[str]:
    lifecycle = collection.lifecycle
    moved = (lifecycle.member, lifecycle.counter, lifecycle.finished) if lifecycle else ()
    members = (collection.key, collection.created, collection.updated, *moved)
    known = {*filter(None, members), *collection.parents, *collection.references}
    return frozenset(known) - collection.secret


def _record_schema(collection: Collection, behaviours: Behaviours, contract: Contract) -> Schema | None:
    """What a record looks like: the schema declared for it, else that of a reply that shows one, else the
    component that has its name."""
    if collection.schema:
        return contract.schemas[collection.schema]
    for declared in behaviours.operations.values():
        if declared.collection == collection.name:
            shown = _shown(contract.operations[declared.id], declared.envelope.data, contract)
            if shown is not None and collection.key in declared_members(shown, contract.schemas):
                return shown
    component = "".join(word.capitalize() for word in collection.name.removesuffix("s").split("_"))
    return contract.schemas.get(component)


def _shown(operation: Operation, place: str | None, contract: Contract) -> Schema | None:
    response = operation.responses.get(str(operation.success()))
    if response is None or not response.content:
        return None
    schema: Schema | None = json_content(response.content)[1]
    for name in place.split(".") if place else ():
        schema = None if schema is None else member(schema, name, contract.schemas)
    if schema is None:
        return None
    return next((part["items"] for part in parts(schema, contract.schemas) if "items" in part), schema)


def _names(contract: Contract) -> Iterator[str]:
    """Every name the contract itself gives to a parameter or member."""
    for schema in contract.schemas.values():
        yield from _members(schema)
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            yield parameter.name
            yield from _members(parameter.schema)
        contents = [operation.body.content] if operation.body else []
        for content in (*contents, *(one.content for one in operation.responses.values())):
            for schema in content.values():
                yield from _members(schema)


def _members(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), Mapping) else ()
        for value in schema.values():
            yield from _members(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _members(value)
