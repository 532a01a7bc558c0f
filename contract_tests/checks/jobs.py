"""Jobs: things started by a call without a body that go on by themselves and end with a time of their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract_tests.checks.records import in_short, instant, is_made_at, record_of, shown_members
from contract_tests.citations import Citations
from contract_tests.contract import Contract, Operation
from contract_tests.exchange import Exchange
from contract_tests.making import Maker
from contract_tests.outcomes import Inconclusive
from contract_tests.requirements import Family, Requirement
from contract_tests.resources import Resource, Resources
from contract_tests.session import Created, Session

_ENDS = ("completed_at", "finished_at", "ended_at", "completedAt", "finishedAt", "endedAt")
_COUNTED = ("fetched", "processed", "imported", "completed", "done")


@dataclass(frozen=True, eq=False)
class Job:
    """A kind of job.

    end: the member that holds the time of its end, null or absent before. counters: members that only grow.
    cancel: the operation that stops one, where there is one.
    """

    kind: Resource
    trigger: Operation
    read: Operation
    end: str
    counters: tuple[str, ...]
    cancel: Operation | None

    def is_finished(self, record: Any) -> bool:
        """Whether the record names the time of its end."""
        return isinstance(record, Mapping) and record.get(self.end) is not None


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What a started, a running, a cancelled and a finished job owe, per kind of job the document implies."""
    make = Maker(contract, citations, Family.JOBS)
    for job in jobs(contract):
        trigger, read, both = job.trigger, job.read, (*job.trigger.cites, *job.read.cites)
        yield make(
            trigger,
            "starts",
            title=f"what {trigger.id} started is shown by {read.id} and was not over before it began",
            cites=both,
            check=partial(starts, job=job),
            others=[read.id],
        )
        yield make(
            read,
            "progress",
            title=f"{read.id} shows a job whose counters never fall and whose end is dated, after its start",
            cites=both,
            check=partial(progresses, job=job),
            others=[trigger.id],
        )
        yield make(
            read,
            "stays-finished",
            title=f"{read.id} shows a finished job unchanged, also after the next one has begun",
            cites=both,
            check=partial(stays_finished, job=job),
            others=[trigger.id],
        )
        yield make(
            trigger,
            "second",
            title=f"{trigger.id} while a job runs starts another one or refuses without a trace",
            cites=(*trigger.cites, *make.decided("second_trigger", trigger)),
            check=partial(second, job=job),
        )
        if job.kind.list is not None:
            yield make(
                job.kind.list,
                "history",
                title=f"{job.kind.list.id} shows each finished job as {read.id} does, its times in order",
                cites=(*job.kind.list.cites, *read.cites),
                check=partial(history, job=job),
                others=[read.id],
            )
        if job.cancel is not None:
            yield from _of_cancelling(make, job, job.cancel)


def _of_cancelling(make: Maker, job: Job, cancel: Operation) -> Iterator[Requirement]:
    yield make(
        cancel,
        "cancels",
        title=f"after {cancel.id} the running job ends, and not as one that ran to its end",
        cites=(*cancel.cites, *make.decided("cancel", cancel)),
        check=partial(cancels, job=job),
        others=[job.trigger.id, job.read.id],
    )
    yield make(
        cancel,
        "idle",
        title=f"{cancel.id} with nothing running changes nothing",
        cites=(*cancel.cites, *make.decided("cancel_idle", cancel)),
        check=partial(idle, job=job),
    )


def jobs(contract: Contract) -> Iterator[Job]:
    """The kinds of jobs: created without a body, readable, and with a member for the time of their end."""
    for kind in Resources(contract).all:
        if kind.create is None or kind.create.body is not None or kind.read is None:
            continue
        shown = shown_members(kind.read, kind)
        end = next((name for name in _ENDS if name in shown), None)
        if end is None:
            continue
        counters = tuple(
            name
            for name, schema in shown.items()
            if "integer" in schema.types and any(word in name.lower() for word in _COUNTED)
        )
        paths = (f"{kind.collection}/cancel", f"{kind.item}/cancel")
        every = contract.operations.values()
        cancel = next((one for one in every if one.method == "POST" and one.path in paths), None)
        yield Job(kind, kind.create, kind.read, end, counters, cancel)


def starts(session: Session, job: Job) -> None:
    """The new job can be read at once, under its id, with counters at or above those it was answered with."""
    started = session.create(job.kind)
    exchange, record = look(session, job, started)
    _never_fall(session, job, exchange, started.record, record)
    if job.is_finished(started.record):
        _ends_after_start(session, job, started.exchange, started.record)


def progresses(session: Session, job: Job) -> None:
    """Each look at the job shows counters at or above the last look's, until it is finished."""
    started = session.create(job.kind)
    exchange, record = finished(session, job, started)
    _ends_after_start(session, job, exchange, record)


def stays_finished(session: Session, job: Job) -> None:
    """What is finished is finished: the same members now, later, and while the next job runs."""
    started = session.create(job.kind)
    _, record = finished(session, job, started)
    _unchanged(session, job, started, record, "when it is read again")
    following = session.call(job.trigger.id, path=_above(job, started))
    session.expect(following, "trigger", what="for a job after the last one has finished")
    created = session.created(job.kind, following, _above(job, started))
    if str(created.id) == str(started.id):
        session.broken(
            expected="a new job with an id of its own", received=in_short(created.id), exchange=following
        )
    _unchanged(session, job, started, record, "after the next one has begun")


def second(session: Session, job: Job) -> None:
    """A refused second job is not in the list; an accepted one does not take the first one's place."""
    started = session.create(job.kind)
    before = {str(each) for each in _ids(session, job, started)}
    again = session.expect(
        session.call(job.trigger.id, path=_above(job, started)), "second_trigger", what="for a second job"
    )
    after = {str(each) for each in _ids(session, job, started)}
    if not before <= after:
        session.broken(
            expected="the first job to stay in the list", received="a list without it", exchange=again
        )
    if not again.ok and after - before:
        session.broken(
            expected="no new job after the refusal",
            received=f"{len(after - before)} more in the list",
            exchange=again,
        )


def history(session: Session, job: Job) -> None:
    """Known jobs that are over look the same in the list and when read, and ended after they began."""
    assert job.kind.list is not None  # noqa: S101 - only such kinds come here
    path = session.subject(job.kind.list.id)
    exchange = session.control(session.call(job.kind.list.id, path=path))
    over = [one for one in session.items(exchange, job.kind) if job.is_finished(one)]
    if not over:
        raise Inconclusive("the list shows no finished job")
    for record in over:
        _ends_after_start(session, job, exchange, record)
    named = job.kind.id_pointer.rpartition("/")[2]
    for record in over[:2]:
        read = session.control(session.call(job.read.id, path={**path, job.kind.key: record[named]}))
        _same(session, job, record, (read, record_of(read, job.kind)), "as in the list")


def cancels(session: Session, job: Job) -> None:
    """A cancelled job is finished soon, with another status than one that ran to its end."""
    assert job.cancel is not None  # noqa: S101
    usual = _usual_status(session, job)
    started = session.create(job.kind)
    path = {**_above(job, started), **started.path}
    answer = session.expect(session.call(job.cancel.id, path=path), "cancel", what="for a running job")
    if not answer.ok:
        if not job.is_finished(look(session, job, started)[1]):
            raise Inconclusive(f"{job.cancel.id} was refused although the job runs")
        raise Inconclusive("the job was over before it could be cancelled")
    exchange, record = finished(session, job, started)
    if usual is not None and isinstance(record, Mapping) and record.get("status") == usual:
        session.broken(
            expected=f"the cancelled job to end otherwise than with status {usual}",
            received=f"status {usual}, as for a job that ran to its end",
            exchange=exchange,
        )
    _unchanged(session, job, started, record, "after it was cancelled")


def idle(session: Session, job: Job) -> None:
    """Cancelling where nothing runs leaves the finished jobs as they are."""
    assert job.cancel is not None  # noqa: S101
    started = session.create(job.kind)
    _, record = finished(session, job, started)
    path = {**_above(job, started), **started.path}
    session.expect(session.call(job.cancel.id, path=path), "cancel_idle", what="with nothing running")
    _unchanged(session, job, started, record, "after a cancel that came too late")


def look(session: Session, job: Job, started: Created) -> tuple[Exchange, Any]:
    """The job as a read shows it now."""
    exchange = session.control(session.call(job.read.id, path=started.path))
    return exchange, record_of(exchange, job.kind)


def finished(session: Session, job: Job, started: Created) -> tuple[Exchange, Any]:
    """The job once it is over; meanwhile its counters are watched.

    Raises Broken when one falls or when the job stands in a final status without an end, Inconclusive when
    it does not end in time.
    """
    last: list[Any] = [started.record]
    final = _final_statuses(session, job, started)

    def probe() -> tuple[Exchange, Any] | None:
        exchange, record = look(session, job, started)
        _never_fall(session, job, exchange, last[0], record)
        last[0] = record
        if not job.is_finished(record) and isinstance(record, Mapping) and record.get("status") in final:
            session.broken(
                expected=f"a {job.end} with the status {record['status']}",
                received=f"{job.end} {in_short(record.get(job.end))}",
                exchange=exchange,
            )
        return (exchange, record) if job.is_finished(record) else None

    return session.wait_until(probe, what=f"the end of the job {started.id}")


def _final_statuses(session: Session, job: Job, started: Created) -> frozenset[Any]:
    """The statuses that known jobs ended with and that this one did not begin with."""
    known = session.target.known
    if job.kind.list is None or not all(name in known for name in job.kind.parents):
        return frozenset()
    answer = session.call(job.kind.list.id, path={name: known[name] for name in job.kind.parents})
    over = [one for one in session.items(answer, job.kind) if job.is_finished(one)] if answer.ok else []
    first = started.record.get("status") if isinstance(started.record, Mapping) else None
    return frozenset(one["status"] for one in over if isinstance(one.get("status"), str)) - {first}


def _usual_status(session: Session, job: Job) -> Any:
    """How a job of this target ends when nobody cancels it."""
    _, record = finished(session, job, session.create(job.kind))
    return record.get("status") if isinstance(record, Mapping) else None


def _above(job: Job, started: Created) -> dict[str, Any]:
    return {name: started.path[name] for name in job.kind.parents}


def _ids(session: Session, job: Job, started: Created) -> list[Any]:
    named = job.kind.id_pointer.rpartition("/")[2]
    everything = session.walk(job.kind, path=_above(job, started)) if job.kind.list is not None else []
    return [one.get(named) for one in everything if isinstance(one, Mapping)]


def _never_fall(session: Session, job: Job, exchange: Exchange, earlier: Any, now: Any) -> None:
    if not isinstance(earlier, Mapping) or not isinstance(now, Mapping):
        return
    for name in job.counters:
        was, is_now = earlier.get(name), now.get(name)
        if isinstance(was, int) and isinstance(is_now, int) and is_now < was:
            session.broken(
                expected=f"{name} at {was} or above", received=f"{name} {is_now}", exchange=exchange
            )


def _ends_after_start(session: Session, job: Job, exchange: Exchange, record: Any) -> None:
    shown = shown_members(job.read, job.kind)
    begins = [name for name, schema in shown.items() if is_made_at(name, schema)]
    for name in begins:
        began, ended = instant(record.get(name)), instant(record.get(job.end))
        if began is not None and ended is not None and ended < began:
            session.broken(
                expected=f"{job.end} not before {name} {record[name]}",
                received=in_short(record[job.end]),
                exchange=exchange,
            )


def _unchanged(session: Session, job: Job, started: Created, record: Any, when: str) -> None:
    _same(session, job, record, look(session, job, started), f"unchanged {when}")


def _same(session: Session, job: Job, record: Any, seen: tuple[Exchange, Any], how: str) -> None:
    exchange, now = seen
    for name in ("status", job.end, *job.counters):
        if isinstance(record, Mapping) and isinstance(now, Mapping) and record.get(name) != now.get(name):
            session.broken(
                expected=f"{name} {in_short(record.get(name))}, {how}",
                received=in_short(now.get(name)),
                exchange=exchange,
            )
