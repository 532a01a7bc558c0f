"""Several runs together: shards joined to one verdict, and an older run compared with a newer one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract_tests.engine.exit_codes import exit_of
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.comparison import compared
from contract_tests.reports.joining import JoinError, joined
from contract_tests.requirements.results import Outcome
from contract_tests.verdicts import Verdict


def _part(whole: MaskedResult, number: int, parts: int) -> MaskedResult:
    outcomes = [each for place, each in enumerate(whole.outcomes) if place % parts == number - 1]
    return MaskedResult(replace(whole, outcomes=tuple(outcomes), shard=(number, parts)))


def test_joined_shards_are_the_whole(report_result: MaskedResult) -> None:
    parts = [_part(report_result, number, 3) for number in (3, 1, 2)]

    whole = joined(parts)

    assert {each.requirement.id: each for each in whole.outcomes} == {
        each.requirement.id: each for each in report_result.outcomes
    }
    assert exit_of(whole) == exit_of(report_result)
    assert (whole.leftovers, whole.problems) == (report_result.leftovers, report_result.problems)


def test_a_requirement_of_several_shards_has_the_strongest_verdict(report_result: MaskedResult) -> None:
    kept = next(each for each in report_result.outcomes if each.verdict is Verdict.PASSED)
    unseen = replace(kept, verdict=Verdict.SKIPPED, reason="no matching response was seen")

    whole = joined([_only(report_result, unseen, 1), _only(report_result, kept, 2)])

    assert [each.verdict for each in whole.outcomes] == [Verdict.PASSED]


def _only(result: MaskedResult, outcome: Outcome, number: int) -> MaskedResult:
    return MaskedResult(replace(result, outcomes=(outcome,), shard=(number, 2)))


def test_what_is_missing_or_of_another_run_is_refused(report_result: MaskedResult) -> None:
    first, second = _part(report_result, 1, 3), _part(report_result, 2, 3)

    with pytest.raises(JoinError, match="the report of shard 3 of 3 is missing"):
        joined([first, second])
    with pytest.raises(JoinError, match="different runs: seed is"):
        joined([first, MaskedResult(replace(second, seed=7))])


def test_a_comparison_tells_what_changed(report_result: MaskedResult) -> None:
    kept = next(each for each in report_result.outcomes if each.verdict is Verdict.PASSED)
    broken = next(each for each in report_result.outcomes if each.verdict is Verdict.FAILED)
    skipped = next(each for each in report_result.outcomes if each.verdict is Verdict.SKIPPED)
    old = MaskedResult(replace(report_result, outcomes=(kept, broken, skipped)))

    def changed(outcome: Outcome, **members: object) -> MaskedResult:
        others = [each for each in old.outcomes if each is not outcome]
        return MaskedResult(replace(old, outcomes=(*others, replace(outcome, **members))))  # type: ignore[arg-type]

    def names(outcomes: tuple[Outcome, ...]) -> list[str]:
        return [each.requirement.id for each in outcomes]

    assert compared(old, old) == compared(old, MaskedResult(replace(old, seed=9)))
    assert names(compared(old, changed(kept, verdict=Verdict.FAILED)).broken) == [kept.requirement.id]
    assert names(compared(old, changed(broken, cause="another")).otherwise) == [broken.requirement.id]
    assert names(compared(old, changed(broken, verdict=Verdict.PASSED, finding=None)).mended) == [
        broken.requirement.id
    ]
    assert names(compared(old, changed(kept, verdict=Verdict.INCONCLUSIVE)).no_longer) == [
        kept.requirement.id
    ]
    assert names(compared(old, changed(skipped, verdict=Verdict.PASSED)).newly) == [skipped.requirement.id]
    without = MaskedResult(replace(old, outcomes=(broken, skipped)))
    assert names(compared(old, without).no_longer) == [kept.requirement.id]
