"""What each page shows: read from the admin API, arranged for its template, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import request, url_for

from mock_server.console.api_reader import API, ApiReader, ApiRefusal
from mock_server.console.fault_form import PRESETS, fault_forms, fault_groups
from mock_server.console.reference import servers
from mock_server.console.wording import segment, status_tone
from mock_server.redaction import MASKED

Page = tuple[str, dict[str, Any]]
"""A template's name and what it is given."""

View = Callable[..., Page]

_FEW, _MOST = 100, 1000
_RECORDS = 50
_COLUMNS = 5
_TELLING = ("name", "title", "slug", "status", "state", "type", "email", "provider")


def worlds(read: ApiReader) -> Page:
    """Every world."""
    return "worlds", {
        "section": "worlds",
        "worlds": read.get("/worlds")["items"],
        "scenarios": read.get("/scenarios")["items"],
        "start_scenario": read.get("/health")["scenario"],
    }


def world(read: ApiReader, world: str) -> Page:
    """One world: its clock and everything that can be set."""
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
    """What was asked in a world, the latest first."""
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
    """Why a request was answered as it was."""
    explanation = read.get(f"/explain/{id}")
    number = int(id.rpartition(".")[2])
    alike = {"method": explanation["request"]["method"], "status": explanation["status"]}
    listed = read.get(f"/worlds/{world}/requests", **alike, limit=_MOST)["items"]
    later = read.get(f"/worlds/{world}/requests/count", after=id)["count"]
    return "explain", {
        **_world(read, world, "requests"),
        "told": explanation,
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
    """The records of a collection, a page of them."""
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
    """One record, to be looked at and changed."""
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
    """Every snapshot."""
    return "snapshots", {
        "section": "snapshots",
        "snapshots": read.get("/snapshots")["items"],
        "worlds": read.get("/worlds")["items"],
    }


def compare(read: ApiReader) -> Page:
    """What differs between two worlds or snapshots."""
    comparison = read.get("/compare", left=request.args.get("left", ""), right=request.args.get("right", ""))
    kinds = ("added", "removed", "changed")
    return "compare", {
        "section": "snapshots",
        "told": comparison,
        "counts": {
            kind: sum(len(difference[kind]) for difference in comparison["collections"]) for kind in kinds
        },
    }


def scenarios(read: ApiReader) -> Page:
    """What a world can begin with."""
    return "scenarios", {
        "section": "scenarios",
        "scenarios": read.get("/scenarios")["items"],
        "worlds": read.get("/worlds")["items"],
    }


def contracts(read: ApiReader) -> Page:
    """What is played."""
    return "contracts", {
        "section": "contracts",
        "contracts": read.get("/contracts")["items"],
        "reload": read.get("/reload"),
        "origin": _origin(),
    }


def reference(read: ApiReader, contract: str) -> Page:
    """The API reference of a contract, or of the admin API itself."""
    page = {"section": "contracts", "document": f"{API}/contracts/{contract}/openapi.json"}
    known = {item["contract"]: item for item in read.get("/contracts")["items"]}
    if contract == "admin" and contract not in known:
        address = [{"url": _origin() + API, "description": "This server"}]
        return "reference", {**page, "title": "Admin API", "servers": address}
    if contract not in known:
        raise ApiRefusal(404, {"detail": f"This server plays no contract called {contract!r}."})
    entry = known[contract]
    addresses = servers(entry["prefix"], _origin(), read.get("/worlds")["items"])
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
"""Every page by its endpoint, with its path."""


def _world(read: ApiReader, name: str, tab: str) -> dict[str, Any]:
    return {"section": "worlds", "tab": tab, "world": read.get(f"/worlds/{name}"), "origin": _origin()}


def _origin() -> str:
    return request.host_url.rstrip("/")


def _by_host(world: str) -> str:
    """The world's own host name; empty where this server is not reached on its own machine."""
    address = urlsplit(_origin())
    near = address.hostname in {"localhost", "127.0.0.1", "::1"}
    port = f":{address.port}" if address.port else ""
    return f"{address.scheme}://{world}.localhost{port}" if near else ""


def _first_path(contracts: Iterable[Mapping[str, Any]]) -> str:
    """A path that anybody can ask for without knowing an id."""
    for contract in contracts:
        for operation in contract["operations"]:
            if operation["method"] == "GET" and "{" not in operation["path"]:
                return str(operation["path"])
    return "/"


def _story(explanation: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], str]]:
    """The parts of an explanation in their order: a title, the part, its tone."""
    interfered = explanation["interfered"]
    struck = bool(interfered["faults"] or interfered["override"])
    parts = [
        ("Matched", explanation["matched"], "good" if explanation["matched"]["operation"] else "warn"),
        ("Faults and overrides", interfered, "rare" if struck else "quiet"),
        ("Allowed", explanation.get("allowed"), _tone_of_access(explanation.get("allowed"))),
        (
            "Validated",
            explanation.get("valid"),
            "warn" if explanation.get("valid", {}).get("violations") else "good",
        ),
        ("Answered", explanation.get("answered"), status_tone(explanation["status"])),
        (
            "Changed",
            explanation.get("changed"),
            "info" if explanation.get("changed", {}).get("records") else "quiet",
        ),
        ("Rests on", explanation.get("rests_on"), "quiet"),
    ]
    return [(title, part, tone) for title, part, tone in parts if part is not None]


def _tone_of_access(allowed: Mapping[str, Any] | None) -> str:
    return "good" if allowed is None or allowed["decision"] in {"open", "anybody", "allowed"} else "warn"


def _explained(world: str, number: int) -> str:
    return url_for("console.explain", world=world, id=f"{world}.{number}")


def _more(world: str, wanted: Mapping[str, str]) -> str:
    return f"{url_for('console.requests', world=world)}?{urlencode({**wanted, 'limit': _MOST})}"


def _lifecycle(read: ApiReader, world: str, contract: str, collection: str) -> Any:
    """The lifecycle of a collection's records, None where they stay as they are."""
    listed = read.get(f"/worlds/{world}/lifecycles")["items"]
    place = (contract, collection)
    return next(
        (lifecycle for lifecycle in listed if (lifecycle["contract"], lifecycle["collection"]) == place), None
    )


def _callbacks(read: ApiReader, world: str) -> Any:
    """Where a world's transitions are told; nothing where they are not."""
    try:
        return read.get(f"/worlds/{world}/callbacks")
    except ApiRefusal as refused:
        if refused.status != 404:
            raise
        return {}


def _columns(page: list[dict[str, Any]]) -> list[str]:
    """The members worth a column: what tells most, then what differs; nothing nested, not the key."""
    records = [entry["record"] for entry in page]
    names = dict.fromkeys(name for record in records for name, value in record.items() if value is not None)
    flat = [name for name in names if not any(isinstance(entry.get(name), dict | list) for entry in records)]
    flat = [name for name in flat if any(str(entry["record"].get(name)) != entry["key"] for entry in page)]
    telling = [name for name in _TELLING if name in flat]
    differing = [name for name in flat if any(entry.get(name) != records[0].get(name) for entry in records)]
    return list(dict.fromkeys(telling + differing))[:_COLUMNS]
