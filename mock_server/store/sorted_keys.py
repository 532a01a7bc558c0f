"""An immutable sorted sequence of entries, cheap to change: a tree of which a change copies one path."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, Final

Entry = tuple[Any, ...]
"""What an index sorts: the rank where it has one, the position in the order of creation, and the key."""

_WIDTH: Final = 64
"""The maximum number of entries or children of a node. A change copies that many at each of a few levels."""

_FEW: Final = 8
"""Up to so many changes are made one by one; more of them by building the sequence again."""

_Leaf = tuple[Entry, ...]


class _Inner:
    """A node with children. end: the last entry. counts: the number of entries of each child."""

    __slots__ = ("_starts", "children", "count", "counts", "end")

    def __init__(self, children: tuple[_Node, ...], counts: tuple[int, ...]) -> None:
        self.children = children
        self.counts = counts
        self.count = sum(counts)
        self.end = _end(children[-1]) if children else ()
        self._starts: list[int] | None = None

    @classmethod
    def above(cls, children: Sequence[_Node]) -> _Inner:
        """A node with these children."""
        return cls(tuple(children), tuple(map(_count, children)))

    @property
    def starts(self) -> list[int]:
        """The number of entries before each child, computed when it is first needed."""
        if self._starts is None:
            self._starts = list(accumulate(self.counts[:-1], initial=0))
        return self._starts

    def replaced(self, place: int, others: tuple[_Node, ...]) -> _Inner:
        """This node with other children in the place of one."""
        return _Inner(
            self.children[:place] + others + self.children[place + 1 :],
            self.counts[:place] + tuple(map(_count, others)) + self.counts[place + 1 :],
        )


_Node = _Leaf | _Inner


class SortedKeys:
    """Entries in ascending order. Methods that change them return another sequence."""

    __slots__ = ("_root",)

    def __init__(self, root: _Node) -> None:
        self._root = root

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> SortedKeys:
        """A sequence with these entries, which must be sorted."""
        # Nodes are not filled, so that the next entries fit without dividing them.
        width = _WIDTH * 3 // 4
        nodes: list[_Node] = [tuple(entries[at : at + width]) for at in range(0, len(entries), width)] or [()]
        while len(nodes) > 1:
            nodes = [_Inner.above(nodes[at : at + width]) for at in range(0, len(nodes), width)]
        return cls(nodes[0])

    def __len__(self) -> int:
        return _count(self._root)

    def __iter__(self) -> Iterator[Entry]:
        return _between(self._root, 0, len(self))

    def between(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries from one position to before another, 0 <= start and stop <= the number of entries."""
        if not isinstance(self._root, _Inner):
            return iter(self._root[start:stop])
        return _between(self._root, start, stop)

    def part(self, start: int, stop: int) -> Sequence[Entry]:
        """The entries that between() yields, all at once."""
        if not isinstance(self._root, _Inner):
            return self._root[start:stop]
        entries: list[Entry] = []
        _add_between(entries, self._root, start, stop)
        return entries

    def position(self, entry: Entry) -> int:
        """The number of entries before this one. The first part of an entry stands for the first that begins
        with it."""
        node, before = self._root, 0
        while isinstance(node, _Inner):
            place = bisect_left(node.children, entry, key=_end)
            if place == len(node.children):
                return before + node.count
            before += node.starts[place] if place else 0
            node = node.children[place]
        return before + bisect_left(node, entry)

    def position_after(self, rank: Any) -> int:
        """The number of entries with this rank or a smaller one."""
        node, before = self._root, 0
        while isinstance(node, _Inner):
            place = bisect_right(node.children, rank, key=_last_rank)
            if place == len(node.children):
                return before + node.count
            before += node.starts[place] if place else 0
            node = node.children[place]
        return before + bisect_right(node, rank, key=_rank)

    def with_entry(self, entry: Entry) -> SortedKeys:
        """These entries and another one."""
        nodes = _inserted(self._root, entry)
        return SortedKeys(nodes[0] if len(nodes) == 1 else _Inner.above(nodes))

    def without_entry(self, entry: Entry) -> SortedKeys:
        """These entries except one. Raises KeyError where it is not among them."""
        root = _removed(self._root, entry)
        while isinstance(root, _Inner) and len(root.children) <= 1:
            root = root.children[0] if root.children else ()
        return SortedKeys(root)

    def changed(self, removed: Iterable[Entry], added: Iterable[Entry]) -> SortedKeys:
        """These entries without some, which must be among them, and with others."""
        gone, new = set(removed), list(added)
        if len(gone) + len(new) > _FEW:
            return SortedKeys.of(sorted([*(entry for entry in self if entry not in gone), *new]))
        result = self
        for entry in gone:
            result = result.without_entry(entry)
        for entry in new:
            result = result.with_entry(entry)
        return result


EMPTY: Final = SortedKeys(())
"""No entries."""


def joined(sequences: Iterable[SortedKeys]) -> SortedKeys:
    """The entries of all these sequences, each once. Takes time in proportion to their number."""
    entries = set(chain.from_iterable(sequences))
    return SortedKeys.of(sorted(entries))


def _inserted(node: _Node, entry: Entry) -> tuple[_Node, ...]:
    """The node with another entry, or the two nodes into which it was divided."""
    if not isinstance(node, _Inner):
        place = bisect_left(node, entry)
        leaf = node[:place] + (entry,) + node[place:]  # noqa: RUF005 - unpacking takes twice as long
        if len(leaf) <= _WIDTH:
            return (leaf,)
        middle = _middle(is_last=place == len(node))
        return leaf[:middle], leaf[middle:]
    place = min(bisect_left(node.children, entry, key=_end), len(node.children) - 1)
    inner = node.replaced(place, _inserted(node.children[place], entry))
    if len(inner.children) <= _WIDTH:
        return (inner,)
    middle = _middle(is_last=place == len(node.children) - 1)
    return _Inner.above(inner.children[:middle]), _Inner.above(inner.children[middle:])


def _middle(*, is_last: bool) -> int:
    """Where a full node is divided. is_last: whether it grew at its end, as it does with each new record:
    then the first half needs no room."""
    return _WIDTH if is_last else _WIDTH // 2


def _removed(node: _Node, entry: Entry) -> _Node:
    """The node without an entry; a node without entries where it was the last. Raises KeyError."""
    if not isinstance(node, _Inner):
        place = bisect_left(node, entry)
        if place == len(node) or node[place] != entry:
            raise KeyError(entry)
        return node[:place] + node[place + 1 :]
    place = bisect_left(node.children, entry, key=_end)
    if place == len(node.children):
        raise KeyError(entry)
    child = _removed(node.children[place], entry)
    return node.replaced(place, (child,) if _count(child) else ())


def _between(node: _Node, start: int, stop: int) -> Iterator[Entry]:
    if not isinstance(node, _Inner):
        yield from node[start:stop]
        return
    place = bisect_right(node.starts, start) - 1 if start else 0
    for child in node.children[place:]:
        before = node.starts[place] if place else 0
        if before >= stop:
            return
        yield from _between(child, max(start - before, 0), stop - before)
        place += 1


def _add_between(entries: list[Entry], node: _Node, start: int, stop: int) -> None:
    if not isinstance(node, _Inner):
        entries += node[start:stop]
        return
    starts = node.starts
    for place in range(bisect_right(starts, start) - 1 if start else 0, len(starts)):
        before = starts[place]
        if before >= stop:
            return
        _add_between(entries, node.children[place], max(start - before, 0), stop - before)


def _count(node: _Node) -> int:
    return node.count if isinstance(node, _Inner) else len(node)


def _end(node: _Node) -> Entry:
    return node.end if isinstance(node, _Inner) else node[-1]


def _last_rank(node: _Node) -> Any:
    return _end(node)[0]


def _rank(entry: Entry) -> Any:
    return entry[0]
