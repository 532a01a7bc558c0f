"""The console, used in a browser: by mouse, by keyboard alone, in light, in dark, on a telephone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.peers.mock import running_mock

pytestmark = pytest.mark.peers

SCRIPTS = Path(__file__).with_name("console")
TELEPHONE = 390

Use = Callable[[str], Any]


@pytest.fixture(scope="module")
def use(packages: Path, browser: str, tmp_path_factory: pytest.TempPathFactory) -> Use:
    """Runs a script of the console's folder against a mock of its own; the result is what it told."""
    assert packages

    def run(script: str) -> Any:
        folder = tmp_path_factory.mktemp(script)
        with running_mock() as address:
            command = ["node", str(SCRIPTS / f"{script}.mjs"), address, browser, str(folder)]
            ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return run


@pytest.fixture(scope="module")
def walk(use: Use) -> Any:
    """What happened on a walk through the console."""
    return use("walk")


@pytest.fixture(scope="module")
def keys(use: Use) -> Any:
    """What the keyboard alone could do."""
    return use("keys")


@pytest.fixture(scope="module")
def looks(use: Use) -> Any:
    """How every page looks."""
    return use("looks")


def test_a_world_is_made_and_opened(walk: Any) -> None:
    assert walk["created"]["heading"] == "checkout-test"
    assert (walk["created"]["world"]["seed"], walk["created"]["world"]["scenario"]) == (7, "default")


def test_a_sync_set_to_fail_half_way_fails_when_the_clock_is_advanced(walk: Any) -> None:
    assert (walk["broken"]["before"], walk["broken"]["after"]) == ("running", "failed")


def test_a_sync_ends_when_the_clock_is_advanced(walk: Any) -> None:
    assert (walk["ended"]["before"], walk["ended"]["after"]) == ("running", "completed")


def test_a_comparison_with_a_snapshot_shows_what_came_since(walk: Any) -> None:
    compared = walk["compared"]
    assert compared["heading"] == "untouched → checkout-test, now"
    assert set(compared["added"]) == {walk["broken"]["id"], walk["ended"]["id"]}
    assert compared["removed"] == []
    assert "2 added" in compared["facts"]


def test_a_fault_strikes_until_it_is_removed(walk: Any) -> None:
    assert walk["fault"]["struck"].startswith("text/html")
    assert walk["fault"]["spared"].startswith("application/json")


def test_a_request_shows_up_by_itself_and_is_explained_without_its_credential(walk: Any) -> None:
    followed = walk["followed"]
    assert "/api-proxy/v1/admin/connector-providers" in followed["row"]
    assert followed["story"] == [
        "Matched",
        "Faults and overrides",
        "Allowed",
        "Validated",
        "Answered",
        "Changed",
        "Rests on",
    ]
    assert "mock-aimable-admin" not in followed["text"]


def test_an_edited_record_is_what_clients_see(walk: Any) -> None:
    assert walk["edited"]["seen"] == 77


def test_an_edit_changes_what_was_edited_and_no_secret(walk: Any) -> None:
    (connector,) = walk["edited"]["connectors"]
    assert connector["fields"] == [{"field": "/status", "before": "active", "after": "disabled"}]


def test_the_header_of_a_world_is_copied(walk: Any) -> None:
    assert walk["copied"] == "X-Mock-World: checkout-test"


def test_a_snapshot_is_taken_out_brought_back_and_made_a_world_of(walk: Any) -> None:
    kept = walk["kept"]
    assert (kept["file"], kept["name"]) == ("untouched.json", "brought-back")
    assert (kept["same"], kept["world"]) == (True, 200)


def test_an_override_decides_one_reply_and_an_impossible_one_is_refused(walk: Any) -> None:
    assert "403" in walk["steered"]["impossible"]
    assert walk["steered"]["answered"] == [403, 200]


def test_the_secret_of_callbacks_is_not_shown_again(walk: Any) -> None:
    assert walk["steered"]["secret"] is False


def test_a_deleted_world_is_gone(walk: Any) -> None:
    assert walk["steered"]["gone"] == 404


def test_the_first_key_leads_past_the_navigation(keys: Any) -> None:
    assert (keys["first"]["words"], keys["skipped"]) == ("Skip to the content", "main")
    assert keys["ring"] == "solid"


def test_the_keyboard_alone_makes_a_world_and_stops_its_clock(keys: Any) -> None:
    assert (keys["inDialog"], keys["back"]) == ("name", "New world")
    assert keys["clock"] == "frozen"
    assert keys["afterwards"] == "Run"


def test_the_choice_of_colours_is_remembered(keys: Any) -> None:
    assert keys["theme"] == "dark"
    assert keys["reference"] == ["dark", "light"]


def test_a_refusal_is_told_where_it_was_caused(keys: Any) -> None:
    assert keys["problem"] == "A world named 'default' exists already."
    assert (keys["wrong"], keys["marked"]) == ("This must be at least 0.", "true")


def test_no_page_is_wider_than_its_screen(looks: Any) -> None:
    narrow = {name: width for name, width in looks["widths"].items() if name.endswith("-narrow")}
    assert narrow
    assert {name: width for name, width in narrow.items() if width > TELEPHONE} == {}


def test_no_page_has_a_barrier_that_axe_knows(looks: Any) -> None:
    assert looks["barriers"] == []


def test_the_pages_follow_the_scheme_of_the_reader(looks: Any) -> None:
    assert looks["papers"]["dark"] != looks["papers"]["light"] == looks["papers"]["narrow"]


def test_the_api_references_are_drawn(looks: Any) -> None:
    assert set(looks["references"]["reference"]) == {"Aimable Platform API: connectors"}
    assert set(looks["references"]["admin"]) == {"Admin API of the mock server"}


@pytest.mark.parametrize("told", ["walk", "keys", "looks"])
def test_nothing_is_asked_of_anybody_else(told: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(told)["foreign"] == []


def test_nothing_is_refused_but_what_cannot_be(walk: Any, keys: Any, looks: Any) -> None:
    assert walk["refused"] == ["409 /__admin/worlds/checkout-test/overrides"]
    assert keys["refused"] == ["409 /__admin/worlds", "422 /__admin/worlds"]
    assert looks["refused"] == []


@pytest.mark.parametrize("told", ["walk", "keys", "looks"])
def test_the_browser_has_nothing_to_complain_about(told: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(told)["complaints"] == []
