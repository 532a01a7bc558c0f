"""What a mock costs at least: a Flask route, and the same work written by hand. RECORDS names a JSON file."""

import json
import os
from pathlib import Path

import orjson
from flask import Flask, request

RECORDS = json.loads(Path(os.environ["RECORDS"]).read_text())
REQUIRED = (
    "name",
    "authentication_implementation_id",
    "timezone",
    "date_format",
    "rate_limit_unit",
    "rate_limit_duration",
)
flask = Flask("bare")


@flask.get("/api/v1/connectors")
def listed():
    return {"data": RECORDS}


@flask.post("/api/v1/connectors")
def stored():
    body = request.get_json()
    missing = [name for name in REQUIRED if name not in body]
    if missing:
        return {"message": "Invalid.", "errors": {name: ["Required."] for name in missing}}, 422
    return {"data": body}, 201


class Store:
    """A list, and a create that refuses missing members and taken names."""

    def __init__(self) -> None:
        self.listed = orjson.dumps({"data": RECORDS})
        self.records = list(RECORDS)
        self.names = {record["name"] for record in RECORDS}

    def answer(self, method: str, body: bytes) -> tuple[int, bytes]:
        if method == "GET":
            return 200, self.listed
        sent = orjson.loads(body)
        missing = [name for name in REQUIRED if name not in sent]
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
