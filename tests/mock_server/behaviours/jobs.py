"""A store of jobs that run by themselves, moved by what a test says happens."""

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
    """Any policy the jobs can follow."""
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
    """Jobs, a clock that goes where it is told, and the policy that holds."""

    policy: Policy = field(default_factory=Policy)
    now: datetime = START
    rng: SeededRandom = field(default_factory=SeededRandom)
    store: MemoryStore = field(default_factory=MemoryStore)

    def begin(self, key: str = "a") -> dict[str, Any]:
        """Begin a job."""
        with self.state() as state:
            record = {"id": key, "began": "2026-11-20T12:00:00Z"}
            begun = lifecycle.begin(record, JOBS, state, rng=self.rng, now=self.now, policy=self.policy)
            state.put(JOBS.storage, key, {**record, **begun})
            return {**record, **begun}

    def pass_(self, seconds: float = 0) -> dict[str, Any]:
        """Let time pass, none perhaps, and see where the job is."""
        self.now += timedelta(seconds=seconds)
        with self.state() as state:
            lifecycle.advance(state, [YARD], now=self.now)
        return self.job()

    def hand(self, key: str = "a") -> Mapping[str, Any]:
        """Move a job one step by hand."""
        with self.state() as state:
            return lifecycle.step(state, JOBS, key, policy=self.policy, rng=self.rng, now=self.now)

    def read(self, key: str = "a") -> dict[str, Any]:
        """Show a job as a reply does: after time has had its way."""
        self.pass_()
        with self.state() as state:
            lifecycle.count_read(state, JOBS, state.get(JOBS.storage, key) or {}, now=self.now)
        return self.job(key)

    def set_policy(self, policy: Policy) -> None:
        """Another policy, for jobs on their way too."""
        self.policy = policy
        with self.state() as state:
            lifecycle.reschedule(state, JOBS, policy=policy, rng=self.rng, now=self.now)

    def put(self, **members: Any) -> None:
        """A job as a fixture has it."""
        with self.state() as state:
            state.put(JOBS.storage, members["id"], members)

    def job(self, key: str = "a") -> dict[str, Any]:
        """A job as it is kept."""
        with self.state() as state:
            return dict(state.get(JOBS.storage, key) or {})

    @contextmanager
    def state(self) -> Iterator[Transaction]:
        """The records, for as long as the block lasts."""
        with self.store.transaction() as state:
            yield state
