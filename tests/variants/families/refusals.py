"""Refusals with another status or body, where the documents leave these open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from tests.variants.families.rules import at_pointer, is_json, json_of
from tests.variants.fixture_files import callers
from tests.variants.seam import Answer, Asked, Serve, Transformation


def _detail(answer: Answer) -> str | None:
    """The reason of a refusal that gives one string."""
    value = answer.value if answer.body and answer.status >= 400 else None
    detail = value.get("detail") if isinstance(value, dict) else None
    return detail if isinstance(detail, str) else None


def error_object(contract: str) -> Transformation:
    """The support page's error object instead of detail."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        detail = _detail(answer)
        code = HTTPStatus(answer.status).phrase.lower().replace(" ", "_")
        return answer if detail is None else answer.with_value({"error": {"code": code, "message": detail}})

    return transformation


def error_message(contract: str) -> Transformation:
    """A bare message instead of detail."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        detail = _detail(answer)
        return answer if detail is None else answer.with_value({"message": detail})

    return transformation


def problem_json(contract: str) -> Transformation:
    """Problem details, whose detail is the platform's."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        detail = _detail(answer)
        if detail is None:
            return answer
        title = HTTPStatus(answer.status).phrase
        problem = {"type": "about:blank", "title": title, "status": answer.status, "detail": detail}
        return answer.with_value(problem).with_headers(Content_Type="application/problem+json")

    return transformation


def entries(contract: str, *, drop: list[str], add: Mapping[str, Any]) -> Transformation:
    """The entries of a 422 with fewer or more members."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value = answer.value if answer.status == 422 else None
        if not isinstance(value, dict) or not isinstance(value.get("detail"), list):
            return answer
        detail = [
            {**add, **{name: one for name, one in entry.items() if name not in drop}}
            for entry in value["detail"]
        ]
        return answer.with_value({**value, "detail": detail})

    return transformation


def forbidden_for_unauthorized(contract: str) -> Transformation:
    """403 for a missing or bad credential, without a challenge, as FastAPI had it before 0.122."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        return answer.with_status(403).without_headers("www-authenticate") if answer.status == 401 else answer

    return transformation


def bad_request(contract: str, *, keep: Sequence[str] = ()) -> Transformation:
    """400 for what is refused as 422; FastAPI's list becomes a sentence.

    keep: places, with dots, whose 422 is documented.
    """

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value = answer.value if answer.status == 422 else None
        if not isinstance(value, dict):
            return answer
        entries = value.get("detail")
        if isinstance(entries, list):
            if any(".".join(map(str, entry["loc"])) in keep for entry in entries):
                return answer
            value = {"detail": "; ".join(entry["msg"] for entry in entries)}
        return answer.with_value(value).with_status(400)

    return transformation


def hidden_spaces(contract: str) -> Transformation:
    """404 for a space that is not the caller's, as if it were not there; a missing right stays 403."""
    return _elsewhere(contract, parameter="space_id", status=(403, 404))


def forbidden_customers(contract: str) -> Transformation:
    """403 for any customer outside the tenant, whether there is one or not."""
    return _elsewhere(contract, parameter="customer_id", status=(404, 403))


def _elsewhere(contract: str, *, parameter: str, status: tuple[int, int]) -> Transformation:
    """The second status for the first, where the path leads out of the caller's scope."""
    known, (before, after) = callers(contract), status

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        token = (asked.header("Authorization") or "").removeprefix("Bearer ")
        caller = known.get(("bearer", token)) or known.get(("apiKey", asked.header("X-API-Key") or ""))
        outside = caller and parameter in asked.at and not caller.may_use(parameter, asked.at[parameter])
        return answer.with_status(after) if answer.status == before and outside else answer

    return transformation


def proxy_statuses(contract: str) -> Transformation:
    """A fetch with a wrong proxy key is 404, one without a grant 403."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "fetchConnectionCredentials" or not asked.header("Authorization"):
            return answer
        return answer.with_status({401: 404, 404: 403}.get(answer.status, answer.status))

    return transformation


def strict_pages(contract: str) -> Transformation:
    """422 for a page or a page size outside its bounds."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "listConnectors" or answer.status != 200:
            return answer
        bounds = {"page": 10**9, "per_page": 100}
        wrong = {
            name: [f"The {name} field is out of range."]
            for name, value in asked.query().items()
            if name in bounds and not (re.fullmatch("[0-9]{1,12}", value) and 1 <= int(value) <= bounds[name])
        }
        refusal = {"message": "The given data was invalid.", "errors": wrong}
        return answer.with_value(refusal).with_status(422) if wrong else answer

    return transformation


def key_ignored(contract: str) -> Transformation:
    """Any key is as good as none."""
    return lambda asked, serve: serve(asked.without_header("X-API-Key"))


def echoed_input(contract: str) -> Transformation:
    """The entries of a 422 repeat what was sent, whole for what is missing, as FastAPI has it by default."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        sent = json_of(asked)
        value = answer.value if answer.status == 422 else None
        if not isinstance(value, dict) or not isinstance(value.get("detail"), list) or not is_json(sent):
            return answer
        detail = [
            {**entry, "input": at_pointer(sent, "/".join(["", *map(str, entry["loc"][1:])]), default=sent)}
            if entry["loc"][0] == "body"
            else entry
            for entry in value["detail"]
        ]
        return answer.with_value({**value, "detail": detail})

    return transformation
