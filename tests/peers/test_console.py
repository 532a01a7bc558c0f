"""The console, used in a browser: by mouse, by keyboard alone, in light, in dark, on a telephone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.peers, pytest.mark.slow]

SCRIPTS = Path(__file__).with_name("console")
TELEPHONE = 390

Use = Callable[[str], Any]


@pytest.fixture(scope="module")
def use(browser: str, mock: str) -> Use:
    """Runs a script of the console's folder; the result is what it told."""

    def run(script: str) -> Any:
        command = ["node", str(SCRIPTS / f"{script}.mjs"), mock, browser]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
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


def test_a_world_is_created_and_opened(walk: Any) -> None:
    assert walk["created"]["heading"] == "checkout-test"
    assert (walk["created"]["world"]["seed"], walk["created"]["world"]["scenario"]) == (7, "default")


def test_a_sync_set_to_fail_half_way_fails_when_the_clock_is_advanced(walk: Any) -> None:
    assert (walk["broken"]["before"], walk["broken"]["after"]) == ("running", "failed")


def test_a_sync_ends_when_the_clock_is_advanced(walk: Any) -> None:
    assert (walk["ended"]["before"], walk["ended"]["after"]) == ("running", "completed")


def test_a_comparison_with_a_snapshot_shows_later_changes(walk: Any) -> None:
    compared = walk["compared"]
    assert compared["heading"] == "untouched → checkout-test, now"
    assert set(compared["added"]) == {walk["broken"]["id"], walk["ended"]["id"]}
    assert compared["removed"] == []
    assert "2 added" in compared["facts"]


def test_a_fault_is_injected_until_it_is_removed(walk: Any) -> None:
    assert walk["fault"]["struck"].startswith("text/html")
    assert walk["fault"]["spared"].startswith("application/json")


def test_a_new_request_appears_and_is_explained_without_its_credential(walk: Any) -> None:
    followed = walk["followed"]
    assert "/api-proxy/v1/admin/connector-providers" in followed["row"]
    assert followed["story"] == [
        "Matched",
        "Faults and overrides",
        "Allowed",
        "Validated",
        "Response",
        "Changed",
        "Based on",
    ]
    assert "mock-aimable-admin" not in followed["text"]


def test_clients_get_an_edited_record(walk: Any) -> None:
    assert walk["edited"]["seen"] == 77


def test_an_edit_keeps_masked_secrets(walk: Any) -> None:
    (connector,) = walk["edited"]["connectors"]
    assert connector["fields"] == [{"field": "/status", "before": "active", "after": "disabled"}]


def test_the_header_of_a_world_is_copied(walk: Any) -> None:
    assert walk["copied"] == "X-Mock-World: checkout-test"


def test_a_snapshot_is_exported_imported_and_restored(walk: Any) -> None:
    kept = walk["kept"]
    assert (kept["file"], kept["name"]) == ("untouched.json", "brought-back")
    assert (kept["same"], kept["world"]) == (True, 200)


def test_an_override_applies_once_and_an_invalid_one_is_refused(walk: Any) -> None:
    assert "403" in walk["steered"]["impossible"]
    assert walk["steered"]["answered"] == [403, 200]


def test_the_secret_of_callbacks_is_not_shown_again(walk: Any) -> None:
    assert walk["steered"]["secret"] is False


def test_a_deleted_world_is_gone(walk: Any) -> None:
    assert walk["steered"]["gone"] == 404


def test_the_first_tab_stop_skips_the_navigation(keys: Any) -> None:
    assert (keys["first"]["words"], keys["skipped"]) == ("Skip to the content", "main")
    assert keys["ring"] == "solid"


def test_a_world_can_be_created_and_frozen_by_keyboard(keys: Any) -> None:
    assert (keys["inDialog"], keys["back"]) == ("name", "New world")
    assert keys["clock"] == "frozen"
    assert keys["afterwards"] == "Run"


def test_the_colour_scheme_is_remembered(keys: Any) -> None:
    assert keys["theme"] == "dark"
    assert keys["reference"] == ["dark", "light"]


def test_an_error_is_shown_at_its_form(keys: Any) -> None:
    assert keys["problem"] == "A world named 'default' exists already."
    assert (keys["wrong"], keys["marked"]) == ("This must be at least 0.", "true")


def test_no_page_is_wider_than_its_screen(looks: Any) -> None:
    narrow = {name: width for name, width in looks["widths"].items() if name.endswith("-narrow")}
    assert narrow
    assert {name: width for name, width in narrow.items() if width > TELEPHONE} == {}


def test_axe_finds_no_violation(looks: Any) -> None:
    assert looks["barriers"] == []


def test_pages_follow_the_preferred_colour_scheme(looks: Any) -> None:
    assert looks["papers"]["dark"] != looks["papers"]["light"] == looks["papers"]["narrow"]


def test_the_api_references_are_rendered(looks: Any) -> None:
    assert set(looks["references"]["reference"]) == {"Aimable Platform API: connectors"}
    assert set(looks["references"]["admin"]) == {"Admin API of the mock server"}


@pytest.mark.parametrize("told", ["walk", "keys", "looks"])
def test_pages_load_nothing_from_other_servers(told: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(told)["foreign"] == []


def test_only_invalid_requests_fail(walk: Any, keys: Any, looks: Any) -> None:
    assert walk["refused"] == ["409 /__admin/worlds/checkout-test/overrides"]
    assert keys["refused"] == ["409 /__admin/worlds", "422 /__admin/worlds"]
    assert looks["refused"] == []


@pytest.mark.parametrize("told", ["walk", "keys", "looks"])
def test_the_browser_console_has_no_errors(told: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(told)["complaints"] == []
