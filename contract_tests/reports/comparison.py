"""Two runs compared: what broke, what was mended, and what is judged no longer."""

from __future__ import annotations

from dataclasses import dataclass

from contract_tests.redaction.masking import MaskedResult
from contract_tests.requirements.results import Outcome
from contract_tests.verdicts import Verdict

_BREAKS = (Verdict.FAILED, Verdict.WARNING, Verdict.KNOWN)
_CONCLUDED = (*_BREAKS, Verdict.PASSED)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcomes of the newer run that differ from those of the older one, in catalogue order.

    broken: kept before, or not judged. otherwise: broken before as well, for another cause. mended: broken
    before, kept now. no_longer: judged before, not now; where a requirement is gone, its older outcome.
    newly: kept now, not judged before.
    """

    broken: tuple[Outcome, ...]
    otherwise: tuple[Outcome, ...]
    mended: tuple[Outcome, ...]
    no_longer: tuple[Outcome, ...]
    newly: tuple[Outcome, ...]


def compared(old: MaskedResult, new: MaskedResult) -> Comparison:
    """Compare two results."""
    before = {outcome.requirement.id: outcome for outcome in old.outcomes}
    now = {outcome.requirement.id: outcome for outcome in new.outcomes}

    def was(outcome: Outcome, *verdicts: Verdict) -> bool:
        earlier = before.get(outcome.requirement.id)
        return earlier is not None and earlier.verdict in verdicts

    broken = [outcome for outcome in new.outcomes if outcome.verdict in _BREAKS]
    kept = [outcome for outcome in new.outcomes if outcome.verdict is Verdict.PASSED]
    unjudged = [outcome for outcome in new.outcomes if outcome.verdict not in _CONCLUDED]
    gone = [outcome for name, outcome in before.items() if name not in now]
    return Comparison(
        broken=tuple(each for each in broken if not was(each, *_BREAKS)),
        otherwise=tuple(
            each for each in broken if was(each, *_BREAKS) and before[each.requirement.id].cause != each.cause
        ),
        mended=tuple(each for each in kept if was(each, *_BREAKS)),
        no_longer=(
            *(each for each in unjudged if was(each, *_CONCLUDED)),
            *(each for each in gone if each.verdict in _CONCLUDED),
        ),
        newly=tuple(each for each in kept if not was(each, *_CONCLUDED)),
    )
