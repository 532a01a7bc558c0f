"""Looking at jobs: which kinds of them a contract has, and what of one may never be seen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.checks.lib.records import READING, in_short, instant, record_of, shown_members
from contract_tests.evidence.citations import facts_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.session.session import Created, Session
from contract_tests.verdicts import Inconclusive

_ENDS = ("completed_at", "finished_at", "ended_at", "completedAt", "finishedAt", "endedAt")
_BEGINNINGS = ("created_at", "started_at", "createdAt", "startedAt")
_ENDLESS = 2
"""After so many jobs of a kind that did not end in time, no further one is waited for."""

_STILL = 6
"""After so many reads that show the same counters, up to a second apart, a job stands still."""

GRACE = 3.0
"""The seconds a cancelled job may take beyond what other jobs take, and a read may be behind the list."""

_OVER = frozenset({"completed", "complete", "succeeded", "success", "finished", "done"})
"""Statuses that say in plain words that a job has run to its end."""

GOING = frozenset({"running", "pending", "queued", "started", "in_progress", "processing"})
"""Statuses that say in plain words that a job has not ended."""

_COUNTED = ("fetched", "processed", "imported", "completed", "done")


@dataclass(frozen=True, eq=False)
class Job:
    """A kind of job.

    end: the member that holds the time of its end, null or absent before. counters: members that only grow.
    cancel: the operation that stops one, where there is one.
    """

    resource: Resource
    trigger: Operation
    read: Operation
    end: str
    counters: tuple[str, ...]
    cancel: Operation | None

    def is_finished(self, record: Any) -> bool:
        """Whether the record names the time of its end."""
        return isinstance(record, Mapping) and record.get(self.end) is not None


class EndDate:
    """Watches that a job which calls itself completed gets the time of its end."""

    def __init__(self, session: Session, job: Job) -> None:
        self._session, self._job = session, job
        self._since: float | None = None
        self._facts = facts_of(job.read.cites, session.citations)
        # A schema that names the member leaves open whether a job shows it; a sentence does not.
        self._is_stated = bool(stated_by(session, job.read))

    def watch(self, exchange: Exchange, record: Any) -> None:
        """Raises Broken when the record has called itself completed for a while and shows no time of its
        end."""
        held = record if isinstance(record, Mapping) else {}
        is_over = str(held.get("status")).lower() in _OVER
        absent = None if self._is_stated else "absent"
        if not is_over or held.get(self._job.end, absent) is not None:
            self._since = None
            return
        self._since = time.monotonic() if self._since is None else self._since
        if time.monotonic() - self._since > GRACE:
            self._session.broken(
                expected=f"a {self._job.end} with the status {held['status']}",
                received="null" if self._job.end in held else "no such member",
                exchange=exchange,
                because=self._facts,
            )


class Progress:
    """Watches the counters of a job, which go on until it ends."""

    def __init__(self, session: Session, job: Job) -> None:
        self._session, self._job = session, job
        self._counts: list[Any] = []
        self._exchange: Exchange | None = None
        self._has_moved = False
        self._looks_alike = 0

    def watch(self, exchange: Exchange, record: Mapping[str, Any]) -> None:
        """Note whether a counter has moved since the last read."""
        counts = [record.get(name) for name in self._job.counters]
        has_moved = bool(self._counts) and counts != self._counts
        self._has_moved |= has_moved
        self._looks_alike = 0 if has_moved else self._looks_alike + 1
        self._counts, self._exchange = counts, exchange

    def assert_going_on(self) -> None:
        """Raises Broken when the counters of a job that has not ended moved at first and then stood still:
        whether a job has to end is a reading."""
        if self._has_moved and self._looks_alike >= _STILL:
            self._session.broken(
                expected=f"an end of the job, or {' and '.join(self._job.counters)} that go on",
                received=f"the same in the last {self._looks_alike} reads",
                exchange=self._exchange,
                readings=READING,
            )


def stated_by(session: Session, *operations: Operation) -> tuple[str, ...]:
    """What sentences of documents say of operations; nothing where a file alone speaks of one of them."""
    facts = [cite for each in operations for cite in facts_of(each.cites, session.citations)]
    return tuple(facts) if all(cite in session.citations.facts for cite in facts) else ()


def jobs(contract: Contract) -> Iterator[Job]:
    """The kinds of jobs: created without a body, readable, and with a member for the time of their end."""
    for resource in resources_of(contract).all:
        if resource.create is None or resource.create.content is not None or resource.read is None:
            continue
        shown = shown_members(resource.read, resource)
        end = next((name for name in _ENDS if name in shown), None)
        if end is None:
            continue
        counters = tuple(
            name
            for name, schema in shown.items()
            if "integer" in schema.types and any(word in name.lower() for word in _COUNTED)
        )
        paths = (f"{resource.collection}/cancel", f"{resource.item}/cancel")
        every = contract.operations.values()
        cancel = next(
            (operation for operation in every if operation.method == "POST" and operation.path in paths), None
        )
        yield Job(resource, resource.create, resource.read, end, counters, cancel)


def look(session: Session, job: Job, started: Created) -> tuple[Exchange, Any]:
    """The job as a read shows it now."""
    exchange = session.control(session.call(job.read.id, path=started.path))
    return exchange, record_of(exchange, job.resource)


def finished(
    session: Session, job: Job, started: Created, *, is_cancelled: bool = False
) -> tuple[Exchange, Any]:
    """The job once it is over; meanwhile its counters are watched.

    is_cancelled: whether it was cancelled, after which its end says nothing of other jobs. Raises Broken when
    a counter falls or when the job stands in a final status without an end, Inconclusive when it does not end
    in time, when earlier ones of this kind did not, or when a read shows no record of it.
    """
    seen: dict[str, Any] = session.context.observed.setdefault(job.trigger.id, {})
    if not is_cancelled and session.context.endless[job.trigger.id] >= _ENDLESS:
        raise Inconclusive(f"{job.trigger.id}: earlier jobs did not end within {session.target.deadline:g} s")
    if not is_cancelled and "no end" in seen:
        raise Inconclusive(seen["no end"])
    last: list[Any] = [started.record]
    final = _final_statuses(session, job, started)
    end_date, progress = EndDate(session, job), Progress(session, job)

    def probe() -> tuple[Exchange, Any] | None:
        exchange, record = look(session, job, started)
        if not isinstance(record, Mapping):
            raise Inconclusive(f"{job.read.id} shows no record of the job {started.id}")
        never_fall(session, job, exchange, last[0], record)
        last[0] = record
        progress.watch(exchange, record)
        end_date.watch(exchange, record)
        if not job.is_finished(record) and record.get("status") in final:
            session.broken(
                expected=f"a {job.end} with the status {record['status']}",
                received=f"{job.end} {in_short(record.get(job.end))}",
                exchange=exchange,
            )
        return (exchange, record) if job.is_finished(record) else None

    begun = time.monotonic()
    try:
        ended = session.wait_until(
            probe,
            what=f"the end of the job {started.id}",
            deadline=_patience(session, seen) if is_cancelled else None,
        )
    except Inconclusive as inconclusive:
        # Every requirement on jobs would wait as long for the same.
        if not is_cancelled:
            seen["no end"] = str(inconclusive)
            session.context.endless[job.trigger.id] += 1
            progress.assert_going_on()
        raise
    if not is_cancelled:
        seen["seconds"] = max(seen.get("seconds", 0.0), time.monotonic() - begun)
    return ended


def _patience(session: Session, seen: Mapping[str, Any]) -> float:
    """The seconds within which a cancelled job has to end: three times as long as jobs that ran to their end
    took, and a few more, but no longer than the target allows."""
    longest = float(session.target.deadline)
    return min(longest, 3 * seen["seconds"] + GRACE) if "seconds" in seen else longest


def _final_statuses(session: Session, job: Job, started: Created) -> frozenset[Any]:
    """The statuses that known jobs ended with and that this one did not begin with."""
    listing = job.resource.list
    if listing is None:
        return frozenset()
    known = session.fixtures.known_values(listing)
    if not all(name in known for name in listing.path_parameters):
        return frozenset()
    answer = session.call(listing.id, path=known)
    records = session.items(answer, job.resource) if answer.ok else []
    over = [record for record in records if job.is_finished(record)]
    first = started.record.get("status") if isinstance(started.record, Mapping) else None
    return frozenset(record["status"] for record in over if isinstance(record.get("status"), str)) - {first}


def above(job: Job, started: Created) -> dict[str, Any]:
    """The path values of what a job belongs to."""
    return {name: started.path[name] for name in job.resource.parents}


def never_fall(session: Session, job: Job, exchange: Exchange, earlier: Any, now: Any) -> None:
    """No counter is below where it was, or a text once it was a number."""
    if not isinstance(earlier, Mapping) or not isinstance(now, Mapping):
        return
    for name in job.counters:
        was, is_now = earlier.get(name), now.get(name)
        if isinstance(was, int) and isinstance(is_now, str):
            session.broken(
                expected=f"{name} as a number, as {job.trigger.id} or an earlier read showed it",
                received=in_short(is_now),
                exchange=exchange,
                because=stated_by(session, job.trigger, job.read),
            )
        if isinstance(was, int) and isinstance(is_now, int) and is_now < was:
            session.broken(
                expected=f"{name} at {was} or above", received=f"{name} {is_now}", exchange=exchange
            )


def ends_after_start(session: Session, job: Job, exchange: Exchange, record: Any) -> None:
    """The time of the end is not before that of the start."""
    shown = record if isinstance(record, Mapping) else {}
    for name in (beginning for beginning in _BEGINNINGS if beginning in shown):
        began, ended = instant(record.get(name)), instant(record.get(job.end))
        if began is not None and ended is not None and ended < began:
            session.broken(
                expected=f"{job.end} not before {name} {record[name]}",
                received=in_short(record[job.end]),
                exchange=exchange,
            )


def unchanged(session: Session, job: Job, started: Created, record: Any, when: str) -> None:
    """A read now shows the record; when: "after the next one has begun"."""
    shows_same(session, job, record, look(session, job, started), f"unchanged {when}")


def shows_same(session: Session, job: Job, record: Any, seen: tuple[Exchange, Any], how: str) -> None:
    """Status, end and counters are those of the record; how: "as in the list"."""
    exchange, now = seen
    for name in ("status", job.end, *job.counters):
        if isinstance(record, Mapping) and isinstance(now, Mapping) and record.get(name) != now.get(name):
            session.broken(
                expected=f"{name} {in_short(record.get(name))}, {how}",
                received=in_short(now.get(name)),
                exchange=exchange,
            )
