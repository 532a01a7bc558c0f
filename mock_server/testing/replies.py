"""The replies of the admin API that tests read most, as openapi/admin.yaml describes them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Rule = dict[str, Any]
"""A fault rule or an override as it is kept, `id` included."""

ClockMode = Literal["running", "frozen", "stepped"]
Pace = Literal["at_once", "after_seconds", "after_reads", "by_hand"]


class Health(TypedDict):
    """That the server answers, and what it plays."""

    status: str
    contracts: list[str]
    worlds: int
    scenario: str
    now: str


class Reload(TypedDict):
    """How the last reload went: what could not be taken over, and the records that no longer fit."""

    current: bool
    at: str
    problems: list[str]
    dropped: list[dict[str, str]]


class Clock(TypedDict):
    """What time it is in a world, and how it passes."""

    mode: ClockMode
    now: str
    scale: float
    step: float


class World(TypedDict):
    """How a world stands."""

    name: str
    scenario: str
    seed: int
    clock: Clock
    idle_seconds: float
    requests: int
    faults: int
    overrides: int


class LifecyclePolicy(TypedDict):
    """How records move; None is left to the behaviour file."""

    pace: Pace
    seconds: list[float] | None
    reads: int
    steps: int
    fail_at: int | None
    outcome: str | None


class Lifecycle(TypedDict):
    """The states of a collection's records, and the policy they follow."""

    contract: str
    collection: str
    member: str
    running: str
    outcomes: list[str]
    fails: str | None
    stops: list[str]
    policy: LifecyclePolicy
    declared: bool


class Record(TypedDict):
    """A record and its place."""

    contract: str
    collection: str
    key: str
    record: dict[str, Any]


class Message(TypedDict):
    """Headers and body of a request or a reply, without anything secret."""

    headers: dict[str, str]
    media_type: str
    size: int
    body: str | None


class Entry(TypedDict):
    """One exchange of the journal."""

    id: str
    world: str
    at: str
    started: str
    duration_ms: float
    method: str
    path: str
    query: list[list[str]]
    request: Message
    contract: str
    operation: str
    bound: dict[str, str]
    status: int
    response: Message
    auth: dict[str, Any]
    error: str
    violations: list[dict[str, str]]
    faults: list[dict[str, Any]]
    override: dict[str, Any] | None
    delivery: str
    changes: list[dict[str, Any]]
    reads: list[list[str]]


class NearMiss(TypedDict):
    """An operation that nearly matched, and what kept the request from it."""

    contract: str
    operation: str
    method: str
    path: str
    distance: float
    missed: list[dict[str, Any]]


class Snapshot(TypedDict):
    """A saved world, without what it holds."""

    name: str
    world: str
    scenario: str
    seed: int
    taken: str


class Comparison(TypedDict):
    """What differs between two worlds or snapshots."""

    left: str
    right: str
    same: bool
    collections: list[dict[str, Any]]
    settings: list[dict[str, Any]]


class Delivery(TypedDict):
    """One webhook, and what became of it."""

    id: str
    type: str
    at: str
    url: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None
    error: str | None


class Missed(TypedDict):
    """A request that no operation answered, with the operations that come nearest."""

    id: str
    method: str
    path: str
    status: int
    near: list[NearMiss]
