"""Jobs: the mock's syncs pass; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.checks import jobs
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    assert_named,
    data,
    judged,
    not_passed,
    refuses,
    requirements_of,
)

REQUIRED = requirements_of("aimable", jobs)
TRIGGER, CANCEL = "/sync", "/sync/cancel"


def is_read(asked: Asked) -> bool:
    """Whether it reads one sync."""
    return asked.method == "GET" and asked.path.rpartition("/")[0].endswith("/sync")


def reads(change: Callable[[dict[str, Any], int], dict[str, Any]]) -> Callable[[], Defect]:
    """Reads of a sync show what `change` makes of it and of how often it was read before."""

    def make() -> Defect:
        looks: Counter[str] = Counter()

        def defect(asked: Asked, serve: Serve) -> Answer:
            answer = serve(asked)
            if not is_read(asked) or not answer.ok:
                return answer
            looks[asked.path] += 1
            return answer.with_json({"data": change(answer.json["data"], looks[asked.path])})

        return defect

    return make


def counter_falls(sync: dict[str, Any], look: int) -> dict[str, Any]:
    return {**sync, "records_fetched": 9000 - look}


def never_dated(sync: dict[str, Any], look: int) -> dict[str, Any]:
    del look
    return {**sync, "completed_at": None}


def ends_before_it_began(sync: dict[str, Any], look: int) -> dict[str, Any]:
    del look
    return {**sync, "completed_at": sync.get("completed_at") and "2001-01-01T00:00:00Z"}


def moves_on(sync: dict[str, Any], look: int) -> dict[str, Any]:
    return {**sync, "records_fetched": 9000 + look} if sync.get("completed_at") else sync


def lists_the_newest_only(asked: Asked, serve: Serve) -> Answer:
    """The list has the newest sync alone."""
    answer = serve(asked)
    if not asked.on("GET", TRIGGER) or not answer.ok:
        return answer
    newest = sorted(answer.json["data"], key=lambda sync: str(sync["created_at"]))[-1:]
    return answer.with_json({**answer.json, "data": newest})


def cancels_nothing(asked: Asked, serve: Serve) -> Answer:
    """A cancellation succeeds, but has no effect."""
    if asked.on("POST", CANCEL):
        listed = serve(replace(asked, method="GET", path=asked.path.removesuffix("/cancel"), body=b""))
        return listed.with_json({"data": {**listed.json["data"][0], "status": "cancelled"}})
    return serve(asked)


def cancelled_looks_completed(asked: Asked, serve: Serve) -> Answer:
    """A cancelled sync has the status of a completed one."""
    answer = serve(asked)
    return replace(answer, content=answer.content.replace(b'"cancelled"', b'"completed"'))


def idle_cancel_relabels() -> Defect:
    """A cancellation after the end is rejected, but cancels the finished sync."""
    late: set[str] = set()

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("POST", CANCEL) and not answer.ok:
            late.add(asked.path.removesuffix("/cancel"))
        if is_read(asked) and answer.ok and asked.path.rpartition("/")[0] in late:
            return answer.with_json({"data": {**answer.json["data"], "status": "cancelled"}})
        return answer

    return defect


def cancels_all() -> Defect:
    """A cancellation cancels the running syncs of all connectors."""
    running: set[str] = set()
    cancelled: set[str] = set()

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not answer.ok:
            return answer
        if asked.on("POST", TRIGGER):
            running.add(f"{asked.path}/{answer.json['data']['id']}")
        if asked.on("POST", CANCEL):
            cancelled.update(running)
        if not is_read(asked):
            return answer
        sync = answer.json["data"]
        if asked.path in cancelled:
            ended = sync.get("completed_at") or sync["created_at"]
            return answer.with_json({"data": {**sync, "status": "cancelled", "completed_at": ended}})
        if sync.get("completed_at"):
            running.discard(asked.path)
        return answer

    return defect


def refused_is_listed() -> Defect:
    """A second sync is rejected, but appears in the list."""
    ghosts: Counter[str] = Counter()

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("POST", TRIGGER) and not answer.ok:
            ghosts[asked.path] += 1
        if asked.on("GET", TRIGGER) and answer.ok and ghosts[asked.path]:
            body = answer.json
            return answer.with_json({**body, "data": [*body["data"], {**body["data"][0], "id": "ghost"}]})
        return answer

    return defect


def starts_again_with_the_same() -> Defect:
    """Every trigger of a connector is answered with its first sync."""
    first: dict[str, Answer] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        return first.setdefault(asked.path, answer) if asked.on("POST", TRIGGER) and answer.ok else answer

    return defect


def plain(defect: Defect) -> Callable[[], Defect]:
    """A stateless defect."""
    return lambda: defect


PLANTED = [
    ("triggerSync.jobs.starts", plain(answers("POST", TRIGGER, data(records_fetched=9000)))),
    ("triggerSync.jobs.starts", plain(refuses("GET", "", 404, when=is_read))),
    ("getSync.jobs.progress", reads(counter_falls)),
    ("getSync.jobs.progress", reads(never_dated)),
    ("getSync.jobs.progress", reads(ends_before_it_began)),
    ("getSync.jobs.stays-finished", reads(moves_on)),
    ("getSync.jobs.stays-finished", starts_again_with_the_same),
    ("triggerSync.jobs.second", refused_is_listed),
    ("listSyncs.jobs.history", plain(answers("GET", TRIGGER, data(records_fetched=9000)))),
    ("getSync.jobs.agrees", reads(never_dated)),
    ("listSyncs.jobs.keeps", plain(lists_the_newest_only)),
    ("cancelSync.jobs.cancels", plain(cancels_nothing)),
    ("cancelSync.jobs.cancels", plain(cancelled_looks_completed)),
    ("cancelSync.jobs.idle", idle_cancel_relabels),
    ("cancelSync.jobs.others", cancels_all),
]


def test_the_mock_passes() -> None:
    assert not not_passed("aimable", REQUIRED.values())


@pytest.mark.parametrize(("requirement", "make"), PLANTED)
def test_a_planted_defect_is_named(requirement: str, make: Callable[[], Defect]) -> None:
    assert_named("aimable", REQUIRED[requirement], make())


@pytest.mark.parametrize(
    ("requirement", "make"),
    [
        ("getSync.jobs.stays-finished", starts_again_with_the_same),
        ("cancelSync.jobs.idle", idle_cancel_relabels),
        ("cancelSync.jobs.cancels", plain(cancels_nothing)),
    ],
)
def test_a_defect_is_named_by_its_requirement_only(requirement: str, make: Callable[[], Defect]) -> None:
    outcomes = judged("aimable", REQUIRED.values(), make())

    assert [one.requirement.id for one in outcomes if one.finding] == [f"aimable.{requirement}"]


def test_requirements_share_one_job() -> None:
    sharing = [REQUIRED[f"getSync.jobs.{name}"] for name in ("progress", "stays-finished")]

    outcomes = judged("aimable", sharing)

    assert [one.exchanges > 0 for one in outcomes] == [True, False]


def test_every_requirement_has_a_defect() -> None:
    assert {name for name, _ in PLANTED} == set(REQUIRED)


def never_over(sync: dict[str, Any], look: int) -> dict[str, Any]:
    del look
    return {**sync, "status": "running", "records_fetched": 0, "completed_at": None}


def test_a_job_that_does_not_end_is_waited_for_twice_at_most() -> None:
    outcomes = judged("aimable", REQUIRED.values(), reads(never_over)())

    reasons = [outcome.reason or "" for outcome in outcomes]
    # The reason names the job that was waited for.
    waited = [reason for reason in reasons if "did not come about" in reason]
    assert len(waited) > len(set(waited)) == 1
    assert any("earlier jobs did not end" in reason for reason in reasons)


def test_a_read_that_shows_no_record_is_not_waited_for() -> None:
    outcomes = judged("aimable", REQUIRED.values(), answers("GET", "", lambda body, _: [body]))

    assert not any("did not come about" in (outcome.reason or "") for outcome in outcomes)
