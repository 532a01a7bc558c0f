"""Match a request to a route: literal segments before templates, with the allowed methods when none fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Target = TypeVar("Target")

_WHOLE_SEGMENT = ("", "")
"""The texts of a segment that is one parameter without literal text; `{id}:cancel` is tried before it."""

_MOST_KEPT = 1000
_LONGEST_KEPT = 300
"""So many paths of at most so many characters are remembered with what they match."""

_TEMPLATE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """The matching route, with the path's parameter values by name.

    passed_over: the methods of a more literal template that matches the path too but lacks this method.
    """

    target: Target
    path: Mapping[str, str]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoMatch(Generic[Target]):
    """No route matches.

    allowed: the methods that this exact path supports. near: a target whose path starts alike, if any.
    """

    allowed: tuple[str, ...]
    near: Target | None


@dataclass(slots=True)
class _Leaf(Generic[Target]):
    target: Target
    names: tuple[str, ...]
    template: str


@dataclass(slots=True)
class _Node(Generic[Target]):
    """One segment of the tree of templates.

    mixed: by the texts around the parameters, for segments of text and parameters, in the order of insertion.
    parameter: for a segment that is one parameter.
    """

    literals: dict[str, _Node[Target]] = field(default_factory=dict)
    mixed: dict[tuple[str, ...], _Node[Target]] = field(default_factory=dict)
    parameter: _Node[Target] | None = None
    leaves: dict[str, _Leaf[Target]] = field(default_factory=dict)

    def parametrised(self, texts: tuple[str, ...]) -> _Node[Target]:
        """The node below for a segment with parameters, created where there is none."""
        if texts == _WHOLE_SEGMENT:
            self.parameter = self.parameter or _Node()
            return self.parameter
        return self.mixed.setdefault(texts, _Node())

    def fitting(self, segment: str) -> list[_Node[Target]]:
        """The nodes below for this segment, literal ones first."""
        nodes = [self.literals[segment]] if segment in self.literals else []
        nodes += [node for texts, node in self.mixed.items() if segment_values(texts, segment) is not None]
        return [*nodes, self.parameter] if self.parameter is not None and segment else nodes

    def below(self) -> Iterator[_Node[Target]]:
        """All nodes directly below."""
        yield from self.literals.values()
        yield from self.mixed.values()
        if self.parameter is not None:
            yield self.parameter


class Router(Generic[Target]):
    """Routes by method and path template."""

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._first: Target | None = None
        self._known: dict[tuple[str, str], Match[Target]] = {}

    def add(self, method: str, template: str, target: Target) -> str | None:
        """Add a route.

        Returns the template that is already registered for the same method and shape of path, in which case
        nothing is added; otherwise None.
        """
        self._known.clear()
        node = self._root
        for segment in template.split("/")[1:]:
            if not _TEMPLATE.search(segment):
                node = node.literals.setdefault(segment, _Node())
                continue
            node = node.parametrised(segment_texts(segment))
        existing = node.leaves.get(method)
        if existing is not None:
            return existing.template
        node.leaves[method] = _Leaf(target, tuple(_TEMPLATE.findall(template)), template)
        self._first = target if self._first is None else self._first
        return None

    def match(self, method: str, path: str) -> Match[Target] | NoMatch[Target]:
        """Return the first matching route; literal segments are tried before parameters."""
        known = self._known.get((method, path))
        if known is not None:
            return known
        segments = path.split("/")[1:]
        search: _Search[Target] = _Search(method, segments)
        leaf = search.leaf(self._root, 0, ())
        if leaf is not None:
            match = Match(leaf.target, dict(zip(leaf.names, search.values, strict=True)), search.allowed)
            self._keep(method, path, match)
            return match
        return NoMatch(search.allowed, self._near(segments))

    def _keep(self, method: str, path: str, match: Match[Target]) -> None:
        """Remember the match of a path: clients ask for the same ones again and again."""
        if len(path) > _LONGEST_KEPT:
            return
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[method, path] = match

    def _near(self, segments: list[str]) -> Target | None:
        """Return a target below the longest prefix of the path that some template shares."""
        node, nearest = self._root, self._first
        for segment in segments:
            children = node.fitting(segment)
            if not children:
                break
            node = children[0]
            nearest = next(_targets(node), nearest)
        return nearest


class _Search(Generic[Target]):
    """The search for one path. values: of the parameters, once a leaf is found. allowed: the methods of the
    first template that fits the path without having the method searched for."""

    __slots__ = ("_ends", "_method", "_segments", "allowed", "values")

    def __init__(self, method: str, segments: list[str]) -> None:
        self._method = method
        self._segments = segments
        self._ends = 0
        self.values: tuple[str, ...] = ()
        self.allowed: tuple[str, ...] = ()

    def leaf(self, node: _Node[Target], index: int, values: tuple[str, ...]) -> _Leaf[Target] | None:
        """The first leaf below a node that fits segments[index:], the most literal ones first."""
        segments = self._segments
        while index < len(segments):
            segment = segments[index]
            literal = node.literals.get(segment)
            # Where one way only leads on there is nothing to come back to.
            if literal is None and not node.mixed and node.parameter is not None and segment:
                node, values = node.parameter, (*values, segment)
            elif literal is not None and not node.mixed and node.parameter is None:
                node = literal
            else:
                return self._leaf_of_several(node, index, values)
            index += 1
        return self._end(node, values)

    def _leaf_of_several(
        self, node: _Node[Target], index: int, values: tuple[str, ...]
    ) -> _Leaf[Target] | None:
        segment = self._segments[index]
        literal = node.literals.get(segment)
        leaf = None if literal is None else self.leaf(literal, index + 1, values)
        if leaf is not None:
            return leaf
        ends_before = self._ends
        for texts, child in node.mixed.items():
            found = segment_values(texts, segment)
            leaf = None if found is None else self.leaf(child, index + 1, (*values, *found))
            if leaf is not None:
                return leaf
        # Once `{id}:cancel` fits, `{id}` must not: "7:cancel" is an action on 7, never an id.
        if self._ends > ends_before or node.parameter is None or not segment:
            return None
        return self.leaf(node.parameter, index + 1, (*values, segment))

    def _end(self, node: _Node[Target], values: tuple[str, ...]) -> _Leaf[Target] | None:
        self._ends += 1
        leaf = node.leaves.get(self._method)
        if leaf is None:
            # A template without this method does not end the search: a less literal one may have it.
            self.allowed = self.allowed or tuple(sorted(node.leaves))
        else:
            self.values = values
        return leaf


def segment_texts(template: str) -> tuple[str, ...]:
    """The literal texts around the parameters of a segment: one more than there are parameters."""
    # re.split with one group alternates literal text (even indexes) and parameter names (odd ones).
    return tuple(_TEMPLATE.split(template)[::2])


def segment_values(texts: tuple[str, ...], segment: str) -> tuple[str, ...] | None:
    """The values of the parameters in a segment, each as short as possible and not empty; None if it does not
    match.

    texts: the literal texts around the parameters. Takes time in proportion to the segment, which a regular
    expression does not.
    """
    first, *between, last = texts
    if not (segment.startswith(first) and segment.endswith(last)):
        return None
    start, end = len(first), len(segment) - len(last)
    values: list[str] = []
    for text in between:
        # The first place leaves the most room for what follows: if it does not fit, no other does.
        place = segment.find(text, start + 1, end)
        if place < 0:
            return None
        values.append(segment[start:place])
        start = place + len(text)
    return (*values, segment[start:end]) if start < end else None


def _targets(node: _Node[Target]) -> Iterator[Target]:
    for leaf in node.leaves.values():
        yield leaf.target
    for child in node.below():
        yield from _targets(child)
