"""Jobs that go backwards, start again or never end."""

from __future__ import annotations

from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits
from tests.defects.places import change, each, look, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot, Serve, json_response


@kind
def falls(_: Plot, *, at: str) -> PlantedDefect:
    """A counter is estimated too high at first and corrected with each read."""
    reads: dict[str, int] = {}

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        if not fits(response, ()):
            return response
        reads[asked.request.path] = reads.get(asked.request.path, 0) + 1
        surplus = max(0, 5000 - 1000 * reads[asked.request.path])
        return with_value(response, change(value_of(response), at, lambda number, _: number + surplus))

    return PlantedDefect(around)


@kind
def relapses(_: Plot, *, job: str, state: str, running: str, finished: str) -> PlantedDefect:
    """What was finished in one read runs again in the next."""
    ended: set[str] = set()

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        value = value_of(response)
        if not fits(response, ()) or not isinstance(look(value, f"{job}.{finished}"), str):
            return response
        if asked.request.path not in ended:
            ended.add(asked.request.path)
            return response
        return with_value(response, change(value, job, _runs(state, running, finished)))

    return PlantedDefect(around)


@kind
def never_ends(
    plot: Plot, *, answered: str, state: str, running: str, finished: str, read: str, listed: str
) -> PlantedDefect:
    """What was cancelled goes on running."""
    endless: set[str] = set()

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        if not fits(response, ()):
            return response
        value = value_of(response)
        if asked.operation == plot.operation:
            endless.update(each(value, answered))
        at = {read: "data", listed: "data.*"}.get(asked.operation)
        if at is None:
            return response
        runs = _runs(state, running, finished)
        return with_value(
            response, change(value, at, lambda sync, _: runs(sync, _) if sync["id"] in endless else sync)
        )

    return PlantedDefect(around, everywhere=True)


@kind
def forgets_cancelled(plot: Plot, *, answered: str, read: str, key: str) -> PlantedDefect:
    """What was cancelled is no longer found by a read. key: its path parameter."""
    gone: set[str] = set()

    def around(asked: Asked, serve: Serve) -> Response:
        if asked.operation == read and asked.path[key] in gone:
            return json_response(404, {"detail": "Not found"})
        response = serve(asked.request)
        if asked.operation == plot.operation and fits(response, ()):
            gone.update(each(value_of(response), answered))
        return response

    return PlantedDefect(around, everywhere=True)


def _runs(state: str, running: str, finished: str) -> Any:
    return lambda sync, _: {**sync, state: running, finished: None}
