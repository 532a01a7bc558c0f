"""Jobs: things started by a call without a body that go on by themselves and end with a time of their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from contract_tests.checks.lib.job_polling import (
    GOING,
    GRACE,
    EndDate,
    Job,
    above,
    ends_after_start,
    finished,
    jobs,
    look,
    never_fall,
    shows_same,
    stated_by,
    unchanged,
)
from contract_tests.checks.lib.records import in_short, listed_ids, reading_of_a_file, record_of
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.builder import RequirementBuilder, RequirementSpec, RequirementTable
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import SUCCESS, Created, Session, described
from contract_tests.verdicts import Broken, Inconclusive, Skipped

_A_FEW = 3

_MARGIN = 0.5
"""Seconds beyond those that others took after which a job has run to its end."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What a started, a running, a cancelled and a finished job owe, per kind of job the document implies."""
    build = RequirementBuilder(contract, citations, Family.JOBS)
    for job in jobs(contract):
        roles = {"trigger": job.trigger, "read": job.read, "list": job.resource.list, "cancel": job.cancel}
        played = {name: operation for name, operation in roles.items() if operation is not None}
        cites = {
            name: carrying(facts_of(operation.cites, citations), citations, contract)
            for name, operation in played.items()
        }
        # That a list remembers, and what a cancel leads to, is stated where facts are written of it;
        # elsewhere it is a reading of ours.
        for name, shown_by in (("history", ("list",)), ("cancelled", ("cancel", "read"))):
            needs = tuple(cite for each in shown_by for cite in cites.get(each, ()))
            cites[name] = (*needs, *reading_of_a_file(needs, contract))
        table = {promise: row for promise, row in PROMISES.items() if row.operation in played}
        yield from build.table(table, played, behind=cites, job=job)


def starts(session: Session, job: Job) -> None:
    """The new job can be read at once, under its id, with counters at or above those it was answered with."""
    started = session.create(job.resource)
    exchange = session.call(job.read.id, path=started.path)
    record = record_of(session.expect(exchange, SUCCESS, what="for a job just started"), job.resource)
    shown = record.get(job.resource.id_member) if isinstance(record, Mapping) else started.id
    if str(shown) != str(started.id):
        session.broken(expected=f"the job {started.id}", received=in_short(shown), exchange=exchange)
    never_fall(session, job, exchange, started.record, record)
    if job.is_finished(started.record):
        ends_after_start(session, job, started.exchange, started.record)


def lives(session: Session, job: Job, part: str) -> None:
    """One job from its start until after its end, for each requirement that speaks of a part of its life.

    Waiting for the end of a job is most of what these cost, so one life serves all of them: a part that held
    is noted and not lived again. A part that did not is left to the requirement it belongs to. part: its
    name; empty, the parts are only noted.
    """
    seen: dict[str, Any] = session.context.observed.setdefault(job.trigger.id, {})
    if seen.pop(part, False):
        return
    started = session.create(job.resource)
    exchange, record = finished(session, job, started)
    ends_after_start(session, job, exchange, record)
    _has_ended(session, job, started, record)
    seen["progress"] = True
    seen["agrees"] = True
    for name, afterwards in _AFTERWARDS.items():
        if part == "stays-finished" and name != part:
            continue
        try:
            afterwards(session, job, started, record)
            seen[name] = True
        except (Broken, Inconclusive, Skipped):
            if name == part:
                raise
            break
    seen.pop(part, None)


def _has_ended(session: Session, job: Job, started: Created, record: Any) -> None:
    """A job that shows the time of its end does not go on calling itself running; it may for a moment."""

    def is_said() -> bool | None:
        return str(_status(look(session, job, started)[1])).lower() not in GOING or None

    if str(_status(record)).lower() not in GOING:
        return
    try:
        session.wait_until(is_said, what=f"another status of the job {started.id}", deadline=GRACE)
    except Inconclusive:
        exchange, record = look(session, job, started)
        session.broken(
            expected=f"another status than {_status(record)} beside {job.end} {in_short(record[job.end])}",
            received=f"status {_status(record)}",
            exchange=exchange,
            because=stated_by(session, job.trigger, job.read),
        )


def _stays_finished(session: Session, job: Job, started: Created, record: Any) -> None:
    """What is finished is finished: the same members now, later, and while the next job runs."""
    unchanged(session, job, started, record, "when it is read again")
    following = session.call(job.trigger.id, path=above(job, started))
    session.expect(following, "trigger", what="for a job after the last one has finished")
    created = session.created(job.resource, following, above(job, started))
    if str(created.id) == str(started.id):
        session.broken(
            expected="a new job with an id of its own", received=in_short(created.id), exchange=following
        )
    unchanged(session, job, started, record, "after the next one has begun")


def _stays_so_when_idle(session: Session, job: Job, started: Created, record: Any) -> None:
    """Cancelling where nothing runs leaves the finished jobs as they are."""
    if job.cancel is None:
        return
    path = {**above(job, started), **started.path}
    session.expect(session.call(job.cancel.id, path=path), "cancel_idle", what="with nothing running")
    unchanged(session, job, started, record, "after a cancel that came too late")


def _stays_listed(session: Session, job: Job, started: Created, record: Any) -> None:
    """After the next job has begun, the list shows the finished one too."""
    del record
    ids = listed_ids(session, job.resource, above(job, started))
    if ids and str(started.id) not in ids:
        session.broken(
            expected=f"the finished job {started.id} in the list, beside the new one",
            received="a list without it",
            exchange=session.exchanges[-1],
        )


_AFTERWARDS = {
    "idle": _stays_so_when_idle,
    "stays-finished": _stays_finished,
    "keeps": _stays_listed,
}
"""The parts of a life after its end; the second one begins another job."""


def second(session: Session, job: Job) -> None:
    """A refused second job is not in the list; an accepted one does not take the first one's place."""
    started = session.create(job.resource)
    before = set(listed_ids(session, job.resource, above(job, started)))
    again = session.expect(
        session.call(job.trigger.id, path=above(job, started)), "second_trigger", what="for a second job"
    )
    after = set(listed_ids(session, job.resource, above(job, started)))
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
    assert job.resource.list is not None  # noqa: S101 - only such kinds come here
    path = session.subject(job.resource.list.id)
    exchange = session.control(session.call(job.resource.list.id, path=path))
    over = [record for record in session.items(exchange, job.resource) if job.is_finished(record)]
    if not over:
        raise Inconclusive("the list shows no finished job")
    for record in over:
        ends_after_start(session, job, exchange, record)
    for record in over[:2]:
        read = session.control(
            session.call(job.read.id, path={**path, job.resource.key: record[job.resource.id_member]})
        )
        shows_same(session, job, record, (read, record_of(read, job.resource)), "as in the list")


def is_listed(session: Session, job: Job, part: str) -> None:
    """A job as the list shows it until the next one has begun, for both requirements that speak of that.

    part: the name of the one that is judged; nothing is left to do where `lives` noted it.
    """
    seen: dict[str, Any] = session.context.observed.setdefault(job.trigger.id, {})
    if job.cancel is not None:
        with suppress(Inconclusive):  # a job that never ends for a read may end in the list
            _usual_statuses(session, job)  # what cancels need anyway; its jobs may have shown this
    if seen.pop(part, False):
        return
    started = session.create(job.resource)
    end_date = EndDate(session, job)

    def is_over() -> Any | None:
        record = session.find(started)
        if record is None:
            raise Inconclusive(f"the list does not show the job {started.id}")
        end_date.watch(session.exchanges[-1], record)
        return record if job.is_finished(record) else None

    session.wait_until(is_over, what=f"the end of the job {started.id} in the list")
    if part == "agrees":
        _is_read_as_finished(session, job, started)
        return
    session.control(session.call(job.trigger.id, path=above(job, started)))
    _stays_listed(session, job, started, None)


def _is_read_as_finished(
    session: Session, job: Job, started: Created, *, shown: Exchange | None = None
) -> None:
    """A read may be a moment behind the list, or behind another answer that showed the end, but not for good.

    shown: the answer that showed the end, where it was not the list.
    """

    def is_over() -> bool | None:
        return job.is_finished(look(session, job, started)[1]) or None

    try:
        session.wait_until(is_over, what=f"the end of the job {started.id}", deadline=GRACE)
    except Inconclusive:
        exchange, record = look(session, job, started)
        end = record.get(job.end) if isinstance(record, Mapping) else None
        where = "the list" if shown is None else shown.sent.operation
        session.broken(
            expected=f"the {job.end} that {where} shows of the finished job {started.id}",
            received=f"{job.end} {in_short(end)}",
            exchange=exchange,
            because=() if shown is None else stated_by(session, job.read),
        )


def cancels(session: Session, job: Job) -> None:
    """Cancelled jobs are finished soon, with another status than those that run to their end. Jobs may end in
    several ways, so there are a few of either sort.
    """
    usual = _usual_statuses(session, job)
    cancelled = []
    for _ in range(_A_FEW):
        started = session.create(job.resource)
        cancelled.append((started, _cancelled(session, job, started, usual)))
    _stays_cancelled(session, job, *cancelled[0], usual)


def _cancelled(session: Session, job: Job, started: Created, usual: frozenset[str]) -> Any:
    """The job as it ended after it was cancelled.

    A cancel that is only taken note of (202) may come too late, and then the job ends as usual.
    """
    assert job.cancel is not None  # noqa: S101 - only such jobs come here
    path = {**above(job, started), **started.path}
    if job.is_finished(look(session, job, started)[1]):
        raise Inconclusive("the job was over before it could be cancelled")
    answer = session.expect(session.call(job.cancel.id, path=path), "cancel", what="for a running job")
    if not answer.ok:
        if job.is_finished(look(session, job, started)[1]):
            raise Inconclusive("the job was over before it could be cancelled")
        raise Inconclusive(f"{job.cancel.id} was refused although the job runs")
    goes_on = not job.is_finished(_still_there(session, job, started))
    if goes_on and job.is_finished(_shown_by(answer, job, started)):
        _is_read_as_finished(session, job, started, shown=answer)
    try:
        exchange, record = finished(session, job, started, is_cancelled=True)
    except Inconclusive:
        if usual:
            session.broken(
                expected=f"the cancelled job to end within {session.target.deadline:g} s, as others do",
                received="one that goes on",
                exchange=answer,
            )
        raise
    status = _status(record)
    if status in usual:
        if answer.status == 202:
            raise Inconclusive("the job ran to its end before the cancel took effect")
        # One that was over before the cancel came would not have been seen to run after it.
        session.broken(
            expected=f"the cancelled job to end otherwise than with status {status}",
            received=f"status {status}, as for a job that ran to its end",
            exchange=exchange,
            because=stated_by(session, job.cancel) if goes_on else (),
        )
    unchanged(session, job, started, record, "after it was cancelled")
    return record


def _still_there(session: Session, job: Job, started: Created) -> Any:
    """A cancelled job as a read shows it, which still finds it."""
    exchange = session.call(job.read.id, path=started.path)
    if exchange.status in (404, 410):
        session.broken(
            expected=f"the cancelled job {started.id}",
            received=described(exchange),
            exchange=exchange,
            because=stated_by(session, job.read),
        )
    return record_of(session.control(exchange), job.resource)


def _shown_by(answer: Exchange, job: Job, started: Created) -> Any:
    """The job in the answer to its cancel, None where it shows none or another one."""
    record = record_of(answer, job.resource)
    shown = record.get(job.resource.id_member) if isinstance(record, Mapping) else None
    return record if str(shown) == str(started.id) else None


def _stays_cancelled(
    session: Session, job: Job, started: Created, record: Any, usual: frozenset[str]
) -> None:
    """After the time that others took to run to their end, it has not run to its end after all."""
    seconds = session.context.observed[job.trigger.id].get("seconds")
    if job.cancel is None or seconds is None or seconds > GRACE:
        return
    session.context.sleep(seconds + _MARGIN)
    exchange, now = look(session, job, started)
    if _status(record) not in usual and _status(now) in usual:
        session.broken(
            expected=f"status {_status(record)}, which the job has had since it was cancelled",
            received=f"status {_status(now)}, as for a job that ran to its end",
            exchange=exchange,
            because=stated_by(session, job.cancel, job.read),
        )


def leaves_others(session: Session, job: Job) -> None:
    """While one job is cancelled, those of other parents run to their end: an older and a newer one."""
    assert job.cancel is not None  # noqa: S101 - only such jobs come here
    usual = _usual_statuses(session, job)
    if not usual:
        raise Inconclusive("no job was seen to run to its end")
    # The parents first: a short job would be over while those of the next one are made.
    places = [session.subject(job.trigger.id) for _ in range(3)]
    older, started, newer = (session.create(job.resource, under=place) for place in places)
    if above(job, older) == above(job, started):
        raise Skipped(f"all of {job.resource.name} have one parent")
    path = {**above(job, started), **started.path}
    answer = session.control(session.call(job.cancel.id, path=path))
    for other in (older, newer):
        exchange, record = finished(session, job, other)
        if _status(record) in usual:
            continue
        # What a cancelled job is called is known from the one that was cancelled.
        cancelled = _status(finished(session, job, started, is_cancelled=True)[1])
        if _status(record) == cancelled:
            session.broken(
                expected=f"the job {other.id} to run to its end, since {started.id} was cancelled",
                received=f"status {cancelled}, as after {answer.sent.operation}",
                exchange=exchange,
            )


def _status(record: Any) -> Any:
    return record.get("status") if isinstance(record, Mapping) else None


def _usual_statuses(session: Session, job: Job) -> frozenset[str]:
    """How jobs of this target end that are not cancelled: of a few that run beside a whole life."""
    seen: dict[str, Any] = session.context.observed.setdefault(job.trigger.id, {})
    if "usual statuses" not in seen:
        beside = [session.create(job.resource) for _ in range(_A_FEW)]
        with suppress(Broken, Inconclusive):  # for the requirements they belong to
            lives(session, job, "")
        with suppress(Broken):
            records = [finished(session, job, created)[1] for created in beside]
            statuses = [record.get("status") for record in records if isinstance(record, Mapping)]
            seen["usual statuses"] = frozenset(status for status in statuses if isinstance(status, str))
    found: frozenset[str] = seen.get("usual statuses", frozenset())
    return found


PROMISES: RequirementTable = {
    "what {trigger} started is shown by {read} and was not over before it began": RequirementSpec(
        "trigger", "starts", "trigger read", starts, ("read",)
    ),
    "{read} shows a job whose counters never fall and whose end is dated, after its start": RequirementSpec(
        "read",
        "progress",
        "trigger read X14",
        partial(lives, part="progress"),
        ("trigger",),
        waits=True,
        also=(
            ("a counter that {trigger} shows as a number is not a text in {read}", "trigger read"),
            ("{read} does not call a job running that has ended", "trigger read"),
        ),
    ),
    "{read} shows a finished job unchanged, also after the next one has begun": RequirementSpec(
        "read",
        "stays-finished",
        "trigger read X14",
        partial(lives, part="stays-finished"),
        ("trigger",),
        waits=True,
    ),
    "{trigger} while a job runs starts another one or refuses without a trace": RequirementSpec(
        "trigger", "second", "trigger X14", second, decided="second_trigger"
    ),
    "{list} shows each finished job as {read} does, its times in order": RequirementSpec(
        "list", "history", "list read X14", history, ("read",)
    ),
    "{read} shows a job as finished once {list} does": RequirementSpec(
        "read", "agrees", "list read", partial(is_listed, part="agrees"), ("list",), waits=True
    ),
    "{list} shows a finished job also after the next one has begun": RequirementSpec(
        "list", "keeps", "history", partial(is_listed, part="keeps"), ("trigger",), waits=True
    ),
    "after {cancel} the running job ends, and not as one that ran to its end": RequirementSpec(
        "cancel",
        "cancels",
        "cancel X14",
        cancels,
        ("trigger", "read"),
        decided="cancel",
        waits=True,
        also=(("{read} shows what {cancel} answered, and no job that ran on after it", "cancelled"),),
    ),
    "{cancel} cancels no job of another parent": RequirementSpec(
        "cancel", "others", "cancel", leaves_others, ("trigger", "read"), waits=True
    ),
    "{cancel} with nothing running changes nothing": RequirementSpec(
        "cancel", "idle", "cancel X14", partial(lives, part="idle"), decided="cancel_idle", waits=True
    ),
}
"""Of each kind of job; what needs a list or a cancel is left out where there is none."""
