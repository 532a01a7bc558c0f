"""Who calls, and what the caller may reach."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from tests.independent.python.aimable.store import Connector, Principal, Store
from tests.independent.python.serving import Choices

bearer_scheme = HTTPBearer(auto_error=False)
api_key_scheme = APIKeyHeader(name="X-API-Key", auto_error=False)


def get_store(request: Request) -> Store:
    return request.app.state.store


def get_choices(request: Request) -> Choices:
    return request.app.state.choices


StoreDep = Annotated[Store, Depends(get_store)]
ChoicesDep = Annotated[Choices, Depends(get_choices)]


def invalid(loc: tuple[str, ...], msg: str, kind: str, value: Any = None) -> RequestValidationError:
    return RequestValidationError([{"loc": loc, "msg": msg, "type": kind, "input": value}])


def identify(request: Request, token: str | None, api_key: str | None) -> Principal:
    """Return the principal of a bearer token or, where keys suffice, of an API key; raise 401 otherwise."""
    store, choices = get_store(request), get_choices(request)
    is_admin_path = "/v1/admin/" in request.url.path
    key_suffices = choices["api_key_alone"] == "everywhere" or not is_admin_path
    principal = None
    if token is not None:
        principal = store.tokens.get(token)
        wrong_key = api_key is not None and api_key not in store.api_keys
        if wrong_key and choices["wrong_api_key"] == "refused":
            principal = None
    elif api_key is not None and key_suffices:
        principal = store.api_keys.get(api_key)
    if principal is None:
        raise HTTPException(401, "Missing or invalid access token", {"WWW-Authenticate": "Bearer"})
    return principal


def get_principal(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)],
    api_key: Annotated[str | None, Depends(api_key_scheme)],
) -> Principal:
    return identify(request, credentials.credentials if credentials else None, api_key)


PrincipalDep = Annotated[Principal, Depends(get_principal)]


def require_admin(principal: PrincipalDep) -> Principal:
    if not principal.admin:
        raise HTTPException(403, "Admin privileges required")
    return principal


@dataclass(frozen=True)
class Access:
    """A caller's way into a collection."""

    store: Store
    choices: Choices
    principal: Principal
    space_id: str
    collection_id: str
    writing: bool

    def check(self) -> None:
        """Raise 403 (or 404 for what does not exist) unless the caller may do this in the collection."""
        space = self.store.spaces.get(self.space_id)
        role = self.principal.spaces.get(self.space_id)
        if space is None:
            raise HTTPException(int(self.choices["unknown_space"]), "Space not found or not accessible")
        if role is None:
            raise HTTPException(403, "Insufficient permissions for this space")
        if self.collection_id not in space["collections"]:
            raise HTTPException(int(self.choices["unknown_space"]), "Collection not found or not accessible")
        if self.collection_id in self.principal.closed_collections:
            raise HTTPException(403, "Insufficient permissions for this collection")
        if self.writing and role != "write":
            raise HTTPException(403, "Insufficient permissions: this space is read-only for you")

    def connector(self, connector_id: str, *, deleted_too: bool = False) -> Connector:
        """Return a connector of the collection; raise 404 (or 410) if there is none."""
        connector = self.store.connectors.get(connector_id)
        if connector is None or connector.collection_id != self.collection_id:
            raise HTTPException(404, "Connector not found")
        if connector.deleted_at is None or (deleted_too and self.choices["after_delete"] == "soft"):
            return connector
        status = 410 if self.choices["after_delete"] == "410" else 404
        raise HTTPException(status, "Connector was deleted")


def get_access(
    *,
    request: Request,
    space_id: str,
    collection_id: str,
    principal: PrincipalDep,
    store: StoreDep,
    choices: ChoicesDep,
) -> Access:
    if choices["path_ids"] == "uuid":
        for name, value in (("space_id", space_id), ("collection_id", collection_id)):
            try:
                UUID(value)
            except ValueError:
                raise invalid(("path", name), "Input should be a valid UUID", "uuid_parsing", value) from None
    writing = request.method not in {"GET", "HEAD"}
    access = Access(store, choices, principal, space_id.lower(), collection_id.lower(), writing)
    if choices["refusal_order"] == "access_first":
        access.check()
    return access


AccessDep = Annotated[Access, Depends(get_access)]


@dataclass(frozen=True)
class Paging:
    """Which part of a list a caller asks for, and how the response says where it is."""

    request: Request
    response: Response
    choices: Choices
    limit: int
    offset: int

    def listing(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        page = items[self.offset : self.offset + self.limit]
        end = self.offset + len(page)
        has_more = end < len(items)
        style, member = self.choices["paging"], self.choices["page_facts"]
        if member == "absent":
            next_start = {"offset": end, "page": self.offset // self.limit + 2, "cursor": f"c{end}"}[style]
            next_page = self.request.url.include_query_params(**{"limit": self.limit, style: next_start})
            if has_more:
                self.response.headers["Link"] = f'<{next_page}>; rel="next"'
            return {"data": page}
        if style == "cursor":
            return {
                "data": page,
                member: {"next_cursor": f"c{end}" if has_more else None, "has_more": has_more},
            }
        if style == "page":
            number = self.offset // self.limit + 1
            return {"data": page, member: {"page": number, "limit": self.limit, "total": len(items)}}
        return {"data": page, member: {"limit": self.limit, "offset": self.offset, "total": len(items)}}


def get_paging(
    *,
    request: Request,
    response: Response,
    choices: ChoicesDep,
    limit: Annotated[int | None, Query(ge=1, le=100)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    page: Annotated[int, Query(ge=1)] = 1,
    cursor: Annotated[str | None, Query(pattern=r"^c\d+$", max_length=12)] = None,
) -> Paging:
    size = limit or int(choices["default_limit"])
    starts = {"offset": offset, "page": (page - 1) * size, "cursor": int(cursor[1:]) if cursor else 0}
    return Paging(request, response, choices, size, starts[choices["paging"]])


PagingDep = Annotated[Paging, Depends(get_paging)]
