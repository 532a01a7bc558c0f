"""Names of inferred collections."""

from __future__ import annotations

import pytest

from mock_server.inference.naming import key_of, names_of, singular


def test_a_collection_is_named_by_its_last_word_or_more_if_that_is_taken():
    paths = ["/orders", "/customers/{}/orders", "/orders/{}/lineItems", "/v2/orders"]
    assert names_of(paths) == {
        "/orders": "orders",
        "/v2/orders": "v2_orders",
        "/customers/{}/orders": "customers_orders",
        "/orders/{}/lineItems": "line_items",
    }


def test_a_path_without_letters_has_a_name():
    assert names_of(["/", "/заказы"]) == {"/": "records", "/заказы": "records_2"}


@pytest.mark.parametrize(
    ("plural", "expected"),
    [("companies", "company"), ("boxes", "box"), ("addresses", "address"), ("news", "new")],
)
def test_the_singular_of_a_plural(plural: str, expected: str):
    assert singular(plural) == expected


def test_a_parameter_may_end_in_a_longer_form_of_the_key():
    assert key_of(["ip", "region"], "/reserved_ipv6", "reserved_ipv6") == "ip"
