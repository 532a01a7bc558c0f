"""What a contract's behaviour file declares, as types: everything the mock must know beyond OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mock_server.yaml_file import read_yaml

if TYPE_CHECKING:
    from mock_server.contract.operation import Contract

Action = Literal["list", "read", "create", "replace", "merge", "delete", "transition", "custom"]
OutOfScope = Literal["forbidden", "not_found", "unauthenticated"]
Missing = Literal["invalid", "not_found"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a reply's parts go in the body, as dotted paths.

    data: the place of the record or list, None for a bare body. meta: name in Reply.meta → place.
    """

    data: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """A member that names a record of another collection.

    missing: how a write that names nothing is refused.
    """

    collection: str
    missing: Missing = "invalid"


@dataclass(frozen=True, slots=True)
class Relation:
    """Other records shown inside a record when asked for.

    cardinality "one": the member `by` of this record holds the other's key. "many": the member `by` of the
    others holds this record's key. "listed": the member `by` of this record holds the others' keys. shown:
    the JSON member it appears under. always: embedded without being asked for.
    """

    name: str
    cardinality: Literal["one", "many", "listed"]
    collection: str
    by: str
    shown: str
    always: bool = False


@dataclass(frozen=True, slots=True)
class Mask:
    """A member replaced by `shown` on output, always or only when the member `when` is true."""

    shown: str
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """States a record walks through by itself.

    While `member` is `running`, the clock moves the record: after a time between `seconds` (lowest, highest)
    it ends in one of `outcomes` (state → weight), `counter` having risen to a number between `total`;
    `finished` then holds the instant. A call may end it earlier in one of `stops`. At most one record with
    the same `exclusive` member runs at a time. writes: state → members written when it is reached. fails: the
    outcome that means failure. A world may set another pace (policy.Policy).
    """

    member: str
    running: str
    outcomes: Mapping[str, int]
    seconds: tuple[float, float]
    fails: str | None = None
    stops: tuple[str, ...] = ()
    counter: str | None = None
    total: tuple[int, int] = (0, 0)
    finished: str | None = None
    exclusive: str | None = None
    writes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collection:
    """Records of one kind.

    name: in the behaviour file. storage: in the store; two contracts that name the same fixture share it.
    key: the member that identifies a record. ids: how a new key is made ("given": the request brings it,
    "text": one its schema allows). called: what messages call one record. schema: the component its records
    satisfy. parents: member → collection a record belongs to and goes with when that is deleted. within: the
    members among these below whose records a key is unique, none for one unique everywhere. references:
    member → collection it (or each of its values) only points to. unique: member groups in which no two
    records agree. private: members that are kept and never shown. secret: members that no journal, snapshot
    or page shows either. grow: member → how its value is made when the collection grows on demand. ties:
    member → collection that its value names a record of, of parents and references together.
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
    ties: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        referred = {member: reference.collection for member, reference in self.references.items()}
        object.__setattr__(self, "ties", {**self.parents, **referred})


@dataclass(frozen=True, slots=True)
class Page:
    """How a list is cut.

    size: the query parameter with the most records on a page. at: the one with the cursor, the page's number
    or the number of records to leave out; either is empty when there is none. default: the size when none is
    asked for. maximum: the largest, None for no bound.
    """

    mode: Literal["cursor", "page", "offset"]
    size: str
    at: str
    default: int
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Include:
    """Which relations a caller may ask for.

    allow: dotted paths; the way to each is allowed too. count, exists: suffixes of a relation at the top that
    ask for a number or a truth value in its place.
    """

    parameter: str
    allow: tuple[str, ...]
    count: str | None = None
    exists: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """By what a caller may sort: public name → member."""

    parameter: str
    allow: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OperationBehaviour:
    """What one operation does with the state.

    scope: path parameter → collection its value names a record of, outermost first; the one of the
    operation's own collection, if any, is the target. members: the body's members that are stored, None for
    all of them. defaults: members of a new record that the body does not bring. caller: the member that holds
    who made it. filters: query parameter → member, dotted through relations. to: the state of a transition.
    tolerates: query parameters whose invalid values are never refused but handed on as sent (the raw text).
    answers: the whole body of the reply.
    """

    id: str
    action: Action
    collection: str | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    out_of_scope: OutOfScope = "not_found"
    envelope: Envelope = Envelope()
    idempotency: str | None = None
    members: frozenset[str] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    caller: str | None = None
    order: str | None = None
    page: Page | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: Sort | None = None
    include: Include | None = None
    to: str | None = None
    tolerates: frozenset[str] = frozenset()
    answers: Any = None


@dataclass(frozen=True, slots=True)
class Behaviours:
    """Everything declared about one contract."""

    contract: str
    dialect: str
    collections: Mapping[str, Collection]
    operations: Mapping[str, OperationBehaviour]

    @classmethod
    def load(cls, contract: Contract, path: Path) -> Behaviours:
        """Read and check a behaviour file.

        Raises StartupError with every fault: schema violations, unknown operationIds, collections, schemas,
        parameters, each with the valid names.
        """
        from mock_server.behaviours.loading import read

        return read(contract, read_yaml(path), origin=path.name)

    @classmethod
    def of(cls, contract: Contract, document: Mapping[str, Any], *, origin: str) -> Behaviours:
        """The same from a document in memory (inferred for an unknown spec); origin names it in faults."""
        from mock_server.behaviours.loading import read

        return read(contract, document, origin=origin)

    def operation(self, operation_id: str) -> OperationBehaviour:
        """What is declared of an operation. KeyError is a bug: load() refuses a file that leaves one out."""
        return self.operations[operation_id]

    def collection_of(self, operation: OperationBehaviour) -> Collection:
        """The collection an operation works on; load() has asked for one where the action needs it."""
        return self.collections[operation.collection or ""]


class ContractWithBehaviours(Protocol):
    """A contract together with what its behaviour file declares beyond it."""

    @property
    def contract(self) -> Contract:
        """What the specification says."""

    @property
    def behaviours(self) -> Behaviours:
        """What the behaviour file says."""
