"""Find the collections whose new records reach an end by themselves: jobs, and what is set up first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.behaviours.declared import SCHEDULE
from mock_server.contract.operation import Operation, body_schema
from mock_server.inference.graph import Graph
from mock_server.inference.references import Resource
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import Shape, plain_shape

_WAITING = frozenset(
    {
        "accepted",
        "created",
        "enqueued",
        "initiated",
        "new",
        "notstarted",
        "pending",
        "queued",
        "requested",
        "scheduled",
        "submitted",
        "waiting",
    }
)
_WORKING = frozenset(
    {
        "active",
        "building",
        "executing",
        "exporting",
        "importing",
        "inprogress",
        "processing",
        "running",
        "started",
        "validating",
        "working",
    }
)
_DONE = frozenset(
    {
        "complete",
        "completed",
        "done",
        "ended",
        "finished",
        "processed",
        "ready",
        "succeeded",
        "success",
        "successful",
    }
)
_FAILED = frozenset({"error", "errored", "failed", "failure"})
_STOPPED = frozenset(
    {"aborted", "canceled", "cancelled", "cancelling", "expired", "paused", "skipped", "stopped", "timedout"}
)
_SETTING_UP = frozenset(
    {"building", "creating", "deploying", "initializing", "launching", "new", "provisioning", "starting"}
)
_SET_UP = frozenset({"active", "available", "deployed", "live", "online", "ready", "running"})
_FINISHED = frozenset({"completedat", "endedat", "finishedat", "completedon", "finishedon", "endtime"})
"""Normalized names of states, and of members with the time of the end."""

_SECONDS = [4, 8]


def lifecycle(resource: Resource, graph: Graph, states: frozenset[str]) -> dict[str, Any] | None:
    """Return the lifecycle of a collection's records as in a behaviour document; None without one.

    Clients create the records and cannot write the state. states: normalized names of members with one.
    """
    own = graph.own(resource)
    schemas = graph.contract.schemas
    members = plain_shape(resource.item, schemas).properties
    # A schedule is stored in a member of this name.
    if SCHEDULE in members or not any(operation.method == "POST" for operation in own):
        return None
    shapes = {name: plain_shape(member, schemas) for name, member in members.items()}
    for name, shape in shapes.items():
        if normalized(name) in states and not any(_writes(operation, name, graph) for operation in own):
            walked = _walked(shape)
            if walked is not None:
                return {"member": name, **walked, "seconds": list(_SECONDS), **_progress(shapes)}
    return None


def _walked(shape: Shape) -> dict[str, Any] | None:
    """The states that a record passes through, in the order of their enumeration, and its end."""
    options = [option for option in shape.keywords.get("enum", ()) if isinstance(option, str) and option]
    words = {option: normalized(option) for option in options}
    job = _WAITING | _WORKING | _DONE | _FAILED | _STOPPED
    if set(words.values()) <= job:
        passed = [option for option in options if words[option] in _WAITING | _WORKING]
        done = [option for option in options if words[option] in _DONE]
    else:
        passed = [option for option in options if words[option] in _SETTING_UP][:1]
        done = [option for option in options if words[option] in _SET_UP]
    first = shape.keywords.get("default", passed[0] if passed else None)
    if not passed or not done or first not in passed:
        return None
    later = passed[passed.index(first) + 1 :]
    failed = next((option for option in options if words[option] in _FAILED), None)
    walked = {"running": first, **({"states": later} if later else {})}
    if failed is None:
        return {**walked, "outcomes": {done[0]: 1}}
    # Only a policy of the world lets one fail.
    return {**walked, "outcomes": {done[0]: 1, failed: 0}, "fails": failed}


def _progress(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """The members that show how far a record is, and when it ended."""
    found: dict[str, Any] = {}
    for name, shape in shapes.items():
        word = normalized(name)
        if word in _FINISHED and shape.keywords.get("format") == "date-time":
            found.setdefault("finished", name)
        if word in {"progress", "percentcomplete", "progresspercent"} and shape.json_type == "integer":
            found.setdefault("counter", name)
            found["total"] = [100, 100]
    return found


def _writes(operation: Operation, name: str, graph: Graph) -> bool:
    """Whether the body of an operation can contain a member that is not read-only."""
    schemas = graph.contract.schemas
    body = body_schema(operation)
    if body is None or operation.method not in {"POST", "PUT", "PATCH"}:
        return False
    members = plain_shape(body, schemas).properties
    inner = [plain_shape(member, schemas).properties for member in members.values()]
    written = [each[name] for each in (members, *inner) if name in each]
    return any(plain_shape(member, schemas).keywords.get("readOnly") is not True for member in written)
