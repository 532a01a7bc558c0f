"""How a request is refused."""

from __future__ import annotations

from typing import Any

from tests.independent.tornado.patchworks.choices import Choices

TITLES = {
    400: "Bad request.",
    401: "Unauthenticated.",
    403: "This action is unauthorized.",
    404: "Not found.",
    405: "Method not allowed.",
    415: "Unsupported media type.",
    422: "The given data was invalid.",
    500: "Server Error",
}


class Refused(Exception):
    """A request that is refused.

    status: HTTP status. message: a sentence. errors: what is wrong with each member of the input.
    """

    def __init__(
        self, status: int, message: str | None = None, errors: dict[str, list[str]] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message = message or TITLES[status]
        self.errors = errors


def invalid(member: str, message: str, status: int = 422) -> Refused:
    """The refusal of a single member."""
    return Refused(status, message, {member: [message]})


def body(refused: Refused, choices: Choices) -> dict[str, Any]:
    """The body of a refusal, in the form that was chosen."""
    errors = refused.errors or {}
    if choices["refusal_count"] == "first":
        errors = dict(list(errors.items())[:1])
    if choices["refusals"] == "json_api":
        rows = [
            {"status": str(refused.status), "detail": text, "source": {"pointer": f"/{member}"}}
            for member, texts in errors.items()
            for text in texts
        ]
        return {"errors": rows or [{"status": str(refused.status), "detail": refused.message}]}
    if choices["refusals"] == "problem":
        return {"title": refused.message, "status": refused.status, "errors": errors}
    shown: dict[str, Any] = {"message": refused.message}
    if errors:
        shown["errors"] = errors
    if choices["refusals"] == "with_code":
        shown["code"] = refused.status
    return shown
