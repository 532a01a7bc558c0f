"""A second implementation, honest and small, in FastAPI: validation and errors are the framework's.

It keeps documents 000 to 003 and decides for itself where they are silent, mostly otherwise than the mock: a
second trigger joins the running sync (A26), cancel has no body (A27), a deleted connector answers null (A24),
lists come newest first (A17), document 002's bodies are bare and its key is ignored (F1, F2), connections may
share a name (H11), a fetch without a grant is 403 (H16).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from tests.variants.fastapi_aimable import CurrentProvider, State, create_aimable, set_up
from tests.variants.fastapi_aimable_state import AimableState, Provider
from tests.variants.fastapi_hydracore import HydraState, management, runtime

PREFIXES = {"aimable": "/api-proxy", "fastapi_platform": "", "hydracore": ""}
"""Below what each contract is served."""

OptionalKey = Annotated[str | None, Header(alias="X-API-Key")]

platform = APIRouter(prefix="/v1/admin/connector-providers", tags=["Connector providers"])


@platform.get("", response_model=list[Provider])
def list_connector_providers(state: State, x_api_key: OptionalKey = None) -> Any:
    return list(state.providers.values())


@platform.get("/{provider_slug}", response_model=Provider)
def get_connector_provider(provider: CurrentProvider, x_api_key: OptionalKey = None) -> Any:
    return provider


@platform.post("/{provider_slug}/setup", response_model=Provider)
def setup_connector_provider(
    provider: CurrentProvider, body: dict[str, Any], x_api_key: OptionalKey = None
) -> Any:
    return set_up(provider, body)


@platform.delete("/{provider_slug}/setup", response_model=Provider)
def reset_connector_provider(provider: CurrentProvider, x_api_key: OptionalKey = None) -> Any:
    return set_up(provider, None)


async def refuse_without_configuration(request: Request, error: Exception) -> Response:
    """Document 002 forbids values of a configuration in error messages, which the framework quotes."""
    assert isinstance(error, RequestValidationError)
    if not request.url.path.startswith(platform.prefix):
        return await request_validation_exception_handler(request, error)
    detail = [{name: entry[name] for name in ("type", "loc", "msg")} for entry in error.errors()]
    return JSONResponse({"detail": jsonable_encoder(detail)}, status_code=422)


def create_app() -> FastAPI:
    """All three FastAPI contracts with a state of their own, seeded from the fixtures."""
    app = FastAPI(title="Connectors")
    app.state.aimable = AimableState()
    app.state.hydracore = HydraState()
    for router in (platform, management, runtime):
        app.include_router(router)
    app.add_exception_handler(RequestValidationError, refuse_without_configuration)
    app.mount(PREFIXES["aimable"], create_aimable(app.state.aimable))
    return app
