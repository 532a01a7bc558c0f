"""The data model of a behaviour file: what the mock needs to know about a contract beyond OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mock_server.by_identity import ByIdentity

if TYPE_CHECKING:
    from mock_server.contract.operation import Contract

SCHEDULE = "plan"
"""The private member with a running record's schedule, as Schedule.to_json() returns it. The name is part of
the snapshot format."""

Action = Literal[
    "list",
    "read",
    "create",
    "replace",
    "merge",
    "delete",
    "transition",
    "copy",
    "download",
    "attach",
    "detach",
    "keep",
    "echo",
    "custom",
]
OutOfScope = Literal["forbidden", "not_found", "unauthenticated"]
Missing = Literal["invalid", "not_found"]
Target = Literal["path", "body", "own", "bound", "all"]
MissingTarget = Literal["not_found", "created", "ignored"]
SentKey = Literal["ignored", "unique", "overwrites"]
Comparison = Literal["any", "equal", "differs", "gt", "ge", "lt", "le", "contains"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where the parts of a reply are placed in the body, as dotted paths.

    data: path of the record or list, None if it is the body. meta: name in Reply.meta → path. headers:
    lower-case name of a header → name in Reply.meta. meta_places: as meta, each path as the objects on the
    way and the last member.
    """

    data: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    meta_places: tuple[tuple[str, tuple[str, ...], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        split = ((name, place.split(".")) for name, place in self.meta.items())
        places = tuple((name, tuple(outer), last) for name, (*outer, last) in split)
        object.__setattr__(self, "meta_places", places)


@dataclass(frozen=True, slots=True)
class Reference:
    """A member that holds the key of a record of another collection.

    missing: the error for a write whose key does not exist.
    """

    collection: str
    missing: Missing = "invalid"


@dataclass(frozen=True, slots=True)
class Relation:
    """Other records that a reply can embed in a record.

    cardinality "one": the member `by` of this record holds the other's key. "many": the member `by` of the
    others holds this record's key. "listed": the member `by` of this record is a list of the others' keys.
    shown: name of the JSON member for the embedded records. always: embedded without a request for it.
    """

    name: str
    cardinality: Literal["one", "many", "listed"]
    collection: str
    by: str
    shown: str
    always: bool = False

    @property
    def in_place(self) -> bool:
        """Whether the records are shown in the place of their keys."""
        return self.by == self.shown and self.cardinality != "many"


@dataclass(frozen=True, slots=True)
class Mask:
    """A member that replies replace by `shown`, always or only when the member `when` is true."""

    shown: str
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """State transitions that happen over time.

    member: the member with the state. running: its first value while the record progresses. states: those
    that follow, each for an equal part of the time. outcomes: final
    state → weight of its random choice, 0 for one that only a policy brings about. seconds: bounds of the
    duration. fails: the outcome that means failure. stops: states in which a request may end the record
    earlier. counter: the member that rises while the record runs, to a number within `total`. finished: the
    member with the time of the end. exclusive: at most one record with the same value of this member runs at
    a time. writes: state → members written when it is reached. A world may set another pace (policy.Policy).
    """

    member: str
    running: str
    outcomes: Mapping[str, int]
    seconds: tuple[float, float]
    states: tuple[str, ...] = ()
    fails: str | None = None
    stops: tuple[str, ...] = ()
    counter: str | None = None
    total: tuple[int, int] = (0, 0)
    finished: str | None = None
    exclusive: str | None = None
    writes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def active(self) -> tuple[str, ...]:
        """The states of a record that has not ended, in their order."""
        return (self.running, *self.states)


Reads = tuple[tuple[str, str], ...]
"""Collection and key of records."""


@dataclass(slots=True)
class Shown:
    """A record as replies show it.

    versions: of the collections it embeds records of, as they were. reads: the records that were looked at.
    """

    value: dict[str, Any]
    versions: tuple[object, ...]
    reads: Reads


@dataclass(frozen=True, slots=True)
class Collection:
    """One type of stored records.

    name: in the behaviour file. storage: in the store; two contracts that name the same fixture share it.
    key: the member that identifies a record. ids: how a new key is generated ("given": the request contains
    it, "text": one that the schema allows). called: name of one record in messages. schema: the component
    that records satisfy. created, updated: members with timestamps. parents: member → collection of the
    parent record, whose deletion deletes this record. within: those of the parents, or of the members bound
    to paths, within which a key is unique; empty if it is unique everywhere.
    references: member → collection that its key (or keys) belong
    to, without cascading deletion. unique: groups of members whose combined values must be unique. private:
    members that are stored but never returned. secret: members that are also hidden from journal, snapshots
    and console. grow: member → how its value is generated when records are added on demand. series: how they
    follow each other in time below a parent. generate: the
    number of initial records if the responses are completed and no example lists any. content: the private
    member with the content of an uploaded file. counts: member with the number of records below this one →
    their collection. other_keys: further members that identify a record in paths. places:
    private member → dotted path at which records have its value, too. own_keys: keys of a path
    that stand for the caller's own record, the first one. ties: parents and references together, member →
    collection. hidden: members that replies never show. in_place: members in whose place replies always
    show the records that their keys identify. is_shown_whole: whether replies show records as they are
    stored. set_by_server: members that no request changes. shown: records as replies show them, by version.
    resting: by version of the collection, whether time moves none of its records.
    """

    name: str
    storage: str
    key: str
    ids: Literal["uuid", "integer", "text", "given"]
    called: str
    schema: str | None = None
    fixture: str | None = None
    created: str | None = None
    updated: str | None = None
    parents: Mapping[str, str] = field(default_factory=dict)
    within: tuple[str, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    private: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    masks: Mapping[str, Mask] = field(default_factory=dict)
    lifecycle: Lifecycle | None = None
    grow: Mapping[str, Any] | None = None
    series: Mapping[str, Any] | None = None
    generate: int = 5
    content: str | None = None
    own_keys: frozenset[str] = frozenset()
    other_keys: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    ties: Mapping[str, str] = field(init=False, repr=False, compare=False)
    hidden: frozenset[str] = field(init=False, repr=False, compare=False)
    in_place: frozenset[str] = field(init=False, repr=False, compare=False)
    is_shown_whole: bool = field(init=False, repr=False, compare=False)
    set_by_server: tuple[str, ...] = field(init=False, repr=False, compare=False)
    shown: ByIdentity[Shown] = field(default_factory=ByIdentity, init=False, repr=False, compare=False)
    resting: ByIdentity[bool] = field(default_factory=ByIdentity, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Only with a lifecycle: elsewhere "plan" is a member like any other.
        hidden = self.private | {SCHEDULE} if self.lifecycle else self.private
        object.__setattr__(self, "hidden", hidden)
        relations = self.relations.values()
        in_place = frozenset(each.by for each in relations if each.always and each.in_place)
        object.__setattr__(self, "in_place", in_place)
        is_shown_whole = not (hidden or self.masks or self.relations)
        object.__setattr__(self, "is_shown_whole", is_shown_whole)
        schedule = SCHEDULE if self.lifecycle else None
        set_by_server = (self.key, self.created, self.updated, schedule)
        object.__setattr__(self, "set_by_server", tuple(name for name in set_by_server if name))
        referred = {member: reference.collection for member, reference in self.references.items()}
        object.__setattr__(self, "ties", {**self.parents, **referred})


@dataclass(frozen=True, slots=True)
class Page:
    """How a list is paginated.

    mode: by a cursor in the order of the list, by a token for a position, by the key of the last record of
    the page before, by page number or by offset. size: the query parameter for the page size. at: the query
    parameter for the cursor, token, key, page number or offset. Either is empty if the operation has none.
    default: page size without that parameter. maximum: largest page size, None for no bound. before: the
    query parameter with the key of the record that the page ends before. skip: the query parameter with a
    number of records to skip, beside the one for a token or key. first: number of the first page. list:
    dotted path of the list in the body, for one inside a record or a value; empty for that of the envelope.
    """

    mode: Literal["cursor", "token", "key", "page", "offset"]
    size: str
    at: str
    default: int
    maximum: int | None
    before: str = ""
    skip: str = ""
    first: int = 1
    list: str = ""


@dataclass(frozen=True, slots=True)
class Include:
    """Which relations a client may include.

    allow: dotted paths; their prefixes are allowed too. count, exists: suffixes that, behind a top-level
    relation, request the number of its records or whether there are any. lenient: names that are not allowed
    are ignored, and `data.` before a name means the entries of a list.
    """

    parameter: str
    allow: tuple[str, ...]
    count: str | None = None
    exists: str | None = None
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """The sort orders that a client may request.

    allow: public name → member. direction: the query parameter whose value `desc` reverses the order.
    lenient: names that are not allowed are ignored, and `name:desc` and `name desc` mean the same as `-name`.
    """

    parameter: str
    allow: Mapping[str, str]
    direction: str | None = None
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What a query parameter restricts a list to.

    member: dotted through relations and members that are objects, None for every member that replies show.
    everything: the value that restricts nothing. compare: "any" for one of the
    values that the text separates by commas; "equal" for this value alone, or for a list that contains it;
    "differs" for other values than this; "gt", "ge", "lt" and "le" for bounds; "contains" for a part of the
    text, ignoring case.
    """

    member: str | None
    compare: Comparison = "any"
    everything: str | None = None


@dataclass(frozen=True, slots=True)
class OperationBehaviour:
    """What one operation does with the state.

    scope: path parameter → collection that its value is a key of, outermost first; the operation's own
    collection, if present, is the target. binds: path parameter → member that has its value, of the records
    that the operation is about, else of the response. through: path parameter → member of its record that
    lists the keys of the operation's records. out_of_scope: the error for records outside the
    caller's scope. shows: members of the reply besides the record's. idempotency: lower-case name of the
    header with the idempotency key. members: the body's members that are stored, None for all. defaults:
    members of a new record that are missing in the body. caller: the member for the creator. filters: by
    query parameter. unknown_filters: what happens to others that are written in brackets like declared ones.
    search: the body's member with the condition of a list that is read by POST.
    fields: the query parameter with the members that replies are to contain. to: the state of a transition.
    tolerates: query parameters whose invalid values are not refused but passed on as sent (raw text).
    answers: the whole body of the reply.

    record: name of the body's member that contains the record, None if it is the body. declared: the members
    that the body declares and a client may set, None if it may set any. read_only: the body's
    members that are ignored. query_members: whether query parameters count as members of the body. each: for
    a body that is a list of records, what the reply contains; for a read, "all" for a list with the record
    alone. target: what identifies the record. key_from:
    the body's member with the key of a new record, None for the one that records have it in. own_key: the
    key of the caller's own record, None for the first one of the collection. missing: what happens if it
    does not exist. sent_key: what happens to a key in the body of a create. nested: merge objects inside
    the record too. sets: members that the operation writes itself. stamps: members that it writes the time
    to. status, created_status: of the reply, None for the documented success. stream: the body's member
    that asks for events. stream_end: the text of the last event. known: path
    parameter → the values of it that exist before a request names others.
    """

    id: str
    action: Action
    collection: str | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    binds: Mapping[str, str] = field(default_factory=dict)
    through: Mapping[str, str] = field(default_factory=dict)
    out_of_scope: OutOfScope = "not_found"
    envelope: Envelope = Envelope()
    idempotency: str | None = None
    members: frozenset[str] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    caller: str | None = None
    order: str | None = None
    page: Page | None = None
    filters: Mapping[str, Filter] = field(default_factory=dict)
    unknown_filters: Literal["refused", "ignored"] = "refused"
    sort: Sort | None = None
    include: Include | None = None
    search: str | None = None
    fields: str | None = None
    to: str | None = None
    tolerates: frozenset[str] = frozenset()
    answers: Any = None
    shows: Mapping[str, Any] = field(default_factory=dict)
    record: str | None = None
    declared: frozenset[str] | None = None
    read_only: frozenset[str] = frozenset()
    query_members: bool = False
    each: Literal["all", "last"] | None = None
    target: Target = "path"
    own_key: Any = None
    missing: MissingTarget = "not_found"
    sent_key: SentKey | None = None
    key_from: str | None = None
    nested: bool = False
    sets: Mapping[str, Any] = field(default_factory=dict)
    stamps: tuple[str, ...] = ()
    status: int | None = None
    created_status: int | None = None
    stream: str | None = None
    stream_end: str | None = None
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PathRecord:
    """A record that a path names.

    parameter: of the path, with its key. ties: the members by which it refers to records named before it,
    each with their collection and its key member. first_parts: members within which its key is unique, each
    with the parameter of the path that it is bound to.
    """

    parameter: str
    collection: Collection
    ties: tuple[tuple[str, str, str], ...]
    first_parts: tuple[tuple[str, str], ...] = ()


Counted = tuple[str, Collection, tuple[str, ...]]
"""A member with the key of a parent, the collection of the parent, and its members that count the records."""


@dataclass(frozen=True, slots=True)
class Behaviours:
    """The behaviour file of one contract.

    complete: whether records and replies are completed so that they satisfy their schemas. embedded: by
    collection, the storages of the records that replies always embed in its own. path_records: by operation
    id, what its path names, outermost first. bound: by collection, the members that operations bind to path
    parameters that are no keys, each with those. bound_groups: by collection, the members that an operation
    binds together. counted: by collection, where its records are counted. parameters: by collection, the path
    parameters that hold its keys. own_keys: by collection, the key of the caller's own record, as far as one
    is documented. has_known_values: whether some values in paths exist and others do not, though no record
    has them.
    """

    contract: str
    dialect: str
    collections: Mapping[str, Collection]
    operations: Mapping[str, OperationBehaviour]
    complete: bool = False
    embedded: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    path_records: Mapping[str, tuple[PathRecord, ...]] = field(init=False, repr=False, compare=False)
    bound: Mapping[str, Mapping[str, frozenset[str]]] = field(init=False, repr=False, compare=False)
    bound_groups: Mapping[str, frozenset[tuple[str, ...]]] = field(init=False, repr=False, compare=False)
    counted: Mapping[str, tuple[Counted, ...]] = field(init=False, repr=False, compare=False)
    parameters: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    own_keys: Mapping[str, Any] = field(init=False, repr=False, compare=False)
    has_known_values: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        embedded = {name: tuple(self._embedded(name, set())) for name in self.collections}
        object.__setattr__(self, "embedded", embedded)
        object.__setattr__(self, "counted", {name: tuple(self._counted(name)) for name in self.collections})
        object.__setattr__(self, "bound", {name: self._bound(name) for name in self.collections})
        path_records = {name: self._path_records(operation) for name, operation in self.operations.items()}
        object.__setattr__(self, "path_records", path_records)
        groups: dict[str, set[tuple[str, ...]]] = {name: set() for name in self.collections}
        for operation in self.operations.values():
            unscoped = [member for name, member in operation.binds.items() if name not in operation.scope]
            if unscoped and operation.target != "bound" and operation.collection is not None:
                groups[operation.collection].add(tuple(sorted(unscoped)))
        bound_groups = {name: frozenset(members) for name, members in groups.items()}
        object.__setattr__(self, "bound_groups", bound_groups)
        pairs = {pair for operation in self.operations.values() for pair in operation.scope.items()}
        parameters = {
            name: frozenset(parameter for parameter, other in pairs if other == name)
            for name in self.collections
        }
        object.__setattr__(self, "parameters", parameters)
        own = (each for each in self.operations.values() if each.target == "own" and each.own_key is not None)
        object.__setattr__(self, "own_keys", {str(each.collection): each.own_key for each in own})
        has_known_values = any(each.known for each in self.operations.values())
        object.__setattr__(self, "has_known_values", has_known_values)

    def _counted(self, name: str) -> Iterator[Counted]:
        for member, above in self.collections[name].parents.items():
            parent = self.collections[above]
            counters = tuple(counter for counter, counted in parent.counts.items() if counted == name)
            if counters:
                yield member, parent, counters

    def _embedded(self, name: str, seen: set[str]) -> Iterator[str]:
        for relation in self.collections[name].relations.values():
            if relation.always and relation.collection not in seen:
                seen.add(relation.collection)
                yield self.collections[relation.collection].storage
                yield from self._embedded(relation.collection, seen)

    def _bound(self, name: str) -> dict[str, frozenset[str]]:
        bound: dict[str, frozenset[str]] = {}
        for operation in self.operations.values():
            if operation.collection == name:
                for parameter, member in operation.binds.items():
                    if parameter in operation.scope:
                        continue
                    bound[member] = bound.get(member, frozenset()) | {parameter}
        return bound

    def _path_records(self, operation: OperationBehaviour) -> tuple[PathRecord, ...]:
        outer: list[str] = []
        records: list[PathRecord] = []
        for parameter, name in operation.scope.items():
            collection = self.collections[name]
            ties = tuple(
                (member, parent, self.collections[parent].key)
                for member, parent in collection.ties.items()
                if parent in outer
            )
            first_parts = tuple(
                (member, first)
                for member in collection.within
                if member not in collection.ties
                for first in sorted(self.bound[name].get(member, ()))
            )
            records.append(PathRecord(parameter, collection, ties, first_parts))
            outer.append(name)
        return tuple(records)

    def operation(self, operation_id: str) -> OperationBehaviour:
        """Return the behaviour of an operation. Every operation has one: loading refuses other files."""
        return self.operations[operation_id]

    def collection_of(self, operation: OperationBehaviour) -> Collection:
        """Return the collection of an operation whose action needs one. Raises KeyError for others."""
        return self.collections[operation.collection or ""]


class ContractWithBehaviours(Protocol):
    """A contract together with its behaviour file."""

    @property
    def contract(self) -> Contract:
        """The contract."""

    @property
    def behaviours(self) -> Behaviours:
        """The behaviour file's content."""
