"""Witnesses: requests that a variant answers otherwise than the mock, each for one reading.

A witness in the catalogue has `reading` (a decision or fact), `ask` (one request or several), `differs`
(what is looked at, with what the mock and the variant show there) and, where it is not the variant's first,
`contract`. A request is one of the contract's operations (`op`, with `at`, `query`, `as`, `headers`, `body`,
`with`, `without`, `text`, `type`, `pad`, `times`, `save`) or any other one (`send`: method and path).
Places of `differs`:

- `status`, `text` (its first characters), `ascii`, `names` (of headers), `header NAME`
- `/pointer` (the value), `kind /pointer`, `count /pointer`, `keys /pointer`; all of the last answer
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml
from werkzeug.test import Client

from contract_tests.target.target_file import ContractTarget
from tests.variants.families.rules import at_pointer
from tests.variants.seam import OPENAPI, Wsgi

ABSENT = object()
KINDS = {
    str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object",
    type(None): "null", object: "absent",
}  # fmt: skip
LOOKS = ("kind", "count", "keys")
TEXT = 60
"""How many characters of a body `text` looks at."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A reading, the requests that show it, and what the mock and the variant show, by place."""

    reading: str
    ask: tuple[Mapping[str, Any], ...]
    differs: Mapping[str, tuple[Any, Any]]
    contract: str


def witness(entry: Mapping[str, Any], contracts: Sequence[str]) -> Witness:
    """A witness as the catalogue writes it. contracts: of its variant."""
    ask = entry["ask"] if isinstance(entry["ask"], list) else [entry["ask"]]
    differs = {place: tuple(pair) for place, pair in entry["differs"].items()}
    unknown = set(entry) - {"reading", "ask", "differs", "contract"}
    if unknown:
        raise TypeError(f"a witness has no {', '.join(sorted(unknown))}")
    return Witness(entry["reading"], tuple(ask), differs, entry.get("contract", contracts[0]))


def seen(app: Wsgi, witness: Witness, target: ContractTarget) -> dict[str, Any]:
    """What the application shows at each place the witness looks at."""
    client, saved, response = Client(app), {}, None
    for step in witness.ask:
        for _ in range(step.get("times", 1)):
            response = client.open(**_request(step, witness.contract, target, saved))
        for name, pointer in step.get("save", {}).items():
            saved[name] = at_pointer(json.loads(response.get_data()), pointer, default=ABSENT)
    return {place: _at(place, response) for place in witness.differs}


def _request(
    step: Mapping[str, Any], contract: str, target: ContractTarget, saved: Mapping[str, Any]
) -> dict[str, Any]:
    step = _replaced(deepcopy(dict(step)), saved)
    headers = {"Accept": "application/json", **step.get("headers", {})}
    headers = {name: value for name, value in headers.items() if value is not None}
    label = step.get("as", _usual(contract, step.get("op", "")))
    if label != "nobody":
        credential = target.credentials[label]
        if credential.scheme == "apiKey" and contract != "patchworks":
            headers["X-API-Key"] = credential.secret
        else:
            word = "" if credential.scheme == "apiKey" else "Bearer "
            headers["Authorization"] = word + credential.secret
    if "send" in step:
        method, path = step["send"].split(" ", 1)
    else:
        method, path = _way(contract, step["op"])
        values = {**target.known, **step.get("at", {})}
        path = _filled(path, {name: str(value) for name, value in values.items()})
    kwargs: dict[str, Any] = {"path": path, "method": method, "headers": headers}
    body = step.get("body", target.bodies.get(step.get("op", ""), ABSENT))
    if isinstance(body, Mapping):
        body = {**json.loads(json.dumps(body).replace("{unique}", "Fresh").replace("{canary}", "c4n4ry"))}
        body |= step.get("with", {})
        body = {name: value for name, value in body.items() if name not in step.get("without", [])}
    text = step.get("text", None if body is ABSENT else json.dumps(body))
    if text is not None:
        text += " " * step.get("pad", 0)
        kwargs["data"] = text.encode("latin-1") if step.get("latin1") else text.encode()
        kwargs["content_type"] = step.get("type", "application/json")
    if contract == "aimable" and step.get("op") == "createCollectionConnector":
        headers.setdefault("Idempotency-Key", "witnessKey1")
        if headers["Idempotency-Key"] == "-":
            del headers["Idempotency-Key"]
    if "query" in step:
        query = step["query"]
        kwargs["query_string"] = query if isinstance(query, str) else urlencode(query)
    return kwargs


def _usual(contract: str, operation: str) -> str:
    if contract == "hydracore" and operation == "fetchConnectionCredentials":
        return "instance_1"
    return "admin"


def _replaced(value: Any, saved: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _replaced(part, saved) for name, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, saved) for part in value]
    if isinstance(value, str):
        return saved[value[1:]] if value[:1] == "@" and value[1:] in saved else _filled(value, saved)
    return value


def _filled(text: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


@cache
def _ways(contract: str) -> dict[str, tuple[str, str]]:
    spec = yaml.safe_load((OPENAPI / f"{contract}.yaml").read_text(encoding="utf-8"))
    prefix = urlsplit(spec["servers"][0]["url"]).path
    return {
        operation["operationId"]: (method.upper(), prefix + path)
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    }


def _way(contract: str, operation: str) -> tuple[str, str]:
    return _ways(contract)[operation]


def _at(place: str, response: Any) -> Any:
    parts: dict[str, Any] = {
        "status": response.status_code,
        "ascii": response.get_data().isascii(),
        "names": [name for name, _ in response.headers],
        "text": response.get_data().decode("utf-8", "replace")[:TEXT],
    }
    if place in parts:
        return parts[place]
    if place.startswith("header "):
        return response.headers.get(place.removeprefix("header "))
    look, _, pointer = (place, "", "") if place in LOOKS else place.rpartition(" ")
    found = at_pointer(json.loads(response.get_data() or b"null"), pointer, default=ABSENT)
    looks = {"kind": lambda: KINDS[type(found)], "count": lambda: len(found), "keys": lambda: list(found)}
    return looks.get(look, lambda: "absent" if found is ABSENT else found)()
