"""A secret the server is told, whichever way, shows in nothing that the server writes, keeps or draws."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass

import pytest

from mock_server.data import contract_names
from tests.mock_server.canaries import fields, files
from tests.mock_server.canaries.birds import Canaries
from tests.mock_server.canaries.places import Places, unseen
from tests.mock_server.canaries.receiver import receiver
from tests.mock_server.canaries.server import Server
from tests.mock_server.canaries.telling import Telling

pytestmark = pytest.mark.slow

ADDRESS = "address-canary"
"""Stands in the query of the address that callbacks go to. An address is shown to whoever set it, as names of
worlds are: neither is a credential."""


@dataclass(frozen=True, slots=True)
class Played:
    """A server that was told every secret in every way, and what came of it.

    shown: the secrets by the place that shows them. unseen: places that showed nothing at all. kept: how many
    exchanges each world's journal had. addressed: the places that show where callbacks go. callbacks: the
    secrets the receiver got. start_page: those on it. stdout: what the server wrote there later. held: the
    secrets its worlds hold.
    """

    telling: Telling
    shown: Mapping[str, Set[str]]
    unseen: Set[str]
    kept: Mapping[str, int]
    addressed: Set[str]
    callbacks: Set[str]
    start_page: Set[str]
    stdout: str
    held: Set[str]


@pytest.fixture(scope="module", params=["default", "team"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A server with the scenario of that name; the team's brings its own people and secrets."""
    folder = tmp_path_factory.mktemp(request.param)
    canaries = Canaries(fields.fixture_secrets())
    people = files.people(canaries if request.param == "team" else None)
    own, team = folder / "own.json", folder / "team.json"
    own.write_text(files.spec())
    team.write_text(json.dumps(files.scenario(people, canaries)))
    words = [f"--contract={contract}" for contract in contract_names()]
    keys = [canaries.fresh(f"the {which} credential of a spec") for which in ("first", "second")]
    words += [f"--spec={own}", *(f"--credentials={key}" for key in keys)]
    words += [f"--scenario={team if request.param == 'team' else 'default'}"]
    server = Server(words, token=canaries.fresh("the admin token"), folder=folder / "streams")
    telling = Telling(server, canaries, people)
    places = Places(server, telling.worlds)
    with receiver() as received:
        try:
            telling.as_clients(contract_names(), thorough=request.param == "default")
            telling.as_client_of_a_spec(*keys)
            telling.as_nobody("aimable")
            telling.as_steersman(f"{received.url}?{ADDRESS}")
            assert received.came.wait(10)
            telling.by_snapshots()
            held = canaries.found(telling.held())
            texts = list(places.everything())
            kept = places.counted()
        finally:
            rest = server.end()
    return Played(
        telling=telling,
        shown={where: found for where, text in texts if (found := canaries.found(text))},
        unseen=unseen(places),
        kept=kept,
        addressed={where for where, text in texts if ADDRESS in text},
        callbacks=canaries.found("".join(received.messages)),
        start_page=canaries.found(server.start_page),
        stdout=rest,
        held=held,
    )


def test_no_place_shows_a_secret(played: Played) -> None:
    assert played.shown == {}
    assert played.stdout == ""


def test_no_reply_repeats_a_secret(played: Played) -> None:
    assert played.telling.repeated == {}


def test_no_callback_tells_a_secret(played: Played) -> None:
    assert played.callbacks == set()


def test_where_callbacks_go_is_shown_where_it_was_set_and_nowhere_else(played: Played) -> None:
    set_there = {"/worlds/aimable/callbacks", "/worlds/aimable/deliveries", "/__admin/ui/worlds/aimable"}
    assert played.addressed == set_there


def test_the_start_page_shows_only_credentials_that_worlds_begin_with(played: Played) -> None:
    """They are there to be pasted: the published ones of the fixtures, or those of the people whom the
    scenario that the server was started with puts in their place."""
    told = played.telling
    given = [one["credentials"].values() for everybody in told.people.values() for one in everybody]
    credentials = [text for texts in given for text in texts]
    assert played.start_page
    assert played.start_page <= set().union(*map(told.canaries.found, credentials))


def test_every_secret_was_taken_where_it_belongs(played: Played) -> None:
    operations = [one for name in contract_names() for one in fields.operations(name, "")]
    assert played.telling.taken == {one.id for one in operations if one.secrets}
    put = {f"{one.member} of a record of {one.storage} that was put" for one in fields.kept()}
    assert put - played.held == set()


def test_every_page_and_every_answer_of_the_admin_api_was_looked_at(played: Played) -> None:
    assert played.unseen == set()
    asked = played.telling.asked
    assert {world: played.kept[world] for world in asked} == asked
