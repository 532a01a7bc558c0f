"""Match a request to a route: literal segments before templates, with the allowed methods when none fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Target = TypeVar("Target")

_WHOLE_SEGMENT = "([^/]+?)"
"""Pattern of a segment that is one parameter without literal text; `{id}:cancel` is tried before it."""

_TEMPLATE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """The matching route, with the path's parameter values by name."""

    target: Target
    path: Mapping[str, str]


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
    """One segment of the tree of templates. patterns: by regular expression, in the order of insertion."""

    literals: dict[str, _Node[Target]] = field(default_factory=dict)
    patterns: dict[str, tuple[re.Pattern[str], _Node[Target]]] = field(default_factory=dict)
    leaves: dict[str, _Leaf[Target]] = field(default_factory=dict)


class Router(Generic[Target]):
    """Routes by method and path template."""

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._first: Target | None = None

    def add(self, method: str, template: str, target: Target) -> str | None:
        """Add a route.

        Returns the template that is already registered for the same method and shape of path, in which case
        nothing is added; otherwise None.
        """
        node = self._root
        for segment in template.split("/")[1:]:
            if not _TEMPLATE.search(segment):
                node = node.literals.setdefault(segment, _Node())
                continue
            # re.split with one group alternates literal text (even indexes) and parameter names (odd ones).
            pieces = enumerate(_TEMPLATE.split(segment))
            pattern = "".join(_WHOLE_SEGMENT if index % 2 else re.escape(piece) for index, piece in pieces)
            _, node = node.patterns.setdefault(pattern, (re.compile(pattern, re.DOTALL), _Node()))
        existing = node.leaves.get(method)
        if existing is not None:
            return existing.template
        node.leaves[method] = _Leaf(target, tuple(_TEMPLATE.findall(template)), template)
        self._first = target if self._first is None else self._first
        return None

    def match(self, method: str, path: str) -> Match[Target] | NoMatch[Target]:
        """Return the first matching route; literal segments are tried before parameters."""
        segments = path.split("/")[1:]
        allowed: tuple[str, ...] = ()
        for node, values in _walk(self._root, segments, 0, ()):
            leaf = node.leaves.get(method)
            if leaf is not None:
                # A template without this method does not end the search: a less literal one may have it.
                return Match(leaf.target, dict(zip(leaf.names, values, strict=True)))
            allowed = allowed or tuple(sorted(node.leaves))
        return NoMatch(allowed, self._near(segments))

    def _near(self, segments: list[str]) -> Target | None:
        """Return a target below the longest prefix of the path that some template shares."""
        node, nearest = self._root, self._first
        for segment in segments:
            children = [node.literals[segment]] if segment in node.literals else []
            children += [child for pattern, child in node.patterns.values() if pattern.fullmatch(segment)]
            if not children:
                break
            node = children[0]
            nearest = next(_targets(node), nearest)
        return nearest


def _walk(
    node: _Node[Target], segments: list[str], index: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[Target], tuple[str, ...]]]:
    """Yield the nodes that match segments[index:], the most literal first, with the parameter values."""
    if index == len(segments):
        yield node, values
        return
    literal = node.literals.get(segments[index])
    if literal is not None:
        yield from _walk(literal, segments, index + 1, values)
    mixed_matched = False
    # Sorting by False < True puts segments that mix text and parameters before whole parameters.
    for text, (pattern, child) in sorted(node.patterns.items(), key=lambda item: item[0] == _WHOLE_SEGMENT):
        # Once `{id}:cancel` matched, `{id}` must not: "7:cancel" is an action on 7, never an id.
        if mixed_matched and text == _WHOLE_SEGMENT:
            continue
        matched = pattern.fullmatch(segments[index])
        if matched is None:
            continue
        for reached in _walk(child, segments, index + 1, (*values, *matched.groups())):
            mixed_matched = mixed_matched or text != _WHOLE_SEGMENT
            yield reached


def _targets(node: _Node[Target]) -> Iterator[Target]:
    for leaf in node.leaves.values():
        yield leaf.target
    for child in node.literals.values():
        yield from _targets(child)
    for _pattern, child in node.patterns.values():
        yield from _targets(child)
