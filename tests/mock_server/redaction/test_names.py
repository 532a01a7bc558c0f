"""Names that mean secrets, and the many that only look like one."""

from __future__ import annotations

import pytest

from mock_server.redaction.names import looks_generated, suggests_secret


def _words(text: str) -> list[str]:
    return text.split()


SECRET = _words(
    """
    password user_password passwort client_secret clientSecret webhook_secret access_token refreshToken
    id_token X-Api-Key api_key apikey privateKey proxy_key credential credentials Authorization
    Proxy-Authorization Cookie Set-Cookie X-Auth-Token X-Csrf-Token jwt authtoken token X-Amz-Credential
    X-Amz-Security-Token secret_value password_hash secret_access_key passphrase password2
    """
)
INNOCENT = _words(
    """
    key name sort_key idempotency_key Idempotency-Key page_token nextPageToken next_token nexttoken
    max_tokens token_type token_url author authentication_type auth_type public_key primaryKey cursor
    secret_scanning monkey keyboard status slack User-Agent www-authenticate x-request-id tokenizer
    secretary session_count
    """
)
CARRIERS = _words(
    """
    key X-Proxy-Key X-Auth session_id sid sig X-Amz-Signature X-Hub-Signature-256 auth pwd
    """
)
GENERATED = _words(
    """
    kanari1000zq sk_live_abc123def456 X-7f3a91c0b2d4 AKIAIOSFODNN7EXAMPLE999
    """
)
WORDS = _words(
    """
    filter[created_at] utm_source X-Forwarded-For x-b3-traceid customfield_10016 x-datadog-trace-id
    oauth2client fields[customfield_10016] sec-ch-ua-platform access-control-request-headers
    created_at_2024_01 7c9e6679-7425-40de-944b-e07fc1f90ae7 123456789012 include
    """
)


@pytest.mark.parametrize("name", SECRET)
def test_a_name_means_a_secret(name: str) -> None:
    assert suggests_secret(name)


@pytest.mark.parametrize("name", INNOCENT)
def test_a_name_means_no_secret(name: str) -> None:
    assert not suggests_secret(name)


@pytest.mark.parametrize("name", CARRIERS)
def test_a_header_or_parameter_of_this_name_carries_a_credential(name: str) -> None:
    assert suggests_secret(name, is_carrier=True)


@pytest.mark.parametrize("name", ["Sec-WebSocket-Key", "Idempotency-Key", "X-Cache-Key", "sort_key"])
def test_a_header_of_this_name_carries_none(name: str) -> None:
    assert not suggests_secret(name, is_carrier=True)


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_text_is_distinguished_from_a_name(name: str) -> None:
    assert looks_generated(name)


@pytest.mark.parametrize("name", WORDS)
def test_a_name_is_no_generated_text(name: str) -> None:
    assert not looks_generated(name)
