"""Which operations a request that matched nothing may have meant, and how it differs from each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter
from typing import Literal

from mock_server.contract.operation import Contract, Operation
from mock_server.contract.router import segment_texts, segment_values
from mock_server.similarity import is_similar

Rule = Literal["method", "segment", "missing", "surplus", "prefix", "slash", "letter_case"]
"""How a request differs from an operation.

method: only the method is wrong. segment: a segment is another word. missing, surplus: a segment is lacking
or too many. prefix: what stands before the contract's paths. slash: an empty segment. letter_case: a segment
is right but for upper and lower case.
"""

_OTHER_WORD = 1.5
"""Cost of a segment unlike the right one. It costs more than a missing one, as it names something else."""

_SIMILAR_WORD = 0.3
_MISSING_VALUE = 0.6
"""Cost of a missing value of a path parameter: it says less than a missing word of the contract."""

_COSTS: dict[Rule, float] = {
    "method": 0.5,
    "segment": _OTHER_WORD,
    "missing": 1.0,
    "surplus": 1.0,
    "prefix": 0.4,
    "slash": 0.2,
    "letter_case": 0.25,
}

_LARGEST_DISTANCE = 2.5
_LARGEST_DISTANCE_PER_SEGMENT = 0.6
_LONGEST_WORD = 200
_MOST_SEGMENTS = 200
"""No operation has a path of more segments; each would be compared with every operation."""

_LARGEST_DIFFERENCE = 3
"""Paths that differ by more segments than this are not compared."""

_CLOSELY_COMPARED = 3
"""Paths that `nearest` compares segment by segment."""

_TEMPLATE = re.compile(r"\{[^{}]+\}")


@dataclass(frozen=True, slots=True)
class Missed:
    """One difference.

    segment: number of the path's segment it is about, from 1 (0: none). found: what was sent there. wanted:
    what the operation has there.
    """

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


def near_misses(
    method: str,
    path: str,
    contracts: Iterable[Contract],
    *,
    limit: int = 3,
    among: frozenset[str] | None = None,
) -> list[NearMiss]:
    """The operations nearest to a request, the nearest first.

    among: the only paths that are compared, as the contracts write them; None for all. An operation that
    matches is left out, and so are all that have little in common with the request.
    """
    sent = path.split("/", _MOST_SEGMENTS + 1)[1:]
    if len(sent) > _MOST_SEGMENTS:
        return []
    if sum(1 for segment in sent[:-1] if not segment) * _COSTS["slash"] > _LARGEST_DISTANCE:
        return []
    # What is longer is no word of a contract; the rest of it would only take time.
    path = "/".join(["", *map(_shortened, sent)])
    misses: list[NearMiss] = []
    for contract in contracts:
        for operation in contract.operations.values():
            if among is not None and operation.path not in among:
                continue
            miss = _miss(method, path, operation, contract.prefix)
            if miss is not None and _is_near(miss):
                misses.append(miss)

    def rank(miss: NearMiss) -> tuple[float, int, str, str]:
        return miss.distance, -_common_beginning(path, miss.path), miss.path, miss.method

    return sorted(misses, key=rank)[:limit]


def nearest(method: str, path: str, contracts: Iterable[Contract]) -> NearMiss | None:
    """The operation nearest to a request, None where none has much in common with it.

    Quick enough for every request that matches nothing: only the few paths that share most words with the
    request are compared with it closely.
    """
    sent = frozenset(path.split("/", _MOST_SEGMENTS + 1)[1:])
    shared: dict[str, int] = {}
    declared = list(contracts)
    for contract in declared:
        for operation in contract.operations.values():
            if operation.path not in shared:
                shared[operation.path] = sum(word in sent for word in _words(operation.path))
    length = path.count("/")
    ranked = sorted(shared, key=lambda each: (-shared[each], abs(each.count("/") - length)))
    misses = near_misses(method, path, declared, limit=1, among=frozenset(ranked[:_CLOSELY_COMPARED]))
    return misses[0] if misses else None


@lru_cache(maxsize=4096)
def _words(path: str) -> frozenset[str]:
    """The constant segments of a path."""
    return frozenset(segment for segment in _segments(path) if "{" not in segment)


def _shortened(segment: str) -> str:
    return segment if len(segment) <= _LONGEST_WORD else f"{segment[:_LONGEST_WORD]}..."


def _is_near(miss: NearMiss) -> bool:
    by_length = miss.path.count("/") * _LARGEST_DISTANCE_PER_SEGMENT
    return bool(miss.missed) and miss.distance <= min(_LARGEST_DISTANCE, by_length)


def _common_beginning(sent: str, wanted: str) -> int:
    """How many segments are equal before the first one that differs."""
    pairs = zip(sent.split("/"), wanted.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _miss(method: str, path: str, operation: Operation, prefix: str) -> NearMiss | None:
    missed = _path_differences(path, operation.path, prefix)
    if missed is None:
        return None
    if method != operation.method:
        missed = (Missed("method", 0, method, operation.method), *missed)
    distance = _distance(missed)
    return NearMiss(operation.contract, operation.id, operation.method, operation.path, distance, missed)


@lru_cache(maxsize=256)
def _path_differences(path: str, template: str, prefix: str) -> tuple[Missed, ...] | None:
    """How a path differs from an operation's, None where they are too different to be compared.

    The same for all methods of a path, and for a client that repeats its mistake.
    """
    sent, wanted = _segments(path), _segments(template)
    if abs(len(sent) - len(wanted)) > _LARGEST_DIFFERENCE + prefix.count("/"):
        return None
    alternatives = [_aligned(sent, wanted), *_prefix_differences(sent, wanted, prefix)]
    return (*_empty_segments(path), *min(alternatives, key=_distance))


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _distance(missed: Iterable[Missed]) -> float:
    return round(sum(map(_cost, missed)), 2)


def _cost(missed: Missed) -> float:
    if missed.rule == "segment" and _is_similar(missed.found, missed.wanted):
        return _SIMILAR_WORD
    if missed.rule == "missing" and _TEMPLATE.fullmatch(missed.wanted):
        return _MISSING_VALUE
    return _COSTS[missed.rule]


@lru_cache(maxsize=4096)
def _is_similar(found: str, wanted: str) -> bool:
    # The same words are compared for many operations and many requests. They are short, see _shortened.
    return is_similar(found, wanted)


def _empty_segments(path: str) -> Iterator[Missed]:
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments, 1):
        if not segment and segments != [""]:
            yield Missed("slash", number, "", "")


def _prefix_differences(sent: list[str], wanted: list[str], prefix: str) -> Iterator[tuple[Missed, ...]]:
    """The differences that remain when the contract's prefix is added, or one or two segments before it are
    removed."""
    before = _segments(prefix)
    if before and sent[: len(before)] != before:
        lacking = Missed("prefix", 1, "", prefix)
        yield (lacking, *_aligned(sent, wanted[len(before) :]))
    for count in (1, 2):
        is_prefixed = len(sent) > count and sent[count : count + 1] == wanted[:1] and sent[:1] != wanted[:1]
        if is_prefixed:
            surplus = Missed("prefix", 1, "/" + "/".join(sent[:count]), "")
            yield (surplus, *_aligned(sent[count:], wanted, start=count))


def _aligned(sent: list[str], wanted: list[str], *, start: int = 0) -> tuple[Missed, ...]:
    """The cheapest differences between the segments sent and wanted; of equally cheap ones, those that begin
    last.

    This is the edit distance by dynamic programming: after each row, row[n] has the differences between the
    segments sent so far and the first n wanted ones. start: number of segments before the first one sent.
    """
    equal = 0
    for segment, word in zip(sent, wanted, strict=False):
        if segment != word:
            break
        equal += 1
    sent, wanted, start = sent[equal:], wanted[equal:], start + equal
    row: list[_Differences] = [(0.0, ())]
    for word in wanted:
        row.append(_with(row[-1], Missed("missing", start + 1, "", word)))
    for number, segment in enumerate(sent, start + 1):
        surplus = Missed("surplus", number, segment, "")
        above, row = row, [_with(row[0], surplus)]
        for index, word in enumerate(wanted):
            compared = _compared(segment, word, number)
            alternatives = (
                _with(above[index + 1], surplus),
                _with(row[index], Missed("missing", number + 1, "", word)),
                _with(above[index], compared) if compared else above[index],
            )
            row.append(min(alternatives, key=itemgetter(0)))
    return row[-1][1]


_Differences = tuple[float, tuple[Missed, ...]]
"""Some differences after their distance."""


def _with(differences: _Differences, missed: Missed) -> _Differences:
    """These differences and one more."""
    distance, before = differences
    return round(distance + _cost(missed), 2), (*before, missed)


def _compared(segment: str, wanted: str, number: int) -> Missed | None:
    if _TEMPLATE.search(wanted):
        matches = segment_values(segment_texts(wanted), segment) is not None
        return None if matches else Missed("segment", number, segment, wanted)
    if segment == wanted:
        return None
    rule: Rule = "letter_case" if segment.lower() == wanted.lower() else "segment"
    return Missed(rule, number, segment, wanted)
