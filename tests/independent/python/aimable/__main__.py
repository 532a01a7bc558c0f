"""The Aimable platform, as its documents describe it, under `/api-proxy`."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from tests.independent.python import wire
from tests.independent.python.aimable import connectors, providers
from tests.independent.python.aimable.dependencies import api_key_scheme, bearer_scheme, identify
from tests.independent.python.aimable.store import Store
from tests.independent.python.serving import Choices, run

PREFIX = "/api-proxy"


async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer 422 with FastAPI's details, but never repeat a body: it may hold credentials."""
    detail: list[dict[str, Any]] = []
    for problem in error.errors():
        item = {"loc": list(problem["loc"]), "msg": problem["msg"], "type": problem["type"]}
        if problem["loc"][0] != "body" and request.app.state.choices["error_input"] == "of_parameters":
            item["input"] = problem.get("input")
        detail.append(item)
    return JSONResponse({"detail": detail}, 422)


async def answer_refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    shape = request.app.state.choices["error_detail"]
    details = {
        "string": error.detail,
        "object": {"code": error.status_code, "message": error.detail},
        "list": [{"loc": [], "msg": error.detail, "type": "http_error"}],
    }
    return JSONResponse({"detail": details[shape]}, error.status_code, error.headers)


async def authenticate_first(request: Request, call_next: wire.CallNext) -> Response:
    """Refuse requests without a credential before they are routed or read."""
    if not request.url.path.startswith(f"{PREFIX}/v1/"):
        return await call_next(request)
    credentials = await bearer_scheme(request)
    try:
        identify(request, credentials.credentials if credentials else None, await api_key_scheme(request))
    except HTTPException as error:
        return await answer_refusal(request, error)
    return await call_next(request)


def create_app(choices: Choices) -> FastAPI:
    app = FastAPI(
        title="Aimable Platform API",
        version="0.1.0",
        redirect_slashes=choices["trailing_slash"] == "redirect",
        exception_handlers={
            RequestValidationError: answer_invalid,
            StarletteHTTPException: answer_refusal,
        },
    )
    app.state.choices = choices
    app.state.store = Store(choices)
    app.include_router(providers.router, prefix=PREFIX)
    app.include_router(connectors.router, prefix=PREFIX)
    if choices["authentication_at"] == "gateway":
        app.middleware("http")(authenticate_first)
    wire.install(app, choices)
    return app


if __name__ == "__main__":
    run(Path(__file__).parent, create_app)
