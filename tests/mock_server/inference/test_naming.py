"""What collections are called."""

from __future__ import annotations

import pytest

from mock_server.inference.naming import names_of, singular


def test_a_collection_is_called_by_its_last_word_and_by_more_where_two_would_be_called_alike():
    paths = ["/orders", "/customers/{}/orders", "/orders/{}/lineItems", "/v2/orders"]
    assert names_of(paths) == {
        "/orders": "orders",
        "/v2/orders": "v2_orders",
        "/customers/{}/orders": "customers_orders",
        "/orders/{}/lineItems": "line_items",
    }


def test_a_path_without_a_letter_of_the_alphabet_has_a_name_too():
    assert names_of(["/", "/заказы"]) == {"/": "records", "/заказы": "records_2"}


@pytest.mark.parametrize(
    ("plural", "one"), [("companies", "company"), ("boxes", "box"), ("addresses", "address"), ("news", "new")]
)
def test_one_of_a_plural(plural: str, one: str):
    assert singular(plural) == one
