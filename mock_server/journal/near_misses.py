"""Which operations a request that matched nothing may have meant, and what kept it from each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

from mock_server.contract.operation import Contract, Operation

Rule = Literal["method", "segment", "missing", "surplus", "prefix", "slash", "letter_case"]
"""method: the path is right. segment: one is another word. missing, surplus: one is lacking or too many.
prefix: what stands before the contract's paths. slash: an empty segment. letter_case: right but for that."""

_ANOTHER_WORD = 1.5
"""What a segment costs that does not resemble the right one: it speaks of something else, unlike one that is
lacking."""

_ALIKE_WORD = 0.3
_VALUE = 0.6
"""What a lacking value of a path parameter costs: it says less than a word of the contract."""

_COSTS: dict[Rule, float] = {
    "method": 0.5,
    "segment": _ANOTHER_WORD,
    "missing": 1.0,
    "surplus": 1.0,
    "prefix": 0.4,
    "slash": 0.2,
    "letter_case": 0.25,
}
_ALIKE = 0.6
_FAREST = 2.5
_TEMPLATE = re.compile(r"\{[^{}]+\}")


@dataclass(frozen=True, slots=True)
class Missed:
    """One reason. segment: the number of the path's segment it is about, from 1 (0: none). found: what was
    sent there, wanted: what the operation has there."""

    rule: Rule
    segment: int
    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An operation that nearly matched. distance: the smaller, the nearer."""

    contract: str
    operation: str
    method: str
    path: str
    distance: float
    missed: tuple[Missed, ...]


def near_misses(method: str, path: str, contracts: Iterable[Contract], *, limit: int = 3) -> list[NearMiss]:
    """The operations nearest to a request, the nearest first; none that has little to do with it.

    An operation that fits in everything is left out.
    """
    found = [
        miss
        for contract in contracts
        for operation in contract.operations.values()
        if (miss := _miss(method, path, operation, contract.prefix)) is not None
    ]
    near = [one for one in found if one.missed and one.distance <= min(_FAREST, _segments(one.path) * 0.6)]
    return sorted(near, key=lambda one: (one.distance, -_shared(path, one.path), one.path, one.method))[
        :limit
    ]


def _shared(sent: str, wanted: str) -> int:
    """How many segments the two begin with alike."""
    pairs = zip(sent.split("/"), wanted.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _segments(path: str) -> int:
    return path.count("/")


def _miss(method: str, path: str, operation: Operation, prefix: str) -> NearMiss | None:
    slashes = tuple(_slashes(path))
    sent = [segment for segment in path.split("/") if segment]
    wanted = [segment for segment in operation.path.split("/") if segment]
    if abs(len(sent) - len(wanted)) > 3 + prefix.count("/"):
        return None
    ways = [_aligned(sent, wanted), *_about_prefix(sent, wanted, prefix)]
    missed = min(ways, key=_distance)
    wrong = (Missed("method", 0, method, operation.method),) if method != operation.method else ()
    missed = (*wrong, *slashes, *missed)
    return NearMiss(
        operation.contract, operation.id, operation.method, operation.path, _distance(missed), missed
    )


def _distance(missed: Iterable[Missed]) -> float:
    return round(sum(map(_cost, missed)), 2)


def _cost(missed: Missed) -> float:
    if missed.rule == "segment" and _alike(missed.found, missed.wanted):
        return _ALIKE_WORD
    if missed.rule == "missing" and _TEMPLATE.fullmatch(missed.wanted):
        return _VALUE
    return _COSTS[missed.rule]


def _slashes(path: str) -> Iterator[Missed]:
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments, 1):
        if not segment and segments != [""]:
            yield Missed("slash", number, "", "")


def _about_prefix(sent: list[str], wanted: list[str], prefix: str) -> Iterator[tuple[Missed, ...]]:
    """The path with the contract's prefix put in front, and with what stands before the prefix taken away."""
    before = [segment for segment in prefix.split("/") if segment]
    if before and sent[: len(before)] != before:
        lacking = Missed("prefix", 1, "", prefix)
        yield (lacking, *_aligned(sent, wanted[len(before) :]))
    for surplus in (1, 2):
        if len(sent) > surplus and sent[surplus : surplus + 1] == wanted[:1] and sent[:1] != wanted[:1]:
            too_much = Missed("prefix", 1, "/" + "/".join(sent[:surplus]), "")
            yield (too_much, *_aligned(sent[surplus:], wanted, start=surplus))


def _aligned(sent: list[str], wanted: list[str], *, start: int = 0) -> tuple[Missed, ...]:
    """The cheapest way from the segments sent to those wanted; of equal ones that which goes wrong last."""
    row: list[tuple[Missed, ...]] = [()]
    for one in wanted:
        row.append((*row[-1], Missed("missing", start + 1, "", one)))
    for number, found in enumerate(sent, start + 1):
        above, row = row, [(*row[0], Missed("surplus", number, found, ""))]
        for at, one in enumerate(wanted):
            ways = (
                (*above[at + 1], Missed("surplus", number, found, "")),
                (*row[at], Missed("missing", number + 1, "", one)),
                (*above[at], *_compared(found, one, number)),
            )
            row.append(min(ways, key=_distance))
    return row[-1]


def _compared(found: str, wanted: str, number: int) -> tuple[Missed, ...]:
    if _TEMPLATE.search(wanted):
        pattern = ".+".join(map(re.escape, _TEMPLATE.split(wanted)))
        return () if re.fullmatch(pattern, found) else (Missed("segment", number, found, wanted),)
    if found == wanted:
        return ()
    rule: Rule = "letter_case" if found.lower() == wanted.lower() else "segment"
    return (Missed(rule, number, found, wanted),)


def _alike(found: str, wanted: str) -> bool:
    return SequenceMatcher(None, found.lower(), wanted.lower()).ratio() >= _ALIKE
