"""The settings of a server. `mock_server.cli` reads them from the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mock_server.data import contract_names, fixtures_dir, openapi_dir
from mock_server.upstream.service import Address

CONTRACTS = contract_names()
"""The contracts that can be served by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one server.

    contracts: the names of the contracts to serve. specs: OpenAPI files to serve with inferred behaviour.
    strict_spec: refuse specs in which anything is wrong. ref_root: the folder whose files specs may refer
    to; None for the repository of each. remote_refs: whether specs may refer to http and https addresses.
    credentials: the only ones that specs accept, empty for any. placeholders_only: without them, specs
    accept those that are printed at start and no other. seed: of generated values. start_time: the
    initial time of a clock that moves one second per request; None for a clock that runs from the real
    time. scale: the number of records to generate per collection, besides the fixtures. scenario: of new
    worlds, a name or a file. scenario_folders: with more scenario files. max_worlds: the maximum number
    of worlds. max_records: the maximum number of records of a world, besides those of its scenario.
    max_idempotency_keys: the maximum number of idempotency keys whose replies a world keeps, by contract.
    max_snapshots: the maximum number of snapshots. world_idle: seconds without use after which a world is
    removed. world_rate: the maximum number of worlds that requests create per second. world_origins: of
    pages that may create worlds, besides those of this machine. max_body_mib: the largest body of a
    request, in MiB, that the server takes. journal_entries, journal_world_mib: the maximum number of
    requests that the journal of a world keeps, and of MiB that they take in memory. journal_mib: the
    maximum of all journals together. tls: whether to serve over TLS, with tls_cert and tls_key, or with a
    certificate that is made at start. auth: "roles" checks credentials, "any" allows every request. cors:
    whether pages of any origin may call the contracts. admin_token: that the admin API requires; empty
    allows this machine only. admin_origins: of pages that may call the admin API. callback_hosts: allowed
    for callbacks, besides loopback addresses. upstreams: the real services that operations are passed on
    to. upstream_operations: the names of those that are, empty for all. upstream_timeout: seconds that a
    response of theirs may take. record: the scenario file that their responses are recorded in. watch:
    whether changed files are reloaded. strict_replies: raise an error for a reply that violates its
    contract, instead of logging it. openapi, fixtures: the folders of the contracts.
    """

    host: str = "127.0.0.1"
    port: int = 4010
    contracts: tuple[str, ...] = CONTRACTS
    specs: tuple[Path, ...] = ()
    strict_spec: bool = False
    ref_root: Path | None = None
    remote_refs: bool = False
    credentials: tuple[str, ...] = ()
    placeholders_only: bool = False
    seed: int = 0
    start_time: datetime | None = None
    scale: int = 0
    scenario: str = "default"
    scenario_folders: tuple[Path, ...] = ()
    max_worlds: int = 1000
    max_records: int = 1_000_000
    max_idempotency_keys: int = 10_000
    max_snapshots: int = 100
    world_idle: float = 3600.0
    max_body_mib: int = 16
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    journal_entries: int = 1000
    journal_world_mib: int = 16
    journal_mib: int = 64
    world_rate: int = 100
    world_origins: tuple[str, ...] = ()
    auth: str = "roles"
    cors: bool = True
    admin_token: str = ""
    admin_origins: tuple[str, ...] = ()
    callback_hosts: tuple[str, ...] = ()
    upstreams: tuple[Address, ...] = ()
    upstream_operations: tuple[str, ...] = ()
    upstream_timeout: float = 30.0
    record: Path | None = None
    watch: bool = False
    strict_replies: bool = False
    openapi: Path = field(default_factory=openapi_dir)
    fixtures: Path = field(default_factory=fixtures_dir)
