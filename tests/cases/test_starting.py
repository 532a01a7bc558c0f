"""Documents with a fault or a rarity that must not keep them from starting."""

from __future__ import annotations

import time

import pytest

from tests.cases.conftest import multipart

OK = {"ok": 1}


@pytest.mark.parametrize(
    ("file", "path", "expected"),
    [
        ("18-undefined-security.yaml", "/a", OK),
        ("22-bom.yaml", "/a", OK),
        ("19-slightly-invalid.yaml", "/a", {"a": "hi"}),
    ],
)
def test_a_small_fault_is_no_obstacle(play, file, path, expected):
    assert play(file).json("GET", path) == expected


def test_scalars_are_those_of_yaml_1_2(play):
    mock = play("08-yaml-quirks.yaml")
    body = mock.json("GET", "/codes?country=no")
    assert {name: body[name] for name in ("country", "day", "time", "zip")} == {
        "country": "no",
        "day": "2024-01-01",
        "time": "12:30",
        "zip": "08012",
    }
    assert body["big"] == "1_000"
    assert body["y"] == "y"
    assert body["ver"] == 1.1
    assert mock.send("GET", "/codes?country=false").status_code in {400, 422}


def test_an_escaped_emoji_is_read_as_json(play):
    assert play("sdk-emoji.json").send("GET", "/a").status_code == 200


def test_a_document_of_webhooks_alone_starts(play, caplog):
    mock = play("25-webhooks-only.yaml")
    assert mock.send("GET", "/anything").status_code == 404
    assert "webhook newPet" in caplog.text


@pytest.mark.parametrize("schemas", [7, 8])
def test_mutually_linked_schemas_cost_little(play, schemas):
    begun = time.process_time()
    mock = play(f"55-mutual-{schemas}.json")
    response = mock.send("GET", "/a")
    assert time.process_time() - begun < 1
    assert len(response.json) >= 1
    assert all(isinstance(record["id"], str) for record in response.json)
    assert len(response.data) / len(response.json) * 5 < 10_000


def test_an_operation_in_a_file_of_its_own_plays(play):
    mock = play("sdk-opref/root.yaml")
    key = mock.json("GET", "/keys")[0]["id"]
    assert mock.json("GET", f"/keys/{key}") == {"id": key}
    assert mock.send("DELETE", f"/keys/{key}").status_code == 204
    assert mock.send("GET", f"/keys/{key}").status_code == 404


def test_references_resolve_from_the_file_they_stand_in(play):
    mock = play("21-multi/openapi.yaml")
    account = {"name": "Ada", "address": {"city": "Bergen"}}
    created = mock.json("POST", "/accounts", status=201, json=account)
    assert created == {"id": created["id"], **account}
    assert mock.json("GET", f"/accounts/{created['id']}") == created
    assert mock.send("POST", "/accounts", json={"name": "Ada", "address": {}}).status_code in {400, 422}
    assert mock.json("GET", "/accounts")[0]["address"]["city"] == "Oslo"


def test_a_declared_transfer_encoding_is_not_sent(play):
    response = play("sdk-bin.yaml").send("POST", "/speech")
    assert (response.status_code, response.mimetype) == (200, "application/octet-stream")
    assert "Transfer-Encoding" not in response.headers


def test_a_key_named_with_an_underscore_is_read(play):
    mock = play("28-underscore-header.yaml")
    assert mock.json("GET", "/a", headers={"api_key": "k"}) == OK
    assert mock.send("GET", "/a").status_code == 401
    assert mock.send("GET", "/a", headers={"api_key": "k", "x_count": "many"}).status_code in {400, 422}


def test_siblings_of_a_reference_are_ignored_in_openapi_3_0(play):
    mock = play("43-ref-siblings-30.yaml")
    labels = mock.json("GET", "/labels")
    assert all(isinstance(text, str) for texts in labels.values() for text in texts)
    assert mock.send("POST", "/labels", json={"a": ["x", "y"]}).status_code == 201
    assert mock.send("POST", "/labels", json={"a": {"x": 1}}).status_code in {400, 422}


def test_a_document_of_swagger_2_plays(play, caplog):
    mock = play("74-swagger2.yaml")
    article = mock.json(
        "POST", "/v2/articles", status=201, json={"name": "Emma", "kind": "book", "note": None}
    )
    path = f"/v2/articles/{article['id']}"
    assert mock.json("GET", path) == article
    assert mock.json("PUT", path, json={"name": "Emma", "kind": "film"})["kind"] == "film"
    assert len(mock.json("GET", "/v2/articles?limit=2&kinds=book|film")) == 2
    assert mock.send("GET", "/v2/articles?kinds=toy").status_code in {400, 422}
    assert mock.send("POST", "/v2/articles", json={"kind": "book"}).status_code in {400, 422}
    assert mock.send("DELETE", path).status_code == 204
    assert mock.json("GET", path, status=404)["reason"]
    assert mock.send("GET", path, headers={"Authorization": ""}).status_code == 401
    assert mock.send("GET", "/v2/motto").text == "Read more"
    assert "74-swagger2.yaml:34: the reference #/components/schemas/Missing has no target" in caplog.text


def test_a_form_of_swagger_2_is_read(play):
    mock = play("74-swagger2.yaml")
    path = f"/v2/articles/{mock.json('GET', '/v2/articles')[0]['id']}/cover"
    assert mock.send("POST", path, **multipart(picture=("x.png", b"x"), caption="a")).status_code == 204
    assert mock.send("POST", path, **multipart(caption="a")).status_code in {400, 422}
