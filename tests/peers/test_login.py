"""A login as an application has it: oidc-client-ts in a browser, and the mock as its server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.mock import running_mock

pytestmark = [pytest.mark.peers, pytest.mark.slow]

SCRIPT = Path(__file__).parent / "login" / "walk.mjs"
NOTES = Path(__file__).parents[1] / "cases" / "60-sign-in.yaml"


@pytest.fixture(scope="module")
def notes() -> Iterator[str]:
    """The address of a mock of the notes."""
    with running_mock("--spec", str(NOTES)) as address:
        yield address


@pytest.fixture(scope="module")
def walk(notes: str, browser: str) -> Any:
    """What happened."""
    command = ["node", str(SCRIPT), notes, browser]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_user_who_allows_it_is_signed_in_and_the_api_answers(walk: Any) -> None:
    assert walk["allowed"] == {"name": "Ann", "status": 200}


def test_a_user_who_denies_it_is_sent_back_with_an_error(walk: Any) -> None:
    assert walk["denied"] == {"error": "access_denied"}


def test_a_token_that_expired_by_the_worlds_clock_is_refused_and_renewed(walk: Any) -> None:
    assert (walk["advanced"], walk["expired"], walk["renewed"]) == (200, 401, 200)
