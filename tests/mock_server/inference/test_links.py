"""URLs of the API's own servers point at the mock, and links of a record to itself at that record."""

from __future__ import annotations

import json
from typing import Any

import pytest

URL = {"type": "string", "format": "uri"}
CITY = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "map": URL,
        "links": {"type": "object", "properties": {"self": URL, "weather": URL}},
    },
}
OSLO = {
    "id": 7,
    "map": "https://api.example.com/v2/maps/7?zoom=3",
    "links": {"self": "https://api.example.com/v2/cities/1", "weather": "https://weather.example.org/7"},
}


@pytest.fixture
def cities(play, tmp_path):
    def build(*servers: str, prefix: str = "") -> Any:
        def answers(schema: Any, example: Any) -> dict[str, Any]:
            content = {"application/json": {"schema": schema, "example": example}}
            return {"200": {"description": "ok", "content": content}}

        path = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1"},
            "servers": [{"url": server, "variables": {"region": {"default": "eu"}}} for server in servers],
            "paths": {
                "/cities": {"get": {"responses": answers({"type": "array", "items": CITY}, [OSLO])}},
                "/cities/{id}": {"get": {"parameters": [path], "responses": answers(CITY, OSLO)}},
            },
        }
        (tmp_path / "x.json").write_text(json.dumps(document))
        return play(tmp_path / "x.json")

    return build


def test_a_url_below_a_server_points_at_the_mock(cities):
    city = cities("https://api.example.com/v2").ask("GET", "/cities/7")[1]
    assert city["map"] == "http://127.0.0.1:4010/v2/maps/7?zoom=3"
    assert city["links"]["weather"] == OSLO["links"]["weather"]


def test_a_url_of_another_version_of_the_server_points_at_the_mock(cities):
    city = cities("https://api.example.com/v3").ask("GET", "/cities/7")[1]
    assert city["map"] == "http://127.0.0.1:4010/v3/maps/7?zoom=3"


def test_a_url_of_the_second_server_points_at_the_prefix_of_the_first(cities):
    city = cities("/api", "https://api.example.com/v2/").ask("GET", "/cities/7")[1]
    assert city["map"] == "http://127.0.0.1:4010/api/maps/7?zoom=3"


def test_a_variable_of_a_server_stands_for_any_text(cities):
    city = cities("https://{region}.example.com/v2").ask("GET", "/cities/7")[1]
    assert city["map"].startswith("http://127.0.0.1:4010/v2/maps/7")


def test_a_url_beside_the_servers_path_stays(cities):
    city = cities("https://api.example.com/private").ask("GET", "/cities/7")[1]
    assert city["map"] == OSLO["map"]


@pytest.mark.parametrize("path", ["/cities/7", "/cities"])
def test_a_record_links_to_itself(cities, path):
    shown = cities("https://api.example.com/v2").ask("GET", path)[1]
    city = shown[0] if isinstance(shown, list) else shown
    assert city["links"]["self"] == "http://127.0.0.1:4010/v2/cities/7"
