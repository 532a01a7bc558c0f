"""Which route a request takes: literal segments before templates, and the methods a path knows when none
fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Target = TypeVar("Target")

_WHOLE = "([^/]+?)"
"""A segment that is a parameter and nothing else: it yields to one with text around, as `{id}:cancel`."""

_TEMPLATE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """A route that fits, with the path's values by parameter name."""

    target: Target
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoMatch(Generic[Target]):
    """No route fits. allowed: the methods this very path knows; near: a target whose path starts alike, if
    any."""

    allowed: tuple[str, ...]
    near: Target | None


@dataclass(slots=True)
class _Leaf(Generic[Target]):
    target: Target
    names: tuple[str, ...]
    template: str


@dataclass(slots=True)
class _Node(Generic[Target]):
    literals: dict[str, _Node[Target]] = field(default_factory=dict)
    patterns: dict[str, tuple[re.Pattern[str], _Node[Target]]] = field(default_factory=dict)
    leaves: dict[str, _Leaf[Target]] = field(default_factory=dict)


class Router(Generic[Target]):
    """Routes by method and path template."""

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._first: Target | None = None

    def add(self, method: str, template: str, target: Target) -> str | None:
        """Add a route. Returns the template that already holds this place, if one does; then nothing is
        added."""
        node = self._root
        for segment in template.split("/")[1:]:
            if not _TEMPLATE.search(segment):
                node = node.literals.setdefault(segment, _Node())
                continue
            pattern = "".join(
                _WHOLE if index % 2 else re.escape(piece)
                for index, piece in enumerate(_TEMPLATE.split(segment))
            )
            node = node.patterns.setdefault(pattern, (re.compile(pattern, re.DOTALL), _Node()))[1]
        taken = node.leaves.get(method)
        if taken is not None:
            return taken.template
        node.leaves[method] = _Leaf(target, tuple(_TEMPLATE.findall(template)), template)
        self._first = target if self._first is None else self._first
        return None

    def match(self, method: str, path: str) -> Match[Target] | NoMatch[Target]:
        """The first route that fits, literal segments tried first."""
        segments = path.split("/")[1:]
        allowed: tuple[str, ...] = ()
        for node, values in _walk(self._root, segments, 0, ()):
            leaf = node.leaves.get(method)
            if leaf is not None:
                return Match(leaf.target, dict(zip(leaf.names, values, strict=True)))
            allowed = allowed or tuple(sorted(node.leaves))
        return NoMatch(allowed, self._near(segments))

    def _near(self, segments: list[str]) -> Target | None:
        """Some target below the longest beginning of the path that is known."""
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
    node: _Node[Target], segments: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[Target], tuple[str, ...]]]:
    if at == len(segments):
        yield node, values
        return
    literal = node.literals.get(segments[at])
    if literal is not None:
        yield from _walk(literal, segments, at + 1, values)
    mixed = False
    for text, (pattern, child) in sorted(node.patterns.items(), key=lambda entry: entry[0] == _WHOLE):
        match = None if mixed and text == _WHOLE else pattern.fullmatch(segments[at])
        for reached in _walk(child, segments, at + 1, (*values, *match.groups())) if match else ():
            mixed = mixed or text != _WHOLE
            yield reached


def _targets(node: _Node[Target]) -> Iterator[Target]:
    for leaf in node.leaves.values():
        yield leaf.target
    for child in node.literals.values():
        yield from _targets(child)
    for _pattern, child in node.patterns.values():
        yield from _targets(child)
