"""The journal of a world: searched, counted, waited for, exported, explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.errors.api_error import not_found
from mock_server.handlers.registry import Reply
from mock_server.journal.entry import Entry, as_json
from mock_server.journal.explain import explain
from mock_server.journal.har import as_har
from mock_server.journal.journal import RequestQuery
from mock_server.journal.near_misses import near_misses

_FILTERS = ("contract", "operation", "method", "status", "path", "after")


def list_requests(call: AdminCall) -> Reply:
    """The latest exchanges that match, oldest first, and how many match. Raises WorldError (missing), as all
    do."""
    journal, wanted = call.world.journal, _wanted(call)
    found = journal.find(wanted, limit=call.query["limit"])
    return listed(map(as_json, found), total=journal.count(wanted))


def count_requests(call: AdminCall) -> Reply:
    """How many exchanges match."""
    return Reply({"count": call.world.journal.count(_wanted(call))})


def wait_for_requests(call: AdminCall) -> Reply:
    """Whether so many exchanges match, as soon as they do or when the time is up."""
    count, timeout = call.query["count"], call.query["timeout_seconds"]
    seen = call.world.journal.wait(_wanted(call), count=count, timeout=timeout)
    return Reply({"reached": seen >= count, "count": seen})


def list_near_misses(call: AdminCall) -> Reply:
    """The latest requests that matched nothing, with the operations they may have meant."""
    journal = call.world.journal
    wanted = RequestQuery(matched=False, after=call.query.get("after"))
    found = journal.find(wanted, limit=call.query["limit"])
    return listed((_missed(entry, call) for entry in found), total=journal.count(wanted))


def export_requests(call: AdminCall) -> Reply:
    """The exchanges that match as an HTTP archive."""
    return Reply(as_har(call.world.journal.find(_wanted(call))))


def explain_request(call: AdminCall) -> Reply:
    """Why an exchange was answered as it was. Raises ApiError NOT_FOUND for one the journal does not hold."""
    context, name = call.context, call.path["request"]
    entry = context.engine.worlds.get(name.rpartition(".")[0]).journal.get(name)
    if entry is None:
        raise not_found("request", name)
    return Reply(explain(entry, context.engine.context, context.citations))


def _wanted(call: AdminCall) -> RequestQuery:
    return RequestQuery(**{name: call.query[name] for name in _FILTERS if name in call.query})


def _missed(entry: Entry, call: AdminCall) -> dict[str, Any]:
    contracts = [mounted.contract for mounted in call.context.engine.context.contracts.values()]
    near = near_misses(entry.method, entry.path, contracts)
    return {
        "id": entry.id,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "near": [asdict(one) for one in near],
    }


HANDLERS: Mapping[str, Handler] = {
    "listRequests": list_requests,
    "countRequests": count_requests,
    "waitForRequests": wait_for_requests,
    "listNearMisses": list_near_misses,
    "exportRequests": export_requests,
    "explainRequest": explain_request,
}
