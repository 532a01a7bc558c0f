"""Who calls HydraCore: users with a token or key, and instances with their proxy key."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tests.independent.python.hydracore.store import Connection, Instance, Principal, Store
from tests.independent.python.serving import Choices

bearer_scheme = HTTPBearer(auto_error=False)
BearerDep = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)]


def get_store(request: Request) -> Store:
    return request.app.state.store


def get_choices(request: Request) -> Choices:
    return request.app.state.choices


StoreDep = Annotated[Store, Depends(get_store)]
ChoicesDep = Annotated[Choices, Depends(get_choices)]


def invalid(place: str, name: str, message: str, kind: str) -> RequestValidationError:
    return RequestValidationError([{"loc": (place, name), "msg": message, "type": kind}])


def unauthenticated(choices: Choices, *, missing: bool) -> HTTPException:
    if missing:
        return HTTPException(
            int(choices["missing_credential"]), "Not authenticated", {"WWW-Authenticate": "Bearer"}
        )
    return HTTPException(401, "Invalid authentication credentials", {"WWW-Authenticate": "Bearer"})


def get_principal(
    credentials: BearerDep,
    store: StoreDep,
    choices: ChoicesDep,
    x_api_key: Annotated[str | None, Header()] = None,
) -> Principal:
    """Return the user of the token or, where keys suffice, of the key."""
    if credentials is not None:
        principal = store.tokens.get(credentials.credentials)
    elif x_api_key is not None and choices["api_key_alone"] == "suffices":
        principal = store.api_keys.get(x_api_key)
    else:
        raise unauthenticated(choices, missing=True)
    if principal is None:
        raise unauthenticated(choices, missing=False)
    return principal


def check_customer(
    request: Request,
    customer_id: UUID,
    principal: Annotated[Principal, Depends(get_principal)],
    store: StoreDep,
    choices: ChoicesDep,
) -> UUID:
    """Return the customer of the path; raise unless the user may see or, as the method demands, change it."""
    if customer_id not in principal.customers:
        known = customer_id in store.customers
        status = choices["other_customer"] if known else choices["unknown_customer"]
        raise HTTPException(int(status), "Customer not found" if status == "404" else "Not your customer")
    if principal.role == "viewer" and request.method not in {"GET", "HEAD"}:
        raise HTTPException(403, "Viewers may not change connections")
    return customer_id


CustomerDep = Annotated[UUID, Depends(check_customer)]


def get_connection(connection_id: UUID, customer_id: CustomerDep, store: StoreDep) -> Connection:
    connection = store.connections.get(connection_id)
    if connection is None or connection.customer_id != customer_id:
        raise HTTPException(404, "Connection not found")
    return connection


ConnectionDep = Annotated[Connection, Depends(get_connection)]


def get_instance(instance_id: UUID, credentials: BearerDep, store: StoreDep, choices: ChoicesDep) -> Instance:
    """Return the instance of the path; raise unless the caller presents its proxy key."""
    if credentials is None:
        raise unauthenticated(choices, missing=True)
    instance = store.instances.get(instance_id)
    if instance is not None and instance.proxy_key == credentials.credentials:
        return instance
    if any(other.proxy_key == credentials.credentials for other in store.instances.values()):
        raise HTTPException(int(choices["other_proxy_key"]), "This proxy key belongs to another instance")
    raise unauthenticated(choices, missing=False)


InstanceDep = Annotated[Instance, Depends(get_instance)]


def refuse_extra(body: Any, choices: Choices) -> None:
    """Raise 422 for members that the model does not know, where they are refused."""
    if body.model_extra and choices["extra_members"] == "refused":
        name = next(iter(body.model_extra))
        raise invalid("body", name, "Extra inputs are not permitted", "extra_forbidden")
