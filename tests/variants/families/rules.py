"""Rules given in the catalogue: which request or answer they concern, and what is changed there.

`when` holds if each of its parts holds.

- operations: ids; methods: of HTTP; path: a pattern of the whole path
- headers, query, at: name to a pattern of the value, null where it must be absent
- query_beyond: names; holds where a query parameter has another name
- body: kinds of the body (object, array, other, malformed, empty)
- members: name to a pattern of the member's JSON text, null where it must be absent
- status: of the answer; success: true for any 2xx; loc: a pattern of a refused place, with dots
- says: a pattern in the text of the answer
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.variants.seam import Answer, Asked, Serve, Transformation

_MALFORMED = object()


def json_of(asked: Asked) -> Any:
    """The JSON value of a request's body; an object equal to nothing else where there is none."""
    try:
        return json.loads(asked.body)
    except (ValueError, RecursionError):
        return _MALFORMED


def is_json(value: Any) -> bool:
    """Whether a body's value is one of JSON."""
    return value is not _MALFORMED


def kind(asked: Asked) -> str:
    """What a request's body is: object, array, other, malformed or empty."""
    if not asked.body:
        return "empty"
    value = json_of(asked)
    if value is _MALFORMED:
        return "malformed"
    return {dict: "object", list: "array"}.get(type(value), "other")


def concerns(when: Mapping[str, Any], asked: Asked) -> bool:
    """Whether the parts of a condition that speak of the request hold."""
    value = json_of(asked)
    members = value if isinstance(value, dict) else {}
    texts = {name: json.dumps(member, ensure_ascii=False) for name, member in members.items()}
    headers = {name: asked.header(name) for name in when.get("headers", {})}
    if "Content-Type" in headers:
        headers["Content-Type"] = asked.environ.get("CONTENT_TYPE") or None
    return (
        asked.operation in when.get("operations", [asked.operation])
        and asked.environ["REQUEST_METHOD"] in when.get("methods", [asked.environ["REQUEST_METHOD"]])
        and re.fullmatch(when.get("path", "(?s:.*)"), asked.path) is not None
        and _all_match(when.get("headers", {}), headers)
        and _all_match(when.get("query", {}), asked.query())
        and _all_match(when.get("at", {}), asked.at)
        and _all_match(when.get("members", {}), texts)
        and kind(asked) in when.get("body", [kind(asked)])
        and ("query_beyond" not in when or not set(asked.query()) <= set(when["query_beyond"]))
    )


def describes(when: Mapping[str, Any], answer: Answer) -> bool:
    """Whether the parts of a condition that speak of the answer hold."""
    return (
        answer.status in when.get("status", [answer.status])
        and answer.is_success is when.get("success", answer.is_success)
        and re.search(when.get("says", ""), answer.body.decode("utf-8", "replace")) is not None
        and ("loc" not in when or any(re.search(when["loc"], place) for place in places(answer)))
    )


def _all_match(patterns: Mapping[str, str | None], values: Mapping[str, Any]) -> bool:
    for name, pattern in patterns.items():
        value = values.get(name)
        if pattern is None or value is None:
            if pattern is not None or value is not None:
                return False
        elif not re.search(pattern, value):
            return False
    return True


def places(answer: Answer) -> list[str]:
    """Where a refusal says the faults are, with dots."""
    value = answer.value if answer.status >= 400 and answer.body[:1] == b"{" else {}
    detail = value.get("detail")
    if isinstance(detail, list):
        return [".".join(map(str, entry["loc"])) for entry in detail]
    return list(value["errors"]) if isinstance(value.get("errors"), dict) else []


def refusal(contract: str, status: int, place: str = "", text: str = "This is refused.") -> Answer:
    """A refusal in the shape of the contract's framework. place: what is at fault, with dots."""
    way = place.split(".")
    value: dict[str, Any]
    if contract == "patchworks":
        value = {"message": text}
        if status == 422:
            value["errors"] = {way[-1] or "request": [text]}
    elif status == 422:
        value = {"detail": [{"type": "value_error", "loc": way, "msg": text, "input": None}]}
    else:
        value = {"detail": text}
    body = json.dumps(value).encode()
    return Answer(status, (("Content-Type", "application/json"),), body)


def refuse(
    contract: str,
    *,
    when: Mapping[str, Any],
    status: int,
    place: str = "body",
    text: str = "This is refused.",
) -> Transformation:
    """A refusal of requests that are otherwise served. Without any credential the answer stays what it is."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        known = asked.header("Authorization") or asked.header("X-API-Key") or contract == "fastapi_platform"
        return refusal(contract, status, place, text) if known and concerns(when, asked) else serve(asked)

    return transformation


def request(contract: str, *, when: Mapping[str, Any], change: Mapping[str, Any]) -> Transformation:
    """Requests are taken as if they had been sent otherwise.

    change: method; headers, query (null removes one); query_text, path_text (pattern and replacement);
    defaults (members where none were sent), members (in any case), without (members), body (the whole).
    A condition on the answer means a second try: the request as it is gets such an answer.
    """
    second_try = bool({"status", "success", "loc", "says"} & set(when))

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if not concerns(when, asked):
            return serve(asked)
        if second_try:
            answer = serve(asked)
            if not describes(when, answer):
                return answer
        return serve(changed_request(asked, change))

    return transformation


def changed_request(asked: Asked, change: Mapping[str, Any]) -> Asked:
    """The request with a rule's changes."""
    asked = _with_way(asked, change)
    if "query" in change:
        asked = asked.with_query(**change["query"])
    if "body" in change:
        asked = asked.with_body(json.dumps(change["body"]).encode())
    value = json_of(asked)
    if {"defaults", "members", "without", "member_text"} & set(change) and isinstance(value, dict):
        value = {**change.get("defaults", {}), **value, **change.get("members", {})}
        value = {name: member for name, member in value.items() if name not in change.get("without", [])}
        for name, (pattern, text) in change.get("member_text", {}).items():
            if name in value:
                value[name] = json.loads(re.sub(pattern, text, json.dumps(value[name])))
        asked = asked.with_body(json.dumps(value).encode())
    return asked


def _with_way(asked: Asked, change: Mapping[str, Any]) -> Asked:
    """The request with a rule's changes outside the body."""
    environ: dict[str, Any] = {}
    if "method" in change:
        environ["REQUEST_METHOD"] = change["method"]
    if "path_text" in change:
        environ["PATH_INFO"] = re.sub(*change["path_text"], asked.path)
    if "query_text" in change:
        environ["QUERY_STRING"] = re.sub(*change["query_text"], str(asked.environ.get("QUERY_STRING", "")))
    for name, text in change.get("headers", {}).items():
        key = "CONTENT_TYPE" if name == "Content-Type" else "HTTP_" + name.upper().replace("-", "_")
        old = str(asked.environ.get(key, ""))
        environ[key] = re.sub(*text, old) if isinstance(text, list) else text
    asked = asked.with_environ(**{key: value for key, value in environ.items() if value is not None})
    for name in [name for name, value in environ.items() if value is None]:
        asked = asked.without_environ(name)
    return asked


def answer(contract: str, *, when: Mapping[str, Any], change: Mapping[str, Any]) -> Transformation:
    """Answers are other ones.

    change: status; headers (null removes one); nothing (true for no content); text (the body as it stands);
    value (the body, `$/a/b` standing for what is at that pointer); refusal (the place at fault, with dots).
    """

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not concerns(when, asked) or not describes(when, answer):
            return answer
        return changed_answer(contract, answer, change)

    return transformation


def unique_names(contract: str) -> Transformation:
    """A body whose object has a name twice is 400."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in found}) < len(found):
            raise KeyError
        return dict(found)

    def transformation(asked: Asked, serve: Serve) -> Answer:
        try:
            json.loads(asked.body, object_pairs_hook=pairs)
        except KeyError:
            return refusal(contract, 400)
        except (ValueError, RecursionError):
            return serve(asked)
        return serve(asked)

    return transformation


def changed_answer(contract: str, answer: Answer, change: Mapping[str, Any]) -> Answer:
    """The answer with a rule's changes."""
    status = change.get("status", answer.status)
    if "refusal" in change:
        answer = refusal(contract, status, change["refusal"])
    if "value" in change:
        answer = answer.with_value(filled(change["value"], answer.value))
    if "text" in change:
        answer = answer.with_body(change["text"].encode())
    headers = change.get("headers", {})
    answer = answer.without_headers(*(name for name, value in headers.items() if value is None))
    given = {name.replace("-", "_"): value for name, value in headers.items() if value is not None}
    answer = answer.with_headers(**given) if given else answer
    return answer.empty(status) if change.get("nothing") else answer.with_status(status)


def filled(template: Any, value: Any) -> Any:
    """The template with each `$/pointer` replaced by what is there in the value; null where nothing is."""
    if isinstance(template, Mapping):
        return {name: filled(part, value) for name, part in template.items()}
    if isinstance(template, list):
        return [filled(part, value) for part in template]
    if isinstance(template, str) and template.startswith("$"):
        return at_pointer(value, template[1:], default=None)
    return template


def at_pointer(value: Any, pointer: str, *, default: Any) -> Any:
    """What is at a JSON pointer, the default where nothing is."""
    for step in pointer.split("/")[1:]:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif (
            isinstance(value, list) and re.fullmatch(r"-?\d+", step) and -len(value) <= int(step) < len(value)
        ):
            value = value[int(step)]
        else:
            return default
    return value
