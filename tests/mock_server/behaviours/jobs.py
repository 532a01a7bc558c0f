"""A store of jobs with a lifecycle, and the events that a test applies to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from mock_server.behaviours import lifecycle
from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle
from mock_server.behaviours.policy import Policy
from mock_server.seeded_random import SeededRandom
from mock_server.store.memory import MemoryStore
from mock_server.store.protocol import Transaction

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RUNS = Lifecycle(
    member="state",
    running="running",
    outcomes={"done": 4, "failed": 1},
    seconds=(2, 4),
    fails="failed",
    stops=("stopped",),
    counter="fetched",
    total=(100, 200),
    finished="ended",
    writes={"failed": {"reason": "lost"}},
)
JOBS = Collection(
    name="jobs", storage="yard/jobs", key="id", ids="given", called="Job", created="began", lifecycle=RUNS
)
YARD = Behaviours(contract="yard", dialect="fastapi", collections={"jobs": JOBS}, operations={})


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy that the jobs can follow."""
    steps = draw(st.integers(1, 12))
    fail_at = draw(st.none() | st.integers(1, steps))
    shortest = draw(st.floats(0, 20))
    return Policy(
        pace=draw(st.sampled_from(["at_once", "after_seconds", "after_reads", "by_hand"])),
        seconds=draw(st.none() | st.just((shortest, shortest + draw(st.floats(0, 20))))),
        reads=draw(st.integers(1, 12)),
        steps=steps,
        fail_at=fail_at,
        outcome=draw(st.sampled_from([None, "failed"] if fail_at else [None, *RUNS.outcomes])),
    )


@dataclass
class Yard:
    """Jobs, a controllable clock and the policy in force."""

    policy: Policy = field(default_factory=Policy)
    now: datetime = START
    rng: SeededRandom = field(default_factory=SeededRandom)
    store: MemoryStore = field(default_factory=MemoryStore)

    def begin(self, key: str = "a") -> dict[str, Any]:
        """Start a job."""
        with self.state() as state:
            record = {"id": key, "began": "2026-11-20T12:00:00Z"}
            begun = lifecycle.begin(record, JOBS, state, rng=self.rng, now=self.now, policy=self.policy)
            state.put(JOBS.storage, key, {**record, **begun})
            return {**record, **begun}

    def pass_(self, seconds: float = 0) -> dict[str, Any]:
        """Let time pass (perhaps none) and return the job."""
        self.now += timedelta(seconds=seconds)
        with self.state() as state:
            lifecycle.advance(state, lifecycle.moving([YARD]), now=self.now)
        return self.job()

    def hand(self, key: str = "a") -> Mapping[str, Any]:
        """Advance a job by one manual step."""
        with self.state() as state:
            return lifecycle.step(state, JOBS, key, policy=self.policy, rng=self.rng, now=self.now)

    def read(self, key: str = "a") -> dict[str, Any]:
        """Read a job as a reply does, after the clock has moved it."""
        self.pass_()
        with self.state() as state:
            lifecycle.count_read(state, JOBS, state.get(JOBS.storage, key) or {}, now=self.now)
        return self.job(key)

    def set_policy(self, policy: Policy) -> None:
        """Set another policy, for running jobs too."""
        self.policy = policy
        with self.state() as state:
            lifecycle.reschedule(state, JOBS, policy=policy, rng=self.rng, now=self.now)

    def put(self, **members: Any) -> None:
        """Store a job as a fixture has it."""
        with self.state() as state:
            state.put(JOBS.storage, members["id"], members)

    def job(self, key: str = "a") -> dict[str, Any]:
        """The stored job."""
        with self.state() as state:
            return dict(state.get(JOBS.storage, key) or {})

    @contextmanager
    def state(self) -> Iterator[Transaction]:
        """A transaction for the duration of the block."""
        with self.store.transaction() as state:
            yield state
