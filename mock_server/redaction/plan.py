"""What the specification says about redaction, worked out once for a contract and once for each operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from mock_server.contract.plan import OperationPlan, json_content
from mock_server.contract.schema import declared_members, member, parts
from mock_server.redaction.bodies import BodyRedaction, BodyRedactions
from mock_server.redaction.credentials import SHORT
from mock_server.redaction.headers import suggests_secret
from mock_server.redaction.masking import MASKED, mask_and_mark
from mock_server.redaction.secrets import Secrets, is_secret

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, ContractWithBehaviours
    from mock_server.contract.operation import Contract, Operation, Parameter, Schema


class RedactedPair(NamedTuple):
    """One pair of a query string as it may be kept. secrets: as in Redacted."""

    name: str
    value: str
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRedaction:
    """How a collection's records are redacted.

    by_schema: None where no schema describes them. plain: members whose scalar values the behaviour file
    vouches for.
    """

    by_schema: BodyRedaction | None
    plain: frozenset[str]

    def members(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """These members of a record, as far as they may be kept; of the others the outer type alone."""
        kept = self.by_schema.reply(dict(record)) if self.by_schema else {}
        if kept == MASKED:  # nothing of the record may be kept
            kept = {}
        return {
            name: kept[name] if name in kept else self._without_schema(name, value)
            for name, value in record.items()
        }

    def _without_schema(self, name: str, value: Any) -> Any:
        is_plain = name in self.plain and not isinstance(value, dict | list)
        return value if is_plain else mask_and_mark(value)


class RedactionPlan:
    """What one contract says about redaction.

    secrets: its secret members. bodies: compiles its schemas. carriers: location ("header", "query" or
    "cookie") and lower-case name of what carries its credentials.
    """

    def __init__(self, declared: ContractWithBehaviours) -> None:
        contract, behaviours = declared.contract, declared.behaviours
        self.contract = contract
        self.secrets = Secrets.of(declared)
        self.bodies = BodyRedactions(contract.schemas, self.secrets)
        self.carriers = frozenset(
            (scheme.carrier if scheme.carrier in {"query", "cookie"} else "header", name)
            for scheme in contract.schemes.values()
            for name in _spellings(scheme.name)
        )
        self._behaviours = behaviours
        self._stored = {collection.storage: collection for collection in behaviours.collections.values()}
        self._records: dict[str, RecordRedaction] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name the contract gives to a parameter or member."""
        return frozenset(_names(self.contract))

    def stores(self, storage: str) -> bool:
        """Whether records of the contract lie in a storage."""
        return storage in self._stored

    def records(self, storage: str) -> RecordRedaction:
        """How the records in a storage are redacted, worked out at its first use."""
        if storage not in self._records:
            collection = self._stored[storage]
            schema = _record_schema(collection, self._behaviours, self.contract)
            by_schema = None if schema is None else self.bodies.compile(schema)
            self._records[storage] = RecordRedaction(by_schema, _plain_members(collection))
        return self._records[storage]

    def place(self, path: Iterable[str | int], *, is_lacking: bool) -> str:
        """The place of a broken rule, with names that are not the contract's own masked.

        is_lacking: whether the last name is that of a missing required member, which the contract gave.
        """
        segments = [str(segment) for segment in path]
        shown = [segment if self._is_own(segment) else MASKED for segment in segments]
        if segments and (is_lacking or segments[-1] == ""):
            shown[-1] = segments[-1]
        return "/".join(shown)

    def _is_own(self, segment: str) -> bool:
        return segment.isdecimal() or segment in self.names


@dataclass(frozen=True, slots=True)
class OperationRedaction:
    """What one operation says about redaction.

    query: parameters whose values may be kept. prefixes: beginnings of such names ("filter["). headers:
    declared ones, in lower case.
    """

    contract: RedactionPlan
    plan: OperationPlan
    query: frozenset[str]
    prefixes: tuple[str, ...]
    headers: frozenset[str]
    _bodies: Mapping[str, BodyRedaction]
    _replies: dict[int, BodyRedaction | None] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: OperationPlan, contract: RedactionPlan) -> OperationRedaction:
        """Compile the redaction of an operation."""
        schemas = contract.contract.schemas
        harmless = [one for one in plan.operation.parameters if not _is_secret_parameter(one, contract)]
        query = [one for one in harmless if one.location == "query"]
        names = {name for one in query for name in (one.name, f"{one.name}[]")}
        prefixes: list[str] = []
        for parameter in query:
            members = declared_members(parameter.schema, schemas)
            names.update(members)
            if members and parameter.style == "deepObject":
                prefixes.append(f"{parameter.name}[")
        return cls(
            contract=contract,
            plan=plan,
            query=frozenset(names),
            prefixes=tuple(prefixes),
            headers=frozenset(
                name for one in harmless if one.location == "header" for name in _spellings(one.name)
            ),
            _bodies={
                media_type: contract.bodies.compile(body.check.schema)
                for media_type, body in plan.bodies.items()
            },
        )

    def body(self, media_type: str) -> BodyRedaction | None:
        """How a request body is redacted, None where the operation has none.

        media_type: the declared one it was read as; where there is none, the one the mock speaks.
        """
        if media_type in self._bodies or not self._bodies:
            return self._bodies.get(media_type)
        body = self.plan.operation.body
        return self._bodies[json_content(body.content)[0]] if body else None

    def reply(self, status: int) -> BodyRedaction | None:
        """How the body of a reply with this status is redacted, None where none is declared."""
        if status not in self._replies:
            declared = self.plan.reply(status)
            check = declared.check if declared else None
            self._replies[status] = None if check is None else self.contract.bodies.compile(check.schema)
        return self._replies[status]

    def pair(self, name: str, value: str) -> RedactedPair:
        """A pair of the query string as it may be kept."""
        if name in self.query or name.startswith(self.prefixes):
            return RedactedPair(name, value)
        return undeclared_pair(name, value, is_carrier=("query", name.lower()) in self.contract.carriers)


def _spellings(name: str) -> tuple[str, ...]:
    """A name in lower case, as it is written and with hyphens, as a WSGI server hands over headers."""
    lower = name.lower()
    return lower, lower.replace("_", "-")


def undeclared_pair(name: str, value: str, *, is_carrier: bool = False) -> RedactedPair:
    """A pair that no operation declares: its value is masked, and a bare word is taken for a value.

    Links in replies repeat whole queries, so the value is a secret of the exchange, unless it is so short and
    of so harmless a name that it may be any word. is_carrier: whether a credential is expected under this
    name.
    """
    if not value:
        name, value = MASKED, name
    is_notable = is_carrier or len(value) >= SHORT or suggests_secret(name)
    return RedactedPair(name, "" if name == MASKED else MASKED, (value,) if is_notable else ())


def _is_secret_parameter(parameter: Parameter, contract: RedactionPlan) -> bool:
    return (
        is_secret(parameter.schema, contract.contract.schemas)
        or (parameter.location, parameter.name.lower()) in contract.carriers
        or parameter.name in contract.secrets.names
    )


def _plain_members(collection: Collection) -> frozenset[str]:
    """Members of records whose meaning the behaviour file states: keys, times, states and references."""
    lifecycle = collection.lifecycle
    moved = (lifecycle.member, lifecycle.counter, lifecycle.finished) if lifecycle else ()
    named = (collection.key, collection.created, collection.updated, *moved)
    known = {*filter(None, named), *collection.parents, *collection.references}
    return frozenset(known) - collection.secret


def _record_schema(collection: Collection, behaviours: Behaviours, contract: Contract) -> Schema | None:
    """The schema of a collection's records: the one declared for it, else that of a reply that shows one,
    else the component of the collection's name."""
    if collection.schema:
        return contract.schemas[collection.schema]
    for declared in behaviours.operations.values():
        if declared.collection == collection.name:
            operation = contract.operations[declared.id]
            schema = _reply_schema(operation, declared.envelope.data, contract)
            if schema is not None and collection.key in declared_members(schema, contract.schemas):
                return schema
    component = "".join(word.capitalize() for word in collection.name.removesuffix("s").split("_"))
    return contract.schemas.get(component)


def _reply_schema(operation: Operation, place: str | None, contract: Contract) -> Schema | None:
    """The schema of the record, or of each record, that a success shows. place: dotted path of the data in
    the body, None for the whole body."""
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
        yield from _member_names(schema)
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            yield parameter.name
            yield from _member_names(parameter.schema)
        contents = [operation.body.content] if operation.body else []
        contents += [response.content for response in operation.responses.values()]
        for content in contents:
            for schema in content.values():
                yield from _member_names(schema)


def _member_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        for value in schema.values():
            yield from _member_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _member_names(value)
