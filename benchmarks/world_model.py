"""The expected responses of a world: a model of plain dictionaries, and a visitor that sends requests and compares.

Worlds with equal initial states generate equal ids, so a record in the wrong world cannot be recognized by its id.
Therefore everything that a visitor writes contains the name of its world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCENARIO = f"""
scenario: at-noon
about: The default scenario at a moment that stays
over: default
clock: {{mode: frozen, now: "{START.isoformat()}"}}
"""
"""The initial state of the worlds of the model. Their clocks are frozen."""

CONNECTORS = "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
CONNECTIONS = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
PROVIDERS = "/v1/admin/connector-providers"
STRANGER = "00000000-0000-4000-8000-000000000000"
CREDENTIALS = {
    CONNECTORS: {"Authorization": "Bearer mock-aimable-admin"},
    CONNECTIONS: {"Authorization": "Bearer mock-hydracore-admin"},
    PROVIDERS: {"X-API-Key": "mock-platform-admin-key"},
}
SOONEST, LATEST = 2.5, 3.5
"""The range of the duration of a sync in seconds, as in the behaviour file of the contract."""
ROOM = 30
"""The number of records that a visitor adds to a list before it also deletes some."""


class Disagreement(AssertionError):
    """A response of a world differs from its model."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, the number of its exchange in the world, and the JSON of its body."""

    status: int
    world: str
    number: int
    body: Any


Ask = Callable[[str, str, Any, Mapping[str, str]], Answer]
"""Method, path, body and headers of a request to one world, to its answer."""


@dataclass(slots=True)
class Model:
    """The state of a world, with records as in responses. elapsed: the seconds that its clock was advanced.
    asked: the number of requests. syncs: each with the second of its start."""

    connectors: dict[str, dict[str, Any]] = field(default_factory=dict)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    providers: dict[str, bool] = field(default_factory=dict)
    syncs: dict[str, tuple[dict[str, Any], float]] = field(default_factory=dict)
    elapsed: float = 0.0
    asked: int = 0

    def copy(self, *, asked: int) -> Model:
        """A copy of the state for a world that has had this number of requests."""
        copied = deepcopy(self)
        copied.asked = asked
        return copied


def learn(ask: Ask) -> Model:
    """The model of a new world, read from its responses."""
    connectors = ask("GET", f"{CONNECTORS}?limit=100", None, CREDENTIALS[CONNECTORS]).body["data"]
    connections = ask("GET", CONNECTIONS, None, CREDENTIALS[CONNECTIONS]).body["connections"]
    providers = ask("GET", PROVIDERS, None, CREDENTIALS[PROVIDERS]).body["data"]
    return Model(
        {one["id"]: one for one in connectors},
        {one["id"]: one for one in connections},
        {one["provider_slug"]: one["setup_complete"] for one in providers},
    )


class Visitor:
    """Sends requests to one world and compares the responses with the model. Every method raises Disagreement."""

    def __init__(self, name: str, ask: Ask, model: Model) -> None:
        self.name = name
        self.model = model
        self._ask = ask
        self._marks = 0

    def add_connector(self) -> None:
        """Create a connector: it is as sent, with the current time and a new id."""
        sent = {"provider_slug": "slack", "scope_config": self._mark()}
        body = self._said("POST", CONNECTORS, {**sent, "credential": {"access_token": "x"}}, 201)["data"]
        told = {name: body.get(name) for name in (*sent, "created_at", "status")}
        self._same(told, {**sent, "created_at": self._now(), "status": "active"})
        self._same(body["id"] in self.model.connectors, False)
        self.model.connectors[body["id"]] = body

    def read_connector(self, pick: int) -> None:
        """Get a connector: it is as in the model."""
        key = self._picked(self.model.connectors, pick)
        body = self._said("GET", f"{CONNECTORS}/{key or STRANGER}", None, 200 if key else 404)
        if key:
            self._same(body["data"], self.model.connectors[key])

    def change_connector(self, pick: int) -> None:
        """Change a connector: only the members that were sent change."""
        key, sent = self._picked(self.model.connectors, pick), {"scope_config": self._mark()}
        body = self._said("PATCH", f"{CONNECTORS}/{key or STRANGER}", sent, 200 if key else 404)
        if key:
            changed = body["data"]
            before = self.model.connectors[key]
            self._same(changed, {**before, **sent, "updated_at": changed.get("updated_at")})
            self.model.connectors[key] = changed

    def remove_connector(self, pick: int) -> None:
        """Delete a connector: its syncs are deleted too."""
        key = self._picked(self.model.connectors, pick)
        self._said("DELETE", f"{CONNECTORS}/{key or STRANGER}", None, 204 if key else 404)
        if key:
            del self.model.connectors[key]
            owned = "collection_connector_id"
            self.model.syncs = {id_: one for id_, one in self.model.syncs.items() if one[0][owned] != key}

    def list_connectors(self) -> None:
        """List the connectors: exactly those of the model, in order."""
        listed = self._said("GET", f"{CONNECTORS}?limit=100", None, 200)["data"]
        places = [(one["created_at"], one["id"]) for one in listed]
        self._same(places, sorted(places))
        self._same({one["id"]: one for one in listed}, self.model.connectors)

    def begin_sync(self, pick: int) -> None:
        """Start a sync: refused while another one of the connector is running."""
        key = self._picked(self.model.connectors, pick)
        answer = self._answer("POST", f"{CONNECTORS}/{key or STRANGER}/sync", None)
        if key is None:
            self._same(answer.status, 404)
            return
        owned = [id_ for id_, (one, _) in self.model.syncs.items() if one["collection_connector_id"] == key]
        running = {self._runs(id_) for id_ in owned}
        allowed = {202}
        if True in running:
            allowed = {409}
        elif None in running:
            allowed = {202, 409}
        self._same(answer.status in allowed, True)
        if answer.status == 202:
            begun = answer.body["data"]
            told = (begun["collection_connector_id"], begun["status"], begun["created_at"])
            self._same(told, (key, "running", self._now()))
            self.model.syncs[begun["id"]] = begun, self.model.elapsed

    def read_sync(self, pick: int) -> None:
        """Get a sync: it runs for the declared time, and does not change after its end."""
        key = self._picked(self.model.syncs, pick)
        if key is None:
            return
        before, began = self.model.syncs[key]
        owner, runs = before["collection_connector_id"], self._runs(key)
        shown = self._said("GET", f"{CONNECTORS}/{owner}/sync/{key}", None, 200)["data"]
        if before["status"] != "running":
            self._same(shown, before)
        else:
            self._same(shown["status"] == "running" if runs is not None else None, runs)
            moved = ("status", "records_fetched", "completed_at", "metadata")
            self._same({**shown, **dict.fromkeys(moved)}, {**before, **dict.fromkeys(moved)})
        self.model.syncs[key] = shown, began

    def set_up_provider(self, pick: int) -> None:
        """A provider is set up, or its set-up forgotten; both contracts that play it show so."""
        slug = self._picked(self.model.providers, pick) or ""
        if self.model.providers[slug]:
            said = self._said("DELETE", f"{PROVIDERS}/{slug}/setup", None, 200)
        else:
            said = self._said("POST", f"{PROVIDERS}/{slug}/setup", {"world": self.name}, 200)
        self.model.providers[slug] = not self.model.providers[slug]
        self._same(said["data"]["setup_complete"], self.model.providers[slug])

    def list_providers(self) -> None:
        """List the providers: exactly those of the model are set up."""
        listed = self._said("GET", PROVIDERS, None, 200)["data"]
        self._same({one["provider_slug"]: one["setup_complete"] for one in listed}, self.model.providers)

    def add_connection(self) -> None:
        """Create a connection: it is as sent, and a duplicate is refused."""
        name = f"{self.name} {self._mark()['mark']}"
        sent = {"provider": "gmail", "name": name, "credentials": {"token": "x"}}
        made = self._said("POST", CONNECTIONS, sent, 201)
        self._same((made["name"], made["created_at"]), (name, self._now()))
        self.model.connections[made["id"]] = made
        self._said("POST", CONNECTIONS, sent, 409)

    def remove_connection(self, pick: int) -> None:
        """Delete a connection."""
        key = self._picked(self.model.connections, pick)
        self._said("DELETE", f"{CONNECTIONS}/{key or STRANGER}", None, 204 if key else 404)
        self.model.connections.pop(key or "", None)

    def list_connections(self) -> None:
        """List the connections: exactly those of the model."""
        said = self._said("GET", CONNECTIONS, None, 200)
        self._same(said["total"], len(self.model.connections))
        self._same({one["id"]: one for one in said["connections"]}, self.model.connections)

    def anything(self, chance: Random) -> None:
        """A random operation; deletes more often after many records were added."""
        full = len(self.model.connectors) > ROOM, len(self.model.connections) > ROOM
        acts: list[Callable[[int], None]] = [
            self.remove_connector if full[0] else lambda _: self.add_connector(),
            self.remove_connection if full[1] else lambda _: self.add_connection(),
            self.read_connector,
            self.change_connector,
            self.remove_connector,
            self.remove_connection,
            self.begin_sync,
            self.begin_sync,
            self.read_sync,
            self.read_sync,
            self.set_up_provider,
            lambda _: self.list_connectors(),
            lambda _: self.list_connections(),
            lambda _: self.list_providers(),
        ]
        chance.choice(acts)(chance.randrange(1 << 30))

    def everything(self) -> None:
        """List everything: it equals the model."""
        self.list_connectors()
        self.list_connections()
        self.list_providers()
        for number in range(len(self.model.syncs)):
            self.read_sync(number)

    def _answer(self, method: str, path: str, body: Any) -> Answer:
        key = {"Idempotency-Key": f"{self.name}-{self._marks}"}
        headers = next(who for start, who in CREDENTIALS.items() if path.startswith(start))
        answer = self._ask(method, path, body, {**headers, **key})
        self.model.asked += 1
        self._same((answer.world, answer.number), (self.name, self.model.asked))
        return answer

    def _said(self, method: str, path: str, body: Any, status: int) -> Any:
        answer = self._answer(method, path, body)
        self._same(answer.status, status)
        return answer.body

    def _same(self, found: Any, expected: Any) -> None:
        if found != expected:
            raise Disagreement(f"world {self.name}: {found!r} instead of {expected!r}")

    def _mark(self) -> dict[str, Any]:
        self._marks += 1
        return {"world": self.name, "mark": self._marks}

    def _now(self) -> str:
        moment = START + timedelta(seconds=self.model.elapsed)
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

    def _runs(self, sync: str) -> bool | None:
        """Whether a sync is running; None if it may have ended already."""
        shown, began = self.model.syncs[sync]
        if shown["status"] != "running":
            return False
        age = self.model.elapsed - began
        if age < SOONEST:
            return True
        return False if age >= LATEST else None

    @staticmethod
    def _picked(records: Mapping[str, Any], pick: int) -> str | None:
        return sorted(records)[pick % len(records)] if records else None
