"""HydraCore's six operations in FastAPI, from document 003: no code of the mock is behind them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from tests.variants.fixture_files import Caller, callers, records


class Grant(BaseModel):
    id: UUID = Field(default_factory=uuid4)
    connection_id: UUID
    instance_id: UUID
    capabilities: list[str] = []
    granted_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class GrantCreate(BaseModel):
    instance_id: UUID
    capabilities: list[str]


class ConnectionCreate(BaseModel):
    provider: str = Field(max_length=50)
    name: str = Field(max_length=255)
    auth_type: str = Field(default="oauth2", description="One of three")
    credentials: dict[str, Any]
    scopes: list[Any] | None = None
    metadata_json: dict[str, Any] | None = None


class Connection(BaseModel):
    id: UUID = Field(default_factory=uuid4)
    customer_id: UUID
    provider: str
    name: str
    auth_type: str
    status: str = "connected"
    scopes: list[Any] | None = None
    grants: list[Grant] = []
    error_message: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class StoredConnection(Connection):
    credentials: dict[str, Any]
    metadata_json: dict[str, Any] | None = None


class ConnectionList(BaseModel):
    connections: list[Connection]
    total: int


class HydraState:
    """Everything one application holds."""

    def __init__(self) -> None:
        self.callers = callers("hydracore")
        self.tenants = {UUID(one["id"]): one["tenant_id"] for one in records("hydracore", "customers")}
        self.instances = {UUID(one["id"]): one for one in records("hydracore", "instances")}
        stored = [StoredConnection(**one) for one in records("hydracore", "connections")]
        self.connections = {one.id: one for one in stored}
        for one in records("hydracore", "grants"):
            grant = Grant(**one)
            self.connections[grant.connection_id].grants.append(grant)


bearer = HTTPBearer(auto_error=False)
proxy_bearer = HTTPBearer()


def get_state(request: Request) -> HydraState:
    state: HydraState = request.app.state.hydracore
    return state


State = Annotated[HydraState, Depends(get_state)]


def get_caller(
    state: State,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    x_api_key: Annotated[str | None, Header()] = None,
) -> Caller:
    asked = ("bearer", token.credentials) if token else ("apiKey", x_api_key or "")
    if asked not in state.callers:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    return state.callers[asked]


CurrentCaller = Annotated[Caller, Depends(get_caller)]


def get_customer(state: State, caller: CurrentCaller, request: Request, customer_id: UUID) -> UUID:
    role = "connections:read" if request.method == "GET" else "connections:write"
    if role not in caller.roles:
        raise HTTPException(403, f"The scope {role} is missing")
    if customer_id not in state.tenants or not caller.may_use("customer_id", str(customer_id)):
        raise HTTPException(404, "Customer not found")
    return customer_id


CurrentCustomer = Annotated[UUID, Depends(get_customer)]


def get_connection(state: State, customer: CurrentCustomer, connection_id: UUID) -> StoredConnection:
    connection = state.connections.get(connection_id)
    if connection is None or connection.customer_id != customer:
        raise HTTPException(404, "Connection not found")
    return connection


CurrentConnection = Annotated[StoredConnection, Depends(get_connection)]


def get_instance(
    state: State,
    instance_id: UUID,
    proxy: Annotated[HTTPAuthorizationCredentials, Depends(proxy_bearer)],
) -> UUID:
    key = state.instances.get(instance_id, {}).get("proxy_key", "")
    if not key or not secrets.compare_digest(key.encode(), proxy.credentials.encode("utf-8", "replace")):
        raise HTTPException(401, "Invalid proxy key", {"WWW-Authenticate": "Bearer"})
    return instance_id


management = APIRouter(prefix="/v1/customers/{customer_id}/connections", tags=["Connections"])
runtime = APIRouter(prefix="/internal/v1/instances/{instance_id}/connections", tags=["Connections"])


@management.get("", response_model=ConnectionList)
def list_connections(state: State, customer: CurrentCustomer) -> Any:
    own = [one for one in list(state.connections.values()) if one.customer_id == customer]
    return {"connections": own[::-1], "total": len(own)}


@management.post("", response_model=Connection, status_code=201)
def create_connection(state: State, customer: CurrentCustomer, body: ConnectionCreate) -> Any:
    connection = StoredConnection(customer_id=customer, **body.model_dump())
    state.connections[connection.id] = connection
    return connection


@management.delete("/{connection_id}", status_code=204)
def delete_connection(state: State, connection: CurrentConnection) -> None:
    del state.connections[connection.id]


@management.post("/{connection_id}/grants", response_model=Grant, status_code=201)
def create_grant(state: State, connection: CurrentConnection, body: GrantCreate) -> Any:
    instance = state.instances.get(body.instance_id)
    tenant = state.tenants[connection.customer_id]
    if instance is None or state.tenants[UUID(instance["customer_id"])] != tenant:
        raise HTTPException(404, "Instance not found")
    if any(one.instance_id == body.instance_id for one in connection.grants):
        raise HTTPException(409, "The instance has a grant already")
    grant = Grant(connection_id=connection.id, **body.model_dump())
    connection.grants.append(grant)
    return grant


@management.delete("/{connection_id}/grants/{grant_id}", status_code=204)
def delete_grant(connection: CurrentConnection, grant_id: UUID) -> None:
    kept = [one for one in connection.grants if one.id != grant_id]
    if len(kept) == len(connection.grants):
        raise HTTPException(404, "Grant not found")
    connection.grants = kept


@runtime.get("")
def fetch_connection_credentials(
    state: State,
    instance: Annotated[UUID, Depends(get_instance)],
    provider: str,
    name: str | None = None,
    capability: str | None = None,
) -> dict[str, Any]:
    found = [
        (connection, grant)
        for connection in list(state.connections.values())
        for grant in connection.grants
        if grant.instance_id == instance
        and connection.provider == provider
        and name in (None, connection.name)
    ]
    if not found:
        raise HTTPException(403, "No grant for this instance")
    connection, grant = found[-1]
    if capability is not None and capability not in grant.capabilities:
        raise HTTPException(403, "Capability not granted")
    connection.last_used_at = datetime.now(UTC)
    return {"credentials": connection.credentials, "capabilities": sorted(grant.capabilities)}
