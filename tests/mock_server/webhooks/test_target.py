"""What may be set as a target, and what is shown of it."""

from __future__ import annotations

import base64

import pytest

from mock_server.webhooks.target import Addresses, HostNotAllowedError, TargetError, WebhookTarget

from .conftest import SECRET

KNOWN = ("shop.jobs.completed", "shop.jobs.running")
BOOK = {
    "here.test": ["127.0.0.1", "::1"],
    "both.test": ["127.0.0.1", "203.0.113.9"],
    "far.test": ["203.0.113.9"],
    "mapped.test": ["::ffff:127.0.0.1"],
}


def look_up(host: str) -> list[str]:
    return BOOK.get(host, [host] if host[0].isdigit() or ":" in host else [])


def read(
    url: str = "http://127.0.0.1/",
    secret: str = SECRET,
    events: list[str] | None = None,
    *,
    allowed: tuple[str, ...] = (),
) -> WebhookTarget:
    addresses = Addresses(frozenset(allowed), resolve=look_up)
    return WebhookTarget.checked(url, secret, events, addresses=addresses, known=KNOWN)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.8.8",
        "[::1]",
        "localhost",
        "LOCALHOST",
        "hooks.localhost",
        "here.test",
        "mapped.test",
    ],
)
def test_hosts_of_this_machine_are_taken(host: str) -> None:
    url = f"http://{host}:9000/hooks?team=a"
    assert read(url=url, secret=SECRET).url == url


@pytest.mark.parametrize(
    "host",
    [
        "far.test",
        "both.test",
        "203.0.113.9",
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "unknown.test",
    ],
)
def test_other_hosts_are_refused_by_name(host: str) -> None:
    with pytest.raises(TargetError, match=host.strip("[]")) as refused:
        read(url=f"http://{host}/hooks", secret=SECRET)
    assert refused.value.member == "url"


def test_a_refused_host_is_shown_what_would_allow_it() -> None:
    with pytest.raises(TargetError, match=r"--callback-host far\.test"):
        read(url="https://far.test/hooks", secret=SECRET)


def test_a_host_the_server_was_started_with_is_taken() -> None:
    assert (
        read(url="https://Far.test/hooks", secret=SECRET, allowed=("far.test",)).url
        == "https://Far.test/hooks"
    )


def test_what_is_connected_to_is_what_was_looked_at() -> None:
    assert Addresses(resolve=look_up).of("here.test") == ("127.0.0.1", "::1")


def test_a_resolver_that_knows_no_such_host_refuses() -> None:
    def fail(_host: str) -> list[str]:
        raise OSError

    with pytest.raises(HostNotAllowedError, match="has no address"):
        Addresses(resolve=fail).of("gone.test")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:9000",
        "ftp://127.0.0.1/",
        "http://",
        "http:///hooks",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://[::1/",
        "http://user:word@127.0.0.1/",
        "http://127.0.0.1/#part",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nHost: other",
        "http://exämple.test/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(TargetError) as refused:
        read(url=url, secret=SECRET)
    assert refused.value.member == "url"


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_",
        "whsec_tooshort",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        SECRET + "\n",
        "whsec_" + "é" * 40,
    ],
)
def test_a_secret_that_is_none_is_refused_and_not_quoted(secret: str) -> None:
    with pytest.raises(TargetError) as refused:
        read(secret=secret)
    assert refused.value.member == "secret"
    assert secret == "whsec_" or secret not in str(refused.value)


@pytest.mark.parametrize("size", [24, 64])
def test_secrets_of_the_length_the_specification_names_are_taken(size: int) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * size).decode()
    assert read(url="http://127.0.0.1/", secret=secret).secret == secret


def test_the_secret_is_shown_nowhere() -> None:
    target = read(url="http://127.0.0.1/", secret=SECRET, events=["shop.jobs.*"])
    assert target.to_json() == {"url": "http://127.0.0.1/", "events": ["shop.jobs.*"]}
    assert SECRET not in repr(target)


def test_a_target_without_events_wants_them_all() -> None:
    assert read(url="http://127.0.0.1/", secret=SECRET).wants("shop.jobs.running")


def test_a_target_wants_the_events_it_names() -> None:
    target = read(url="http://127.0.0.1/", secret=SECRET, events=["*.completed"])
    assert target.wants("shop.jobs.completed")
    assert not target.wants("shop.jobs.running")


def test_an_event_that_never_happens_is_refused_with_those_that_do() -> None:
    with pytest.raises(TargetError, match=r"shop\.jobs\.completed, shop\.jobs\.running") as refused:
        read(url="http://127.0.0.1/", secret=SECRET, events=["shop.jobs.done"])
    assert refused.value.member == "events"
