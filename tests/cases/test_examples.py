"""Documented examples come first; what is made up is right."""

from __future__ import annotations

CITIES = [{"id": 7, "name": "Oslo"}, {"id": 8, "name": "Bergen"}]
RIVERS = [{"id": "r1", "name": "Glomma"}, {"id": "r2", "name": "Tana"}]


def test_a_list_example_is_the_first_state(play):
    mock = play("16-examples.yaml")
    assert mock.json("GET", "/cities") == CITIES
    assert [mock.json("GET", f"/cities/{city['id']}") for city in CITIES] == CITIES
    assert mock.send("GET", "/cities/9").status_code == 404


def test_a_named_example_of_an_envelope_is_the_first_state(play):
    mock = play("16-examples.yaml")
    assert mock.json("GET", "/rivers") == {"data": RIVERS, "total": 2}
    assert [mock.json("GET", f"/rivers/{river['id']}") for river in RIVERS] == RIVERS


def test_an_example_of_something_without_state_is_the_answer(play):
    assert play("16-examples.yaml").json("GET", "/status") == {"state": "green", "n": 3}


def test_the_example_of_a_schema_is_a_record(play):
    assert {"id": 77, "name": "Mjosa"} in play("16-examples.yaml").json("GET", "/lakes")


def test_a_discriminator_without_mapping_takes_the_values_of_its_branches(play):
    choices = play("sdk-disc.yaml").json("POST", "/chat")["choices"]
    assert choices
    for choice in choices:
        assert all(call["type"] in {"function", "custom"} for call in choice.get("tool_calls", []))


def test_headers_that_cannot_be_known_are_not_made_up(play):
    headers = play("40-cors-headers.yaml").send("GET", "/a", headers={"Origin": "https://a.example"}).headers
    assert headers["Access-Control-Allow-Origin"] in {"*", "https://a.example"}
    assert headers.get("Retry-After", "0").isdigit()
    assert headers.get("ETag", '""').strip("W/").startswith('"')
    assert headers.get("Link", "<").startswith("<")
    assert headers.get("X-Total-Count", "0").isdigit()
    assert headers.get("Last-Modified", "GMT").endswith("GMT")
    assert headers.get("Content-Disposition", "inline").split(";")[0] in {"inline", "attachment"}
    assert "=" in headers.get("Set-Cookie", "=")
    assert "Access-Control-Allow-Headers" not in headers
    assert "X-Mock-Request-Id" in headers["Access-Control-Expose-Headers"]
