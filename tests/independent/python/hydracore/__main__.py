"""HydraCore's connections, as its API reference describes them."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from tests.independent.python import wire
from tests.independent.python.formats import now, render_time
from tests.independent.python.hydracore.schemas import (
    AUTH_TYPES,
    ConnectionCreate,
    ConnectionList,
    ConnectionOut,
    GrantCreate,
    GrantOut,
    RuntimeCredentials,
)
from tests.independent.python.hydracore.security import (
    ChoicesDep,
    ConnectionDep,
    CustomerDep,
    InstanceDep,
    StoreDep,
    invalid,
    refuse_extra,
)
from tests.independent.python.hydracore.store import Connection, Grant, Store, unseal
from tests.independent.python.serving import Choices, run
from tests.independent.python.strict_json import StrictJSONRoute

customers = APIRouter(
    prefix="/v1/customers/{customer_id}/connections", tags=["Connections"], route_class=StrictJSONRoute
)
runtime = APIRouter(prefix="/internal/v1/instances/{instance_id}", tags=["Connections"])


def present_grant(grant: Grant, connection: Connection, choices: Choices) -> dict[str, Any]:
    return {
        "id": grant.id,
        "connection_id": connection.id,
        "instance_id": grant.instance_id,
        "capabilities": grant.capabilities,
        "granted_at": render_time(grant.granted_at, choices["timestamps"]),
    }


def present(connection: Connection, choices: Choices) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": connection.id,
        "customer_id": connection.customer_id,
        "provider": connection.provider,
        "name": connection.name,
        "auth_type": connection.auth_type,
        "status": connection.status,
        "scopes": connection.scopes,
        "grants": [present_grant(grant, connection, choices) for grant in connection.grants.values()],
        "error_message": None,
        "created_at": render_time(connection.created_at, choices["timestamps"]),
        "updated_at": render_time(connection.updated_at, choices["timestamps"]),
    }
    for name in ("expires_at", "last_used_at"):
        moment = getattr(connection, name)
        shown[name] = render_time(moment, choices["timestamps"]) if moment else None
    if connection.scopes is None and choices["absent_scopes"] == "empty":
        shown["scopes"] = []
    if choices["empty_members"] == "absent":
        shown = {name: value for name, value in shown.items() if value is not None}
    if choices["shown_metadata"] == "present":
        shown["metadata_json"] = connection.metadata_json
    return shown


@customers.get("", response_model=ConnectionList, response_model_exclude_unset=True)
def list_connections(customer_id: CustomerDep, store: StoreDep, choices: ChoicesDep) -> Any:
    with store.lock:
        connections = [present(connection, choices) for connection in store.listed(customer_id)]
    return {"connections": connections, "total": len(connections)}


def check_connection(body: ConnectionCreate, choices: Choices) -> None:
    refuse_extra(body, choices)
    if body.auth_type not in AUTH_TYPES:
        message = f"auth_type must be one of: {AUTH_TYPES}"
        if choices["bad_auth_type"] == "400":
            raise HTTPException(400, message)
        raise invalid("body", "auth_type", message, "value_error")
    if choices["empty_name"] == "refused":
        for name in ("provider", "name"):
            if not getattr(body, name).strip():
                raise invalid("body", name, "String should have at least 1 character", "string_too_short")


@customers.post("", response_model=ConnectionOut, response_model_exclude_unset=True)
def create_connection(
    *,
    customer_id: CustomerDep,
    body: ConnectionCreate,
    response: Response,
    store: StoreDep,
    choices: ChoicesDep,
) -> Any:
    check_connection(body, choices)
    values = body.model_dump(include=set(ConnectionCreate.model_fields))
    with store.lock:
        existing = store.find_by_name(customer_id, body.provider, body.name)
        if existing is not None and choices["duplicate_connection"] == "refused":
            raise HTTPException(409, "The customer already has a connection of this provider and name")
        if choices["duplicate_connection"] == "allowed":
            existing = None
        connection = store.put_connection(customer_id, values, existing)
        response.status_code = 200 if existing else int(choices["create_status"])
        return present(connection, choices)


@customers.delete("/{connection_id}", response_model=None)
def delete_connection(connection: ConnectionDep, store: StoreDep, choices: ChoicesDep) -> Response:
    with store.lock:
        if connection.grants and choices["delete_with_grants"] == "refused":
            raise HTTPException(409, "The connection still has grants")
        if store.connections.pop(connection.id, None) is None:
            raise HTTPException(404, "Connection not found")
    return Response(status_code=int(choices["delete_status"]))


@customers.post("/{connection_id}/grants", response_model=GrantOut)
def create_grant(
    *,
    connection: ConnectionDep,
    body: GrantCreate,
    response: Response,
    store: StoreDep,
    choices: ChoicesDep,
) -> Any:
    refuse_extra(body, choices)
    if not body.capabilities and choices["empty_capabilities"] == "refused":
        raise invalid("body", "capabilities", "List should have at least 1 item", "too_short")
    instance = store.instances.get(body.instance_id)
    if instance is None or instance.customer_id != connection.customer_id:
        if choices["unknown_instance"] == "422":
            raise invalid("body", "instance_id", "Unknown instance", "value_error")
        raise HTTPException(404, "Instance not found")
    with store.lock:
        taken = any(grant.instance_id == body.instance_id for grant in connection.grants.values())
        if taken and choices["duplicate_grant"] == "refused":
            raise HTTPException(409, "The instance already has a grant on this connection")
        grant, created = store.put_grant(connection, body.instance_id, body.capabilities)
        response.status_code = int(choices["create_status"]) if created else 200
        return present_grant(grant, connection, choices)


@customers.delete("/{connection_id}/grants/{grant_id}", response_model=None)
def delete_grant(grant_id: UUID, connection: ConnectionDep, store: StoreDep, choices: ChoicesDep) -> Response:
    with store.lock:
        grant = connection.grants.pop(grant_id, None)
    if grant is None and choices["delete_missing_grant"] == "404":
        raise HTTPException(404, "Grant not found")
    return Response(status_code=int(choices["delete_status"]))


def mark_used(store: Store, connection: Connection) -> None:
    with store.lock:
        connection.last_used_at = now()


@runtime.get("/connections", summary="Fetch Connection Credentials", response_model=RuntimeCredentials)
def fetch_credentials(
    *,
    instance_id: UUID,
    _: InstanceDep,
    provider: str,
    name: Annotated[str | None, Query()] = None,
    capability: Annotated[
        str | None,
        Query(
            description="Required capability (e.g. send_mail). If specified, 403 if grant doesn't include it."
        ),
    ] = None,
    tasks: BackgroundTasks,
    store: StoreDep,
    choices: ChoicesDep,
) -> Any:
    with store.lock:
        pairs = store.granted(instance_id, provider, name)
        if not pairs:
            raise HTTPException(int(choices["no_grant"]), "No connection of this provider is granted")
        candidates = {connection.id: connection for connection, _ in pairs}
        if len(candidates) > 1 and choices["ambiguous"] == "409":
            raise HTTPException(409, "Several connections match; give the name")
        connection = list(candidates.values())[-1 if choices["ambiguous"] == "newest" else 0]
        grants = [grant for granted, grant in pairs if granted is connection]
        capabilities = store.capabilities_of(grants)
        if capability is not None and capability not in capabilities:
            raise HTTPException(403, f"The grant does not include capability '{capability}'")
        credentials = unseal(connection.sealed_credentials)
    if choices["last_used_at"] == "immediate":
        mark_used(store, connection)
    if choices["last_used_at"] == "background":
        tasks.add_task(mark_used, store, connection)
    return {"credentials": credentials, "capabilities": capabilities}


async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer 422 without repeating what was sent: bodies hold credentials."""
    choices = request.app.state.choices
    detail = []
    for problem in error.errors():
        kind, message = problem["type"], problem["msg"]
        if choices["validation_errors"] == "pydantic1" and kind == "missing":
            kind, message = "value_error.missing", "field required"
        detail.append({"loc": list(problem["loc"]), "msg": message, "type": kind})
    return JSONResponse({"detail": detail}, 422)


async def answer_refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    shape = request.app.state.choices["error_detail"]
    details = {
        "string": error.detail,
        "object": {"error": error.detail, "status": error.status_code},
        "list": [{"loc": [], "msg": error.detail, "type": "http_error"}],
    }
    return JSONResponse({"detail": details[shape]}, error.status_code, error.headers)


def create_app(choices: Choices) -> FastAPI:
    app = FastAPI(
        title="HydraCore",
        redirect_slashes=choices["trailing_slash"] == "redirect",
        exception_handlers={
            RequestValidationError: answer_invalid,
            StarletteHTTPException: answer_refusal,
        },
    )
    app.state.choices = choices
    app.state.store = Store(choices)
    app.include_router(customers)
    app.include_router(runtime)
    wire.install(app, choices)
    return app


if __name__ == "__main__":
    run(Path(__file__).parent, create_app)
