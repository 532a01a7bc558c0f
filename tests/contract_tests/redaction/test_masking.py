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
REDACTOR = Redactor([Secret(VALUE, "AIMABLE_ADMIN"), Secret("canary-77aa")])


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
    assert REDACTOR.content(b"\xff canary-77aa \xfe") == b"\xff *** \xfe"


def test_short_secret_is_masked_as_a_whole_word_only() -> None:
    assert Redactor([Secret("adm", "KEY")]).text("adm admin adm.") == "$KEY admin $KEY."


def test_longer_secret_wins_over_one_within_it() -> None:
    redactor = Redactor([Secret("token-aaaa", "ONE"), Secret("token-aaaa-bbbb", "TWO")])
    assert redactor.text("token-aaaa-bbbb token-aaaa") == "$TWO $ONE"


def test_text_without_secrets_is_left_alone() -> None:
    assert Redactor([]).text("plain") == "plain"
    assert Redactor([Secret("")]).text("plain") == "plain"
