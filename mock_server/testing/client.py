"""A client of the admin API: `Admin` for a server, `WorldAdmin` for one of its worlds.

    admin = Admin("http://127.0.0.1:4010")
    world = admin.create("checkout", scenario="empty")
    world.clock.freeze("2026-06-10T08:00:00Z")
    world.faults.add("status", operation="getSync", code=404, every=3)
    assert world.requests.count(operation="triggerSync") == 0

A rejected call raises AdminError, with the reason and the allowed values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, cast

import httpx

from mock_server.testing.collection import Collection
from mock_server.testing.fault_client import Faults, Overrides
from mock_server.testing.link import AdminError, BrokenPlace, Link
from mock_server.testing.replies import (
    Comparison,
    Delivery,
    Health,
    Lifecycle,
    Reload,
    Rule,
    Snapshot,
    World,
)
from mock_server.testing.requests import Requests
from mock_server.testing.time import WorldClock

__all__ = ["Admin", "AdminError", "BrokenPlace", "WorldAdmin"]


class Admin:
    """The admin API of one mock server. Every method raises AdminError."""

    def __init__(
        self, base_url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """base_url: the URL that the server prints. token: the value of its --admin-token, if any. transport:
        replaces the network."""
        self.base_url = base_url.rstrip("/")
        self.link = Link(self.base_url, token=token, transport=transport)
        self.snapshots = Snapshots(self.link)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.link.close()

    def health(self) -> Health:
        """The health of the server, and which contracts it serves."""
        return cast("Health", self.link.ask("GET", "health"))

    def is_alive(self) -> bool:
        """Whether the server answers. Requires no token."""
        return bool(self.link.ask("GET", "health", "live")["status"] == "ok")

    def is_ready(self) -> bool:
        """Whether the server answers for its contracts. Requires no token."""
        return bool(self.link.ask("GET", "health", "ready")["status"] == "ok")

    def metrics(self) -> str:
        """The metrics of the server, as text for Prometheus. The server needs the extra `metrics`."""
        return self.link.send("GET", "metrics").text

    def reset(self) -> None:
        """Reset the default world to the initial state of its scenario."""
        self.link.ask("POST", "reset")

    def contracts(self) -> list[dict[str, Any]]:
        """The contracts, with operations, statuses, examples and collections."""
        return cast("list[dict[str, Any]]", self.link.ask("GET", "contracts")["items"])

    def document(self, contract: str) -> dict[str, Any]:
        """The OpenAPI document of a contract."""
        return cast("dict[str, Any]", self.link.ask("GET", "contracts", contract, "openapi.json"))

    def scenarios(self) -> dict[str, str]:
        """The descriptions of the scenarios, by name."""
        return {item["name"]: item["about"] for item in self.link.ask("GET", "scenarios")["items"]}

    def reload(self) -> Reload:
        """Reload specs, behaviour files, fixtures and scenarios."""
        return cast("Reload", self.link.ask("POST", "reload"))

    def last_reload(self) -> Reload:
        """The result of the last reload."""
        return cast("Reload", self.link.ask("GET", "reload"))

    def worlds(self) -> list[World]:
        """All worlds, the default world first, requested page by page."""
        worlds: list[World] = []
        total = 1
        while len(worlds) < total:
            page = self.link.ask("GET", "worlds", query={"limit": 1000, "offset": len(worlds)})
            worlds += page["items"]
            total = page["total"] if page["items"] else 0
        return worlds

    def world(self, name: str) -> WorldAdmin:
        """The admin API of a world. Sends no request, so the world need not exist yet."""
        return WorldAdmin(self.link, name)

    def create(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> WorldAdmin:
        """Create a world. scenario, seed: the defaults of the server when not given."""
        self.link.ask("POST", "worlds", body=_given(name=name, scenario=scenario, seed=seed))
        return self.world(name)

    def explain(self, request: str) -> dict[str, Any]:
        """The explanation of a reply. request: the value of its header X-Mock-Request-Id."""
        return cast("dict[str, Any]", self.link.ask("GET", "explain", request))

    def compare(self, left: str, right: str) -> Comparison:
        """The differences between two states, each "world:name" or "snapshot:name"."""
        query = {"left": left, "right": right}
        return cast("Comparison", self.link.ask("GET", "compare", query=query))


class Snapshots:
    """The snapshots of a server. Every method raises AdminError."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(self) -> list[Snapshot]:
        """All snapshots, sorted by name."""
        return cast("list[Snapshot]", self._link.ask("GET", "snapshots")["items"])

    def get(self, name: str) -> Snapshot:
        """The metadata of a snapshot."""
        return cast("Snapshot", self._link.ask("GET", "snapshots", name))

    def delete(self, name: str) -> None:
        """Delete a snapshot. Worlds that were restored from it stay."""
        self._link.ask("DELETE", "snapshots", name)

    def export(self, name: str, *, secrets: bool = False) -> str:
        """A snapshot as JSON text in a stable order. secrets: whether to include credentials, else masked."""
        return self._link.send("GET", "snapshots", name, "file", query={"secrets": secrets}).text

    def load(self, name: str, text: str) -> Snapshot:
        """Import a snapshot from the text of an export; replaces one with the same name."""
        return cast("Snapshot", self._link.send("PUT", "snapshots", name, "file", content=text).json())


class WorldAdmin:
    """The admin API of one world: clock, faults, overrides, journal, webhooks and records.

    Every method raises AdminError.
    """

    def __init__(self, link: Link, name: str) -> None:
        self.name = name
        self.clock = WorldClock(link, name)
        self.faults = Faults(link, name)
        self.overrides = Overrides(link, name)
        self.requests = Requests(link, name)
        self.callbacks = Callbacks(link, name)
        self._link = link
        self._path = ("worlds", name)

    def state(self) -> World:
        """The metadata of the world."""
        return cast("World", self._link.ask("GET", *self._path))

    def reset(self, *, scenario: str | None = None, seed: int | None = None) -> World:
        """Reset the world to the initial state of its scenario, or of another one.

        This affects records, ids, clock, faults, overrides, lifecycle policies, journal and callbacks.
        """
        body = _given(scenario=scenario, seed=seed)
        return cast("World", self._link.ask("POST", *self._path, "reset", body=body or None))

    def fork(self, name: str) -> WorldAdmin:
        """Create a copy of this world. name: of the copy."""
        self._link.ask("POST", *self._path, "fork", body={"name": name})
        return WorldAdmin(self._link, name)

    def save(self, snapshot: str) -> Snapshot:
        """Take a snapshot. snapshot: its name, which must not exist yet."""
        body = {"name": snapshot, "world": self.name}
        return cast("Snapshot", self._link.ask("POST", "snapshots", body=body))

    def restore(self, snapshot: str) -> World:
        """Restore a snapshot of this world or another one, which empties the journal. snapshot: its name."""
        body = {"snapshot": snapshot}
        return cast("World", self._link.ask("POST", *self._path, "restore", body=body))

    def clear(self, *parts: Literal["faults", "overrides", "requests"]) -> None:
        """Remove all faults, overrides or journal entries; nothing else changes."""
        self._link.ask("POST", *self._path, "clear", body={"parts": [*parts]})

    def delete(self) -> None:
        """Delete the world with everything in it."""
        self._link.ask("DELETE", *self._path)

    def collections(self) -> list[dict[str, Any]]:
        """All collections of all contracts, with the number of their records."""
        return cast("list[dict[str, Any]]", self._link.ask("GET", *self._path, "collections")["items"])

    def collection(self, contract: str, collection: str) -> Collection:
        """The records of a collection and their lifecycle. Sends no request."""
        return Collection(self._link, self.name, contract, collection)

    def lifecycles(self) -> list[Lifecycle]:
        """All collections with a lifecycle."""
        return cast("list[Lifecycle]", self._link.ask("GET", *self._path, "lifecycles")["items"])

    def override(self, **wanted: Any) -> Rule:
        """Decide the replies to the next requests, see `overrides.next`."""
        return self.overrides.next(**wanted)


class Callbacks:
    """The webhooks of a world. Every method raises AdminError."""

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._world = ("worlds", world)

    def get(self) -> dict[str, Any]:
        """The target, without its secret."""
        return cast("dict[str, Any]", self._link.ask("GET", *self._world, "callbacks"))

    def set(self, url: str, secret: str, *, events: Sequence[str] | None = None) -> dict[str, Any]:
        """Send a signed webhook for each lifecycle transition. events: patterns of event types; None for
        all."""
        body = _given(url=url, secret=secret, events=None if events is None else [*events])
        return cast("dict[str, Any]", self._link.ask("PUT", *self._world, "callbacks", body=body))

    def off(self) -> None:
        """Turn webhooks off."""
        self._link.ask("DELETE", *self._world, "callbacks")

    def deliveries(self) -> list[Delivery]:
        """The latest webhooks in the order of their events, with their state."""
        return cast("list[Delivery]", self._link.ask("GET", *self._world, "deliveries")["items"])


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
