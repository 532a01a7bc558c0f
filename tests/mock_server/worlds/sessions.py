"""Sessions of a client with valid and invalid calls on all four contracts, drawn from a seed.

What a request names is taken from earlier answers, so a session is recorded by playing it.
"""

# ruff: noqa: S311 - what is drawn here guards nothing

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

SPACE = "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
COLLECTION = "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f"
CONNECTORS = f"/api-proxy/v1/spaces/{SPACE}/collections/{COLLECTION}/connectors"
CONNECTIONS = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
INSTANCES = ["497f6eca-6276-4993-bfeb-53cbbbba6f08", "06587974-2dbe-4e10-8bf9-38cce0f5a366"]
SLUGS = ["google-workspace", "slack", "google-drive", "microsoft-365", "none"]
CALLERS = {
    "aimable": [f"mock-aimable-{name}" for name in ("admin", "member", "outsider", "read-only", "expired")],
    "hydracore": [f"mock-hydracore-{name}" for name in ("admin", "read-only", "other-tenant", "expired")],
    "patchworks": [f"mock-patchworks-{name}" for name in ("admin", "read-only", "guest", "expired")],
}
STORED = {
    "authentication_implementation_id": 1,
    "timezone": "UTC",
    "date_format": "c",
    "rate_limit_unit": "day",
    "rate_limit_duration": 1,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. side: requests of different sides touch no common record."""

    side: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Said:
    """Its answer."""

    status: int
    body: bytes


Play = Callable[[Sent], Said]


def record(play: Play, *, seed: int, length: int) -> list[Sent]:
    """A session of so many requests."""
    drawn = _Session(Random(seed))
    sent: list[Sent] = []
    for _ in range(length):
        sent.append(drawn.request())
        drawn.learn(sent[-1], play(sent[-1]))
    return sent


class _Session:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.connectors: list[str] = []
        self.syncs: list[str] = []
        self.cursors: list[str] = []
        self.connections: list[str] = []
        self.grants: list[str] = []
        self.stored: list[str] = []
        self.keys = 0

    def request(self) -> Sent:
        return self.rng.choice([self.aimable, self.aimable, self.platform, self.hydracore, self.patchworks])()

    def learn(self, sent: Sent, said: Said) -> None:
        """What can be named from now on."""
        body = json.loads(said.body) if said.body else None
        if said.status >= 300 or not isinstance(body, dict):
            return
        for one in _records(body):
            key = str(one["id"])
            if "collection_connector_id" in one:
                self.syncs.append(f"{one['collection_connector_id']}/sync/{key}")
            elif "instance_id" in one:
                self.grants.append(f"{one['connection_id']}/grants/{key}")
            elif "collection_id" in one:
                self.connectors.append(key)
            elif sent.path.startswith(CONNECTIONS):
                self.connections.append(key)
            elif sent.path.startswith("/api/v1"):
                self.stored.append(key)
        cursor = body.get("meta", {}).get("next_cursor") if isinstance(body.get("meta"), dict) else None
        if cursor:
            self.cursors.append(cursor)

    def aimable(self) -> Sent:
        one = f"{CONNECTORS}/{self.one_of(self.connectors)}"
        slug = self.rng.choice(SLUGS)
        setup = f"/api-proxy/v1/admin/connector-providers/{slug}/setup"
        config = self.rng.choice([{"client_id": "a", "client_secret": "b"}, {"client_id": 1}, {}])
        created = {"provider_slug": slug, "credential": {"token": "x"}, "scope_config": {"n": self.number()}}
        cursor = self.one_of(self.cursors)
        choices: list[tuple[str, str, str, Any]] = [
            (
                "GET",
                CONNECTORS,
                self.rng.choice(["", "limit=2", "limit=0", "limit=x", f"cursor={cursor}"]),
                None,
            ),
            ("POST", CONNECTORS, "", created),
            ("POST", CONNECTORS, "", self.rng.choice([{**created, "provider_slug": 1}, {}, [], "text"])),
            ("GET", one, "", None),
            ("PATCH", one, "", {"scope_config": {"n": self.number()}}),
            ("PATCH", one, "", self.rng.choice([{"status": "odd"}, {"scope_config": 1}, {}])),
            ("DELETE", one, "", None),
            ("POST", f"{one}/sync", "", None),
            ("POST", f"{one}/sync/cancel", "", None),
            ("GET", f"{one}/sync", "", None),
            ("GET", f"{CONNECTORS}/{self.one_of(self.syncs)}", "", None),
            ("GET", f"{one}/browse", "", None),
            ("GET", "/api-proxy/v1/admin/connector-providers", "", None),
            ("POST", setup, "", config),
            ("DELETE", setup, "", None),
        ]
        self.keys += self.rng.randrange(3)
        return self.sent("aimable", self.rng.choice(choices), {"Idempotency-Key": f"key-{self.keys}"})

    def platform(self) -> Sent:
        one = f"/v1/admin/connector-providers/{self.rng.choice(SLUGS)}"
        choices: list[tuple[str, str, str, Any]] = [
            ("GET", "/v1/admin/connector-providers", "", None),
            ("GET", "/v1/admin/connector-providers/", "", None),
            ("PUT", "/v1/admin/connector-providers", "", None),
            ("GET", one, "", None),
            ("POST", f"{one}/setup", "", {"any": self.number()}),
            ("POST", f"{one}/setup", "", [1]),
            ("DELETE", f"{one}/setup", "", None),
        ]
        return self.sent("aimable", self.rng.choice(choices), {"X-API-Key": "mock-platform-admin-key"})

    def hydracore(self) -> Sent:
        one = f"{CONNECTIONS}/{self.one_of(self.connections)}"
        created = {"provider": "gmail", "name": f"n{self.rng.randrange(40)}", "credentials": {"t": "x"}}
        granted = {"instance_id": self.rng.choice(INSTANCES), "capabilities": ["read"]}
        fetched = f"/internal/v1/instances/{self.rng.choice(INSTANCES)}/connections"
        choices: list[tuple[str, str, str, Any]] = [
            ("GET", CONNECTIONS, "", None),
            ("POST", CONNECTIONS, "", created),
            (
                "POST",
                CONNECTIONS,
                "",
                self.rng.choice([{}, {**created, "name": 1}, {**created, "scopes": "x"}]),
            ),
            ("DELETE", one, "", None),
            ("POST", f"{one}/grants", "", granted),
            ("POST", f"{one}/grants", "", {"instance_id": "none"}),
            ("DELETE", f"{CONNECTIONS}/{self.one_of(self.grants)}", "", None),
            ("GET", fetched, self.rng.choice(["provider=gmail", "provider=none", ""]), None),
        ]
        proxy = {"X-Proxy-Key": f"mock-proxy-key-{self.rng.randint(1, 4)}"}
        return self.sent("hydracore", self.rng.choice(choices), proxy)

    def patchworks(self) -> Sent:
        listing, one = (
            "/api/v1/connectors",
            f"/api/v1/connectors/{self.one_of([*self.stored, '1', '2', '7'])}",
        )
        created = {**STORED, "name": f"n{self.number()}", "variables": [{"key": "k", "label": "l"}]}
        wrong = self.rng.choice([{}, {**created, "timezone": "Moon"}, {**created, "certificate_id": "999"}])
        queries = ["", "per_page=2&page=2", "sort=-name", "sort=odd", "include=variables,certificate.user"]
        queries += ["filter[canonical_key]=a", "filter[odd]=a", "per_page=x"]
        choices: list[tuple[str, str, str, Any]] = [
            ("GET", listing, self.rng.choice(queries), None),
            ("POST", listing, "", created),
            ("POST", listing, "", wrong),
            ("GET", one, self.rng.choice(["", "include=variables", "include=odd"]), None),
            (
                "PUT",
                one,
                "",
                self.rng.choice([{"name": f"m{self.number()}"}, {"connection_pool_id": 999}]),
            ),
            ("DELETE", one, "", None),
            ("POST", f"{one}/test", "", None),
        ]
        return self.sent("patchworks", self.rng.choice(choices), {})

    def sent(self, side: str, drawn: tuple[str, str, str, Any], headers: Mapping[str, str]) -> Sent:
        """The request, now and then as no client should send it."""
        method, path, query, value = drawn
        named = {"Host": "mock.example", **headers}
        if self.rng.random() < 0.95:
            caller = self.rng.choice(CALLERS[side]) if self.rng.random() < 0.15 else CALLERS[side][0]
            named["Authorization"] = f"Bearer {caller}"
        body = b"" if value is None else json.dumps(value).encode()
        if body:
            named["Content-Type"] = "application/json"
            if self.rng.random() < 0.05:
                body = body[:-1]
        if self.rng.random() < 0.03:
            method = self.rng.choice(["HEAD", "OPTIONS", "TRACE"])
        return Sent(side, method, path, query, named, body)

    def one_of(self, known: list[str]) -> str:
        """Something known or, now and then, something unknown."""
        if known and self.rng.random() < 0.92:
            return self.rng.choice(known[-12:])
        return self.rng.choice([str(UUID(int=self.rng.getrandbits(128), version=4)), "no-id"])

    def number(self) -> int:
        return self.rng.randrange(1000)


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """The outermost objects with an id."""
    if isinstance(value, dict) and "id" in value:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _records(item)
