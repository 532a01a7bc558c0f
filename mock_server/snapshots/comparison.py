"""The differences between two snapshots, with secrets masked."""

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
"""The value of a missing member."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference inside a record or a setting. field: a JSON pointer. before, after: the value in the
    left and the right snapshot; a missing one is left out of to_json()."""

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
    """The differences in one collection. added, removed: keys that only the right, only the left snapshot
    has. changed: key → differences in the record."""

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
    """All differences. A secret that differs is listed, masked on both sides."""

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
    """The differences from the left to the right snapshot.

    Records are compared by key; their order and the sequences are not compared. Secrets are not compared
    where one side was imported with masked secrets, and neither are the times of two clocks that run at the
    same speed. Takes time in proportion to the changes where both have the same base, else to all records.
    """
    names = sorted({*left.saved.collections, *right.saved.collections})
    masked = left.masked or right.masked
    collections = (_collection(name, left.saved, right.saved, secrets, masked=masked) for name in names)
    settings = _differences(*_comparable(left, right))
    return Comparison(
        tuple(collection for collection in collections if collection is not None), tuple(settings)
    )


def _collection(
    name: str, left: SavedState, right: SavedState, secrets: Secrets, *, masked: bool
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
            shown = secrets.mask_for_export(name, before), secrets.mask_for_export(name, after)
            compared = shown if masked else (before, after)
            differences = tuple(_differences(*compared, *shown))
            if differences:
                changed[key] = differences
    if not (added or removed or changed):
        return None
    return CollectionDifference(name, tuple(added), tuple(removed), changed)


def _differing(
    name: str, left: SavedState, right: SavedState
) -> Iterator[tuple[str, Record | None, Record | None]]:
    """The keys of records that differ, sorted, with the left and the right record."""
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
    """The innermost differences of two values; lists of different lengths are one difference.

    shown_left, shown_right: the same values with secrets masked, which are the values of the result. Where
    masking replaced a container, the container as a whole is the difference.
    """
    if same(left, right):
        return
    if shown_left is ...:
        shown_left, shown_right = left, right
    steps = _steps(left, right)
    if steps is None or not (_same_shape(left, shown_left) and _same_shape(right, shown_right)):
        yield Difference(pointer(path), shown_left, shown_right)
        return
    for step in steps:
        yield from _differences(
            _at(left, step), _at(right, step), _at(shown_left, step), _at(shown_right, step), (*path, step)
        )


def _steps(left: Any, right: Any) -> list[str | int] | None:
    """The members or indexes to compare, in the order of the left value; None where there are none in
    common."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return [*left, *(name for name in right if name not in left)]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return list(range(len(left)))
    return None


def _same_shape(value: Any, masked: Any) -> bool:
    """Whether masking kept all members or entries of a container."""
    if isinstance(value, Mapping):
        return isinstance(masked, Mapping) and value.keys() == masked.keys()
    return isinstance(value, list) and isinstance(masked, list) and len(value) == len(masked)


def _at(value: Any, step: str | int) -> Any:
    return value.get(step, _ABSENT) if isinstance(value, Mapping) else value[step]


def _comparable(left: Snapshot, right: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of both, prepared for comparison.

    Rules and overrides are keyed by id, so that a new one is one difference. The time is left out where both
    clocks run at the same speed: it differs between any two worlds.
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
