"""What the FastAPI implementation of Aimable keeps and shows: its models and its state in memory."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

from tests.variants.fixture_files import callers, records

SYNC_SECONDS = 0.8
"""How long an import takes here."""

T = TypeVar("T")


class Scope(BaseModel):
    name: str
    description: str | None = None


class Provider(BaseModel):
    id: UUID
    provider_slug: str
    display_name: str
    auth_type: str
    execution_strategy: str
    default_scopes: list[Scope]
    config_schema: dict[str, Any]
    setup_complete: bool
    created_at: datetime
    updated_at: datetime


class StoredProvider(Provider):
    config: dict[str, Any] | None = None


class Connector(BaseModel):
    id: UUID
    collection_id: UUID
    provider_slug: str
    principal_id: str
    scope_config: dict[str, Any] | None
    status: str
    created_at: datetime
    updated_at: datetime


class StoredConnector(Connector):
    credential: dict[str, Any]
    deleted_at: datetime | None = None


class Sync(BaseModel):
    id: UUID
    collection_connector_id: UUID
    status: str
    records_fetched: int
    metadata: dict[str, Any]
    created_at: datetime
    completed_at: datetime | None = None


class ConnectorCreate(BaseModel):
    provider_slug: str
    credential: dict[str, Any]
    scope_config: dict[str, Any] | None = Field(default_factory=dict)


class ConnectorUpdate(BaseModel):
    credential: dict[str, Any] | None = None
    scope_config: dict[str, Any] | None = None
    status: str | None = None


class Data(BaseModel, Generic[T]):
    data: T


class Meta(BaseModel):
    next_cursor: str | None = None
    has_more: bool = False


class PageOf(BaseModel, Generic[T]):
    data: list[T]
    meta: Meta


class AimableState:
    """Everything one application holds."""

    def __init__(self) -> None:
        self.callers = callers("aimable")
        self.providers = {
            one["provider_slug"]: StoredProvider(**one) for one in records("aimable", "providers")
        }
        self.collections = {
            UUID(one["id"]): UUID(one["space_id"]) for one in records("aimable", "collections")
        }
        self.spaces = {UUID(one["id"]) for one in records("aimable", "spaces")}
        self.connectors = {
            UUID(one["id"]): StoredConnector(**one) for one in records("aimable", "connectors")
        }
        self.syncs = {UUID(one["id"]): Sync(**one) for one in records("aimable", "syncs")}
        self.browse = records("aimable", "browse")
        self.lock = threading.Lock()
        self.created: dict[tuple[str, UUID, str], tuple[ConnectorCreate, UUID]] = {}

    def advance(self, sync: Sync) -> Sync:
        """A running import as far as it has come by now."""
        now = datetime.now(UTC)
        elapsed = (now - sync.created_at).total_seconds()
        if sync.completed_at is None and sync.status == "running":
            sync.records_fetched = max(sync.records_fetched, min(int(elapsed * 50), 40))
            if elapsed > SYNC_SECONDS:
                sync.status, sync.records_fetched, sync.completed_at = "completed", 42, now
        return sync

    def running(self, connector_id: UUID) -> Sync | None:
        """The import under way for a connector."""
        own = (sync for sync in list(self.syncs.values()) if sync.collection_connector_id == connector_id)
        return next((sync for sync in own if self.advance(sync).completed_at is None), None)
