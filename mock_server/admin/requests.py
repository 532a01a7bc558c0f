"""The journal of a world: searched, counted, waited for, exported, explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from functools import cache
from typing import Any

from mock_server.admin.call import AdminCall, AwaitedReply, Handler, listed
from mock_server.errors.api_error import not_found
from mock_server.handlers.registry import Reply
from mock_server.journal.entry import Entry, as_json
from mock_server.journal.explain import explain
from mock_server.journal.har import as_har
from mock_server.journal.journal import LONGEST_WAIT, RequestQuery
from mock_server.journal.near_misses import NearMiss, near_misses

_FILTERS = ("contract", "operation", "method", "status", "path", "after")


def list_requests(call: AdminCall) -> Reply:
    """The latest matching exchanges, oldest first, with the number of all that match. Raises WorldError
    (missing), as all of these handlers do."""
    journal, query = call.world.journal, _query(call)
    entries = journal.find(query, limit=call.query["limit"])
    return Reply(
        {
            "items": list(map(as_json, entries)),
            "total": journal.count(query),
            "forgotten": journal.forgotten,
        }
    )


def count_requests(call: AdminCall) -> Reply:
    """The number of matching exchanges."""
    journal = call.world.journal
    return Reply({"count": journal.count(_query(call)), "forgotten": journal.forgotten})


def wait_for_requests(call: AdminCall) -> Reply:
    """Begin to wait until enough exchanges match or the time is up; the reply is whether they do."""
    count: int = call.query["count"]
    world, held = call.world, ExitStack()
    held.enter_context(call.worlds.held(world))
    begun = world.journal.begin_wait(_query(call), count=count)

    def reached(seen: int) -> dict[str, Any]:
        return {"reached": seen >= count, "count": seen}

    timeout = min(call.query["timeout_seconds"], LONGEST_WAIT)
    return AwaitedReply(reached(begun.seen), begun=begun, timeout=timeout, final=reached, release=held.close)


def list_near_misses(call: AdminCall) -> Reply:
    """The latest requests that matched no operation, with the operations they may have meant."""
    journal = call.world.journal
    query = RequestQuery(matched=False, after=call.query.get("after"))
    entries = journal.find(query, limit=call.query["limit"])
    contracts = [mounted.contract for mounted in call.contracts.values()]
    # A client that errs does so again and again.
    near = cache(lambda method, path: near_misses(method, path, contracts))
    documents = (_near_miss_document(entry, near(entry.method, entry.path)) for entry in entries)
    return listed(documents, total=journal.count(query))


def export_requests(call: AdminCall) -> Reply:
    """The matching exchanges as an HTTP archive."""
    return Reply(as_har(call.world.journal.find(_query(call))))


def explain_request(call: AdminCall) -> Reply:
    """Why an exchange was answered as it was. Raises ApiError NOT_FOUND for one the journal does not hold."""
    context, request_id = call.context, call.path["request"]
    world = call.worlds.get(request_id.rpartition(".")[0])
    entry = world.journal.get(request_id)
    if entry is None:
        raise not_found("request", request_id)
    return Reply(explain(entry, context.engine.context, context.citations))


def _query(call: AdminCall) -> RequestQuery:
    return RequestQuery(**{name: call.query[name] for name in _FILTERS if name in call.query})


def _near_miss_document(entry: Entry, near: Iterable[NearMiss]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "near": [asdict(miss) for miss in near],
    }


HANDLERS: Mapping[str, Handler] = {
    "listRequests": list_requests,
    "countRequests": count_requests,
    "waitForRequests": wait_for_requests,
    "listNearMisses": list_near_misses,
    "exportRequests": export_requests,
    "explainRequest": explain_request,
}
