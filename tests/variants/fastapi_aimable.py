"""Aimable's fourteen operations in FastAPI, from documents 000 and 001, without any code of the mock."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator

from tests.variants.fastapi_aimable_state import (
    AimableState,
    Connector,
    ConnectorCreate,
    ConnectorUpdate,
    Data,
    PageOf,
    Provider,
    StoredConnector,
    StoredProvider,
    Sync,
)
from tests.variants.fixture_files import Caller

bearer = HTTPBearer(auto_error=False)
api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


def get_state(request: Request) -> AimableState:
    state: AimableState = request.app.state.aimable
    return state


State = Annotated[AimableState, Depends(get_state)]


def get_caller(
    state: State,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    key: Annotated[str | None, Depends(api_key)],
) -> Caller:
    caller = None
    if token is not None:
        caller = state.callers.get(("bearer", token.credentials))
    elif key is not None:
        caller = state.callers.get(("apiKey", key))
    if caller is None:
        raise HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"})
    return caller


CurrentCaller = Annotated[Caller, Depends(get_caller)]


def get_admin(caller: CurrentCaller) -> Caller:
    if "admin" not in caller.roles:
        raise HTTPException(403, "Administrators only")
    return caller


def valid_slug(slug: str) -> str:
    if not slug.replace("-", "").replace("_", "").isalnum() or slug != slug.lower() or not slug.isascii():
        raise ValueError("Invalid provider slug")
    return slug


Slug = Annotated[str, Path(), AfterValidator(valid_slug)]


def get_provider(state: State, provider_slug: Slug) -> StoredProvider:
    if provider_slug not in state.providers:
        raise HTTPException(404, "Connector provider not found")
    return state.providers[provider_slug]


CurrentProvider = Annotated[StoredProvider, Depends(get_provider)]


def set_up(provider: StoredProvider, config: dict[str, Any] | None) -> StoredProvider:
    """Keep or forget a provider's configuration."""
    provider.config, provider.setup_complete = config, config is not None
    provider.updated_at = datetime.now(UTC)
    return provider


providers = APIRouter(
    prefix="/v1/admin/connector-providers", tags=["Connector providers"], dependencies=[Depends(get_admin)]
)


@providers.get("", response_model=Data[list[Provider]])
def list_connector_providers(state: State) -> Any:
    return {"data": list(state.providers.values())}


@providers.get("/{provider_slug}", response_model=Data[Provider])
def get_connector_provider(provider: CurrentProvider) -> Any:
    return {"data": provider}


@providers.post("/{provider_slug}/setup", response_model=Data[Provider])
def setup_connector_provider(provider: CurrentProvider, body: dict[str, Any]) -> Any:
    return {"data": set_up(provider, body)}


@providers.delete("/{provider_slug}/setup", response_model=Data[Provider])
def reset_connector_provider(provider: CurrentProvider) -> Any:
    return {"data": set_up(provider, None)}


def get_collection(
    state: State, caller: CurrentCaller, request: Request, space_id: UUID, collection_id: UUID
) -> UUID:
    if not caller.may_use("space_id", str(space_id)):
        raise HTTPException(403, "You have no access to this space")
    if ("read" if request.method == "GET" else "write") not in caller.roles:
        raise HTTPException(403, "You may only look at this space")
    if state.collections.get(collection_id) != space_id:
        raise HTTPException(404, "Collection not found")
    return collection_id


CurrentCollection = Annotated[UUID, Depends(get_collection)]


def get_connector(state: State, collection: CurrentCollection, connector_id: UUID) -> StoredConnector:
    connector = state.connectors.get(connector_id)
    if connector is None or connector.collection_id != collection or connector.deleted_at is not None:
        raise HTTPException(404, "Connector not found")
    return connector


CurrentConnector = Annotated[StoredConnector, Depends(get_connector)]
Limit = Annotated[int, Query(ge=1, le=100)]


def page_of(items: Sequence[Connector | Sync], limit: int, cursor: str | None) -> dict[str, Any]:
    """One page, newest first. The cursor tells where the last one ended, in time and id."""
    ordered = sorted(items, key=lambda item: (item.created_at, item.id.int), reverse=True)
    if cursor is not None:
        last = read_cursor(cursor)
        ordered = [item for item in ordered if (item.created_at, item.id.int) < last]
    page, more = ordered[:limit], len(ordered) > limit
    token = f"{page[-1].created_at.isoformat()}|{page[-1].id}" if more else ""
    following = urlsafe_b64encode(token.encode()).decode() if more else None
    return {"data": page, "meta": {"next_cursor": following, "has_more": more}}


def read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        moment, _, name = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        last = datetime.fromisoformat(moment), UUID(name).int
    except ValueError as error:
        raise HTTPException(400, "Invalid cursor") from error
    if last[0].tzinfo is None:
        raise HTTPException(400, "Invalid cursor")
    return last


connectors = APIRouter(
    prefix="/v1/spaces/{space_id}/collections/{collection_id}/connectors", tags=["Collection connectors"]
)


@connectors.get("", response_model=PageOf[Connector])
def list_collection_connectors(
    state: State, collection: CurrentCollection, limit: Limit = 20, cursor: str | None = None
) -> Any:
    own = [
        one
        for one in list(state.connectors.values())
        if one.collection_id == collection and not one.deleted_at
    ]
    return page_of(own, limit, cursor)


@connectors.post("", response_model=Data[Connector], status_code=201)
def create_collection_connector(
    state: State,
    caller: CurrentCaller,
    collection: CurrentCollection,
    body: ConnectorCreate,
    idempotency_key: Annotated[str, Header()],
) -> Any:
    with state.lock:
        return {"data": created_once(state, (caller.name, collection, idempotency_key), body)}


def created_once(state: AimableState, key: tuple[str, UUID, str], body: ConnectorCreate) -> StoredConnector:
    """The connector of this key, made now or before. The caller holds the lock."""
    if key in state.created:
        before, created = state.created[key]
        if before != body:
            raise HTTPException(
                422, [{"loc": ["header", "idempotency-key"], "msg": "Used", "type": "reused"}]
            )
        return state.connectors[created]
    if body.provider_slug not in state.providers:
        raise HTTPException(404, "Unknown connector provider")
    now = datetime.now(UTC)
    principal, collection, _ = key
    values = body.model_dump() | {"id": uuid4(), "collection_id": collection, "principal_id": principal}
    connector = StoredConnector(**values, status="active", created_at=now, updated_at=now)
    state.connectors[connector.id] = connector
    state.created[key] = (body, connector.id)
    return connector


@connectors.get("/{connector_id}", response_model=Data[Connector])
def get_collection_connector(connector: CurrentConnector) -> Any:
    return {"data": connector}


@connectors.patch("/{connector_id}", response_model=Data[Connector])
def update_collection_connector(connector: CurrentConnector, body: ConnectorUpdate) -> Any:
    sent = body.model_dump(exclude_unset=True)
    for name in ("credential", "status"):
        if sent.get(name) is not None:
            setattr(connector, name, sent[name])
    if "scope_config" in sent:
        connector.scope_config = sent["scope_config"]
    connector.updated_at = datetime.now(UTC)
    return {"data": connector}


@connectors.delete("/{connector_id}")
def delete_collection_connector(connector: CurrentConnector) -> None:
    connector.deleted_at = datetime.now(UTC)
    connector.credential = {}


@connectors.get("/{connector_id}/browse")
def browse_collection_connector(
    state: State, connector: CurrentConnector, parent_id: str | None = None
) -> dict[str, Any]:
    level = [
        one
        for one in state.browse
        if one["provider_slug"] == connector.provider_slug and one["parent_id"] == parent_id
    ]
    return {"data": [{"id": one["id"], "title": one["name"], "kind": one["type"]} for one in level]}


@connectors.get("/{connector_id}/sync", response_model=PageOf[Sync])
def list_syncs(
    state: State, connector: CurrentConnector, limit: Limit = 20, cursor: str | None = None
) -> Any:
    own = [
        state.advance(one)
        for one in list(state.syncs.values())
        if one.collection_connector_id == connector.id
    ]
    return page_of(own, limit, cursor)


@connectors.post("/{connector_id}/sync", response_model=Data[Sync], status_code=202)
def trigger_sync(state: State, connector: CurrentConnector) -> Any:
    with state.lock:
        running = state.running(connector.id) or Sync(
            id=uuid4(),
            collection_connector_id=connector.id,
            status="running",
            records_fetched=0,
            metadata={"batch": secrets.token_hex(4)},
            created_at=datetime.now(UTC),
        )
        state.syncs[running.id] = running
    return {"data": running}


@connectors.post("/{connector_id}/sync/cancel", status_code=204)
def cancel_sync(state: State, connector: CurrentConnector) -> None:
    running = state.running(connector.id)
    if running is None:
        raise HTTPException(404, "No sync is running")
    running.status, running.completed_at = "cancelled", datetime.now(UTC)


@connectors.get("/{connector_id}/sync/{sync_id}", response_model=Data[Sync])
def get_sync(state: State, connector: CurrentConnector, sync_id: UUID) -> Any:
    sync = state.syncs.get(sync_id)
    if sync is None or sync.collection_connector_id != connector.id:
        raise HTTPException(404, "Sync not found")
    return {"data": state.advance(sync)}


def create_aimable(state: AimableState) -> FastAPI:
    """The platform as it is mounted below its proxy prefix."""
    app = FastAPI(title="Aimable Platform API", version="0.1.0")
    app.state.aimable = state
    app.include_router(providers)
    app.include_router(connectors)
    return app
