"""Client libraries work with mocks of their vendors' documents; CLIENTS_PYTHON names their environment."""

from __future__ import annotations

import os

import pytest

from tests.corpus.documents import WITHOUT_CORPUS, corpus
from tests.peers.clients.run import SESSIONS, cannot_run, run

PYTHON = os.environ.get("CLIENTS_PYTHON", "")

pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.skipif(corpus() is None, reason=WITHOUT_CORPUS),
    pytest.mark.skipif(not PYTHON, reason="CLIENTS_PYTHON names no interpreter with the client libraries"),
]

RIGHT = {
    "stripe": 23,
    "stripe_node": 20,
    "twilio": 18,
    "digitalocean": 19,
    "box": 18,
    "openai": 24,
    "intercom": 22,
    "asana": 18,
    "github": 1,
}
"""At least so many steps of each session are right."""


@pytest.mark.parametrize("name", SESSIONS)
def test_steps_of_a_client_library_are_right_and_none_is_endless(name: str) -> None:
    if cannot_run(name):
        pytest.skip(cannot_run(name))
    results = run(name, PYTHON)
    wrong = [f"{each.step}: {each.reason}" for each in results if each.verdict != "right"]
    assert len(results) - len(wrong) >= RIGHT[name], wrong
    assert not [each.step for each in results if each.reason == "endless"]
