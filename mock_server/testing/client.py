"""A client of the admin API: `Admin` for a server, `WorldAdmin` for one of its worlds.

    admin = Admin("http://127.0.0.1:4010")
    world = admin.create("checkout", scenario="empty")
    world.clock.freeze("2026-06-10T08:00:00Z")
    world.faults.add("status", operation="getSync", code=404, every=3)
    assert world.requests.count(operation="triggerSync") == 0

What is refused raises AdminError, which says what is wrong and what is possible.
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
    """One mock server, steered. Every verb raises AdminError."""

    def __init__(
        self, base_url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """base_url: where the server is, as it prints it. token: its --admin-token, where it has one.
        transport: another way to it than the network."""
        self.base_url = base_url.rstrip("/")
        self.link = Link(self.base_url, token=token, transport=transport)
        self.snapshots = Snapshots(self.link)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End its connections."""
        self.link.close()

    def health(self) -> Health:
        """That the server answers, and what it plays."""
        return cast("Health", self.link.ask("GET", "health"))

    def reset(self) -> None:
        """Put the default world back to where it began."""
        self.link.ask("POST", "reset")

    def contracts(self) -> list[dict[str, Any]]:
        """What is played: operations, statuses, examples, collections."""
        return cast("list[dict[str, Any]]", self.link.ask("GET", "contracts")["items"])

    def document(self, contract: str) -> dict[str, Any]:
        """The OpenAPI document of a contract."""
        return cast("dict[str, Any]", self.link.ask("GET", "contracts", contract, "openapi.json"))

    def scenarios(self) -> dict[str, str]:
        """The scenarios by name, with what each is good for."""
        return {item["name"]: item["about"] for item in self.link.ask("GET", "scenarios")["items"]}

    def reload(self) -> Reload:
        """Read specs, behaviour files, fixtures and scenarios again."""
        return cast("Reload", self.link.ask("POST", "reload"))

    def last_reload(self) -> Reload:
        """How the last reload went."""
        return cast("Reload", self.link.ask("GET", "reload"))

    def worlds(self) -> list[World]:
        """Every world, the default one first."""
        return cast("list[World]", self.link.ask("GET", "worlds")["items"])

    def world(self, name: str) -> WorldAdmin:
        """A world to steer. Asks nothing: whether it exists, the first verb tells."""
        return WorldAdmin(self.link, name)

    def create(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> WorldAdmin:
        """Make a world: as the server has them begin, or from another scenario or seed."""
        self.link.ask("POST", "worlds", body=_given(name=name, scenario=scenario, seed=seed))
        return self.world(name)

    def explain(self, request: str) -> dict[str, Any]:
        """Why a request was answered as it was. request: the X-Mock-Request-Id of its reply."""
        return cast("dict[str, Any]", self.link.ask("GET", "explain", request))

    def compare(self, left: str, right: str) -> Comparison:
        """What differs between two, each "world:name" or "snapshot:name"."""
        query = {"left": left, "right": right}
        return cast("Comparison", self.link.ask("GET", "compare", query=query))


class Snapshots:
    """The saved worlds of a server. Every verb raises AdminError."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(self) -> list[Snapshot]:
        """Every snapshot, by name."""
        return cast("list[Snapshot]", self._link.ask("GET", "snapshots")["items"])

    def get(self, name: str) -> Snapshot:
        """Of which world it is, and when it was taken."""
        return cast("Snapshot", self._link.ask("GET", "snapshots", name))

    def delete(self, name: str) -> None:
        """Forget a snapshot; worlds restored from it stay."""
        self._link.ask("DELETE", "snapshots", name)

    def export(self, name: str, *, secrets: bool = False) -> str:
        """The whole snapshot as text in an order that does not change. secrets: whether credentials are
        written out."""
        return self._link.send("GET", "snapshots", name, "file", query={"secrets": secrets}).text

    def load(self, name: str, text: str) -> Snapshot:
        """Keep what an export wrote under this name, in place of one of the same name."""
        return cast("Snapshot", self._link.send("PUT", "snapshots", name, "file", content=text).json())


class WorldAdmin:
    """One world, steered: its clock, faults, overrides, journal and records. Every verb raises AdminError."""

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
        """How the world stands."""
        return cast("World", self._link.ask("GET", *self._path))

    def reset(self, *, scenario: str | None = None, seed: int | None = None) -> World:
        """Put it back to where its scenario begins, or another one: records, ids, clock, faults, overrides,
        lifecycle policies, journal, callbacks."""
        body = _given(scenario=scenario, seed=seed)
        return cast("World", self._link.ask("POST", *self._path, "reset", body=body or None))

    def fork(self, name: str) -> WorldAdmin:
        """Another world that is as this one is now."""
        self._link.ask("POST", *self._path, "fork", body={"name": name})
        return WorldAdmin(self._link, name)

    def save(self, snapshot: str) -> Snapshot:
        """Take a snapshot under a new name."""
        body = {"name": snapshot, "world": self.name}
        return cast("Snapshot", self._link.ask("POST", "snapshots", body=body))

    def restore(self, snapshot: str) -> World:
        """Put it to where a snapshot was taken, whatever world that was."""
        body = {"snapshot": snapshot}
        return cast("World", self._link.ask("POST", *self._path, "restore", body=body))

    def clear(self, *parts: Literal["faults", "overrides", "requests"]) -> None:
        """Empty these parts and leave everything else."""
        self._link.ask("POST", *self._path, "clear", body={"parts": [*parts]})

    def delete(self) -> None:
        """Forget the world and everything in it."""
        self._link.ask("DELETE", *self._path)

    def collections(self) -> list[dict[str, Any]]:
        """Every collection of every contract with the number of its records."""
        return cast("list[dict[str, Any]]", self._link.ask("GET", *self._path, "collections")["items"])

    def collection(self, contract: str, collection: str) -> Collection:
        """The records of a collection, and how they move."""
        return Collection(self._link, self.name, contract, collection)

    def lifecycles(self) -> list[Lifecycle]:
        """Every collection whose records move by themselves."""
        return cast("list[Lifecycle]", self._link.ask("GET", *self._path, "lifecycles")["items"])

    def override(self, **wanted: Any) -> Rule:
        """Answer the next requests in another way, as `overrides.next` does."""
        return self.overrides.next(**wanted)


class Callbacks:
    """Where the transitions of a world are told. Every verb raises AdminError."""

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._world = ("worlds", world)

    def get(self) -> dict[str, Any]:
        """Where to, and about what; the secret is never shown."""
        return cast("dict[str, Any]", self._link.ask("GET", *self._world, "callbacks"))

    def set(self, url: str, secret: str, *, events: Sequence[str] | None = None) -> dict[str, Any]:
        """Send each transition of a lifecycle as a signed webhook. events: only these types."""
        body = _given(url=url, secret=secret, events=None if events is None else [*events])
        return cast("dict[str, Any]", self._link.ask("PUT", *self._world, "callbacks", body=body))

    def off(self) -> None:
        """Send nothing more."""
        self._link.ask("DELETE", *self._world, "callbacks")

    def deliveries(self) -> list[Delivery]:
        """The latest webhooks in their order, and what became of each."""
        return cast("list[Delivery]", self._link.ask("GET", *self._world, "deliveries")["items"])


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
