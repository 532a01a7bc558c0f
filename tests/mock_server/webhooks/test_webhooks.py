"""Messages that arrive: signed, in order, again when they fail, and only where they may."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import threading
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from mock_server.webhooks.retrying_outbox import RetryPolicy
from mock_server.webhooks.sender import DeliveryError, Sender
from mock_server.webhooks.target import Addresses, WebhookTarget

from .conftest import PATIENCE, SECRET, Make, Receiver


def running(name: str) -> threading.Thread | None:
    return next((thread for thread in threading.enumerate() if thread.name == name), None)


def test_the_reference_library_accepts_the_signature(make: Make, receiver: Receiver) -> None:
    make(WebhookTarget(receiver.url, SECRET))("j1")
    got = receiver.next()
    message = Webhook(SECRET).verify(got.body, dict(got.headers))
    assert message["type"] == "shop.jobs.completed"
    assert message["id"] == got.headers["webhook-id"]
    assert message["world"] == "w"
    assert got.path == "/hooks"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_another_secret_or_body_does_not_fit_the_signature(make: Make, receiver: Receiver) -> None:
    make(WebhookTarget(receiver.url, SECRET))("j1")
    got = receiver.next()
    for secret, body in (
        (SECRET.swapcase().replace("WHSEC_", "whsec_"), got.body),
        (SECRET, got.body + b" "),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, dict(got.headers))


def test_every_attempt_carries_the_same_id_and_the_time_it_is_made(make: Make, receiver: Receiver) -> None:
    receiver.statuses = [500, 204]
    seconds = iter([1_000.9, 1_010.2])
    told = make(WebhookTarget(receiver.url, SECRET), send=Sender(Addresses(), now=lambda: next(seconds)))
    told("j1")
    first, second = receiver.next(), receiver.next()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [one.headers["webhook-timestamp"] for one in (first, second)] == ["1000", "1010"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_a_message_that_fails_is_sent_again_before_the_next_one(make: Make, receiver: Receiver) -> None:
    receiver.statuses = [503, 500, 200]
    told = make(WebhookTarget(receiver.url, SECRET))
    told("a", "b", "c")
    assert told.webhooks.settle(PATIENCE)
    came = [json.loads(receiver.next().body)["record"]["id"] for _ in range(5)]
    assert came == ["a", "a", "a", "b", "c"]
    assert told.states() == {"a": ("delivered", 3), "b": ("delivered", 1), "c": ("delivered", 1)}


def test_a_message_is_given_up_after_its_last_attempt_and_the_next_one_goes(
    make: Make, receiver: Receiver
) -> None:
    receiver.statuses = [500, 500, 500, 204]
    told = make(WebhookTarget(receiver.url, SECRET))
    told("a", "b")
    assert told.webhooks.settle(PATIENCE)
    assert told.states() == {"a": ("failed", 3), "b": ("delivered", 1)}
    assert [one.error for one in told.webhooks.deliveries()] == ["status 500", None]


def test_a_delivery_is_listed_with_its_event_and_its_last_error(make: Make, receiver: Receiver) -> None:
    receiver.statuses = [410]
    told = make(WebhookTarget(receiver.url, SECRET))
    told("a")
    assert told.webhooks.settle(PATIENCE)
    (listed,) = told.webhooks.deliveries()
    assert listed.to_json() == {
        "id": listed.event.id,
        "type": "shop.jobs.completed",
        "at": "2026-11-20T09:00:00Z",
        "url": receiver.url,
        "state": "failed",
        "attempts": 3,
        "status": 410,
        "error": "status 410",
    }


def test_a_secret_without_the_prefix_is_the_key_itself(make: Make, receiver: Receiver) -> None:
    make(WebhookTarget(receiver.url, "plain words"))("j1")
    got = receiver.next()
    content = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = hmac.digest(b"plain words", content, "sha256")
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_redirects_are_not_followed(make: Make, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [307], {"Location": "/elsewhere"}
    told = make(WebhookTarget(receiver.url, SECRET), retry_policy=RetryPolicy(attempts=1))
    told("a")
    assert told.webhooks.settle(PATIENCE)
    assert [one.error for one in told.webhooks.deliveries()] == ["status 307; redirects are not followed"]
    assert receiver.next().path == "/hooks"
    assert receiver.received.empty()


def test_a_receiver_that_is_not_there_is_an_error_in_words(make: Make) -> None:
    told = make(WebhookTarget("http://127.0.0.1:1/", SECRET), retry_policy=RetryPolicy(attempts=1))
    told("a")
    assert told.webhooks.settle(PATIENCE)
    assert [one.error for one in told.webhooks.deliveries()] == ["no connection"]


def test_a_name_with_several_addresses_is_tried_at_each(make: Make, receiver: Receiver) -> None:
    addresses = Addresses(resolve=lambda _: ["127.0.0.77", "127.0.0.1"])
    url = f"http://here.test:{receiver.port}/hooks"
    make(WebhookTarget(url, SECRET), send=Sender(addresses))("a")
    assert receiver.next().headers["host"] == f"here.test:{receiver.port}"


def test_a_name_that_means_another_machine_by_now_gets_nothing(make: Make, receiver: Receiver) -> None:
    sender = Sender(Addresses(resolve=lambda _: ["203.0.113.9"]))
    url = f"http://here.test:{receiver.port}/"
    told = make(WebhookTarget(url, SECRET), send=sender, retry_policy=RetryPolicy(attempts=1))
    told("a")
    assert told.webhooks.settle(PATIENCE)
    (listed,) = told.webhooks.deliveries()
    assert (listed.state, listed.status) == ("failed", None)
    assert "203.0.113.9" in str(listed.error)


def test_only_the_events_that_are_wanted_are_sent(make: Make, receiver: Receiver) -> None:
    told = make(WebhookTarget(receiver.url, SECRET, ("*.failed",)))
    told("a")
    told("b", state="failed")
    assert json.loads(receiver.next().body)["record"]["id"] == "b"
    assert list(told.states()) == ["b"]


def test_nothing_is_sent_and_no_thread_runs_while_no_target_is_set(make: Make) -> None:
    told = make(None)
    assert told("a") == ()
    assert told.webhooks.deliveries() == ()
    assert told.webhooks.to_json() is None
    assert running("callbacks of w") is None
    assert running("scheduler of w") is None


def test_the_threads_end_with_the_target(make: Make, receiver: Receiver) -> None:
    told = make(WebhookTarget(receiver.url, SECRET))
    assert running("callbacks of w")
    assert running("scheduler of w")
    told.webhooks.close(wait=PATIENCE)
    assert running("callbacks of w") is None
    assert running("scheduler of w") is None


class Stuck:
    """Begins an attempt and fails it when it is told to."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.carried: list[str] = []

    def __call__(self, _target: WebhookTarget, _message: str, body: bytes) -> int:
        self.carried.append(json.loads(body)["record"]["id"])
        self.begun.release()
        assert self.go.acquire(timeout=PATIENCE)
        raise DeliveryError("told to")


def test_switching_off_drops_what_waits(make: Make) -> None:
    stuck = Stuck()
    told = make(WebhookTarget("http://127.0.0.1:1/", SECRET), send=stuck)
    told("a", "b")
    assert stuck.begun.acquire(timeout=PATIENCE)
    told.webhooks.set(None)
    stuck.go.release(9)
    while (sending := running("callbacks of w")) is not None:
        sending.join(PATIENCE)
    assert stuck.carried == ["a"]
    assert (told.webhooks.target, told.webhooks.deliveries()) == (None, ())


def test_another_target_gets_what_happens_from_then_on(make: Make, receiver: Receiver) -> None:
    told = make(
        WebhookTarget("http://127.0.0.1:1/", SECRET), retry_policy=RetryPolicy(wait=lambda _: 9_999.0)
    )
    told("a")
    told.webhooks.set(WebhookTarget(receiver.url, SECRET))
    told("b")
    assert json.loads(receiver.next().body)["record"]["id"] == "b"


def test_a_world_that_is_gone_sends_nothing_more(make: Make, receiver: Receiver) -> None:
    told = make(None)
    told.webhooks.close()
    told.webhooks.set(WebhookTarget(receiver.url, SECRET))
    assert told.webhooks.target is None
    assert running("callbacks of w") is None


def test_a_wait_between_attempts_ends_with_the_target(make: Make) -> None:
    stuck = Stuck()
    waits = threading.Event()

    def wait(_: object) -> float:
        waits.set()
        return timedelta(days=1).total_seconds()

    told = make(WebhookTarget("http://127.0.0.1:1/", SECRET), send=stuck, retry_policy=RetryPolicy(wait=wait))
    told("a")
    stuck.go.release()
    assert waits.wait(PATIENCE)
    told.webhooks.close(wait=PATIENCE)
    assert running("callbacks of w") is None


def test_what_finds_no_place_to_wait_fails_at_once(make: Make) -> None:
    stuck = Stuck()
    retry_policy = RetryPolicy(attempts=1, waiting=2)
    told = make(WebhookTarget("http://127.0.0.1:1/", SECRET), send=stuck, retry_policy=retry_policy)
    told("a", "b", "c")
    assert told.states()["c"] == ("failed", 0)
    stuck.go.release(2)
    assert told.webhooks.settle(PATIENCE)
    assert told.states() == {"a": ("failed", 1), "b": ("failed", 1), "c": ("failed", 0)}


def test_the_list_of_deliveries_is_bounded(make: Make) -> None:
    told = make(
        WebhookTarget("http://127.0.0.1:1/", SECRET), send=lambda *_: 204, retry_policy=RetryPolicy(kept=3)
    )
    for key in "abcdefgh":
        told(key)
        assert told.webhooks.settle(PATIENCE)
    assert list(told.states()) == ["f", "g", "h"]


def test_a_fault_of_ours_is_logged_and_holds_nothing_up(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    carried: list[str] = []

    def send(_target: WebhookTarget, _message: str, body: bytes) -> int:
        carried.append(json.loads(body)["record"]["id"])
        if carried == ["a"]:
            raise RuntimeError
        return 204

    told = make(WebhookTarget("http://127.0.0.1:1/", SECRET), send=send)
    told("a", "b")
    assert told.webhooks.settle(PATIENCE)
    assert told.states() == {"a": ("failed", 1), "b": ("delivered", 1)}
    assert "could not be sent" in caplog.text


def test_the_secret_stands_in_no_log_no_list_and_no_message(
    make: Make, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.statuses = [500, 302, 204]
    told = make(WebhookTarget(receiver.url, SECRET))
    told("a")
    assert told.webhooks.settle(PATIENCE)
    got = [receiver.next() for _ in range(3)]
    listed = json.dumps([one.to_json() for one in told.webhooks.deliveries()])
    seen = [
        caplog.text,
        listed,
        repr(told.webhooks.deliveries()),
        json.dumps(told.webhooks.to_json()),
        str(got),
    ]
    assert "/hooks" in "".join(seen)
    assert not [text for text in seen if SECRET in text or SECRET.removeprefix("whsec_") in text]
