"""From settings to a running application: every part is built here, and nothing is global."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server.behaviours.declared import Behaviours
from mock_server.callbacks.addresses import Addresses
from mock_server.callbacks.office import Office
from mock_server.chance import Chance
from mock_server.clock import ClockState
from mock_server.contract.loading import load
from mock_server.engine import Built, Engine
from mock_server.errors.dialects import DIALECTS
from mock_server.errors.start import StartError
from mock_server.handlers import registry
from mock_server.handlers.dispatch import check
from mock_server.pipeline.parts import Parts, Player
from mock_server.pipeline.routes import routed
from mock_server.principals import load_principals
from mock_server.scenarios.played import Played
from mock_server.scenarios.scenarios import Scenarios
from mock_server.settings import Settings
from mock_server.worlds.worlds import Beginnings, Worlds

if TYPE_CHECKING:
    from flask import Flask

    from mock_server.admin.service import Service
    from mock_server.handlers.registry import Registry
    from mock_server.store.protocol import Record

log = logging.getLogger("mock_server")


def create_app(settings: Settings, *, engine: Engine | None = None) -> Flask:
    """The WSGI application: contracts at their paths, the admin API under /__admin.

    engine: one built from these settings already. Raises StartError with everything that is wrong with specs,
    behaviour files and fixtures.
    """
    from mock_server.admin.desk import Desk
    from mock_server.admin.guard import Guard
    from mock_server.web.shell import wrap

    guard = Guard(settings.admin_token, frozenset(settings.admin_origins), frozenset({settings.host}))
    return wrap(Desk(service(engine or build_engine(settings), settings), guard))


def service(engine: Engine, settings: Settings) -> Service:
    """What the admin API steers. Files are watched from now on where the settings say so."""
    from mock_server.admin.service import Service
    from mock_server.following import following
    from mock_server.journal.citations import Citations

    citations = Citations(settings.openapi)
    reloader = following(engine, settings, citations, build)
    if settings.watch:
        reloader.start()
    return Service(engine, settings, reloader, citations)


def build_engine(settings: Settings) -> Engine:
    """The engine these settings describe. Raises StartError."""
    built = build(settings)
    return Engine(built.parts, worlds(built, settings))


def build(settings: Settings) -> Built:
    """Read specs, behaviour files and fixtures. Raises StartError with everything that is wrong with them."""
    chance = Chance(settings.seed)
    players = _players(settings)
    handlers = registry(settings.contracts)
    seeds = _add_inferred(settings, players, handlers, chance=chance)
    faults = check(handlers, [player.behaviours for player in players.values()])
    if faults:
        raise StartError(*faults)
    parts = Parts(
        players=players,
        router=routed(players.values()),
        registry=handlers,
        auth=settings.auth,
        strict_replies=settings.strict_replies,
        credentials=frozenset(filter(None, (settings.admin_token, *settings.credentials))),
    )
    scenarios = _scenarios(settings, players, chance, seeds)
    file = Path(settings.scenario)
    return Built(parts, scenarios, scenarios.add(file) if file.suffix else settings.scenario)


def _add_inferred(
    settings: Settings, players: dict[str, Player], handlers: Registry, *, chance: Chance
) -> dict[str, Mapping[str, Record]]:
    """Add a player and a handler for each spec, and log what of it is not played.

    Returns generated records by storage and key. Raises StartError.
    """
    from mock_server.inference.open import open_spec

    seeds: dict[str, Mapping[str, Record]] = {}
    for path in settings.specs:
        inferred = open_spec(path, chance=chance, credentials=settings.credentials, scale=settings.scale)
        contract = inferred.player.contract
        for note in inferred.unplayed:
            log.warning("%s: not played: %s", path.name, note)
        if contract.name in players:
            raise StartError(
                f"{path}: a contract called {contract.name!r} is played already; rename the file"
            )
        players[contract.name] = inferred.player
        handlers.handles(contract.name, *contract.operations)(inferred.handler)
        seeds.update(inferred.seeds)
    return seeds


def _scenarios(
    settings: Settings,
    players: Mapping[str, Player],
    chance: Chance,
    generated: Mapping[str, Mapping[str, Record]],
) -> Scenarios:
    """The scenarios of these files."""
    played = Played(
        {name: player.contract for name, player in players.items()},
        {name: player.behaviours for name, player in players.items()},
        {name: player.principals for name, player in players.items()},
        settings.fixtures,
        settings.scale,
        generated,
    )
    folders = (*settings.scenario_folders, settings.fixtures / "scenarios")
    return Scenarios(folders, played, chance=chance)


def worlds(built: Built, settings: Settings) -> Worlds:
    """Worlds that begin as these settings say."""
    clock = None if settings.start_time is None else ClockState("stepped", settings.start_time)
    beginnings = Beginnings(built.begins_with, settings.seed, clock)
    addresses = Addresses(frozenset(host.lower() for host in settings.callback_hosts))
    office = Office(built.parts.players.values(), addresses=addresses)
    return Worlds(built.scenarios, beginnings, office, limit=settings.max_worlds, idle=settings.world_idle)


def _players(settings: Settings) -> dict[str, Player]:
    faults: list[str] = []
    players: dict[str, Player] = {}
    for name in settings.contracts:
        try:
            players[name] = _player(name, settings.openapi, settings.fixtures)
        except StartError as error:
            faults += error.problems
    if faults:
        raise StartError(*faults)
    return players


def _player(name: str, openapi: Path, fixtures: Path) -> Player:
    contract = load(openapi / f"{name}.yaml", name=name)
    behaviours = Behaviours.load(contract, openapi / f"{name}.behaviour.yaml")
    dialect = DIALECTS.get(behaviours.dialect)
    if dialect is None:
        raise StartError(
            f"{name}.behaviour.yaml: unknown dialect {behaviours.dialect!r}; allowed: {', '.join(DIALECTS)}"
        )
    return Player(
        contract, dialect, behaviours, load_principals(fixtures / name / "principals.yaml", contract)
    )
