"""Embed related records in records: those always embedded and those that a client includes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import Shown
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.errors.api_error import ApiError, ErrorCode

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Include, Relation
    from mock_server.store.protocol import Record, Transaction


@dataclass(slots=True)
class Tree:
    """What to embed in a record.

    branches: relations with what to embed in their records. counts, exists: relations whose number or
    existence is shown instead.
    """

    branches: dict[str, Tree] = field(default_factory=dict)
    counts: list[str] = field(default_factory=list)
    exists: list[str] = field(default_factory=list)


def parse_include(names: Iterable[str], include: Include) -> Tree:
    """Return the tree that a client requests by the names of includes.

    Raises ApiError (BAD_QUERY) with the names that are not allowed.
    """
    tree, refused = Tree(), []
    paths: set[str] = set()
    for path in include.allow:
        steps = path.split(".")
        paths.update(".".join(steps[:depth]) for depth in range(1, len(steps) + 1))
    tops = {path for path in paths if "." not in path}
    for sent in names:
        name = sent.removeprefix("data.") if include.lenient else sent
        counted = _without_suffix(name, include.count)
        existing = _without_suffix(name, include.exists)
        if name in paths:
            branch = tree
            for step in name.split("."):
                branch = branch.branches.setdefault(step, Tree())
        elif counted in tops:
            tree.counts.append(str(counted))
        elif existing in tops:
            tree.exists.append(str(existing))
        else:
            refused.append(name)
    if refused and not include.lenient:
        raise ApiError(ErrorCode.BAD_QUERY, message=_not_allowed(refused, paths, include))
    return tree


class Presenter:
    """Prepares records of one contract for replies: embeds relations, removes private members, masks."""

    def __init__(self, behaviours: Behaviours, state: Transaction) -> None:
        self._behaviours = behaviours
        self._state = state
        self._looked_at: list[tuple[str, str]] = []

    def show(
        self, record: Record, collection: Collection, tree: Tree | None = None, *, related: bool = True
    ) -> dict[str, Any]:
        """Return the record with the relations that are always embedded and those in the tree.

        related: whether relations are embedded at all. The result must not be changed: as long as nothing in
        it changes, the same version of a record gives the same object.
        """
        if tree is None and related:
            return self.show_all((record,), collection)[0]
        return self._shown(record, collection, tree, related=related)

    def show_all(
        self, records: Sequence[Record], collection: Collection, tree: Tree | None = None
    ) -> list[dict[str, Any]]:
        """Return records as show() does."""
        if tree is not None:
            return [self._shown(record, collection, tree, related=True) for record in records]
        if collection.is_shown_whole:
            return [record if isinstance(record, dict) else dict(record) for record in records]
        embedded = self._behaviours.embedded[collection.name]
        versions = tuple(map(self._state.version, embedded)) if embedded else ()
        kept = collection.shown
        shown: list[dict[str, Any]] = []
        for record, before in zip(records, kept.get_all(records), strict=True):
            if before is None or before.versions != versions:
                reads_before = len(self._looked_at)
                value = self._shown(record, collection, None, related=True)
                kept.keep(record, Shown(value, versions, tuple(self._looked_at[reads_before:])))
                shown.append(value)
                continue
            if before.reads:
                self._state.look_at(before.reads)
                self._looked_at += before.reads
            shown.append(before.value)
        return shown

    def _shown(
        self, record: Record, collection: Collection, tree: Tree | None, *, related: bool
    ) -> dict[str, Any]:
        visible = self._masked(record, collection)
        if not related:
            return visible
        for name, relation in collection.relations.items():
            branch = tree.branches.get(name) if tree else None
            if not relation.always and branch is None:
                continue
            is_own = relation.cardinality != "many" and (relation.in_place or relation.shown in record)
            # Without a key the record shows what it has itself.
            if relation.by in record or not is_own:
                visible[relation.shown] = self._related(record, collection, relation, branch)
        for name in tree.counts if tree else ():
            relation = collection.relations[name]
            visible[f"{relation.shown}_count"] = self._count(record, collection, relation)
        for name in tree.exists if tree else ():
            relation = collection.relations[name]
            visible[f"{relation.shown}_exists"] = self._count(record, collection, relation) > 0
        return visible

    def value(self, record: Record, collection: Collection, path: str) -> Any:
        """Return the value at a dotted path of relations and members; None if a relation has no record.

        Of several related records the first counts; of a list of objects the values of all.
        """
        if path in record:
            return record[path]
        *steps, member = path.split(".")
        for position, step in enumerate(steps):
            relation = collection.relations.get(step)
            if relation is None:
                return _inside(record.get(step), [*steps[position + 1 :], member])
            related = self.records(record, collection, relation)
            if not related:
                return None
            record, collection = related[0], self._behaviours.collections[relation.collection]
        return record.get(member)

    def records(self, record: Record, collection: Collection, relation: Relation) -> list[Record]:
        """Return the related records, in the order of the store or of the list of keys."""
        other = self._behaviours.collections[relation.collection]
        if relation.cardinality == "many":
            found = list(self._state.find(other.storage, {relation.by: record[collection.key]}))
            self._looked_at += ((other.storage, key_of(other_record, other)) for other_record in found)
            return found
        value = record.get(relation.by)
        listed = value if relation.cardinality == "listed" else [value]
        keys = [str(key) for key in listed or () if key is not None]
        self._looked_at += ((other.storage, key) for key in keys)
        related = (self._state.get(other.storage, key) for key in keys)
        return [other_record for other_record in related if other_record is not None]

    def _count(self, record: Record, collection: Collection, relation: Relation) -> int:
        """The number of related records."""
        if relation.cardinality != "many":
            return len(self.records(record, collection, relation))
        other = self._behaviours.collections[relation.collection]
        return len(self._state.select(other.storage, {relation.by: record[collection.key]}))

    def _related(self, record: Record, collection: Collection, relation: Relation, tree: Tree | None) -> Any:
        other = self._behaviours.collections[relation.collection]
        if relation.in_place:
            value = record.get(relation.by)
            if not relation.always and not self.records(record, collection, relation):
                return value
            return self._in_place(value, other, tree, is_own=other is collection)
        related = [
            self.show(other_record, other, tree)
            for other_record in self.records(record, collection, relation)
        ]
        if relation.cardinality == "one":
            return related[0] if related else None
        return related

    def _in_place(self, value: Any, other: Collection, tree: Tree | None, *, is_own: bool) -> Any:
        """A key, or a list of keys, with the records that they identify in their places.

        A key without a record becomes an object with this key alone; what is no key is shown as it is.
        """
        if isinstance(value, list):
            return [self._in_place(entry, other, tree, is_own=is_own) for entry in value]
        if not isinstance(value, str | int) or isinstance(value, bool):
            return value
        key = canonical_key(value, other)
        self._looked_at.append((other.storage, key))
        related = self._state.get(other.storage, key)
        if related is None:
            return {other.key: value}
        if is_own:
            # A record of the same collection is shown without what it refers to: that may be this one.
            shown = self._shown(related, other, None, related=False)
            return {name: shown[name] for name in shown if name not in other.in_place}
        return self.show(related, other, tree)

    def _masked(self, record: Record, collection: Collection) -> dict[str, Any]:
        hidden = collection.hidden
        visible = {member: value for member, value in record.items() if member not in hidden}
        for member, mask in collection.masks.items():
            if visible.get(member) is not None and (mask.when is None or visible.get(mask.when)):
                visible[member] = mask.shown
        return visible


def _inside(value: Any, names: list[str]) -> Any:
    """The value at a path inside a member's value; those of each entry of a list."""
    for position, name in enumerate(names):
        if isinstance(value, list):
            return [_inside(entry, names[position:]) for entry in value]
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _without_suffix(name: str, suffix: str | None) -> str | None:
    return name.removesuffix(suffix) if suffix and name.endswith(suffix) else None


def _not_allowed(refused: list[str], paths: set[str], include: Include) -> str:
    tops = sorted(path for path in paths if "." not in path)
    suffixes = [suffix for suffix in (include.count, include.exists) if suffix]
    suffixed = [top + suffix for suffix in suffixes for top in tops]
    allowed = ", ".join([*sorted(paths), *suffixed])
    return f"Requested include(s) `{', '.join(refused)}` are not allowed. Allowed include(s) are `{allowed}`."


def split_names(text: Any) -> list[str]:
    """Return the names of a comma-separated list, without empty ones."""
    return [name for part in str(text or "").split(",") if (name := part.strip())]
