"""The views: each reads from the admin API and returns a template with its context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from mock_server.console.api_reader import API, ApiReader, ApiRefusal
from mock_server.console.fault_form import PRESETS, fault_forms, fault_groups
from mock_server.console.reference import servers
from mock_server.console.wording import segment, status_tone
from mock_server.messages import host_name
from mock_server.redaction import MASKED

Page = tuple[str, dict[str, Any]]
"""The name of a template and its context."""

View = Callable[..., Page]

_FEW, _MOST = 100, 1000
_RECORDS = 50
_WORLDS = 100
_COLUMNS = 5
_WELL_KNOWN = ("name", "title", "slug", "status", "state", "type", "email", "provider")


def worlds(read: ApiReader) -> Page:
    """One page of the worlds."""
    offset = max(0, request.args.get("offset", 0, type=int))
    page = read.get("/worlds", limit=_WORLDS, offset=offset)
    return "worlds", {
        "section": "worlds",
        "worlds": page["items"],
        "total": page["total"],
        "offset": offset,
        "limit": _WORLDS,
        "scenarios": read.get("/scenarios")["items"],
        "start_scenario": read.get("/health")["scenario"],
    }


def world(read: ApiReader, world: str) -> Page:
    """One world: its clock and settings."""
    return "world", {
        **_world(read, world, "world"),
        "scenarios": read.get("/scenarios")["items"],
        "contracts": read.get("/contracts")["items"],
        "lifecycles": read.get(f"/worlds/{world}/lifecycles")["items"],
        "faults": read.get(f"/worlds/{world}/faults")["items"],
        "overrides": read.get(f"/worlds/{world}/overrides")["items"],
        "callbacks": _callbacks(read, world),
        "deliveries": read.get(f"/worlds/{world}/deliveries")["items"][::-1],
        "fault_kinds": fault_groups(),
        "fault_forms": fault_forms(),
        "presets": PRESETS,
        "by_host": _by_host(world),
    }


def requests(read: ApiReader, world: str) -> Page:
    """The requests of a world, the latest first."""
    chosen = {name: request.args.get(name) or None for name in ("operation", "method", "status")}
    limit = _MOST if request.args.get("limit") == str(_MOST) else _FEW
    listed = read.get(f"/worlds/{world}/requests", **chosen, limit=limit)
    wanted = {name: value for name, value in chosen.items() if value}
    contracts = read.get("/contracts")["items"]
    query = f"?{urlencode(wanted)}" if wanted else ""
    return "requests", {
        **_world(read, world, "requests"),
        "entries": listed["items"][::-1],
        "count": listed["total"],
        "forgotten": listed["forgotten"],
        "chosen": chosen,
        "narrowed": bool(wanted),
        "contracts": contracts,
        "near": read.get(f"/worlds/{world}/requests/near-misses", limit=20)["items"][::-1],
        "count_url": f"{API}/worlds/{world}/requests/count{query}",
        "har_url": f"{API}/worlds/{world}/requests/har{query}",
        "first_path": _first_path(contracts),
        "more": _more(world, wanted) if listed["total"] > limit == _FEW else "",
    }


def explain(read: ApiReader, world: str, id: str) -> Page:  # noqa: A002 - the API's word
    """The explanation of a response."""
    explanation = read.get(f"/explain/{id}")
    number = int(id.rpartition(".")[2])
    # The API has no call for one entry, so it is looked for among those with the same method and status.
    similar = {"method": explanation["request"]["method"], "status": explanation["status"]}
    listed = read.get(f"/worlds/{world}/requests", **similar, limit=_MOST)["items"]
    later = read.get(f"/worlds/{world}/requests/count", after=id)["count"]
    return "explain", {
        **_world(read, world, "requests"),
        "explanation": explanation,
        "story": _story(explanation),
        "entry": next((entry for entry in listed if entry["id"] == id), None),
        "before": _explained(world, number - 1) if number > 1 else "",
        "after": _explained(world, number + 1) if later else "",
    }


def state(read: ApiReader, world: str) -> Page:
    """The collections of a world."""
    contracts = read.get("/contracts")["items"]
    return "state", {
        **_world(read, world, "state"),
        "collections": read.get(f"/worlds/{world}/collections")["items"],
        "titles": {contract["contract"]: contract["title"] for contract in contracts},
    }


def collection(read: ApiReader, world: str, contract: str, collection: str) -> Page:
    """One page of the records of a collection."""
    offset = max(0, request.args.get("offset", 0, type=int))
    path = f"/worlds/{world}/collections/{contract}/{collection}"
    page = read.get(path, limit=_RECORDS, offset=offset)
    records = [item["record"] for item in page["items"]]
    return "collection", {
        **_world(read, world, "state"),
        "contract": contract,
        "collection": collection,
        "page": page,
        "columns": _columns(page["items"]),
        "moves": _lifecycle(read, world, contract, collection),
        "template": records[0] if records else {},
        "offset": offset,
        "limit": _RECORDS,
    }


def record(read: ApiReader, world: str, contract: str, collection: str, key: str) -> Page:
    """One record, with forms to change it."""
    document = read.get(f"/worlds/{world}/collections/{contract}/{collection}/{segment(key)}")
    moves = _lifecycle(read, world, contract, collection)
    return "record", {
        **_world(read, world, "state"),
        "contract": contract,
        "collection": collection,
        "key": document["key"],
        "record": document,
        "running": moves is not None and document["record"].get(moves["member"]) == moves["running"],
        "masked": MASKED,
    }


def snapshots(read: ApiReader) -> Page:
    """All snapshots."""
    return "snapshots", {
        "section": "snapshots",
        "snapshots": read.get("/snapshots")["items"],
        "worlds": read.get("/worlds")["items"],
    }


def compare(read: ApiReader) -> Page:
    """The differences between two worlds or snapshots."""
    comparison = read.get("/compare", left=request.args.get("left", ""), right=request.args.get("right", ""))
    kinds = ("added", "removed", "changed")
    return "compare", {
        "section": "snapshots",
        "comparison": comparison,
        "counts": {
            kind: sum(len(difference[kind]) for difference in comparison["collections"]) for kind in kinds
        },
    }


def scenarios(read: ApiReader) -> Page:
    """All scenarios."""
    return "scenarios", {
        "section": "scenarios",
        "scenarios": read.get("/scenarios")["items"],
        "worlds": read.get("/worlds")["items"],
    }


def contracts(read: ApiReader) -> Page:
    """All contracts."""
    return "contracts", {
        "section": "contracts",
        "contracts": read.get("/contracts")["items"],
        "reload": read.get("/reload"),
        "origin": origin(),
    }


def reference(read: ApiReader, contract: str) -> Page:
    """The API reference of a contract, or of the admin API itself."""
    page = {"section": "contracts", "document": f"{API}/contracts/{contract}/openapi.json"}
    known = {item["contract"]: item for item in read.get("/contracts")["items"]}
    if contract == "admin" and contract not in known:
        address = [{"url": origin() + API, "description": "This server"}]
        return "reference", {**page, "title": "Admin API", "servers": address}
    if contract not in known:
        raise ApiRefusal(404, {"detail": f"This server has no contract {contract!r}."})
    entry = known[contract]
    addresses = servers(entry["prefix"], origin(), read.get("/worlds")["items"])
    return "reference", {**page, "title": entry["title"], "servers": addresses}


VIEWS: Mapping[str, tuple[str, View]] = {
    "worlds": ("/", worlds),
    "world": ("/ui/worlds/<world>", world),
    "requests": ("/ui/worlds/<world>/requests", requests),
    "explain": ("/ui/worlds/<world>/requests/<id>", explain),
    "state": ("/ui/worlds/<world>/state", state),
    "collection": ("/ui/worlds/<world>/state/<contract>/<collection>", collection),
    "record": ("/ui/worlds/<world>/state/<contract>/<collection>/<key>", record),
    "snapshots": ("/ui/snapshots", snapshots),
    "compare": ("/ui/compare", compare),
    "scenarios": ("/ui/scenarios", scenarios),
    "contracts": ("/ui/contracts", contracts),
    "reference": ("/ui/contracts/<contract>/reference", reference),
}
"""Endpoint → path and view."""


def _world(read: ApiReader, name: str, tab: str) -> dict[str, Any]:
    return {"section": "worlds", "tab": tab, "world": read.get(f"/worlds/{name}"), "origin": origin()}


def origin() -> str:
    # Flask decodes names as IDNA, and fails for what is none.
    return f"{request.scheme}://{request.environ.get('HTTP_HOST') or '127.0.0.1'}"


def _by_host(world: str) -> str:
    """The URL with the host name of a world; empty unless the server is reached by a loopback address."""
    authority = request.environ.get("HTTP_HOST") or "127.0.0.1"
    if host_name(authority) not in {"localhost", "127.0.0.1", "::1"}:
        return ""
    _, colon, port = authority.rpartition(":")
    has_port = colon and port.isdecimal()  # the address of IPv6 ends with a bracket
    return f"{request.scheme}://{world}.localhost{colon + port if has_port else ''}"


def _first_path(contracts: Iterable[Mapping[str, Any]]) -> str:
    """The path of a GET operation without path parameters."""
    for contract in contracts:
        for operation in contract["operations"]:
            if operation["method"] == "GET" and "{" not in operation["path"]:
                return str(operation["path"])
    return "/"


def _story(explanation: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], str]]:
    """The parts of an explanation in order: title, part and tone."""
    interfered = explanation["interfered"]
    violations = explanation.get("valid", {}).get("violations")
    changes = explanation.get("changed", {}).get("records")
    has_faults = bool(interfered["faults"] or interfered["override"])
    parts = [
        ("Matched", explanation["matched"], "good" if explanation["matched"]["operation"] else "warn"),
        ("Faults and overrides", interfered, "rare" if has_faults else "quiet"),
        ("Allowed", explanation.get("allowed"), _tone_of_access(explanation.get("allowed"))),
        ("Validated", explanation.get("valid"), "warn" if violations else "good"),
        ("Response", explanation.get("answered"), status_tone(explanation["status"])),
        ("Changed", explanation.get("changed"), "info" if changes else "quiet"),
        ("Based on", explanation.get("rests_on"), "quiet"),
    ]
    return [(title, part, tone) for title, part, tone in parts if part is not None]


def _tone_of_access(allowed: Mapping[str, Any] | None) -> str:
    return "good" if allowed is None or allowed["decision"] in {"open", "anybody", "allowed"} else "warn"


def _explained(world: str, number: int) -> str:
    return url_for("console.explain", world=world, id=f"{world}.{number}")


def _more(world: str, wanted: Mapping[str, str]) -> str:
    return f"{url_for('console.requests', world=world)}?{urlencode({**wanted, 'limit': _MOST})}"


def _lifecycle(read: ApiReader, world: str, contract: str, collection: str) -> Any:
    """The lifecycle of a collection, or None."""
    listed = read.get(f"/worlds/{world}/lifecycles")["items"]
    place = (contract, collection)
    return next(
        (lifecycle for lifecycle in listed if (lifecycle["contract"], lifecycle["collection"]) == place), None
    )


def _callbacks(read: ApiReader, world: str) -> Any:
    """The webhook target of a world; empty if webhooks are off."""
    try:
        return read.get(f"/worlds/{world}/callbacks")
    except ApiRefusal as refused:
        if refused.status != 404:
            raise
        return {}


def _columns(page: list[dict[str, Any]]) -> list[str]:
    """The members to show as columns: first well-known names, then those with different values.

    Nested values and the key are left out.
    """
    records = [entry["record"] for entry in page]
    names = dict.fromkeys(name for record in records for name, value in record.items() if value is not None)
    flat = [name for name in names if not any(isinstance(entry.get(name), dict | list) for entry in records)]
    flat = [name for name in flat if any(str(entry["record"].get(name)) != entry["key"] for entry in page)]
    well_known = [name for name in _WELL_KNOWN if name in flat]
    differing = [name for name in flat if any(entry.get(name) != records[0].get(name) for entry in records)]
    return list(dict.fromkeys(well_known + differing))[:_COLUMNS]
