"""Bodies of the platform's requests and responses."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T")


def check_slug(slug: str) -> str:
    words = slug.split("-")
    if not all(word.isascii() and word.isalnum() and word == word.lower() for word in words):
        raise PydanticCustomError("value_error", "Invalid provider slug")
    return slug


ProviderSlug = Annotated[str, Field(max_length=64), AfterValidator(check_slug)]


class Envelope(BaseModel, Generic[T]):
    data: T


class Listing(BaseModel, Generic[T]):
    """A page of items; where the facts of the page stand is a choice, so other members are allowed."""

    model_config = ConfigDict(extra="allow")

    data: list[T]


class Scope(BaseModel):
    name: str
    description: str


class ProviderOut(BaseModel):
    id: str
    provider_slug: str
    display_name: str
    auth_type: str
    execution_strategy: str
    default_scopes: list[Scope]
    config_schema: dict[str, Any]
    setup_complete: bool
    created_at: str
    updated_at: str


class ProviderSetup(BaseModel):
    model_config = ConfigDict(extra="allow")

    client_id: str
    client_secret: str


class ConnectorCreate(BaseModel):
    provider_slug: ProviderSlug
    credential: dict[str, Any]
    scope_config: dict[str, Any] | None = None


class ConnectorUpdate(BaseModel):
    model_config = ConfigDict(extra="allow")

    credential: dict[str, Any] = Field(default_factory=dict)
    scope_config: dict[str, Any] | None = None


class ConnectorOut(BaseModel):
    """A connector as clients see it: without its credential."""

    id: str
    collection_id: str
    provider_slug: str
    principal_id: str
    scope_config: dict[str, Any] | None = None
    status: str
    created_at: str
    updated_at: str
    deleted_at: str | None = None
    last_sync_at: str | None = None
    created_by: dict[str, str] | None = None


class SyncOut(BaseModel):
    id: str
    collection_connector_id: str
    status: str
    records_fetched: int
    metadata: dict[str, Any]
    created_at: str
    completed_at: str | None = None


class ResourceOut(BaseModel):
    """Something of the external service that a connector could read."""

    id: str
    name: str
    type: str
    parent_id: str | None
    has_children: bool
