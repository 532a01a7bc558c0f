"""What the worlds of a server share."""

from __future__ import annotations

import pytest

from mock_server.callbacks.addresses import Addresses
from mock_server.callbacks.office import Office
from mock_server.callbacks.target import CallbackError

from .conftest import SECRET, Player

HERE = "http://127.0.0.1:9000/"


def test_a_target_is_checked_by_what_is_played(player: Player) -> None:
    office = Office([player])
    assert office.target(HERE, SECRET, ["shop.jobs.failed"]).wants("shop.jobs.failed")
    with pytest.raises(CallbackError, match=r"shop\.jobs\.cancelled"):
        office.target(HERE, SECRET, ["shop.notes.failed"])


def test_a_target_is_checked_by_the_hosts_the_server_allows(player: Player) -> None:
    far = "https://hooks.test/"
    elsewhere = ["203.0.113.9"]
    with pytest.raises(CallbackError, match="not this machine"):
        Office([player], addresses=Addresses(resolve=lambda _: elsewhere)).target(far, SECRET)
    allowed = Addresses(frozenset({"hooks.test"}), resolve=lambda _: elsewhere)
    assert Office([player], addresses=allowed).target(far, SECRET).url == far


def test_after_the_files_were_read_again_what_they_say_counts(player: Player) -> None:
    office = Office([player], carry=lambda *_: 204)
    office.play([])
    with pytest.raises(CallbackError, match="there are: none"):
        office.target(HERE, SECRET, ["shop.jobs.failed"])
