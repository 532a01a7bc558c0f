"""Connectors of a collection: their life, what they can read, and their syncs."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response

from tests.independent.python.aimable.dependencies import (
    Access,
    AccessDep,
    ChoicesDep,
    PagingDep,
    StoreDep,
    invalid,
)
from tests.independent.python.aimable.schemas import (
    ConnectorCreate,
    ConnectorOut,
    ConnectorUpdate,
    Envelope,
    Listing,
    ResourceOut,
    SyncOut,
)
from tests.independent.python.aimable.store import Connector, Sync
from tests.independent.python.formats import now, render_time
from tests.independent.python.serving import Choices
from tests.independent.python.strict_json import StrictJSONRoute

router = APIRouter(
    prefix="/v1/spaces/{space_id}/collections/{collection_id}/connectors",
    tags=["collection-connectors"],
    route_class=StrictJSONRoute,
)
RESOURCES = [
    {"id": "1A2B3C4D", "name": "Plans", "type": "folder", "parent_id": None, "has_children": True},
    {"id": "5E6F7G8H", "name": "Photos", "type": "folder", "parent_id": None, "has_children": False},
    {"id": "9I0J1K2L", "name": "Autumn", "type": "folder", "parent_id": "1A2B3C4D", "has_children": False},
    {"id": "3M4N5O6P", "name": "plan.pdf", "type": "file", "parent_id": "1A2B3C4D", "has_children": False},
]


def present(connector: Connector, choices: Choices) -> dict[str, Any]:
    shown = {
        "id": connector.id,
        "collection_id": connector.collection_id,
        "provider_slug": connector.provider_slug,
        "principal_id": connector.principal_id,
        "scope_config": connector.scope_config,
        "status": "active",
        "created_at": render_time(connector.created_at, choices["timestamps"]),
        "updated_at": render_time(connector.updated_at, choices["timestamps"]),
    }
    if connector.scope_config is None and choices["absent_scope_config"] == "empty":
        shown["scope_config"] = {}
    if connector.scope_config is None and choices["absent_scope_config"] == "absent":
        del shown["scope_config"]
    if connector.deleted_at is not None:
        shown["status"] = "deleted"
        shown["deleted_at"] = render_time(connector.deleted_at, choices["timestamps"])
    if choices["extra_members"] == "present":
        finished = [sync.completed_at for sync in connector.syncs if sync.completed_at]
        last = finished[-1] if finished else None
        shown["last_sync_at"] = render_time(last, choices["timestamps"]) if last else None
        shown["created_by"] = {"id": connector.principal_id, "type": "user"}
    return shown


def present_sync(sync: Sync, choices: Choices) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": sync.id,
        "collection_connector_id": sync.connector_id,
        "status": sync.status,
        "records_fetched": sync.records_fetched,
        "metadata": {},
        "created_at": render_time(sync.created_at, choices["timestamps"]),
    }
    if sync.completed_at is not None:
        shown["completed_at"] = render_time(sync.completed_at, choices["timestamps"])
    elif choices["unfinished_completed_at"] == "null":
        shown["completed_at"] = None
    return shown


@router.get("", response_model=Listing[ConnectorOut], response_model_exclude_unset=True)
def list_connectors(
    *,
    access: AccessDep,
    paging: PagingDep,
    store: StoreDep,
    choices: ChoicesDep,
    provider_slug: str | None = None,
    status: str | None = None,
) -> Any:
    access.check()
    connectors = [
        present(connector, choices)
        for connector in store.listed_connectors(access.collection_id)
        if provider_slug in (None, connector.provider_slug) and status in (None, "active")
    ]
    return paging.listing(connectors)


def check_provider(body: ConnectorCreate, access: Access) -> None:
    """Raise unless users can connect their accounts to the provider and the request is no duplicate."""
    choices, store = access.choices, access.store
    provider = store.providers.get(body.provider_slug)
    if provider is None:
        raise invalid(("body", "provider_slug"), "Unknown provider", "value_error", body.provider_slug)
    if provider.credentials is None and choices["provider_not_set_up"] == "409":
        raise HTTPException(409, "The provider has not been set up by an administrator")
    if provider.credentials is None:
        raise invalid(("body", "provider_slug"), "Provider is not set up", "value_error", body.provider_slug)
    if not body.credential and choices["empty_credential"] == "refused":
        raise invalid(("body", "credential"), "Dictionary should have at least 1 item", "too_short")
    taken = any(
        connector.provider_slug == body.provider_slug and connector.deleted_at is None
        for connector in store.connectors.values()
        if connector.collection_id == access.collection_id
    )
    if taken and choices["duplicate_connector"] == "refused":
        raise HTTPException(409, "The collection already has a connector of this provider")


@router.post("", status_code=201, response_model=Envelope[ConnectorOut], response_model_exclude_unset=True)
def create_connector(
    *,
    request: Request,
    response: Response,
    access: AccessDep,
    store: StoreDep,
    choices: ChoicesDep,
    body: ConnectorCreate,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> Any:
    access.check()
    scope = access.principal.id if choices["key_scope"] == "principal" else access.collection_id
    fingerprint = json.dumps([request.url.path, body.model_dump()], sort_keys=True)
    with store.lock:
        earlier = store.idempotency.get((scope, idempotency_key))
        if earlier is not None and earlier[0] != fingerprint and choices["key_reused"] != "first":
            message = "Idempotency-Key was used with another request"
            if choices["key_reused"] == "409":
                raise HTTPException(409, message)
            raise invalid(("header", "idempotency-key"), message, "value_error", idempotency_key)
        if earlier is not None:
            response.status_code = int(choices["replay_status"])
            response.headers["Idempotent-Replayed"] = "true"
            return earlier[1]
        check_provider(body, access)
        connector = store.add_connector(access.collection_id, access.principal.id, body.model_dump())
        created = {"data": present(connector, choices)}
        store.idempotency[scope, idempotency_key] = (fingerprint, created)
    response.headers["Location"] = f"{request.url.path.rstrip('/')}/{connector.id}"
    return created


@router.get("/{connector_id}", response_model=Envelope[ConnectorOut], response_model_exclude_unset=True)
def read_connector(connector_id: str, access: AccessDep, choices: ChoicesDep) -> Any:
    access.check()
    return {"data": present(access.connector(connector_id, deleted_too=True), choices)}


@router.patch("/{connector_id}", response_model=Envelope[ConnectorOut], response_model_exclude_unset=True)
def update_connector(
    connector_id: str, body: ConnectorUpdate, access: AccessDep, store: StoreDep, choices: ChoicesDep
) -> Any:
    access.check()
    if body.model_extra and choices["patch_other_members"] == "refused":
        name = next(iter(body.model_extra))
        raise invalid(("body", name), "Extra inputs are not permitted", "extra_forbidden")
    with store.lock:
        connector = access.connector(connector_id)
        if "credential" in body.model_fields_set:
            connector.credential = body.credential
        if "scope_config" in body.model_fields_set:
            merging = choices["patch_scope_config"] == "merges" and body.scope_config is not None
            kept = connector.scope_config or {} if merging else {}
            connector.scope_config = None if body.scope_config is None else {**kept, **body.scope_config}
        connector.updated_at = now()
        return {"data": present(connector, choices)}


@router.delete("/{connector_id}", response_model=None)
def delete_connector(connector_id: str, access: AccessDep, store: StoreDep, choices: ChoicesDep) -> Any:
    access.check()
    with store.lock:
        connector = access.connector(connector_id)
        connector.deleted_at = now()
        running = store.running_sync(connector)
        if running is not None:
            store.cancel_sync(running)
        if choices["delete_reply"] == "200":
            return {"data": present(connector, choices)}
    return Response(status_code=int(choices["delete_reply"]))


@router.get("/{connector_id}/browse", response_model=Listing[ResourceOut])
def browse_resources(
    connector_id: str,
    access: AccessDep,
    paging: PagingDep,
    choices: ChoicesDep,
    parent_id: Annotated[str | None, Query(max_length=200)] = None,
) -> Any:
    access.check()
    access.connector(connector_id)
    known = any(resource["id"] == parent_id for resource in RESOURCES)
    if parent_id is not None and not known and choices["browse_unknown_parent"] == "404":
        raise HTTPException(404, "Resource not found at the provider")
    return paging.listing([resource for resource in RESOURCES if resource["parent_id"] == parent_id])


@router.get("/{connector_id}/sync", response_model=Listing[SyncOut], response_model_exclude_unset=True)
def list_syncs(
    *,
    connector_id: str,
    access: AccessDep,
    paging: PagingDep,
    store: StoreDep,
    choices: ChoicesDep,
    status: str | None = None,
) -> Any:
    access.check()
    with store.lock:
        syncs = store.in_order(access.connector(connector_id).syncs)
        return paging.listing(
            [present_sync(sync, choices) for sync in syncs if status in (None, sync.status)]
        )


@router.post(
    "/{connector_id}/sync",
    status_code=202,
    response_model=Envelope[SyncOut],
    response_model_exclude_unset=True,
)
def trigger_sync(connector_id: str, access: AccessDep, store: StoreDep, choices: ChoicesDep) -> Any:
    access.check()
    with store.lock:
        connector = access.connector(connector_id)
        running = store.running_sync(connector)
        if running is not None and choices["sync_while_running"] == "409":
            raise HTTPException(409, "A sync of this connector is already running")
        if running is None or choices["sync_while_running"] == "starts_another":
            running = store.start_sync(connector)
        return {"data": present_sync(running, choices)}


@router.post("/{connector_id}/sync/cancel", response_model=None)
def cancel_sync(
    connector_id: str, response: Response, access: AccessDep, store: StoreDep, choices: ChoicesDep
) -> Any:
    access.check()
    with store.lock:
        connector = access.connector(connector_id)
        running = [sync for sync in connector.syncs if sync.completed_at is None]
        if not running and choices["cancel_idle"] != "accepted":
            raise HTTPException(int(choices["cancel_idle"]), "No sync is running")
        for sync in running:
            store.cancel_sync(sync)
        if choices["cancel_reply"] == "204":
            return Response(status_code=204)
        response.status_code = int(choices["cancel_reply"])
        return {"data": present_sync(running[-1], choices) if running else None}


@router.get(
    "/{connector_id}/sync/{sync_id}", response_model=Envelope[SyncOut], response_model_exclude_unset=True
)
def read_sync(
    connector_id: str, sync_id: str, access: AccessDep, store: StoreDep, choices: ChoicesDep
) -> Any:
    access.check()
    with store.lock:
        for sync in access.connector(connector_id).syncs:
            if sync.id == sync_id:
                return {"data": present_sync(sync, choices)}
    raise HTTPException(404, "Sync not found")
