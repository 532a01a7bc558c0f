"""One requirement's life: examined, once more where it breaks, and judged.

What is lost on the way makes an examination unsure: it is begun anew. What breaks is examined a second time
from scratch, and only what breaks twice is a finding.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import urlsplit

from contract_tests.evidence.levels import Level, described, level_of_breach, weakest
from contract_tests.redaction.curl import curl
from contract_tests.requirements.causes import cause
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import Finding, Outcome, Secret
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.context import RunContext
from contract_tests.session.creations import Siblings
from contract_tests.session.others import changed_by_others
from contract_tests.session.session import Session, StoppedError
from contract_tests.target.target_file import credential_variable
from contract_tests.verdicts import Broken, Inconclusive, Skipped, Unanswered, Verdict

TRIES = 6
"""How often an examination is begun at most, because something was lost on the way."""


def examine(
    context: RunContext,
    monitor: ResponseMonitor,
    requirement: Requirement,
    *,
    settled: Mapping[str, Broken] = MappingProxyType({}),
) -> tuple[Outcome, Mapping[str, Broken]]:
    """One requirement's life: examine it; if anything breaks, once more from scratch, and only what breaks
    twice counts.

    settled: response requirements known to be broken already. Returns the outcome, and the response
    requirements that its exchanges broke besides, or more plainly than was known.
    """
    return conclude(context, monitor, begin(context, monitor, requirement, settled=settled))


@dataclass(frozen=True, slots=True)
class Begun:
    """A requirement that was examined once.

    from_responses: the response requirements that its exchanges broke, or more plainly than was known.
    seconds: how long it took. is_disturbed: whether others changed meanwhile what it compares.
    """

    requirement: Requirement
    attempt: _Attempt
    from_responses: Mapping[str, Broken]
    seconds: float
    is_disturbed: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether it has to be examined again before it is a finding."""
        return self.attempt.from_check is not None or bool(self.from_responses)

    @property
    def may_be_disturbed(self) -> bool:
        """Whether what other requirements did meanwhile may be the reason for what it says: it sent something
        and was not simply kept."""
        if self.is_broken:
            return True
        attempt = self.attempt
        return attempt.verdict is not Verdict.PASSED and not attempt.unanswered and attempt.exchanges > 0

    @property
    def cause(self) -> str:
        """What it says, in words that are the same for everything of one cause."""
        attempt = self.attempt
        if attempt.from_check is not None:
            return cause(attempt.from_check.expected, attempt.from_check.received)
        if self.from_responses:
            return " ".join(sorted(self.from_responses))
        return f"{attempt.verdict.value}: {attempt.reason}"


def begin(
    context: RunContext,
    monitor: ResponseMonitor,
    requirement: Requirement,
    *,
    settled: Mapping[str, Broken] = MappingProxyType({}),
    is_disturbed: bool = False,
) -> Begun:
    """Examine a requirement for the first time. settled: as in `examine`. is_disturbed: as in `Begun`."""
    started = time.perf_counter()
    attempt = _attempt(context, monitor, requirement)
    from_responses = {
        name: broken
        for name, broken in attempt.from_responses.items()
        if monitor.stronger(settled.get(name), broken) is broken
    }
    return Begun(requirement, attempt, from_responses, time.perf_counter() - started, is_disturbed)


def conclude(
    context: RunContext, monitor: ResponseMonitor, begun: Begun, *, alone: bool = True
) -> tuple[Outcome, Mapping[str, Broken]]:
    """What a first examination says; a broken promise is examined again. Returns what `examine` does.

    alone: whether no other requirement is under examination, so that what changes is changed by others than
    this run.
    """
    first, requirement = begun.attempt, begun.requirement
    if not begun.is_broken:
        return _unbroken(requirement, first, first.exchanges, begun.seconds), {}
    started = time.perf_counter()
    context.controls.clear()
    context.observed.clear()
    second = _attempt(context, monitor, requirement)
    seconds = begun.seconds + time.perf_counter() - started
    exchanges = first.exchanges + second.exchanges
    from_responses = {
        name: broken for name, broken in second.from_responses.items() if name in begun.from_responses
    }
    if second.verdict is Verdict.SKIPPED:
        from_responses |= _lasting(begun.from_responses)
    if first.from_check is None:
        return _unbroken(requirement, first, exchanges, seconds), from_responses
    if second.from_check is None:
        is_explained = begun.is_disturbed and second.verdict is Verdict.PASSED
        last = second if is_explained else _contradicting(first.from_check, second)
        return _unbroken(requirement, last, exchanges, seconds), from_responses
    compared = second.looked_at if requirement.compares and alone else frozenset()
    changed = changed_by_others(context, compared)
    if changed is not None:
        last = _changed(second.from_check, changed)
        return _unbroken(requirement, last, exchanges, seconds), from_responses
    return _broken(context, requirement, second.from_check, exchanges, seconds), from_responses


def _lasting(breaches: Mapping[str, Broken]) -> dict[str, Broken]:
    """Breaches of an answer's own form, which stand where nothing can be asked again, as where no more things
    may be created because none can be deleted. A server error may have been trouble on the way."""
    return {
        name: broken
        for name, broken in breaches.items()
        if broken.exchange is not None and broken.exchange.status < 500
    }


def _unbroken(requirement: Requirement, last: _Attempt, exchanges: int, seconds: float) -> Outcome:
    return Outcome(
        requirement, last.verdict, last.reason, None, exchanges, seconds, unanswered=last.unanswered
    )


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One examination. unanswered: whether it is undecided because the target gave no answer.

    lost: what was lost on the way, which makes everything else it says unsure; else empty. looked_at: the
    collections that were listed.
    """

    verdict: Verdict
    reason: str = ""
    from_check: Broken | None = None
    from_responses: Mapping[str, Broken] = field(default_factory=dict)
    exchanges: int = 0
    unanswered: bool = False
    lost: str = ""
    looked_at: frozenset[Siblings] = frozenset()


def _contradicting(from_check: Broken, second: _Attempt) -> _Attempt:
    """What a second examination says of a promise that broke in the first one only."""
    if second.verdict is Verdict.ERRORED:
        return second
    reason = f"broken once and not again: {from_check}"
    if second.verdict is not Verdict.PASSED:
        reason = f"broken once ({from_check}), and not examined again: {second.reason}"
    return replace(second, verdict=Verdict.INCONCLUSIVE, reason=reason)


def _changed(broken: Broken, collection: Siblings) -> _Attempt:
    """What a broken promise says where others change what it compares."""
    reason = f"others change {collection.resource.collection} during the run: {broken}"
    return _Attempt(Verdict.INCONCLUSIVE, reason)


def _attempt(context: RunContext, monitor: ResponseMonitor, requirement: Requirement) -> _Attempt:
    """Examine a requirement, anew where something is lost on the way, a few times at most."""
    exchanges = 0
    for _ in range(TRIES):
        attempt = _examined_once(context, monitor, requirement)
        exchanges += attempt.exchanges
        if not attempt.lost or context.stopped.is_set():
            break
        context.controls.clear()
        context.observed.clear()
    return replace(attempt, exchanges=exchanges)


def _examined_once(context: RunContext, monitor: ResponseMonitor, requirement: Requirement) -> _Attempt:
    session = Session(context, name=requirement.id)
    attempt = _checked(session, requirement)
    try:
        session.clean()
        exchanges = len(session.exchanges)
        if session.lost:
            return _Attempt(
                Verdict.INCONCLUSIVE, session.lost, exchanges=exchanges, unanswered=True, lost=session.lost
            )
        from_responses = monitor.judge(session.exchanges, names_old=session.tracker.names_old)
    except Exception:
        return _Attempt(Verdict.ERRORED, traceback.format_exc(limit=-4), exchanges=len(session.exchanges))
    looked_at = frozenset(session.looked_at)
    return replace(attempt, from_responses=from_responses, exchanges=exchanges, looked_at=looked_at)


def _checked(session: Session, requirement: Requirement) -> _Attempt:
    """What the check says."""
    try:
        assert requirement.check is not None  # noqa: S101 - only those with a check are examined
        requirement.check(session)
    except Broken as broken:
        return _Attempt(Verdict.PASSED, from_check=broken)
    except Skipped as skipped:
        return _Attempt(Verdict.SKIPPED, str(skipped))
    except Inconclusive as inconclusive:
        unanswered = isinstance(inconclusive, Unanswered)
        return _Attempt(Verdict.INCONCLUSIVE, str(inconclusive), unanswered=unanswered)
    except StoppedError:
        return _Attempt(Verdict.INCONCLUSIVE, "interrupted")
    except Exception:
        return _Attempt(Verdict.ERRORED, traceback.format_exc(limit=-4))
    return _Attempt(Verdict.PASSED)


def keep_stronger(
    monitor: ResponseMonitor, known: dict[str, Broken], from_responses: Mapping[str, Broken]
) -> None:
    """Note which response requirements are broken, each by its best documented breach."""
    for name, broken in from_responses.items():
        known[name] = monitor.stronger(known.get(name), broken)


def response_outcome(
    context: RunContext,
    monitor: ResponseMonitor,
    requirement: Requirement,
    broken_rules: Mapping[str, Broken],
) -> Outcome:
    """The outcome of a response requirement, once the exchanges of the others were judged."""
    if requirement.id in broken_rules:
        return _broken(context, requirement, broken_rules[requirement.id], 0, 0.0)
    if requirement.id in monitor.judged:
        return Outcome(requirement, Verdict.PASSED)
    return Outcome(requirement, Verdict.SKIPPED, "not applicable: no matching response was seen")


def _broken(
    context: RunContext, requirement: Requirement, broken: Broken, exchanges: int, seconds: float
) -> Outcome:
    sent = broken.exchange.sent if broken.exchange else None
    needs = tuple(dict.fromkeys((*(broken.because or requirement.needs), *broken.readings)))
    level = weakest(
        [requirement.level, level_of_breach(broken, requirement.needs, context.citations, context.contract)]
    )
    sources = list(dict.fromkeys(_source(cite, context) for cite in needs))
    if (change := context.target.level_of(requirement.id)) is not None:
        level = change.level
        sources.insert(0, f"the target file, levels: {change.reason}")
    finding = Finding(
        requirement=requirement,
        operation=requirement.operations[0],
        level=level,
        expected=broken.expected,
        received=broken.received,
        sources=tuple(sources),
        curl="" if sent is None else curl(sent, secrets_of(context)),
        exchange=broken.exchange,
        cites=needs,
    )
    how = cause(broken.expected, broken.received)
    if refuted := _refuted(needs, context):
        return Outcome(requirement, Verdict.KNOWN, refuted, finding, exchanges, seconds, cause=how)
    verdict = Verdict.FAILED if level is Level.MUST else Verdict.WARNING
    return Outcome(requirement, verdict, "", finding, exchanges, seconds, cause=how)


def _refuted(needs: Iterable[str], context: RunContext) -> str:
    """Why an assertion with these citations does not count: the implementation is known to read one of them
    otherwise; else empty."""
    settled = (context.citations.settled(cite, context.contract.name) for cite in needs)
    refuted = next((each for each in settled if each is not None and each.is_not_asserted), None)
    return "" if refuted is None else f"{refuted.decision} is refuted: {refuted.because}"


def _source(cite: str, context: RunContext) -> str:
    """A citation in words, with what the fact says."""
    place = described(cite, context.citations, context.contract)
    fact = context.citations.facts.get(cite)
    return place if fact is None else f"{place}: {fact.says}"


def secrets_of(context: RunContext) -> list[Secret]:
    """What no report of this context may show."""
    credentials = [
        Secret(value, credential.env or credential_variable(context.contract.name, label))
        for label, credential in context.target.credentials.items()
        for value in credential.values
    ]
    credentials += [Secret(value, variable) for value, variable in context.target.connection.secrets()]
    address = urlsplit(context.target.base_url or "")
    if address.password:
        credentials.append(Secret(address.password, credential_variable(context.contract.name, "password")))
    return [*credentials, *(Secret(canary.value) for canary in context.canaries)]
