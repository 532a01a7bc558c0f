"""Everything a server can be told, in one frozen value. Where values come from: see the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mock_server.data import contract_names, fixtures_dir, openapi_dir

CONTRACTS = contract_names()
"""The contracts that can be played by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one server plays and how.

    contracts: the names to play. seed: where chance starts. start_time: the instant the clock starts at
    (None: now, and it runs; given: it steps one second per request). scale: generated records per collection
    beyond the fixtures. scenario: what worlds begin with, a name or a file. scenario_folders: where further
    scenario files lie. max_worlds: how many there may be at once. world_idle: seconds after which one that
    nobody asks is forgotten. auth: "roles" checks credentials, "any" lets everybody do everything.
    strict_replies: a reply that breaks its own contract raises instead of being logged. admin_token: what
    callers of the admin API must know, empty for this machine's users only. admin_origins: of pages from
    elsewhere that may call it. callback_hosts: beside this machine's, where callbacks may go. watch: whether
    changed files are read again. specs: further OpenAPI files, played by inferred behaviour. credentials: the
    only ones these accept, empty for any.
    """

    host: str = "127.0.0.1"
    port: int = 4010
    contracts: tuple[str, ...] = CONTRACTS
    specs: tuple[Path, ...] = ()
    credentials: tuple[str, ...] = ()
    seed: int = 0
    start_time: datetime | None = None
    scale: int = 0
    scenario: str = "default"
    scenario_folders: tuple[Path, ...] = ()
    max_worlds: int = 1000
    world_idle: float = 3600.0
    auth: str = "roles"
    cors: bool = True
    admin_token: str = ""
    admin_origins: tuple[str, ...] = ()
    callback_hosts: tuple[str, ...] = ()
    watch: bool = False
    strict_replies: bool = False
    verbose: bool = False
    openapi: Path = field(default_factory=openapi_dir)
    fixtures: Path = field(default_factory=fixtures_dir)
