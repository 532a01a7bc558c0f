"""What the worlds of a server share."""

from __future__ import annotations

import pytest

from mock_server.webhooks.target import Addresses, TargetError
from mock_server.webhooks.webhooks import WebhookConfig

from .conftest import SECRET, Player

HERE = "http://127.0.0.1:9000/"


def test_a_target_is_checked_by_what_is_played(player: Player) -> None:
    webhook_config = WebhookConfig([player])
    assert webhook_config.target(HERE, SECRET, ["shop.jobs.failed"]).wants("shop.jobs.failed")
    with pytest.raises(TargetError, match=r"shop\.jobs\.cancelled"):
        webhook_config.target(HERE, SECRET, ["shop.notes.failed"])


def test_a_target_must_have_an_allowed_host(player: Player) -> None:
    far = "https://hooks.test/"
    elsewhere = ["203.0.113.9"]
    with pytest.raises(TargetError, match="is not a loopback address"):
        WebhookConfig([player], addresses=Addresses(resolve=lambda _: elsewhere)).target(far, SECRET)
    allowed = Addresses(frozenset({"hooks.test"}), resolve=lambda _: elsewhere)
    assert WebhookConfig([player], addresses=allowed).target(far, SECRET).url == far


def test_after_the_files_were_read_again_what_they_say_counts(player: Player) -> None:
    webhook_config = WebhookConfig([player], send=lambda *_: 204)
    webhook_config.use_contracts([])
    with pytest.raises(TargetError, match="allowed: none"):
        webhook_config.target(HERE, SECRET, ["shop.jobs.failed"])
