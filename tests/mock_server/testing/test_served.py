"""A mock that is served on a thread: there for a block of code, and gone after it."""

from __future__ import annotations

import httpx
import pytest

from mock_server.app import create_app
from mock_server.serving import served
from mock_server.settings import Settings
from mock_server.testing.client import Admin
from mock_server.testing.world import MockWorld, fresh_name
from tests.mock_server.testing.conftest import AIMABLE, PROVIDERS

SMALL = Settings(contracts=("aimable",))


def test_it_answers_within_the_block_and_not_after_it() -> None:
    with httpx.Client() as kept_alive:
        with served(create_app(SMALL)) as url:
            assert kept_alive.get(f"{url}/__admin/health").status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/__admin/health")


def test_connections_break_on_a_socket_as_their_faults_say() -> None:
    with served(create_app(SMALL)) as url, Admin(url) as admin:
        admin.create("broken")
        world = MockWorld(admin, "broken")
        world.faults.add("reset", calls=[1])
        world.faults.add("truncate", calls=[2])
        with pytest.raises(httpx.ReadError):
            world.client.get(PROVIDERS, headers=AIMABLE)
        with pytest.raises(httpx.RemoteProtocolError):
            world.client.get(PROVIDERS, headers=AIMABLE)
        assert world.client.get(PROVIDERS, headers=AIMABLE).status_code == 200
        world.end()
        world.end()
        assert [one["name"] for one in admin.worlds()] == ["default"]


@pytest.mark.parametrize(
    ("test", "beginning"),
    [
        ("test_It_works[a/b-ü]", "test-it-works-a-b-"),
        ("x" * 200, "x" * 54 + "-"),
        ("ü", "test-"),
    ],
)
def test_a_worlds_name_tells_its_test_and_never_comes_twice(test: str, beginning: str) -> None:
    names = {fresh_name(test) for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith(beginning) and len(name) == len(beginning) + 8 for name in names)
