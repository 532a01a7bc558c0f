"""Two worlds side by side, each as it is or as a snapshot has it: what the right one has and has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mock_server.json_pointer import pointer
from mock_server.store.json_equality import same

if TYPE_CHECKING:
    from mock_server.redaction import Secrets
    from mock_server.snapshots.snapshot import Snapshot
    from mock_server.store.memory import SavedState
    from mock_server.store.protocol import Record

_ABSENT: Final = object()
"""The value of a member that is not there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs. field: its place as a JSON pointer. A side that has none is left out of
    to_json()."""

    field: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        sides = {"before": self.before, "after": self.after}
        return {
            "field": self.field,
            **{side: value for side, value in sides.items() if value is not _ABSENT},
        }


@dataclass(frozen=True, slots=True)
class CollectionDifference:
    """What differs in one collection. added, removed: keys that only the right, the left one has. changed:
    key → what differs in the record."""

    storage: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[Difference, ...]]

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        contract, _, collection = self.storage.partition("/")
        return {
            "contract": contract,
            "collection": collection,
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [
                {"key": key, "fields": [difference.to_json() for difference in differences]}
                for key, differences in self.changed.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, its secrets masked: one that differs is told as such, and as masked on both sides."""

    collections: tuple[CollectionDifference, ...]
    settings: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.collections and not self.settings

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "same": self.same,
            "collections": [collection.to_json() for collection in self.collections],
            "settings": [setting.to_json() for setting in self.settings],
        }


def compare(left: Snapshot, right: Snapshot, secrets: Secrets) -> Comparison:
    """What the right one has that the left one has not, what it lacks, and what differs.

    Costs what differs where both were written on the same base, else what they hold. Records are compared by
    key: their order, and the numbers that new ones will get, are not told. Where one side has its secrets
    masked for good, secrets are not compared. Two clocks that run at one speed differ at no time.
    """
    names = sorted({*left.saved.collections, *right.saved.collections})
    blind = left.masked or right.masked
    collections = (_collection(name, left.saved, right.saved, secrets, blind=blind) for name in names)
    settings = _differences(*_comparable(left, right))
    return Comparison(
        tuple(collection for collection in collections if collection is not None), tuple(settings)
    )


def _collection(
    name: str, left: SavedState, right: SavedState, secrets: Secrets, *, blind: bool
) -> CollectionDifference | None:
    added: list[str] = []
    removed: list[str] = []
    changed: dict[str, tuple[Difference, ...]] = {}
    for key, before, after in _differing(name, left, right):
        if before is None:
            added.append(key)
        elif after is None:
            removed.append(key)
        else:
            masked = secrets.mask_record(name, before), secrets.mask_record(name, after)
            differences = tuple(_differences(*(masked if blind else (before, after)), *masked))
            if differences:
                changed[key] = differences
    if not (added or removed or changed):
        return None
    return CollectionDifference(name, tuple(added), tuple(removed), changed)


def _differing(
    name: str, left: SavedState, right: SavedState
) -> Iterator[tuple[str, Record | None, Record | None]]:
    """Keys in their own order, with what either side has under them."""
    if left.base is right.base:
        keys = sorted({*left.written(name), *right.written(name)})
        sides = ((key, left.get(name, key), right.get(name, key)) for key in keys)
    else:
        before, after = dict(left.items(name)), dict(right.items(name))
        sides = ((key, before.get(key), after.get(key)) for key in sorted({*before, *after}))
    yield from (side for side in sides if not same(*side[1:]))


def _differences(
    left: Any, right: Any, shown_left: Any = ..., shown_right: Any = ..., path: tuple[str | int, ...] = ()
) -> Iterator[Difference]:
    """The innermost places where two values differ.

    shown_left, shown_right: the same values with their secrets masked; where that has taken away what was
    inside, the whole is told. Lists of different lengths are told whole.
    """
    if same(left, right):
        return
    if shown_left is ...:
        shown_left, shown_right = left, right
    inside = _steps(left, right)
    if inside is None or not (_alike(left, shown_left) and _alike(right, shown_right)):
        yield Difference(pointer(path), shown_left, shown_right)
        return
    for step in inside:
        yield from _differences(
            _at(left, step), _at(right, step), _at(shown_left, step), _at(shown_right, step), (*path, step)
        )


def _steps(left: Any, right: Any) -> list[str | int] | None:
    """What to look at inside two values, in the order of the left one; None where they are told whole."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return [*left, *(name for name in right if name not in left)]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return list(range(len(left)))
    return None


def _alike(value: Any, masked: Any) -> bool:
    """Whether masking has left everything inside at its place."""
    if isinstance(value, Mapping):
        return isinstance(masked, Mapping) and value.keys() == masked.keys()
    return isinstance(value, list) and isinstance(masked, list) and len(value) == len(masked)


def _at(value: Any, step: str | int) -> Any:
    return value.get(step, _ABSENT) if isinstance(value, Mapping) else value[step]


def _comparable(left: Snapshot, right: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of both without what differs between two worlds nobody has touched.

    Rules and overrides stand by their ids, so that one more is one difference.
    """
    sides = left.settings(), right.settings()
    for side in sides:
        side["faults"] = _by_id(side["faults"], "rules")
        side["overrides"] = _by_id(side["overrides"], "overrides")
    clocks = [side["clock"] for side in sides]
    if all(clock["mode"] == "running" and clock["scale"] == clocks[0]["scale"] for clock in clocks):
        for clock in clocks:
            del clock["now"]
    return sides


def _by_id(rules: Mapping[str, Any], listed: str) -> dict[str, Any]:
    others = {name: value for name, value in rules.items() if name not in {listed, "named"}}
    return {listed: {entry["id"]: entry for entry in rules[listed]}, **others}
