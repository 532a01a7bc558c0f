"""The FastAPI platform's connector providers, as their page describes them."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Depends,
    FastAPI,
    HTTPException,
    Query,
    Request,
    Response,
)
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException as StarletteHTTPException

from tests.independent.python import wire
from tests.independent.python.fastapi_platform.errors import answer_invalid, answer_refusal
from tests.independent.python.fastapi_platform.store import Provider, State, Store
from tests.independent.python.formats import render_time
from tests.independent.python.serving import Choices, run
from tests.independent.python.strict_json import StrictJSONRoute

api_key_scheme = APIKeyHeader(name="X-API-Key", auto_error=False)


def get_store(request: Request) -> Store:
    return request.app.state.store


def get_choices(request: Request) -> Choices:
    return request.app.state.choices


StoreDep = Annotated[Store, Depends(get_store)]
ChoicesDep = Annotated[Choices, Depends(get_choices)]


def check_api_key(
    store: StoreDep, choices: ChoicesDep, api_key: Annotated[str | None, Depends(api_key_scheme)]
) -> None:
    """Let requests without a key pass; what becomes of an unknown key is a choice."""
    if api_key is not None and api_key not in store.api_keys and choices["wrong_key"] != "ignored":
        raise HTTPException(int(choices["wrong_key"]), "Invalid API key")


def check_content_type(request: Request, choices: ChoicesDep) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and choices["other_content_type"] == "415":
        raise HTTPException(415, "Content-Type must be application/json")


def get_provider(provider_slug: str, store: StoreDep) -> Provider:
    provider = store.find(provider_slug)
    if provider is None:
        raise HTTPException(404, f"Connector provider '{provider_slug}' not found")
    return provider


ProviderDep = Annotated[Provider, Depends(get_provider)]
router = APIRouter(
    prefix="/v1/admin/connector-providers",
    tags=["Connector Providers"],
    route_class=StrictJSONRoute,
    dependencies=[Depends(check_api_key)],
)


def describe_state(state: State, choices: Choices) -> dict[str, Any]:
    """Return the member that says whether the provider is set up, spelled as chosen."""
    if choices["state_member"] == "status":
        inactive = "pending" if state.configured_at else "not_configured"
        return {"status": "configured" if state.active else inactive}
    return {choices["state_member"]: state.active}


def describe_config(provider: Provider, choices: Choices) -> dict[str, Any]:
    """Return what a detail tells of the configuration, never a value that was sent."""
    if provider.config is None or choices["shown_config"] == "absent":
        return {}
    if choices["shown_config"] == "keys":
        return {"config_keys": sorted(provider.config)}
    return {"config": dict.fromkeys(provider.config, "********")}


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def present(provider: Provider, state: State, choices: Choices, *, full: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": provider.name,
        "description": provider.description,
        **describe_state(state, choices),
    }
    if choices["id_member"] != "absent":
        shown["id"] = provider.number if choices["id_member"] == "integer" else provider.id
    if full:
        shown["capabilities"] = provider.capabilities
        shown["requirements"] = provider.requirements
        shown |= describe_config(provider, choices)
    if state.configured_at is not None:
        shown["configured_at"] = render_time(state.configured_at, choices["timestamps"])
    elif choices["empty_members"] == "null":
        shown["configured_at"] = None
    if choices["other_names"] == "camel":
        shown = {camel_case(name): value for name, value in shown.items()}
    return {"provider_slug": provider.provider_slug, **shown}


def present_alone(provider: Provider, choices: Choices) -> dict[str, Any]:
    shown = present(provider, provider.state, choices)
    return {"data": shown} if choices["single_envelope"] == "data" else shown


@router.get("", summary="List Connector Providers")
def list_providers(
    response: Response,
    store: StoreDep,
    choices: ChoicesDep,
    limit: Annotated[int | None, Query(ge=1)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Any:
    full = choices["list_items"] == "full"
    with store.lock:
        items = [present(provider, state, choices, full=full) for provider, state in store.listed()]
    response.headers["X-Total-Count"] = str(len(items))
    if choices["paging"] == "honoured":
        items = items[offset:][:limit]
    envelopes: dict[str, Any] = {
        "bare": items,
        "data": {"data": items},
        "items": {"items": items, "total": int(response.headers["X-Total-Count"])},
        "named": {"connector_providers": items},
    }
    return envelopes[choices["list_envelope"]]


@router.get("/{provider_slug}", summary="Get Connector Provider")
def read_provider(provider: ProviderDep, store: StoreDep, choices: ChoicesDep) -> Any:
    with store.lock:
        return present_alone(provider, choices)


def find_problems(provider: Provider, config: dict[str, Any], choices: Choices) -> list[dict[str, Any]]:
    """Return what is wrong with a configuration, as validation errors."""
    problems: list[tuple[str, str, str]] = []
    for name, requirement in provider.requirements.items():
        value = config.get(name)
        if name not in config and requirement["required"]:
            problems.append((name, "missing", "Field required"))
        elif name in config and requirement["type"] == "string" and not isinstance(value, str):
            problems.append((name, "string_type", "Input should be a valid string"))
        elif name in config and requirement["type"] == "integer" and type(value) is not int:
            problems.append((name, "int_type", "Input should be a valid integer"))
        elif value == "" and choices["empty_value"] == "refused":
            problems.append((name, "string_too_short", "String should have at least 1 character"))
    if choices["unknown_config"] == "refused":
        unknown = config.keys() - provider.requirements.keys()
        problems += [(name, "extra_forbidden", "Extra inputs are not permitted") for name in sorted(unknown)]
    return [{"loc": ("body", name), "type": kind, "msg": message} for name, kind, message in problems]


@router.post("/{provider_slug}/setup", dependencies=[Depends(check_content_type)])
def set_up_provider(
    *,
    provider: ProviderDep,
    config: Annotated[dict[str, Any], Body()],
    tasks: BackgroundTasks,
    store: StoreDep,
    choices: ChoicesDep,
) -> Any:
    with store.lock:
        merging = choices["setup_again"] == "merges" and provider.config is not None
        if merging:
            config = {**(provider.config or {}), **config}
        problems = find_problems(provider, config, choices)
        if problems:
            raise RequestValidationError(problems)
        if provider.config is not None and choices["setup_again"] == "conflict":
            raise HTTPException(409, "The provider is already set up")
        if choices["unknown_config"] == "ignored":
            config = {name: config[name] for name in config if name in provider.requirements}
        store.configure(provider, config)
        if choices["activation"] == "background":
            tasks.add_task(store.activate_later, provider)
        if choices["setup_reply"] == "message":
            return {"message": f"Connector provider '{provider.provider_slug}' set up successfully"}
        return present_alone(provider, choices)


@router.delete("/{provider_slug}/setup")
def reset_provider(provider: ProviderDep, store: StoreDep, choices: ChoicesDep) -> Any:
    with store.lock:
        if provider.config is None and choices["reset_unset"] != "accepted":
            raise HTTPException(int(choices["reset_unset"]), "The provider is not set up")
        store.reset(provider)
        if choices["reset_reply"] == "message":
            return {"message": f"Connector provider '{provider.provider_slug}' reset"}
        if choices["reset_reply"] == "empty":
            return Response(status_code=200)
        return present_alone(provider, choices)


def create_app(choices: Choices) -> FastAPI:
    app = FastAPI(
        title="Connector Providers",
        redirect_slashes=choices["trailing_slash"] == "redirect",
        exception_handlers={
            RequestValidationError: answer_invalid,
            StarletteHTTPException: answer_refusal,
        },
    )
    app.state.choices = choices
    app.state.store = Store(choices)
    app.include_router(router)
    wire.install(app, choices)
    return app


if __name__ == "__main__":
    run(Path(__file__).parent, create_app)
