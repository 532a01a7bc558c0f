"""Files a team gives the server: a scenario with its own people and records, a spec of its own, and both as
they look when somebody has mistyped something beside a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mock_server.data import contract_names, fixtures_dir
from mock_server.yaml_file import read_yaml
from tests.mock_server.canaries import fields
from tests.mock_server.canaries.birds import Canaries


def people(canaries: Canaries | None) -> dict[str, list[dict[str, Any]]]:
    """The principals of every contract, with new credentials unless there are no canaries."""

    def given(contract: str, one: dict[str, Any]) -> dict[str, Any]:
        if canaries is None:
            return one
        told = {scheme: f"the team's {scheme} of {contract}'s {one['name']}" for scheme in one["credentials"]}
        return {**one, "credentials": {scheme: canaries.fresh(text) for scheme, text in told.items()}}

    return {name: [given(name, one) for one in fields.principals(name)] for name in contract_names()}


def scenario(principals: dict[str, list[dict[str, Any]]], canaries: Canaries) -> dict[str, Any]:
    """A scenario whose people are these, and where a record of each collection has secrets of its own."""
    records: dict[str, Any] = {}
    for one in fields.kept():
        fixture = read_yaml(fixtures_dir() / f"{one.storage}.yaml")
        record = next(each for each in fixture["records"] if not one.when or each.get(one.when) is True)
        secret: Any = canaries.odd(f"{one.member} of a scenario's record of {one.storage}")
        key = str(record.get("provider_slug") if one.collection == "providers" else record["id"])
        entry = records.setdefault(one.storage, {}).setdefault(key, {})
        entry[one.member] = {"token": secret} if isinstance(record[one.member], dict) else secret
    return {"scenario": "team", "over": "default", "principals": principals, "records": records}


def broken_scenarios(document: dict[str, Any], canaries: Canaries) -> Iterator[str]:
    """The text of a scenario file, broken in a way beside or within a secret."""

    def secret(how: str) -> str:
        return canaries.fresh(f"a broken scenario, {how}")

    admin = document["principals"]["hydracore"][0]

    def with_admin(**changed: Any) -> str:
        principals = {"hydracore": [{**admin, **changed}]}
        return json.dumps({**document, "principals": principals})

    yield with_admin(credentials={"bearer": [secret("a list for a credential")]})
    yield with_admin(credentials={"none": secret("an unknown scheme")})
    yield with_admin(password=secret("an unknown member"))
    yield with_admin(expires_at="soon", credentials={"bearer": secret("a broken time")})
    twice = {"bearer": secret("a credential two have")}
    people_of_one = [{**admin, "credentials": twice}, {**admin, "name": "b", "credentials": twice}]
    yield json.dumps({**document, "principals": {"hydracore": people_of_one}})
    nameless = {"d3547de1-d1f2-4344-b4c2-17169b7526f9": {"metadata_json": secret("beside"), "name": None}}
    yield json.dumps({**document, "records": {"hydracore/connections": nameless}})
    unknown = {"d3547de1-d1f2-4344-b4c2-17169b7526f9": {"token": secret("an unknown member of a record")}}
    yield json.dumps({**document, "records": {"hydracore/connections": unknown}})
    for before in ("'", "*", "[", "x: y: ", "|x ", "!"):
        yield f"scenario: team\nprincipals: {before}{secret(f'behind {before!r}')}\n"


def spec() -> str:
    """A spec of one's own, with a scheme of each kind and a member that is secret."""
    item = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
        },
    }
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    shown = {"description": "One.", "content": body}
    many = {
        "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}
    }
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Things", "version": "1"},
            "security": [{"token": []}, {"key": []}, {"session": []}, {"pair": []}],
            "paths": {
                "/things": {
                    "get": {"operationId": "listThings", "responses": {"200": {**shown, "content": many}}},
                    "post": {
                        "operationId": "createThing",
                        "requestBody": {"content": body},
                        "responses": {"201": shown},
                    },
                },
                "/things/{id}": {
                    "parameters": [one],
                    "get": {"operationId": "getThing", "responses": {"200": shown}},
                },
            },
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "key": {"type": "apiKey", "in": "query", "name": "key"},
                    "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
                    "pair": {"type": "http", "scheme": "basic"},
                },
                "schemas": {"Thing": item},
            },
        }
    )


def broken_specs(text: str, canaries: Canaries) -> Iterator[str]:
    """The text of a spec, broken in a way beside or within a secret."""

    def secret(how: str) -> str:
        return canaries.fresh(f"a broken spec, {how}")

    document = json.loads(text)
    yield json.dumps({**document, "openapi": "4", "x-token": secret("another version")})
    yield json.dumps({**document, "paths": [], "x-token": secret("no paths")})
    thing = {"type": "nothing", "default": secret("a default")}
    yield json.dumps({**document, "components": {"schemas": {"Thing": thing}}})
