"""Addresses that belong to no collection: which values of their paths exist where 404 is documented."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.mock_server.inference.conftest import Client


@pytest.fixture
def sets(play: Callable[..., Client]) -> Client:
    return play("datasets")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/citations/v1/fields", 200),
        ("/patents/v1/fields", 200),
        ("/nothing/v1/fields", 404),
        ("/citations/v9/fields", 404),
    ],
)
def test_values_exist_that_an_example_or_a_list_beside_it_shows(sets: Client, path: str, status: int) -> None:
    response, _ = sets.ask("GET", path)
    assert response.status == status


def test_a_value_exists_once_a_request_has_named_it(sets: Client) -> None:
    before, _ = sets.ask("POST", "/confirm/ORD2")
    sets.ask("POST", "/reserve", query="order_id=ORD2")
    after, _ = sets.ask("POST", "/confirm/ORD2")
    assert (before.status, after.status) == (404, 200)


def test_a_value_exists_once_an_address_in_an_answer_has_named_it(sets: Client) -> None:
    before, _ = sets.ask("POST", "/tickets/T-7/print")
    sets.ask("POST", "/reserve", query="order_id=ORD3")
    after, _ = sets.ask("POST", "/tickets/T-7/print")
    assert (before.status, after.status) == (404, 204)


def test_any_value_exists_where_the_document_shows_none(sets: Client) -> None:
    response, _ = sets.ask("POST", "/labels/anything/print")
    assert response.status == 204
