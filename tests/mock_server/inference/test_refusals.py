"""Errors have the shape that each spec declares and describe the actual problem."""

from __future__ import annotations


def test_a_code_and_message_schema_is_filled_with_status_and_message(play):
    client = play("clinic")
    response, body = client.ask("POST", "/owners", {"lastName": "x", "email": "nobody"})
    assert response.status == body["code"] == 400
    assert [record["field"] for record in body["fields"]] == ["lastName", "email"]
    assert "pattern" not in body["message"]
    assert "must match" in body["message"]


def test_a_fastapi_schema_is_filled_as_fastapi_does(play):
    response, body = play("vehicles").ask("GET", "/vehicles", query="page=x")
    assert response.status == 422
    assert body["detail"][0]["loc"] == ["query", "page"]
    assert body["detail"][0]["type"] == "int_parsing"


def test_problem_details_carry_pointers(play):
    response, body = play("library").ask("POST", "/authors", {"name": ""}, query="api_key=k")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == response.status == 422
    assert body["errors"][0]["pointer"] == "/name"


def test_a_nested_error_takes_the_likeliest_of_its_codes(play):
    client = play("office", authorization="Basic dXNlcjpnb29k")
    assert client.ask("GET", "/expenses/999999")[1]["error"]["code"] == "not_found"
    assert client.ask("GET", "/expenses/1")[1]["error"]["code"] == "invalid_request"


def test_without_a_declared_schema_problem_details_are_sent(play, tmp_path):
    spec = tmp_path / "bare.yaml"
    spec.write_text(
        "openapi: 3.0.0\ninfo: {title: bare, version: '1'}\npaths:\n  /a/{id}:\n    get:\n"
        "      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n"
        "      responses: {'200': {description: ok}, '404': {description: none}}\n"
    )
    response, body = play(spec).ask("GET", "/a/x")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == response.status == 404


def test_a_missing_credential_is_refused_and_any_other_is_accepted(play):
    client = play("clinic")
    assert client.ask("GET", "/owners", authorization="")[0].status == 401
    assert client.ask("GET", "/owners", authorization="Bearer whatever")[0].status == 200


def test_a_list_of_credentials_excludes_others(play):
    client = play("clinic", credentials=("mine",))
    assert client.ask("GET", "/owners", authorization="Bearer mine")[0].status == 200
    assert client.ask("GET", "/owners", authorization="Bearer other")[0].status == 401


def test_a_media_type_the_operation_does_not_take_is_refused(play):
    response, body = play("clinic").ask("POST", "/owners", b"lastName=Byron", content_type="text/csv")
    assert response.status == 400
    assert "application/json" in body["message"]
