"""HydraCore's state: customers' connections and which instances may use them."""

import base64
import itertools
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.independent.python.formats import now
from tests.independent.python.serving import Choices

SEEDED_AT = datetime(2024, 8, 24, 14, 15, 22, tzinfo=UTC)


@dataclass
class Grant:
    id: UUID
    instance_id: UUID
    capabilities: list[str]
    granted_at: datetime = SEEDED_AT


@dataclass
class Connection:
    id: UUID
    customer_id: UUID
    provider: str
    name: str
    auth_type: str
    sealed_credentials: bytes
    metadata_json: dict[str, Any] | None
    scopes: list[Any] | None
    status: str = "active"
    created_at: datetime = SEEDED_AT
    updated_at: datetime = SEEDED_AT
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    grants: dict[UUID, Grant] = field(default_factory=dict)


@dataclass(frozen=True)
class Principal:
    role: str
    customers: frozenset[UUID]


@dataclass(frozen=True)
class Instance:
    customer_id: UUID
    proxy_key: str


def seal(credentials: dict[str, Any]) -> bytes:
    """Stand in for encryption: nothing of this test server outlives its process."""
    return base64.b85encode(json.dumps(credentials).encode())


def unseal(sealed: bytes) -> dict[str, Any]:
    return json.loads(base64.b85decode(sealed))


class Store:
    """All state, guarded by `lock`."""

    def __init__(self, choices: Choices) -> None:
        seed = json.loads(Path(__file__).with_name("seed.json").read_text("utf-8"))
        self.choices = choices
        self.lock = threading.RLock()
        self.customers = {UUID(customer_id) for customer_id in seed["customers"]}
        self.instances = {
            UUID(instance_id): Instance(UUID(entry["customer_id"]), entry["proxy_key"])
            for instance_id, entry in seed["instances"].items()
        }
        self.connections: dict[UUID, Connection] = {}
        self.tokens: dict[str, Principal] = {}
        self.api_keys: dict[str, Principal] = {}
        for entry in seed["principals"]:
            customers = frozenset(UUID(customer_id) for customer_id in entry["customers"])
            principal = Principal(entry["role"], customers)
            self.tokens[entry["token"]] = self.api_keys[entry["api_key"]] = principal
        for entry in seed["connections"]:
            self.seed_connection(entry)

    def seed_connection(self, entry: dict[str, Any]) -> None:
        grants = [
            Grant(UUID(grant["id"]), UUID(grant["instance_id"]), grant["capabilities"])
            for grant in entry.pop("grants")
        ]
        connection = Connection(
            id=UUID(entry.pop("id")),
            customer_id=UUID(entry.pop("customer_id")),
            sealed_credentials=seal(entry.pop("credentials")),
            grants={grant.id: grant for grant in grants},
            **entry,
        )
        self.connections[connection.id] = connection

    def find_by_name(self, customer_id: UUID, provider: str, name: str) -> Connection | None:
        for connection in self.connections.values():
            if (connection.customer_id, connection.provider, connection.name) == (
                customer_id,
                provider,
                name,
            ):
                return connection
        return None

    def put_connection(
        self, customer_id: UUID, values: dict[str, Any], existing: Connection | None
    ) -> Connection:
        """Make a connection of what a customer sent, or give an existing one the values sent."""
        credentials = values.pop("credentials")
        moment = now()
        connection = Connection(
            id=existing.id if existing else uuid4(),
            customer_id=customer_id,
            sealed_credentials=seal(credentials),
            created_at=existing.created_at if existing else moment,
            updated_at=moment,
            grants=existing.grants if existing else {},
            **values,
        )
        seconds = credentials.get("expires_in")
        if self.choices["expires_at"] == "from_credentials" and isinstance(seconds, int):
            connection.expires_at = moment + timedelta(seconds=min(max(seconds, 0), 10**8))
        if self.choices["first_status"] == "pending_then_active":
            connection.status = "pending"
            timer = threading.Timer(0.3, self.activate, [connection])
            timer.daemon = True
            timer.start()
        self.connections[connection.id] = connection
        return connection

    def activate(self, connection: Connection) -> None:
        with self.lock:
            connection.status = "active"

    def listed(self, customer_id: UUID) -> list[Connection]:
        """Return a customer's connections as the list shows them, `list_lag_ms` behind creations."""
        latest = now() - timedelta(milliseconds=int(self.choices["list_lag_ms"]))
        listed = [
            connection
            for connection in self.connections.values()
            if connection.customer_id == customer_id and connection.created_at <= latest
        ]
        if self.choices["list_order"] == "newest_first":
            listed.reverse()
        if self.choices["list_order"] == "by_name":
            listed.sort(key=lambda connection: (connection.provider, connection.name))
        return listed

    def granted(self, instance_id: UUID, provider: str, name: str | None) -> list[tuple[Connection, Grant]]:
        """Return the connections of a provider that an instance may use, with the grants, oldest first."""
        pairs = [
            (connection, grant)
            for connection in self.connections.values()
            for grant in connection.grants.values()
            if grant.instance_id == instance_id and connection.provider == provider
        ]
        return [pair for pair in pairs if name in (None, pair[0].name)]

    def put_grant(
        self, connection: Connection, instance_id: UUID, capabilities: list[str]
    ) -> tuple[Grant, bool]:
        """Grant capabilities to an instance; return the grant and whether it is a new one."""
        if self.choices["capabilities"] == "sorted_set":
            capabilities = sorted(set(capabilities))
        existing = next(
            (grant for grant in connection.grants.values() if grant.instance_id == instance_id), None
        )
        if existing is not None and self.choices["duplicate_grant"] == "updates":
            existing.capabilities, existing.granted_at = capabilities, now()
            return existing, False
        grant = Grant(uuid4(), instance_id, capabilities, now())
        connection.grants[grant.id] = grant
        return grant, True

    def capabilities_of(self, grants: list[Grant]) -> list[str]:
        """Return the capabilities of several grants, each once."""
        return list(dict.fromkeys(itertools.chain.from_iterable(grant.capabilities for grant in grants)))
