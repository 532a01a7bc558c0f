"""What a mock costs at least: Flask routes that return what was recorded, and the same work written by hand.

ROUTES names a JSON file: for each method and path the members that a body must have, and the status and body of the answer to a request that has
them ("accepted") or not ("refused").
"""

import json
import os
from pathlib import Path

import orjson
from flask import Flask, request

ROUTES = json.loads(Path(os.environ["ROUTES"]).read_text())
flask = Flask("bare")


def route(members, accepted, refused):
    """A view that reads the body where there is one, looks for the members, and serialises the answer."""

    def view():
        body = request.get_json() if members else {}
        fits = isinstance(body, dict) and all(name in body for name in members)
        status, answer = accepted if fits else refused
        return answer, status

    return view


for number, (key, recorded) in enumerate(ROUTES.items()):
    method, path = key.split(" ")
    flask.add_url_rule(path, str(number), route(**recorded), methods=[method])


class Store:
    """A list, and a create that refuses missing members and taken names."""

    def __init__(self) -> None:
        self.path = os.environ["STORED"]
        self.records = list(ROUTES[f"GET {self.path}"]["accepted"][1]["data"])
        self.listed = orjson.dumps({"data": self.records})
        self.names = {record["name"] for record in self.records}
        self.required = ROUTES[f"POST {self.path}"]["members"]

    def answer(self, method: str, body: bytes) -> tuple[int, bytes]:
        if method == "GET":
            return 200, self.listed
        sent = orjson.loads(body)
        missing = [name for name in self.required if name not in sent]
        if missing or sent["name"] in self.names:
            return 422, orjson.dumps(
                {"message": "Invalid.", "errors": {name: ["Required."] for name in missing}}
            )
        record = {"id": len(self.records) + 1, **sent}
        self.records.append(record)
        self.names.add(sent["name"])
        return 201, orjson.dumps({"data": record})


STORE = Store()
LINES = {200: "200 OK", 201: "201 Created", 422: "422 Unprocessable Content"}


def wsgi(environ, start_response):
    """By hand, as a WSGI function."""
    status, body = STORE.answer(environ["REQUEST_METHOD"], environ["wsgi.input"].read())
    start_response(LINES[status], [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


async def rsgi(scope, protocol):
    """By hand, as an RSGI function."""
    sent = await protocol() if scope.method == "POST" else b""
    status, body = STORE.answer(scope.method, sent)
    protocol.response_bytes(status, [("content-type", "application/json")], body)
