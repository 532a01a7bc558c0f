"""Builds the application from settings. Nothing is global: two applications can run in one process."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server.behaviours.loading import load_behaviours
from mock_server.clock import ClockState
from mock_server.contract.documents import ReferenceRules
from mock_server.contract.loading import load
from mock_server.data import behaviour_path, fixture_path, spec_path
from mock_server.engine import Engine, LoadedFiles
from mock_server.errors.dialects import dialects
from mock_server.errors.startup import StartupError
from mock_server.extensions import installed
from mock_server.faults.fault import GROUP as FAULTS
from mock_server.handlers import registry
from mock_server.handlers.dispatch import check
from mock_server.journal.journal import Journals
from mock_server.pipeline.mounted_contracts import MountedContract, ServerContext
from mock_server.pipeline.routing import build_router
from mock_server.principals import load_principals
from mock_server.redaction import Redactor
from mock_server.scenarios.context import ScenarioContext
from mock_server.scenarios.scenarios import Scenarios
from mock_server.seeded_random import SeededRandom
from mock_server.settings import Settings
from mock_server.webhooks.target import Addresses
from mock_server.webhooks.webhooks import WebhookConfig
from mock_server.worlds.worlds import Beginnings, Worlds

if TYPE_CHECKING:
    from flask import Flask

    from mock_server.admin.call import AdminContext
    from mock_server.behaviours.declared import Behaviours
    from mock_server.contract.operation import Contract
    from mock_server.handlers.response_builder import ResponseBuilder
    from mock_server.inference.load import SpecOptions
    from mock_server.store.protocol import Record
    from mock_server.upstream.service import Upstream
    from mock_server.web.front import Front

log = logging.getLogger("mock_server")


def create_app(settings: Settings, *, engine: Engine | None = None) -> Flask:
    """The WSGI application: contracts at their paths, the admin API under /__admin.

    engine: built from the same settings; built here when not given. Raises StartupError with all errors in
    specs, behaviour files and fixtures.
    """
    from mock_server.web.wsgi_app import wsgi_app

    return wsgi_app(create_front(settings, engine=engine))


def create_front(settings: Settings, *, engine: Engine | None = None) -> Front:
    """What `create_app` makes, without WSGI and Flask: for the server of this package."""
    from mock_server.admin.guard import Guard
    from mock_server.web.front import Front

    guard = Guard(settings.admin_token, frozenset(settings.admin_origins), frozenset({settings.host}))
    played = engine or build_engine(settings)
    front = Front(played, partial(admin_context, played, settings), guard, cors=settings.cors)
    if settings.watch:
        front.load_admin()
    return front


def admin_context(engine: Engine, settings: Settings) -> AdminContext:
    """What the admin API controls. Starts to watch the files if the settings say so."""
    from mock_server.admin.call import AdminContext
    from mock_server.journal.citations import Citations
    from mock_server.live_reload import live_reloader
    from mock_server.snapshots.snapshot_store import SnapshotStore

    citations = Citations(settings.openapi)
    reloader = live_reloader(engine, settings, citations, build)
    if settings.watch:
        reloader.start()
    snapshots = SnapshotStore(settings.max_snapshots)
    return AdminContext(engine, settings, reloader, citations, snapshots)


def build_engine(settings: Settings) -> Engine:
    """The engine these settings describe. Raises StartupError."""
    loaded = build(settings)
    origins = frozenset(settings.world_origins)
    upstream = _upstream(settings, loaded) if settings.upstreams else None
    return Engine(loaded.context, worlds(loaded, settings), world_origins=origins, upstream=upstream)


def _upstream(settings: Settings, loaded: LoadedFiles) -> Upstream:
    """The real services of these settings. Raises StartupError for names that no contract has."""
    from mock_server.upstream.recording import Recording
    from mock_server.upstream.service import Upstream

    contracts = [mounted.contract for mounted in loaded.context.contracts.values()]
    problems = [
        f"--upstream {address.contract}={address.url}: no such contract is served"
        for address in settings.upstreams
        if address.contract and address.contract not in loaded.context.contracts
    ]
    recording = None
    if settings.record is not None:
        urls = ", ".join(address.url for address in settings.upstreams)
        recording = Recording(settings.record, about=f"Recorded from {urls}")
    upstream = Upstream(
        settings.upstreams,
        operations=settings.upstream_operations,
        seconds=settings.upstream_timeout,
        recording=recording,
    )
    operations = [operation for contract in contracts for operation in contract.operations.values()]
    problems += [
        f"--upstream-operation {name}: no operation is called so" for name in upstream.unknown(operations)
    ]
    if problems:
        raise StartupError(*problems)
    return upstream


def build(settings: Settings) -> LoadedFiles:
    """Read specs, behaviour files and fixtures. Raises StartupError with all their errors."""
    if installed(FAULTS):
        from mock_server.faults.registry import fault_kinds

        fault_kinds()  # so that an invalid extension is reported at start instead of with the first rule
    rng = SeededRandom(settings.seed)
    contracts = _mounted_contracts(settings, rng)
    handlers = registry(settings.contracts)
    seeds = _add_inferred(settings, contracts, rng=rng)
    problems = check(handlers, [mounted.behaviours for mounted in contracts.values()])
    if problems:
        raise StartupError(*problems)
    principals = [mounted.principals for mounted in contracts.values()]
    context = ServerContext(
        contracts=contracts,
        router=build_router(contracts.values(), handlers),
        registry=handlers,
        auth=settings.auth,
        strict_replies=settings.strict_replies,
        redactor=Redactor(contracts, principals, filter(None, (settings.admin_token, *settings.credentials))),
        kept_replies=settings.max_idempotency_keys,
    )
    scenarios = _scenarios(settings, contracts, rng, seeds)
    file = Path(settings.scenario)
    return LoadedFiles(context, scenarios, scenarios.add(file) if file.suffix else settings.scenario)


def _add_inferred(
    settings: Settings, contracts: dict[str, MountedContract], *, rng: SeededRandom
) -> dict[str, Mapping[str, Record]]:
    """Add a mounted contract for each spec; log what is wrong and what is not supported.

    Returns generated records by storage and key. Raises StartupError.
    """
    seeds: dict[str, Mapping[str, Record]] = {}
    if not settings.specs:
        return seeds
    from mock_server.inference.load import load_spec

    for path in settings.specs:
        inferred = load_spec(
            path,
            rng=rng,
            credentials=settings.credentials,
            placeholders_only=settings.placeholders_only,
            scale=settings.scale,
            options=spec_options(settings),
        )
        contract = inferred.mounted.contract
        for warning in inferred.warnings:
            log.warning("%s", warning)
        if contract.name in contracts:
            raise StartupError(f"{path}: a contract {contract.name!r} exists already; rename the file")
        contracts[contract.name] = inferred.mounted
        seeds.update(inferred.seeds)
    return seeds


def spec_options(settings: Settings) -> SpecOptions:
    """How specs are read with these settings."""
    from mock_server.inference.load import SpecOptions

    return SpecOptions(ReferenceRules(settings.ref_root, settings.remote_refs), settings.strict_spec)


def _scenarios(
    settings: Settings,
    contracts: Mapping[str, MountedContract],
    rng: SeededRandom,
    generated: Mapping[str, Mapping[str, Record]],
) -> Scenarios:
    """The scenarios for these contracts. generated: records of the specs, by storage name and key."""
    scenario_context = ScenarioContext(
        {name: mounted.contract for name, mounted in contracts.items()},
        {name: mounted.behaviours for name, mounted in contracts.items()},
        {name: mounted.principals for name, mounted in contracts.items()},
        settings.fixtures,
        settings.scale,
        generated,
    )
    folders = (*settings.scenario_folders, settings.fixtures / "scenarios")
    return Scenarios(folders, scenario_context, rng=rng, start=settings.start_time)


def worlds(loaded: LoadedFiles, settings: Settings) -> Worlds:
    """The worlds of a server, with the initial state from these settings."""
    clock = None if settings.start_time is None else ClockState("stepped", settings.start_time)
    beginnings = Beginnings(loaded.begins_with, settings.seed, clock)
    addresses = Addresses(frozenset(host.lower() for host in settings.callback_hosts))
    webhook_config = WebhookConfig(loaded.context.contracts.values(), addresses=addresses)
    journals = Journals(
        entries=settings.journal_entries,
        size=settings.journal_world_mib << 20,
        ceiling=settings.journal_mib << 20,
    )
    return Worlds(
        loaded.scenarios,
        beginnings,
        webhook_config,
        limit=settings.max_worlds,
        idle=settings.world_idle,
        journals=journals,
        rate=settings.world_rate,
        max_records=settings.max_records,
    )


def _mounted_contracts(settings: Settings, rng: SeededRandom) -> dict[str, MountedContract]:
    problems: list[str] = []
    contracts: dict[str, MountedContract] = {}
    for name in settings.contracts:
        try:
            contracts[name] = _mount(name, settings, rng)
        except StartupError as error:
            problems += error.problems
    if problems:
        raise StartupError(*problems)
    return contracts


def _mount(name: str, settings: Settings, rng: SeededRandom) -> MountedContract:
    spec = spec_path(settings.openapi, name)
    contract = load(spec, name=name)
    behaviours = load_behaviours(contract, behaviour_path(spec))
    dialect = dialects().get(behaviours.dialect)
    if dialect is None:
        raise StartupError(
            f"{name}.behaviour.yaml: unknown dialect {behaviours.dialect!r}; allowed: {', '.join(dialects())}"
        )
    principals = load_principals(fixture_path(settings.fixtures, f"{name}/principals"), contract)
    builder = _builder(contract, behaviours, rng) if behaviours.complete else None
    return MountedContract(contract, dialect, behaviours, principals, builder)


def _builder(contract: Contract, behaviours: Behaviours, rng: SeededRandom) -> ResponseBuilder:
    """What completes the records and replies of a contract."""
    # Here, because hardly a contract needs it, and it is a tenth of what a start loads.
    from mock_server.handlers.response_builder import ResponseBuilder
    from mock_server.sampling.sampler import Sampler

    return ResponseBuilder(contract, behaviours, Sampler(contract, rng))
