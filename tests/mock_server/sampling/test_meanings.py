"""Generated values suit the name, the format and the description of their member."""

from __future__ import annotations

import re
from typing import Any

import pytest

YEAR = 365 * 24 * 3600
EPOCH_2025 = 1_735_689_600
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def value_of(sampler: Any, name: str, schema: dict[str, Any], container: str = "things") -> Any:
    record = {"type": "object", "required": [name], "properties": {name: schema}}
    return sampler().valid_value(record, (container, "1"))[name]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("email", r"[^@]+@[^@]+\.\w+"),
        ("avatar_url", r"https?://.+"),
        ("createdAt", r"20\d\d-\d\d-\d\dT[\d:]+Z"),
        ("updated_at", r"20\d\d-\d\d-\d\dT[\d:]+Z"),
        ("birth_date", r"\d{4}-\d\d-\d\d"),
        ("currency", "[A-Z]{3}"),
        ("country", "[A-Z]{2}"),
        ("phone_number", r"\+\d{9,14}"),
        ("ip_address", r"\d+\.\d+\.\d+\.\d+"),
        ("locale", "[a-z]{2}_[A-Z]{2}"),
        ("amount", r"\d+\.\d\d"),
        ("customer_id", "[0-9a-f-]{36}"),
        ("version", r"\d+\.\d+\.\d+"),
    ],
)
def test_a_string_suits_its_name(sampler, name, pattern):
    assert re.fullmatch(pattern, value_of(sampler, name, STRING))


@pytest.mark.parametrize(
    ("description", "pattern"),
    [
        ("Three-letter ISO 4217 code, in lowercase.", "[a-z]{3}"),
        ("Two-letter country code (ISO 3166-1 alpha-2).", "[A-Z]{2}"),
        ("The URL of the record.", "https?://.+"),
        ("An ISO 8601 date and time.", r"20\d\d-\d\d-\d\dT[\d:]+Z"),
    ],
)
def test_a_string_suits_its_description(sampler, description, pattern):
    schema = {**STRING, "description": description}
    assert re.fullmatch(pattern, value_of(sampler, "value", schema))


@pytest.mark.parametrize(
    ("name", "schema", "unit"),
    [
        ("stamp", {"format": "unix-time"}, 1),
        ("stamp", {"description": "Seconds since 1970"}, 1),
        ("created", {}, 1),
        ("sent_at", {}, 1),
        ("stamp", {"description": "Milliseconds since the Unix epoch"}, 1000),
    ],
)
def test_a_time_since_1970_is_about_now(sampler, name, schema, unit):
    epoch = value_of(sampler, name, {**INTEGER, **schema})
    assert EPOCH_2025 * unit <= epoch <= (EPOCH_2025 + YEAR) * unit


def test_an_expiry_lies_in_the_future(sampler):
    assert value_of(sampler, "expires_at", STRING) > "2028"


@pytest.mark.parametrize(("container", "words"), [("users", 2), ("harbors", 2)])
def test_a_name_is_that_of_a_person_or_a_thing(sampler, container, words):
    assert len(value_of(sampler, "name", STRING, container).split()) >= words


def test_an_identifier_is_like_its_example(sampler):
    schema = {**STRING, "example": "cus_Nf3xK9"}
    made = sampler().valid_value(
        {"type": "object", "properties": {"customer": schema}}, ("orders", "2"), use_examples=False
    )
    assert re.fullmatch("cus_[A-Z][a-z][0-9][a-z][A-Z][0-9]|cus_[A-Za-z0-9]{6}", made["customer"])
    assert made["customer"] != "cus_Nf3xK9"


def test_a_number_is_of_the_size_of_its_example(sampler):
    schema = {"type": "object", "properties": {"odometer": {**INTEGER, "example": 80_000}}}
    made = sampler().valid_value(schema, ("cars", "2"), use_examples=False)
    assert 40_000 <= made["odometer"] <= 120_000


def test_a_name_counts_more_than_an_open_pattern(sampler):
    name = value_of(sampler, "first_name", {**STRING, "pattern": "^[A-Za-z ]*$"})
    assert re.fullmatch("[A-Z][a-z]+", name)
