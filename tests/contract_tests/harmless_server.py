"""A server of random small contracts that trusts every request, and counts them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

Place = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """One collection and what can be done with it.

    key: what ids look like: int, uuid or name. create: post, put or empty. answer: what create answers:
    object, envelope, array, location or nothing. slash: whether its paths end in a slash.
    """

    name: str
    parameter: str = "id"
    key: str = "uuid"
    create: str = "post"
    answer: str = "object"
    can_list: bool = True
    can_read: bool = True
    update: str = "patch"
    can_delete: bool = True
    action: str = ""
    bulk: bool = False
    clear: bool = False
    slash: bool = False
    child: bool = False

    @property
    def collection(self) -> str:
        """The path of all of them."""
        return f"/{self.name}" + "/" * self.slash

    @property
    def item(self) -> str:
        """The path of one of them."""
        return f"/{self.name}/{{{self.parameter}}}" + "/" * self.slash


SEEDS = 3
"""How many objects are in every collection before a run."""


def document(kinds: Iterable[Kind], *, settings: bool) -> dict[str, Any]:
    """The OpenAPI document of some collections; settings: an object that exists once."""
    paths: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        for (path, method), operation in {**_plain(kind), **_special(kind)}.items():
            paths.setdefault(path, {})[method] = operation
    if settings:
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        paths["/settings"] = {
            "get": _operation("settings", 200, schema),
            "put": _operation("set_settings", 200, schema, body=schema),
            "delete": _operation("drop_settings", 204),
        }
    return {"openapi": "3.1.0", "info": {"title": "Harmless", "version": "1"}, "paths": paths}


def _plain(kind: Kind) -> dict[tuple[str, str], Any]:
    """Creating, listing, reading, changing, deleting: the operations by path and method."""
    schema, at_item = _schema(kind), _at_item(kind)
    name, collection, item = kind.name, kind.collection, kind.item
    listed = {"type": "array", "items": schema}
    every = {
        (collection, "get"): (kind.can_list, _operation(f"list_{name}", 200, listed)),
        (collection, "post"): (
            kind.create == "post",
            _operation(f"create_{name}", 201, _created(kind, schema), body=schema),
        ),
        (item, "get"): (kind.can_read, _operation(f"read_{name}", 200, schema, at_item)),
        (item, "patch"): (
            kind.update == "patch",
            _operation(f"patch_{name}", 200, schema, at_item, body=schema),
        ),
        (item, "put"): (
            "put" in (kind.create, kind.update),
            _operation(f"put_{name}", 201 if kind.create == "put" else 200, schema, at_item, body=schema),
        ),
        (item, "delete"): (kind.can_delete, _operation(f"delete_{name}", 204, parameters=at_item)),
    }
    return {place: operation for place, (there, operation) in every.items() if there}


def _special(kind: Kind) -> dict[tuple[str, str], Any]:
    """Clearing a collection, actions, bulk deletion, children: the operations by path and method."""
    schema, at_item, item = _schema(kind), _at_item(kind), kind.item.rstrip("/")
    ids = {"type": "object", "properties": {"ids": {"type": "array", "items": {"type": "string"}}}}
    child = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    at_part = [*at_item, {"name": "part", "in": "path", "required": True, "schema": {"type": "integer"}}]
    children = {"type": "array", "items": child}
    every = {
        (kind.collection, "delete"): (kind.clear, _operation(f"clear_{kind.name}", 204)),
        (f"{item}/{kind.action}", "post"): (
            bool(kind.action),
            _operation(f"{kind.action}_{kind.name}", 200, schema, at_item),
        ),
        (f"/{kind.name}/bulk_delete", "post"): (kind.bulk, _operation(f"bulk_{kind.name}", 200, body=ids)),
        (f"{item}/parts", "get"): (kind.child, _operation(f"parts_{kind.name}", 200, children, at_item)),
        (f"{item}/parts", "post"): (
            kind.child,
            _operation(f"part_{kind.name}", 201, child, at_item, body=child),
        ),
        (f"{item}/parts/{{part}}", "delete"): (
            kind.child,
            _operation(f"unpart_{kind.name}", 204, parameters=at_part),
        ),
    }
    return {place: operation for place, (there, operation) in every.items() if there}


def _at_item(kind: Kind) -> list[dict[str, Any]]:
    return [{"name": kind.parameter, "in": "path", "required": True, "schema": _key_schema(kind)}]


def _operation(
    name: str, status: int, answer: Any = None, parameters: Any = (), body: Any = None
) -> dict[str, Any]:
    response: dict[str, Any] = {"description": "done"}
    if answer is not None:
        response["content"] = {"application/json": {"schema": answer}}
    node: dict[str, Any] = {
        "operationId": name,
        "parameters": list(parameters),
        "responses": {str(status): response},
    }
    if body is not None:
        node["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return node


def _key_schema(kind: Kind) -> dict[str, Any]:
    return {"int": {"type": "integer"}, "uuid": {"type": "string", "format": "uuid"}}.get(
        kind.key, {"type": "string"}
    )


def _key_member(kind: Kind) -> str:
    return kind.parameter if kind.key == "name" else "id"


def _schema(kind: Kind) -> dict[str, Any]:
    key = {_key_member(kind): {**_key_schema(kind), "readOnly": kind.key != "name"}}
    properties = {**key, "label": {"type": "string"}, "count": {"type": "integer"}}
    required = ["label", *([_key_member(kind)] if kind.key == "name" else [])]
    return {"type": "object", "required": required, "properties": properties}


def _created(kind: Kind, schema: dict[str, Any]) -> Any:
    shapes = {
        "object": schema,
        "envelope": {"type": "object", "properties": {"data": schema}},
        "array": {"type": "array", "items": schema},
    }
    return shapes.get(kind.answer)


class TrustingServer:
    """A WSGI application that does what it is asked, whoever asks: the harness has to behave.

    Ids are read leniently (`7abc` is 7), an unknown id in a PUT makes an object, and a bulk deletion without
    ids deletes everything.
    """

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.store: dict[Place, dict[str, Any]] = {("settings",): {"name": "theirs"}}
        self.requests: list[tuple[str, str]] = []
        self._numbers = count(1)
        for kind in self.kinds.values():
            for index in range(SEEDS):
                key = self._new_key(kind, {_key_member(kind): f"main-{index}"})
                self.store[kind.name, key] = self._record(kind, key, {"label": f"theirs {index}"})
                if kind.child:
                    self.store[kind.name, key, "parts", "1"] = {"id": 1, "name": "theirs"}
        self.seeds = deepcopy(self.store)

    def first(self, kind: Kind) -> str:
        """The key of the object that a target would name as known."""
        return next(place[1] for place in self.seeds if len(place) == 2 and place[0] == kind.name)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        self.requests.append((environ["REQUEST_METHOD"], path))
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        status, answer, location = self._answer(environ["REQUEST_METHOD"], path, body, query)
        content = b"" if answer is None else json.dumps(answer).encode()
        headers = [("Content-Type", "application/json")] if content else []
        start_response(f"{status} Done", [*headers, *([("Location", location)] if location else [])])
        return [content]

    def _answer(self, method: str, path: str, body: Any, query: Any) -> tuple[int, Any, str]:
        del query
        parts = [part for part in path.split("/") if part]
        if parts == ["settings"]:
            if method != "GET":
                self.store["settings",] = body if isinstance(body, dict) else {}
            return 200, self.store["settings",], ""
        kind = self.kinds.get(parts[0]) if parts else None
        if kind is None:
            return 404, {"detail": "no"}, ""
        if len(parts) == 1:
            return self._all(kind, method, body)
        if parts[1:] == ["bulk_delete"] and method == "POST":
            ids = body.get("ids") if isinstance(body, dict) else None
            for place in self._places(kind):
                if not ids or place[1] in ids:
                    self._drop(place)
            return 200, {}, ""
        place = (kind.name, self._key(kind, parts[1]))
        if len(parts) >= 3 and parts[2] == "parts":
            return self._parts(place, parts[3:], method, body)
        return self._one(kind, place, method, body, acts=len(parts) == 3)

    def _all(self, kind: Kind, method: str, body: Any) -> tuple[int, Any, str]:
        if method == "GET":
            return 200, [self.store[place] for place in self._places(kind)], ""
        if method == "DELETE":
            for place in self._places(kind):
                self._drop(place)
            return 204, None, ""
        if not isinstance(body, dict) or not isinstance(body.get("label"), str):
            return 422, {"detail": "no object with a label"}, ""
        key = self._new_key(kind, body)
        record = self._record(kind, key, body)
        self.store[kind.name, key] = record
        shapes = {"object": record, "envelope": {"data": record}, "array": [record]}
        return 201, shapes.get(kind.answer), f"/{kind.name}/{key}" if kind.answer == "location" else ""

    def _one(self, kind: Kind, place: Place, method: str, body: Any, *, acts: bool) -> tuple[int, Any, str]:
        if method == "PUT" and place not in self.store and isinstance(body, dict):
            self.store[place] = self._record(kind, place[1], body)
            return 201, self.store[place], ""
        if place not in self.store:
            return 404, {"detail": "no"}, ""
        record = self.store[place]
        if acts:
            record["count"] += 1
        elif method == "DELETE":
            self._drop(place)
            return 204, None, ""
        elif method in ("PATCH", "PUT"):
            if not isinstance(body, dict):
                return 422, {"detail": "no object"}, ""
            record.update({name: value for name, value in body.items() if name != _key_member(kind)})
        return 200, record, ""

    def _parts(self, above: Place, rest: list[str], method: str, body: Any) -> tuple[int, Any, str]:
        if above not in self.store:
            return 404, {"detail": "no"}, ""
        below = [place for place in self.store if place[:3] == (*above, "parts")]
        if rest:
            number = re.match(r"\d+", rest[0])
            place = (*above, "parts", number[0] if number else "")
            if method != "DELETE" or place not in self.store:
                return 404, {"detail": "no"}, ""
            self._drop(place)
            return 204, None, ""
        if method == "GET":
            return 200, [self.store[place] for place in below], ""
        if not isinstance(body, dict):
            return 422, {"detail": "no object"}, ""
        number_of_new = max((int(place[3]) for place in below), default=0) + 1
        record = {"name": "", **body, "id": number_of_new}
        self.store[*above, "parts", str(number_of_new)] = record
        return 201, record, ""

    def _places(self, kind: Kind) -> list[Place]:
        return [place for place in self.store if len(place) == 2 and place[0] == kind.name]

    def _drop(self, place: Place) -> None:
        for other in [each for each in self.store if each[: len(place)] == place]:
            del self.store[other]

    def _new_key(self, kind: Kind, body: dict[str, Any]) -> str:
        if kind.key == "int":
            return str(next(self._numbers))
        return str(body.get(_key_member(kind))) if kind.key == "name" else str(uuid.uuid4())

    def _key(self, kind: Kind, segment: str) -> str:
        number = re.match(r"\s*(\d+)", segment)
        return number[1] if kind.key == "int" and number else segment

    def _record(self, kind: Kind, key: str, body: dict[str, Any]) -> dict[str, Any]:
        shown = int(key) if kind.key == "int" and key.isdecimal() else key
        return {"label": "", "count": 0, **body, _key_member(kind): shown}
