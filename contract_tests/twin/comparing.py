"""Where two implementations differ, each difference by the shortest sequence that shows it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contract_tests.openapi.resources import Resource
from contract_tests.session.context import RunContext
from contract_tests.twin.sequences import LIVES, Answer, Step, answers, sequence

_MASK: Final = "<volatile>"
_UNSTABLE: Final = -1
"""A status that differs from run to run."""

_REPETITIONS: Final = 3
"""How often a sequence that shows a difference is repeated on both."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """resource: what kind of thing it is about. what: status, media type, or a place of the body. first,
    second: what each shows there. steps: the shortest sequence, as requests to the first implementation.
    decisions: those on which status answers the last step, which the two settle differently."""

    resource: str
    what: str
    first: str
    second: str
    steps: tuple[str, ...]
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    index: int
    place: str
    first: str
    second: str


def disagreements(
    first: RunContext, second: RunContext, *, sequences: int, length: int, seed: int
) -> Iterator[Disagreement]:
    """Compare two implementations; one difference is shown once for each kind of thing and step."""
    for resource, other in comparable(first, second):
        pair = _Pair(first, second, resource, other)
        shown: set[tuple[str, str]] = set()
        rng = random.Random(f"{seed}:{resource.item}")  # noqa: S311 - repeatable on purpose
        drawn = (sequence(length, rng) for _ in range(sequences))
        for number, steps in enumerate((*LIVES, *drawn)):
            name = f"twin:{seed}:{number}"
            found = pair.compare(steps, name)
            if found is None:
                continue
            key = steps[found.index].kind, found.place
            if key in shown:
                continue
            shown.add(key)
            yield pair.shortest(steps[: found.index + 1], name, found)


def comparable(first: RunContext, second: RunContext) -> Iterator[tuple[Resource, Resource]]:
    """The resources of which both implementations can create and read things."""
    for resource in first.resources.all:
        other = second.resources.at(resource.item)
        if resource.create is not None and resource.read is not None and other is not None:
            yield resource, other


class _Pair:
    def __init__(self, first: RunContext, second: RunContext, one: Resource, other: Resource) -> None:
        self._first = first
        self._second = second
        self._one = one
        self._other = other

    def compare(self, steps: Sequence[Step], name: str) -> _Found | None:
        """The first difference that repetitions on the same implementation do not show as well."""
        once, twin = self._both(steps, name)
        for _ in range(_REPETITIONS):
            if _difference(once, twin) is None:
                return None
            again, twin_again = self._both(steps, name)
            once = [_stable(*both) for both in zip(once, again, strict=True)]
            twin = [_stable(*both) for both in zip(twin, twin_again, strict=True)]
        return _difference(once, twin)

    def _both(self, steps: Sequence[Step], name: str) -> tuple[list[Answer], list[Answer]]:
        first = answers(self._first, self._one, steps, name=name)
        return first, answers(self._second, self._other, steps, name=name)

    def shortest(self, steps: Sequence[Step], name: str, found: _Found) -> Disagreement:
        """Leave out steps, the first of the sequence as well, while the last one still differs as it did."""
        kept = list(steps)
        for index in range(len(steps) - 2, -1, -1):
            fewer = [*kept[:index], *kept[index + 1 :]]
            again = self.compare(fewer, name)
            if again is not None and again.index == len(fewer) - 1 and again.place == found.place:
                kept, found = fewer, again
        shown = answers(self._first, self._one, kept, name=name)
        return Disagreement(
            self._one.name,
            found.place,
            found.first,
            found.second,
            tuple(f"{answer.request} -> {answer.status}" for answer in shown),
            _decisions(self._first, self._one, kept) if found.place == "status" else (),
        )


def _decisions(context: RunContext, resource: Resource, steps: Sequence[Step]) -> tuple[str, ...]:
    """The decisions on which status answers the last of some steps."""
    last, is_deleted = steps[-1].kind, any(step.kind == "delete" for step in steps[:-1])
    operation, situations = {
        "make": (resource.create, ("create",)),
        "make wrongly": (resource.create, ("missing_body_member", "invalid_body")),
        "read unknown": (resource.read, ("unknown_id",)),
        "read": (resource.read, ("read_deleted",) if is_deleted else ()),
        "change": (resource.update, ("act_on_deleted",) if is_deleted else ("update",)),
        "delete": (resource.delete, ("delete_again",) if is_deleted else ("delete",)),
    }.get(last, (None, ()))
    if operation is None:
        return ()
    found = [decision for each in situations for decision in context.accepted(each, operation)[1]]
    return tuple(dict.fromkeys(found))


def _stable(once: Answer, again: Answer) -> Answer:
    """An answer with what another run of the same steps shows otherwise masked.

    A repetition that was not possible, because too much is left behind already, says nothing.
    """
    if again.status == 0:
        return once
    body = _masked(once.body, again.body)
    status = once.status if once.status == again.status else _UNSTABLE
    return Answer(once.request, status, once.media_type, body)


def _masked(once: Any, again: Any) -> Any:
    if isinstance(once, dict) and isinstance(again, dict) and once.keys() == again.keys():
        return {name: _masked(once[name], again[name]) for name in once}
    if isinstance(once, list) and isinstance(again, list) and len(once) == len(again):
        return [_masked(*both) for both in zip(once, again, strict=True)]
    return once if once == again and type(once) is type(again) else _MASK


def _difference(first: Sequence[Answer], second: Sequence[Answer]) -> _Found | None:
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        if one.status != other.status and _UNSTABLE not in (one.status, other.status):
            return _Found(index, "status", str(one.status), str(other.status))
        if one.media_type != other.media_type:
            return _Found(index, "media type", one.media_type, other.media_type)
        for place, value, counterpart in _places(one.body, other.body, ""):
            return _Found(index, place or "body", value, counterpart)
    return None


def _places(one: Any, other: Any, where: str) -> Iterator[tuple[str, str, str]]:
    if _MASK in (one, other):
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            place = f"{where}.{name}".lstrip(".")
            if name not in one or name not in other:
                yield place, "there" if name in one else "absent", "there" if name in other else "absent"
            else:
                yield from _places(one[name], other[name], place)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield where, f"{len(one)} items", f"{len(other)} items"
        for index, both in enumerate(zip(one, other, strict=False)):
            yield from _places(*both, f"{where}[{index}]")
    elif one != other or type(one) is not type(other):
        yield where, repr(one), repr(other)
