"""Bodies of HydraCore's requests and responses."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

AUTH_TYPES = ("oauth2", "api_key", "basic")


class ConnectionCreate(BaseModel):
    model_config = ConfigDict(extra="allow")

    provider: Annotated[str, StringConstraints(max_length=50)] = Field(
        description="gmail, xero, google_calendar, deputy, etc."
    )
    name: Annotated[str, StringConstraints(max_length=255)] = Field(
        description="admin@iqm.com.au, IQM Master Roster, etc."
    )
    auth_type: str = Field("oauth2", description=f"One of: {AUTH_TYPES}")
    credentials: dict[str, Any] = Field(description="Provider credentials (stored encrypted)")
    metadata_json: dict[str, Any] | None = None
    scopes: list[Any] | None = None


class GrantCreate(BaseModel):
    model_config = ConfigDict(extra="allow")

    instance_id: UUID
    capabilities: list[str] = Field(
        description="Provider-specific capabilities (e.g. send_mail, read_events)"
    )


class GrantOut(BaseModel):
    id: UUID
    connection_id: UUID
    instance_id: UUID
    capabilities: list[str]
    granted_at: str


class ConnectionOut(BaseModel):
    """A connection as customers see it: without its credentials."""

    id: UUID
    customer_id: UUID
    provider: str
    name: str
    auth_type: str
    status: str
    scopes: list[Any] | None = None
    grants: list[GrantOut]
    error_message: str | None = None
    expires_at: str | None = None
    last_used_at: str | None = None
    created_at: str
    updated_at: str
    metadata_json: dict[str, Any] | None = None


class ConnectionList(BaseModel):
    connections: list[ConnectionOut]
    total: int


class RuntimeCredentials(BaseModel):
    credentials: dict[str, Any]
    capabilities: list[str]
