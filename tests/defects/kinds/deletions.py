"""Deletions that delete nothing, too much, or only half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mock_server.engine import Response
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.store.protocol import Record, Transaction
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits
from tests.defects.kinds.storage import neighbour
from tests.defects.places import change, value_of, with_value
from tests.defects.seam import Asked, Passing, PlantedDefect, Plot, Serve


class _Keeping(Passing):
    def delete(self, collection: str, key: str) -> None:
        """Nothing is deleted."""


@kind
def undeleted(_: Plot) -> PlantedDefect:
    """A deletion succeeds, but deletes nothing."""
    return PlantedDefect(storage=lambda state, _: _Keeping(state))


@kind
def deletes_neighbour(
    plot: Plot, *, collection: str, same: Sequence[str] = (), instead: bool = False
) -> PlantedDefect:
    """A deletion also deletes the next record, or deletes that one instead."""
    name = plot.storage_of(collection)

    class Deleting(Passing):
        def delete(self, collection_: str, key: str) -> None:
            other = neighbour(self.state, plot, collection, key, same) if collection_ == name else None
            if other is not None:
                self.state.delete(name, plot.key_of(collection, other))
            if other is None or not instead:
                self.state.delete(collection_, key)

    return PlantedDefect(storage=lambda state, _: Deleting(state))


@kind
def deletes_instead(plot: Plot, *, collection: str) -> PlantedDefect:
    """A change removes the record."""
    name = plot.storage_of(collection)

    class Removing(Passing):
        def put(self, collection_: str, key: str, record: Record) -> None:
            if collection_ == name:
                self.state.delete(name, key)
            else:
                self.state.put(collection_, key, record)

    return PlantedDefect(storage=lambda state, _: Removing(state))


@kind
def breaks_on_children(plot: Plot, *, collection: str) -> PlantedDefect:
    """A record that others point to cannot be deleted: the program breaks on the foreign key."""
    name = plot.storage_of(collection)

    class Breaking(Passing):
        def delete(self, collection_: str, key: str) -> None:
            if collection_ == name:
                raise ApiError(ErrorCode.INTERNAL)
            self.state.delete(collection_, key)

    return PlantedDefect(storage=lambda state, _: Breaking(state))


@kind
def half_deletes(
    plot: Plot,
    *,
    parameter: str,
    gone_from: Sequence[str],
    unlisted: Mapping[str, str] | None = None,
) -> PlantedDefect:
    """A deletion is noticed by some operations and not by others.

    gone_from: operations that answer 404 for it. unlisted: lists that leave it out, each with its place.
    """
    gone: set[str] = set()

    def keep(state: Transaction, _: Asked) -> Transaction:
        return _Keeping(state)

    def around(asked: Asked, serve: Serve) -> Response:
        key = asked.path.get(parameter, "")
        response = serve(asked.request)
        if key in gone and asked.operation in gone_from:
            return plot.refusal(404, "Not found") if fits(response, ()) else response
        if asked.operation == plot.operation and fits(response, ()):
            gone.add(key)
        at = (unlisted or {}).get(asked.operation)
        if at is None or not fits(response, ()):
            return response
        left = change(
            value_of(response), at, lambda rows, _: [row for row in rows if str(row["id"]) not in gone]
        )
        return with_value(response, left)

    return PlantedDefect(around, storage=keep, everywhere=True)
