"""The shapes of error bodies among which the platform chooses."""

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

PYDANTIC_1 = {
    "missing": ("value_error.missing", "field required"),
    "json_invalid": ("value_error.jsondecode", "Expecting value: line 1 column 1 (char 0)"),
    "dict_type": ("type_error.dict", "value is not a valid dict"),
    "string_type": ("type_error.str", "str type expected"),
    "int_type": ("type_error.integer", "value is not a valid integer"),
    "extra_forbidden": ("value_error.extra", "extra fields not permitted"),
}


def render(
    request: Request,
    status: int,
    message: str,
    problems: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Answer an error in the chosen shape; `problems` are the details of an invalid request."""
    shape = request.app.state.choices["errors"]
    if shape == "problem":
        title = HTTPStatus(status).phrase
        body = {"type": "about:blank", "title": title, "status": status, "detail": message}
        extension = {"errors": problems} if problems else {}
        return JSONResponse({**body, **extension}, status, headers, "application/problem+json")
    if shape == "error_object":
        code = HTTPStatus(status).name.lower()
        details = {"details": problems} if problems else {}
        return JSONResponse({"error": {"code": code, "message": message, **details}}, status, headers)
    if shape == "detail_object":
        detail = {"message": message, "errors": problems or []}
        return JSONResponse({"detail": detail}, status, headers)
    return JSONResponse({"detail": problems or message}, status, headers)


async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer an invalid request without repeating what was sent: configurations hold secrets."""
    choices = request.app.state.choices
    problems = []
    for problem in error.errors():
        kind, message = problem["type"], problem["msg"]
        if choices["validation_errors"] == "pydantic1":
            kind, message = PYDANTIC_1.get(kind, (f"value_error.{kind}", message))
        problems.append({"loc": list(problem["loc"]), "msg": message, "type": kind})
    return render(request, int(choices["invalid_status"]), "The request is invalid", problems)


async def answer_refusal(request: Request, error: HTTPException) -> JSONResponse:
    return render(request, error.status_code, error.detail, headers=error.headers)
