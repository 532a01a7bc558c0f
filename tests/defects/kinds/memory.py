"""Stateful mistakes: stale caches, wrong detection of repeated requests, states that cannot be left."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from mock_server.engine import Response
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.store.protocol import Record
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits
from tests.defects.places import change, value_of, with_value
from tests.defects.seam import Asked, Passing, PlantedDefect, Plot, Serve

_SPACE = UUID("6f0d7a0e-54c1-4c5c-9a63-2b6f6c1f0a11")


@kind
def caches(plot: Plot) -> PlantedDefect:
    """The first successful response is cached forever, for each caller separately."""
    kept: dict[tuple[Any, ...], Response] = {}
    carriers = sorted({scheme.name.lower() for scheme in plot.mounted.contract.schemes.values()})

    def around(asked: Asked, serve: Serve) -> Response:
        request = asked.request
        place = (request.path, request.query, *(request.headers.get(name) for name in carriers))
        response = serve(request)
        return kept.setdefault(place, response) if fits(response, ()) else kept.get(place, response)

    return PlantedDefect(around)


@kind
def numbers_replays(_: Plot, *, header: str, at: str) -> PlantedDefect:
    """A repeated request is recognized, but its response has a new id."""
    seen: dict[tuple[str, str | None], int] = {}

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        place = (asked.request.path, asked.request.headers.get(header.lower()))
        if not fits(response, ()):
            return response
        seen[place] = seen.get(place, 0) + 1
        if seen[place] == 1:
            return response
        other = str(uuid5(_SPACE, f"{place}{seen[place]}"))
        return with_value(response, change(value_of(response), at, lambda *_: other))

    return PlantedDefect(around)


@kind
def remembers_last_only(_: Plot, *, header: str) -> PlantedDefect:
    """Only the last idempotency key is remembered."""
    last: dict[str, str] = {}
    uses: dict[tuple[str, str], int] = {}

    def around(asked: Asked, serve: Serve) -> Response:
        path, key = asked.request.path, asked.request.headers.get(header.lower())
        if key is None:
            return serve(asked.request)
        if last.get(path) != key:
            uses[path, key] = uses.get((path, key), 0) + 1
        last[path] = key
        turn = uses[path, key]
        request = asked.request if turn == 1 else asked.with_headers(**{header.lower(): f"{key}-{turn}"})
        return serve(request)

    return PlantedDefect(around)


@kind
def refuses_after(plot: Plot, *, after: str, collection: str) -> PlantedDefect:
    """An action that was undone once is rejected the next time."""
    name = plot.storage_of(collection)
    undone: set[str] = set()

    class Refusing(Passing):
        def put(self, collection_: str, key: str, record: Record) -> None:
            if collection_ == name and key in undone:
                raise ApiError(ErrorCode.CONFLICT, message="Configured before")
            self.state.put(collection_, key, record)

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        if asked.operation == after and fits(response, ()):
            undone.update(asked.path.values())
        return response

    return PlantedDefect(around, storage=lambda state, _: Refusing(state), everywhere=True)
