"""No secret leaves a run in any encoding."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from contract_tests.redaction.masking import Redactor
from contract_tests.requirements.results import Secret

VALUE = 's3cr&t/+ "Ä<word>'
REDACTOR = Redactor([Secret(VALUE, "AIMABLE_ADMIN"), Secret("canary-77aa55")])


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE, safe=""),
        quote(VALUE, safe="").lower().replace("s3cr", "s3cr"),
        quote_plus(VALUE),
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        json.dumps(VALUE).replace("/", "\\/"),
        html.escape(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
)
def test_every_form_of_a_credential_becomes_its_variable(text: str) -> None:
    assert (
        REDACTOR.text(f"before {text} after").replace('"', "").replace("=", "")
        == "before $AIMABLE_ADMIN after"
    )


@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_credential_inside_something_base64_encoded_is_masked(before: str) -> None:
    encoded = base64.b64encode(f"{before}{VALUE}!".encode()).decode()
    assert "$AIMABLE_ADMIN" in REDACTOR.text(encoded)


def test_canary_is_masked_within_bytes_that_are_not_utf8() -> None:
    assert REDACTOR.content(b"\xff canary-77aa55 \xfe") == b"\xff *** \xfe"


SHORT = Redactor([Secret("active", "KEY"), Secret("x", "OTHER"), Secret("me:pw", "BASIC")])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer active", "Authorization: Bearer $KEY"),
        ('{"password": "active", "state": "active"}', '{"password": "$KEY", "state": "active"}'),
        ("https://h/a?api_key=active&state=active", "https://h/a?api_key=$KEY&state=active"),
        ("https://user:active@h/active", "https://user:$KEY@h/active"),
        ("client_secret=x&x=x", "client_secret=$OTHER&x=x"),
        ("access token: 'x'", "access token: '$OTHER'"),
    ],
)
def test_a_short_secret_is_masked_at_places_of_secrets(text: str, masked: str) -> None:
    assert SHORT.text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "the state is active, not x",
        '{"token_type": "bearer", "state": "active"}',
        "GET /connectors/active?state=active&sort=x",
        "Idempotency-Key: active",
        "User-Agent: x",
        "password: actively",
    ],
)
def test_a_short_secret_masks_nothing_else(text: str) -> None:
    assert SHORT.text(text) == text


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("authorization", "Bearer active", "Bearer $KEY"),
        ("authorization", f"Basic {base64.b64encode(b'me:pw').decode()}", "Basic $BASIC"),
        ("cookie", "a=1; sid=active", "a=1; sid=$KEY"),
        ("x-tenant", "active", "$KEY"),
        ("x-tenant", "active tenants", "active tenants"),
        ("accept", "application/x", "application/x"),
    ],
)
def test_a_short_secret_is_masked_in_headers_that_hold_secrets(name: str, value: str, masked: str) -> None:
    assert SHORT.header(name, value) == masked


def test_a_secret_of_twelve_characters_is_masked_inside_words() -> None:
    redactor = Redactor([Secret("a-long-token", "KEY")])
    assert redactor.text("xa-long-tokenx") == "x$KEYx"


def test_longer_secret_wins_over_one_within_it() -> None:
    redactor = Redactor([Secret("token-aaaa-bb", "ONE"), Secret("token-aaaa-bbbb", "TWO")])
    assert redactor.text("token-aaaa-bbbb token-aaaa-bb") == "$TWO $ONE"


def test_text_without_secrets_is_left_alone() -> None:
    assert Redactor([]).text("plain") == "plain"
    assert Redactor([Secret("")]).text("plain") == "plain"


def test_masking_takes_time_in_proportion_to_the_text() -> None:
    text = "token" * 20_000 + ":" * 20_000 + "password:" + " " * 1000
    assert SHORT.text(text) == text
