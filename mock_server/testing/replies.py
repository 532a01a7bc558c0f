"""Types of replies of the admin API. openapi/admin.yaml describes their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

Rule = dict[str, Any]
"""A fault rule or an override, including its `id`."""

CustomReply = Mapping[str, Any]
"""A reply of an override: `status`, `headers`, `json`, `body` or `template`, and `delay`."""

ClockMode = Literal["running", "frozen", "stepped"]
Pace = Literal["at_once", "after_seconds", "after_reads", "by_hand"]


class Health(TypedDict):
    """The health of the server, and which contracts it serves."""

    status: str
    contracts: list[str]
    worlds: int
    scenario: str
    now: str


class Reload(TypedDict):
    """The result of the last reload: errors, and dropped records."""

    current: bool
    at: str
    problems: list[str]
    dropped: list[dict[str, str]]


class Clock(TypedDict):
    """The clock of a world: its time and mode."""

    mode: ClockMode
    now: str
    scale: float
    step: float


class World(TypedDict):
    """The metadata of a world."""

    name: str
    scenario: str
    seed: int
    clock: Clock
    idle_seconds: float
    requests: int
    faults: int
    overrides: int


class LifecyclePolicy(TypedDict):
    """A lifecycle policy. None means as declared in the behaviour file."""

    pace: Pace
    seconds: list[float] | None
    reads: int
    steps: int
    fail_at: int | None
    outcome: str | None


class Lifecycle(TypedDict):
    """The states of a lifecycle, and the current policy."""

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
    """A record with its contract, collection and key."""

    contract: str
    collection: str
    key: str
    record: dict[str, Any]


class Message(TypedDict):
    """Headers and body of a request or a reply, with secrets masked."""

    headers: dict[str, str]
    media_type: str
    size: int
    body: str | None


class Entry(TypedDict):
    """One exchange in the journal."""

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
    upstream: dict[str, Any] | None


class NearMiss(TypedDict):
    """An operation that is similar to an unmatched request, with the differences."""

    contract: str
    operation: str
    method: str
    path: str
    distance: float
    missed: list[dict[str, Any]]


class Snapshot(TypedDict):
    """The metadata of a snapshot."""

    name: str
    world: str
    scenario: str
    seed: int
    taken: str


class Comparison(TypedDict):
    """The differences between two worlds or snapshots."""

    left: str
    right: str
    same: bool
    collections: list[dict[str, Any]]
    settings: list[dict[str, Any]]


class Delivery(TypedDict):
    """A webhook with its delivery state."""

    id: str
    type: str
    at: str
    url: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None
    error: str | None


class Missed(TypedDict):
    """A request that no operation matched, with the most similar operations."""

    id: str
    method: str
    path: str
    status: int
    near: list[NearMiss]
