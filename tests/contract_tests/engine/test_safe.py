"""What a run may do, seen from the mock's journal; what others do at the same time is no finding."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
import pytest

from contract_tests.engine.dry_run import rehearsed
from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.requirements.results import RunResult
from contract_tests.target.target_file import Target
from mock_server.app import create_app
from mock_server.target_file import target_toml
from tests.contract_tests.playing import without_log
from tests.defects.planting import healthy, settings_for

CONTRACT = "hydracore"
LISTS = Selection(
    requirements=("*.listing.*", "*no-trace", "*refused-leaves-nothing", "*.lifecycle.listed*", "*.success")
)


class Mock:
    """The mock of a contract in this process, as a target and with its journal."""

    def __init__(self) -> None:
        self.application: Any = create_app(settings_for(CONTRACT), engine=healthy(CONTRACT))
        self._target = tomllib.loads(target_toml(settings_for(CONTRACT), "http://127.0.0.1:4010"))
        self.client = httpx.Client(
            transport=httpx.WSGITransport(self.application), base_url="http://127.0.0.1:4010"
        )

    def target(self, **members: Any) -> Target:
        """A target without other users than those given."""
        one = {**self._target["contracts"][CONTRACT], "wsgi": self.application, **members}
        return Target.model_validate({"contracts": {CONTRACT: one}})

    @property
    def methods(self) -> set[str]:
        """The methods of all requests that it got."""
        journal = self.client.get("/__admin/worlds/default/requests/har").raise_for_status().json()
        return {entry["request"]["method"] for entry in journal["log"]["entries"]}


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A mock of its own."""
    with without_log():
        yield Mock()


@contextmanager
def writing(mock: Mock) -> Iterator[None]:
    """Someone else creates and deletes connections while the block runs."""
    one = mock.target().contracts[CONTRACT]
    place = f"/v1/customers/{one.known['customer_id']}/connections"
    headers = {"Authorization": f"Bearer {one.credentials['admin'].secret}"}
    body = {"provider": "gmail", "credentials": {"access_token": "t"}}
    is_over = threading.Event()

    def write() -> None:
        for number in count():
            if is_over.is_set():
                return
            named = {**body, "name": f"theirs {number}"}
            created = mock.client.post(place, json=named, headers=headers).raise_for_status().json()
            is_over.wait(0.05)
            mock.client.delete(f"{place}/{id_in(created)}", headers=headers).raise_for_status()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        try:
            yield
        finally:
            is_over.set()
        writer.result()


def id_in(created: dict[str, Any]) -> str:
    """The id of a connection in the answer to its creation."""
    return str(created.get("connection", created)["id"])


def findings(result: RunResult) -> list[str]:
    """What is broken, or only warned of."""
    return [f"{each.requirement.id}: {each.finding}" for each in result.outcomes if each.finding is not None]


@pytest.mark.parametrize(
    ("members", "read_only"), [({}, True), ({"production": True}, None)], ids=["read-only", "production"]
)
def test_the_journal_of_a_reading_run_shows_no_writing_request(
    mock: Mock, members: dict[str, Any], read_only: bool | None
) -> None:
    run(mock.target(**members), read_only=read_only)

    assert mock.methods
    assert mock.methods <= {"GET", "HEAD", "OPTIONS"}


def test_the_journal_of_a_dry_run_is_empty(mock: Mock) -> None:
    requests: list[str] = []

    run(
        rehearsed(mock.target(), requests.append),
        selection=Selection(requirements=("*.examples.*", "*.listing.*")),
    )

    assert any(request.startswith("POST ") for request in requests)
    assert mock.methods == set()


def test_two_runs_at_once_find_nothing(mock: Mock) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: run(mock.target(), selection=LISTS), range(2)))

    assert [findings(result) for result in results] == [[], []]


def test_a_background_writer_is_no_finding(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    # The other tests have no writer and do not wait for one; this one writes 20 times a second.
    monkeypatch.setattr("contract_tests.session.others.PAUSES", (0.1, 0.3, 0.6, 1.0))

    with writing(mock):
        result = run(mock.target(), selection=LISTS)

    assert findings(result) == []
