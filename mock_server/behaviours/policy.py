"""How fast and to which end the records of a collection move, set for one world while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Lifecycle

Pace = Literal["at_once", "after_seconds", "after_reads", "by_hand"]

MOST_SECONDS: Final = 366 * 24 * 3600
MOST_READS: Final = 1_000
MOST_STEPS: Final = 1_000


class PolicyError(ValueError):
    """A policy that a lifecycle cannot follow. member: the one at fault; empty for the policy as a whole."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}" if member else reason)
        self.member = member


@dataclass(frozen=True, slots=True)
class Policy:
    """How records begun from now on move; without one it is what the behaviour file declares: Policy().

    pace: what moves a record. at_once: the request after the one that began it finds it over. after_seconds:
    the clock, which needs a time between `seconds` (lowest, highest; None: those declared). after_reads: each
    reply that shows it, the `reads`-th showing its end. by_hand: steps by hand alone. A step by hand brings a
    record of any pace forward by one of `steps` equal parts. fail_at: the record fails on reaching this many
    of the steps. outcome: the state it ends in (None: drawn from those declared).
    """

    pace: Pace = "after_seconds"
    seconds: tuple[float, float] | None = None
    reads: int = 3
    steps: int = 4
    fail_at: int | None = None
    outcome: str | None = None

    @classmethod
    def read(cls, document: Any, lifecycle: Lifecycle) -> Policy:
        """A policy from its JSON form; members left out are as in Policy(). Raises PolicyError, naming the
        member and the values it may have."""
        if not isinstance(document, Mapping):
            raise PolicyError("", "a policy is an object")
        usual = cls()
        for name in document:
            _one_of(name, asdict(usual), "", "member")
        steps = _whole(document, "steps", usual.steps, MOST_STEPS)
        policy = cls(
            pace=_one_of(document.get("pace", usual.pace), get_args(Pace), "pace", "pace"),
            seconds=_range(document.get("seconds")),
            reads=_whole(document, "reads", usual.reads, MOST_READS),
            steps=steps,
            fail_at=None if document.get("fail_at") is None else _whole(document, "fail_at", 1, steps),
            outcome=_outcome(document.get("outcome"), lifecycle),
        )
        if policy.fail_at is not None:
            _check_failing(policy, lifecycle)
        return policy

    def to_json(self) -> dict[str, Any]:
        """Every member, null where it is left to the declaration; read() takes it back."""
        return {
            "pace": self.pace,
            "seconds": None if self.seconds is None else list(self.seconds),
            "reads": self.reads,
            "steps": self.steps,
            "fail_at": self.fail_at,
            "outcome": self.outcome,
        }


def _check_failing(policy: Policy, lifecycle: Lifecycle) -> None:
    if lifecycle.fails is None:
        raise PolicyError("fail_at", "the lifecycle declares no outcome that means failure (fails)")
    if policy.outcome not in (None, lifecycle.fails):
        reason = f"a record that fails on the way ends as {lifecycle.fails!r}, not as {policy.outcome!r}"
        raise PolicyError("outcome", f"{reason} (give either fail_at or outcome)")


def _outcome(value: Any, lifecycle: Lifecycle) -> str | None:
    return None if value is None else _one_of(value, lifecycle.outcomes, "outcome", "outcome")


def _one_of(value: Any, allowed: Iterable[str], member: str, kind: str) -> Any:
    known = list(allowed)
    if value not in known:
        raise PolicyError(member, f"no {kind} {value!r} (there are: {', '.join(known)})")
    return value


def _whole(document: Mapping[str, Any], member: str, usual: int, most: int) -> int:
    value = document.get(member, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise PolicyError(member, f"{value!r} is no whole number from 1 to {most}")
    return value


def _range(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_time, value)):
        shortest, longest = value
        if shortest <= longest:
            return shortest, longest
    raise PolicyError(
        "seconds", f"{value!r} is no [shortest, longest] of two numbers from 0 to {MOST_SECONDS}"
    )


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST_SECONDS
