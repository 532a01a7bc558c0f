"""Connector providers: an administrator lists them, sets them up and resets them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path

from tests.independent.python.aimable.dependencies import ChoicesDep, StoreDep, invalid, require_admin
from tests.independent.python.aimable.schemas import (
    Envelope,
    ProviderOut,
    ProviderSetup,
    ProviderSlug,
)
from tests.independent.python.aimable.store import Provider
from tests.independent.python.formats import now, render_time
from tests.independent.python.serving import Choices
from tests.independent.python.strict_json import StrictJSONRoute

router = APIRouter(
    prefix="/v1/admin/connector-providers",
    tags=["connector-providers"],
    route_class=StrictJSONRoute,
    dependencies=[Depends(require_admin)],
)
SlugPath = Annotated[ProviderSlug, Path()]
CONFIG_SCHEMA = {
    "client_id": {"type": "string"},
    "client_secret": {"type": "string"},
}


def present(provider: Provider, choices: Choices) -> dict[str, Any]:
    return {
        "id": provider.id,
        "provider_slug": provider.provider_slug,
        "display_name": provider.display_name,
        "auth_type": provider.auth_type,
        "execution_strategy": provider.execution_strategy,
        "default_scopes": provider.default_scopes,
        "config_schema": CONFIG_SCHEMA,
        "setup_complete": provider.credentials is not None,
        "created_at": render_time(provider.created_at, choices["timestamps"]),
        "updated_at": render_time(provider.updated_at, choices["timestamps"]),
    }


def get_provider(provider_slug: SlugPath, store: StoreDep, choices: ChoicesDep) -> Provider:
    provider = store.providers.get(provider_slug)
    if provider is not None:
        return provider
    if choices["unknown_provider"] == "422":
        raise invalid(("path", "provider_slug"), "Invalid provider slug", "value_error", provider_slug)
    raise HTTPException(404, f"Connector provider '{provider_slug}' not found")


ProviderDep = Annotated[Provider, Depends(get_provider)]


@router.get("", response_model=dict[str, list[ProviderOut]])
def list_providers(store: StoreDep, choices: ChoicesDep) -> Any:
    with store.lock:
        providers = [present(provider, choices) for provider in store.providers.values()]
    if choices["provider_order"] == "by_name":
        providers.sort(key=lambda provider: provider["display_name"])
    return {"data": providers}


@router.get("/{provider_slug}", response_model=Envelope[ProviderOut])
def read_provider(provider: ProviderDep, choices: ChoicesDep) -> Any:
    return {"data": present(provider, choices)}


@router.post("/{provider_slug}/setup", response_model=Envelope[ProviderOut])
def set_up_provider(provider: ProviderDep, body: ProviderSetup, store: StoreDep, choices: ChoicesDep) -> Any:
    if choices["empty_secret"] == "refused":
        for name in ("client_id", "client_secret"):
            if not getattr(body, name).strip():
                raise invalid(("body", name), "String should have at least 1 character", "string_too_short")
    if body.model_extra and choices["setup_extra_members"] == "refused":
        name = next(iter(body.model_extra))
        raise invalid(("body", name), "Extra inputs are not permitted", "extra_forbidden")
    with store.lock:
        if provider.credentials is not None and choices["setup_again"] == "conflict":
            raise HTTPException(409, "Provider is already set up; reset it first")
        provider.credentials = body.model_dump()
        provider.updated_at = now()
        return {"data": present(provider, choices)}


@router.delete("/{provider_slug}/setup", response_model=Envelope[ProviderOut])
def reset_provider(provider: ProviderDep, store: StoreDep, choices: ChoicesDep) -> Any:
    with store.lock:
        if provider.credentials is None and choices["reset_unset"] == "conflict":
            raise HTTPException(409, "Provider is not set up")
        if provider.credentials is not None:
            provider.credentials = None
            provider.updated_at = now()
        return {"data": present(provider, choices)}
