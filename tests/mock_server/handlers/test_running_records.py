"""Running records as operations see them: which replies count as reads; schedules cannot be sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from mock_server.behaviours.declared import (
    Behaviours,
    Collection,
    Filter,
    Lifecycle,
    OperationBehaviour,
    Page,
)
from mock_server.behaviours.policy import Policy
from mock_server.errors.api_error import ApiError
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.resource import ACTIONS, count_reads
from mock_server.seeded_random import SeededRandom
from mock_server.store.memory import MemoryStore
from mock_server.store.protocol import Transaction

SCOPE = {"job": "jobs"}
JOBS = Collection(
    name="jobs",
    storage="yard/jobs",
    key="id",
    ids="given",
    called="Job",
    lifecycle=Lifecycle(
        member="state", running="running", outcomes={"done": 1}, seconds=(1, 1), stops=("stopped",)
    ),
)
CREATE = OperationBehaviour(id="addJob", action="create", collection="jobs")
READ = OperationBehaviour(id="readJob", action="read", collection="jobs", scope=SCOPE)
MERGE = OperationBehaviour(id="changeJob", action="merge", collection="jobs", scope=SCOPE)
STOP = OperationBehaviour(id="stopJob", action="transition", collection="jobs", scope=SCOPE, to="stopped")
LIST = OperationBehaviour(
    id="listJobs",
    action="list",
    collection="jobs",
    filters={"state": Filter("state")},
    page=Page(mode="offset", size="limit", at="skip", default=2, maximum=None),
)


class Yard:
    """The handlers for jobs without a web server: reads are counted, then calls answered."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self.store, self.policies = MemoryStore(), policies

    def send(self, behaviour: OperationBehaviour, job: str = "", body: Any = None, **query: Any) -> Reply:
        """Answer one call."""
        with self.store.transaction() as state:
            call = self._call(behaviour, state, job, body, query)
            count_reads(call)
            return ACTIONS[behaviour.action](call)

    def state_of(self, job: str) -> str:
        """The stored state of a job, without counting a read."""
        with self.store.transaction() as state:
            return str((state.get(JOBS.storage, job) or {})["state"])

    def _call(
        self, behaviour: OperationBehaviour, state: Transaction, job: str, body: Any, query: Mapping[str, Any]
    ) -> Call:
        return Call(
            operation=cast("Any", None),
            behaviour=behaviour,
            behaviours=Behaviours("yard", "fastapi", {"jobs": JOBS}, {behaviour.id: behaviour}),
            collection=JOBS,
            path={"job": job},
            query=query,
            headers={},
            body=body,
            principal=None,
            state=state,
            now=datetime(2026, 11, 20, tzinfo=UTC),
            rng=SeededRandom(),
            url="",
            sent_query=(),
            kept_replies=1,
            policies=self.policies,
        )


@pytest.fixture
def yard() -> Yard:
    """Three jobs whose second read shows their end."""
    yard = Yard({"yard/jobs": Policy(pace="after_reads", reads=2)})
    for job in "abc":
        assert yard.send(CREATE, body={"id": job}).data["state"] == "running"
    return yard


def test_the_last_read_of_a_record_shows_its_end(yard: Yard) -> None:
    assert [yard.send(READ, "a").data["state"] for _ in range(3)] == ["running", "done", "done"]
    assert yard.state_of("b") == "running"


def test_a_list_counts_a_read_of_each_record_on_its_page(yard: Yard) -> None:
    assert [record["state"] for record in yard.send(LIST).data] == ["running", "running"]
    assert [record["state"] for record in yard.send(LIST).data] == ["done", "done"]
    assert [yard.send(READ, "c").data["state"] for _ in range(2)] == ["running", "done"]


def test_a_list_of_running_records_omits_those_that_its_reads_end(yard: Yard) -> None:
    shown = [[record["id"] for record in yard.send(LIST, state="running").data] for _ in range(2)]
    assert shown == [["a", "b"], ["c"]]


def test_other_operations_do_not_count_as_reads(yard: Yard) -> None:
    yard.send(READ, "a")
    yard.send(CREATE, body={"id": "d"})
    assert yard.send(STOP, "a").data["state"] == "stopped"


def test_a_refused_read_does_not_count(yard: Yard) -> None:
    yard.send(READ, "a")
    with pytest.raises(ApiError):
        yard.send(READ, "nobody")
    assert yard.state_of("a") == "running"


def test_reads_advance_nothing_under_other_policies() -> None:
    yard = Yard({})
    yard.send(CREATE, body={"id": "a"})
    assert {yard.send(READ, "a").data["state"] for _ in range(9)} == {"running"}


@pytest.mark.parametrize("sent", [{"ends": 5}, "gold"])
def test_a_schedule_that_is_sent_is_not_stored(yard: Yard, sent: Any) -> None:
    yard.send(CREATE, body={"id": "d", "plan": sent})
    yard.send(MERGE, "d", body={"plan": sent, "note": "kept"})
    seen = [yard.send(READ, "d").data for _ in range(2)]
    assert seen == [{"id": "d", "state": state, "note": "kept"} for state in ("running", "done")]
    assert yard.send(MERGE, "d", body={"plan": sent}).data == seen[-1]
    yard.send(MERGE, "d", body={"state": "running"})
    assert yard.send(READ, "d").data["state"] == "running"
