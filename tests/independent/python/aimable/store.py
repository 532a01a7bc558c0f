"""The platform's state: providers, collections, connectors and their syncs."""

import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.independent.python.formats import new_id, now
from tests.independent.python.serving import Choices

SEEDED_AT = datetime(2023, 10, 1, 12, 0, tzinfo=UTC)


@dataclass
class Provider:
    id: str
    provider_slug: str
    display_name: str
    default_scopes: list[dict[str, str]]
    credentials: dict[str, Any] | None
    auth_type: str = "oauth2"
    execution_strategy: str = "server-side"
    created_at: datetime = SEEDED_AT
    updated_at: datetime = SEEDED_AT


@dataclass
class Sync:
    id: str
    connector_id: str
    status: str
    created_at: datetime
    records_fetched: int = 0
    completed_at: datetime | None = None


@dataclass
class Connector:
    id: str
    collection_id: str
    provider_slug: str
    principal_id: str
    credential: dict[str, Any]
    scope_config: dict[str, Any] | None
    created_at: datetime = SEEDED_AT
    updated_at: datetime = SEEDED_AT
    deleted_at: datetime | None = None
    syncs: list[Sync] = field(default_factory=list)


@dataclass(frozen=True)
class Principal:
    id: str
    admin: bool
    spaces: dict[str, str]
    closed_collections: list[str]


class Store:
    """All state, guarded by `lock`; callers hold it for as long as they read or change several things."""

    def __init__(self, choices: Choices) -> None:
        seed = json.loads(Path(__file__).with_name("seed.json").read_text("utf-8"))
        self.choices = choices
        self.lock = threading.RLock()
        self.lag = timedelta(milliseconds=int(choices["list_lag_ms"]))
        self.spaces: dict[str, dict[str, Any]] = seed["spaces"]
        self.providers: dict[str, Provider] = {}
        self.connectors: dict[str, Connector] = {}
        self.idempotency: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        self.tokens: dict[str, Principal] = {}
        self.api_keys: dict[str, Principal] = {}
        for entry in seed["providers"]:
            credentials = {"client_id": "seeded"} if entry.pop("setup_complete") else None
            self.providers[entry["provider_slug"]] = Provider(credentials=credentials, **entry)
        for entry in seed["connectors"]:
            self.connectors[entry["id"]] = Connector(**entry)
        for entry in seed["principals"]:
            token, api_key = entry.pop("token"), entry.pop("api_key", None)
            self.tokens[token] = Principal(**entry)
            if api_key:
                self.api_keys[api_key] = self.tokens[token]

    def listed_connectors(self, collection_id: str) -> list[Connector]:
        """Return what the list of a collection shows: the state of `list_lag_ms` ago, in the chosen order."""
        moment = now() - self.lag
        with self.lock:
            listed = [
                connector
                for connector in self.connectors.values()
                if connector.collection_id == collection_id
                and connector.created_at <= moment
                and (connector.deleted_at is None or connector.deleted_at > moment)
            ]
        return self.in_order(listed)

    def in_order(self, items: list[Any]) -> list[Any]:
        """Order items that were appended as they were made."""
        return items[::-1] if self.choices["list_order"] == "newest_first" else items

    def add_connector(self, collection_id: str, principal_id: str, body: dict[str, Any]) -> Connector:
        moment = now()
        connector = Connector(
            id=new_id(self.choices["ids"], "conn"),
            collection_id=collection_id,
            principal_id=principal_id,
            created_at=moment,
            updated_at=moment,
            **body,
        )
        self.connectors[connector.id] = connector
        return connector

    def running_sync(self, connector: Connector) -> Sync | None:
        return next((sync for sync in connector.syncs if sync.completed_at is None), None)

    def start_sync(self, connector: Connector) -> Sync:
        """Add a sync that a timer moves on: through `running`, if it was queued, to its final status."""
        status = self.choices["first_sync_status"]
        sync = Sync(new_id(self.choices["ids"], "sync"), connector.id, status, now())
        connector.syncs.append(sync)
        seconds = float(self.choices["sync_seconds"])
        for share, step in ((0.3, self.run_sync), (1.0, self.finish_sync)):
            timer = threading.Timer(seconds * share, step, [sync])
            timer.daemon = True
            timer.start()
        return sync

    def run_sync(self, sync: Sync) -> None:
        with self.lock:
            if sync.completed_at is None:
                sync.status = "running"
                sync.records_fetched = 1 + secrets.randbelow(10)

    def finish_sync(self, sync: Sync) -> None:
        with self.lock:
            if sync.completed_at is None:
                sync.status = self.choices["final_sync_status"]
                sync.records_fetched += secrets.randbelow(100)
                sync.completed_at = now()

    def cancel_sync(self, sync: Sync) -> None:
        sync.status = self.choices["cancelled_spelling"]
        sync.completed_at = now()
