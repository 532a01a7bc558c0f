"""Laravel's refusals: a message, the errors by field, and input as its middleware leaves it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.errors.laravel import LARAVEL

ADMIN = {"Authorization": "Bearer mock-patchworks-admin"}
CONNECTORS = "/api/v1/connectors"
VALID = {
    "name": "Shop",
    "authentication_implementation_id": 1,
    "timezone": "UTC",
    "date_format": "c",
    "rate_limit_unit": "minute",
    "rate_limit_duration": 60,
}


def stored(mock: Client, **members: Any) -> Any:
    return mock.post(CONNECTORS, json={**VALID, **members}, headers=ADMIN)


def test_the_first_message_stands_on_top_with_the_number_of_the_others(mock: Client) -> None:
    answer = mock.post(CONNECTORS, json={}, headers=ADMIN).get_json()
    assert answer["message"] == "The name field is required. (and 5 more errors)"
    assert list(answer["errors"]) == list(VALID)
    assert answer["errors"]["rate_limit_unit"] == ["The rate limit unit field is required."]


def test_a_single_fault_has_no_count(mock: Client) -> None:
    answer = stored(mock, rate_limit_unit="fortnight").get_json()
    assert answer == {
        "message": "The selected rate limit unit is invalid.",
        "errors": {"rate_limit_unit": ["The selected rate limit unit is invalid."]},
    }


def test_a_field_inside_a_list_is_named_with_dots(mock: Client) -> None:
    answer = stored(mock, variables=[{"key": "a", "label": "A"}, {"label": "B"}])
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {"variables.1.key": ["The variables.1.key field is required."]}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"\xff", "application/json"),
        (b"{}", "text/plain"),
    ],
)
def test_a_body_that_is_no_object_is_empty_input(mock: Client, body: bytes, content_type: str) -> None:
    headers = {**ADMIN, "Content-Type": content_type}
    assert mock.post(CONNECTORS, data=body, headers=headers).status_code == 422
    assert mock.put(f"{CONNECTORS}/1", data=body, headers=headers).status_code == 422


def test_texts_are_trimmed_and_empty_ones_are_missing(mock: Client) -> None:
    assert stored(mock, name="  Shop ").get_json()["data"]["name"] == "Shop"
    assert "name" in stored(mock, name="   ").get_json()["errors"]
    assert "name" in stored(mock, name=None).get_json()["errors"]
    assert stored(mock, platform_app_key=" ").status_code == 200


def test_a_null_that_is_not_allowed_is_refused(mock: Client) -> None:
    answer = mock.put(f"{CONNECTORS}/1", json={"timezone": None}, headers=ADMIN)
    assert answer.get_json()["errors"] == {"timezone": ["The timezone field must be a string."]}


@pytest.mark.parametrize("member", VALID)
def test_an_empty_text_is_refused_where_neither_it_nor_null_is_allowed(mock: Client, member: str) -> None:
    refused = mock.put(f"{CONNECTORS}/1", json={member: ""}, headers=ADMIN)
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, [member])


def test_an_empty_filter_is_no_filter(mock: Client) -> None:
    everything = mock.get(CONNECTORS, headers=ADMIN).get_json()["meta"]["total"]
    answer = mock.get(f"{CONNECTORS}?filter[system]=&sort=&include=", headers=ADMIN)
    assert answer.get_json()["meta"]["total"] == everything


@pytest.mark.parametrize(("given", "kept"), [("10", 10), (10.0, 10), (True, 1)])
def test_the_integer_rule_lets_numbers_in_texts_pass(mock: Client, given: Any, kept: int) -> None:
    assert stored(mock, rate_limit_duration=given).get_json()["data"]["rate_limit_duration"] == kept


@pytest.mark.parametrize("given", ["abc", "1.5", 1.5, [], False])
def test_what_is_no_integer_is_refused(mock: Client, given: Any) -> None:
    assert "rate_limit_duration" in stored(mock, rate_limit_duration=given).get_json()["errors"]


def test_a_form_is_input_too(mock: Client) -> None:
    answer = mock.post(CONNECTORS, data=VALID, headers=ADMIN)
    assert (answer.status_code, answer.get_json()["data"]["rate_limit_duration"]) == (200, 60)


def test_the_page_is_repaired_instead_of_refused(mock: Client) -> None:
    meta = mock.get(f"{CONNECTORS}?page=abc&per_page=1000", headers=ADMIN).get_json()["meta"]
    assert (meta["current_page"], meta["per_page"]) == (1, 100)


def test_an_unknown_connector_an_unknown_route_and_a_wrong_method(mock: Client) -> None:
    for key in ("999", "abc"):
        missing = mock.get(f"{CONNECTORS}/{key}", headers=ADMIN)
        words = f"No query results for model [App\\Models\\Connector] {key}"
        assert (missing.status_code, missing.get_json()) == (404, {"message": words})
    nothing = mock.get("/api/v1/nothing")
    assert (nothing.status_code, "nothing" in nothing.get_json()["message"]) == (404, True)
    wrong = mock.patch(f"{CONNECTORS}/1", headers=ADMIN)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "DELETE, GET, HEAD, PUT")


def test_head_answers_like_get_without_a_body_and_a_slash_is_accepted(mock: Client) -> None:
    head, get = mock.head(f"{CONNECTORS}/1", headers=ADMIN), mock.get(f"{CONNECTORS}/1/", headers=ADMIN)
    assert (head.status_code, head.data, get.status_code) == (200, b"", 200)
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@given(
    key=st.text()
    | st.sampled_from(["{", "{key.__class__.__mro__}", "{key:>500000000}", "KEY ALLOW", "%s", "\\1"])
)
def test_texts_of_clients_are_no_formats(key: str) -> None:
    def message(error: ApiError) -> str:
        return str(LARAVEL.render(error).body["message"])

    path = key.lstrip("/")
    assert message(ApiError(ErrorCode.ROUTE_NOT_FOUND, key=key)) == f"The route {path} could not be found."
    refused = ApiError(ErrorCode.METHOD_NOT_ALLOWED, subject=key, key=key, headers={"Allow": "GET"})
    words = f"The {key} method is not supported for route {path}. Supported methods: GET."
    assert message(refused) == words
    missing = message(ApiError(ErrorCode.NOT_FOUND, subject="thing", key=key))
    assert missing == f"No query results for model [App\\Models\\Thing] {key}".rstrip()
