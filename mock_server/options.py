"""The options of the command line, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mock_server.clock import from_rfc3339
from mock_server.settings import CONTRACTS

Option = Callable[[Any], Any]


class Instant(click.ParamType[datetime]):
    """An instant in RFC 3339 format."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Convert a value. Fails with an example."""
        try:
            return from_rfc3339(value.isoformat() if isinstance(value, datetime) else str(value))
        except ValueError:
            self.fail(
                f"{value!r} must be an RFC 3339 time with an offset, such as 2026-11-20T09:00:00Z", param, ctx
            )


class Integer(click.IntRange):
    """An integer with bounds, both included."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a value. Fails with the bounds."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} must be an integer from {self.min} to {self.max}", param, ctx)


class Url(click.ParamType[str]):
    """The URL of a server: http:// or https:// with a host and optionally a path."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Convert a value. Fails with an example."""
        if not re.fullmatch(r"https?://[^\s/?#\"]+(/[^\s?#\"]*)?", str(value)):
            self.fail(f"{value!r} must be a URL such as http://127.0.0.1:4010", param, ctx)
        return str(value)


class Origin(click.ParamType[str]):
    """The origin of web pages: http:// or https:// with a host and optionally a port (RFC 6454).

    or_all: whether * stands for every origin.
    """

    name = "origin"

    def __init__(self, *, or_all: bool = False) -> None:
        self.or_all = or_all

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Convert a value. Fails with an example."""
        is_all = self.or_all and value == "*"
        if not is_all and not re.fullmatch(r"https?://[^\s/?#@*\"]+", str(value)):
            also = ", or * for all" if self.or_all else ""
            self.fail(f"{value!r} must be an origin such as http://app.example:8080{also}", param, ctx)
        return str(value)


class Host(click.ParamType[str]):
    """A host name or an IP address, without scheme and port."""

    name = "host"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Convert a value. Fails with an example."""
        if not re.fullmatch(r"[0-9A-Za-z._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", str(value)):
            self.fail(f"{value!r} must be a host name or an IP address, such as hooks.example", param, ctx)
        return str(value)


class UpstreamAddress(Url):
    """The base URL of a real service, after the name of its contract and = where it has only one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a value. Fails with an example."""
        from mock_server.upstream.service import Address

        if isinstance(value, Address):
            return value
        named = re.fullmatch(r"([A-Za-z0-9_.-]+)=(.*)", str(value))
        contract, url = named.groups() if named else ("", str(value))
        address = Address(super().convert(url, param, ctx), contract)
        if "@" in address.url.partition("://")[2].partition("/")[0]:
            self.fail("must not contain a user: send the credential with each request", param, ctx)
        return address


PLAYING: tuple[Option, ...] = (
    click.option(
        "--spec",
        "specs",
        envvar="MOCK_SERVER_SPEC",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        help="Serve this OpenAPI file with inferred behaviour, not the built-in contracts (repeatable).",
    ),
    click.option(
        "--strict-spec", is_flag=True, help="With --spec: refuse a file in which anything is wrong."
    ),
    click.option(
        "--ref-root",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="With --spec: follow references to files below this folder. Default: the repository of the "
        "spec, else its folder.",
    ),
    click.option(
        "--remote-refs",
        is_flag=True,
        help="With --spec: follow references to http and https addresses, and keep a copy of each.",
    ),
    click.option(
        "--credentials",
        multiple=True,
        help="With --spec: accept only this token, key or user:password (repeatable). Default: any.",
    ),
    click.option(
        "--contract",
        type=click.Choice(CONTRACTS),
        multiple=True,
        help="Serve only this contract (repeatable).",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="The seed of generated values."),
    click.option(
        "--start-time",
        type=Instant(),
        help="Start the clock here and move it one second per request: equal runs give equal bytes.",
    ),
    click.option(
        "--scale",
        type=Integer(0, 1_000_000),
        default=0,
        show_default=True,
        help="The number of records to generate in each larger collection, besides the fixtures.",
    ),
    click.option(
        "--scenario",
        default="default",
        show_default=True,
        help="The scenario of new worlds: a name, or the path of a scenario file.",
    ),
    click.option(
        "--scenarios",
        "scenario_folders",
        envvar="MOCK_SERVER_SCENARIOS",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        multiple=True,
        help="A folder with more scenario files (repeatable).",
    ),
    click.option(
        "--auth",
        type=click.Choice(["roles", "any"]),
        default="roles",
        show_default=True,
        help="Check credentials and roles, or allow every request.",
    ),
)

SERVING: tuple[Option, ...] = (
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
    click.option(
        "--port",
        type=Integer(0, 65535),
        default=4010,
        show_default=True,
        help="The port to listen on; 0 for any free port, which is printed.",
    ),
    click.option(
        "--max-worlds",
        type=Integer(1, 100_000),
        default=1000,
        show_default=True,
        help="The maximum number of worlds.",
    ),
    click.option(
        "--max-records",
        type=Integer(1, 100_000_000),
        default=1_000_000,
        show_default=True,
        help="The maximum number of records of a world, besides those of its scenario.",
    ),
    click.option(
        "--max-idempotency-keys",
        type=Integer(1, 1_000_000),
        default=10_000,
        show_default=True,
        help="The maximum number of idempotency keys whose replies a world keeps for each contract; the "
        "oldest is forgotten.",
    ),
    click.option(
        "--max-snapshots",
        type=Integer(1, 100_000),
        default=100,
        show_default=True,
        help="The maximum number of snapshots.",
    ),
    click.option(
        "--world-idle",
        type=Integer(1, 10_000_000),
        default=3600,
        show_default=True,
        help="Seconds without use after which a world is removed; the default world never is.",
    ),
    click.option(
        "--world-rate",
        type=Integer(1, 100_000),
        default=100,
        show_default=True,
        help="The maximum number of worlds that requests create per second, by naming them.",
    ),
    click.option(
        "--world-origin",
        "world_origins",
        envvar="MOCK_SERVER_WORLD_ORIGIN",
        type=Origin(or_all=True),
        multiple=True,
        help="Allow pages of this origin to create worlds by naming them, * for all (repeatable). Pages "
        "that this machine serves always may.",
    ),
    click.option(
        "--tls",
        is_flag=True,
        help="Serve over TLS, with a certificate made for localhost whose authority is printed.",
    ),
    click.option(
        "--tls-cert",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Serve over TLS with this certificate chain (PEM).",
    ),
    click.option(
        "--tls-key",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The key of --tls-cert (PEM), where that file does not have it.",
    ),
    click.option(
        "--max-body-mib",
        type=Integer(1, 1024),
        default=16,
        show_default=True,
        help="The largest body of a request, in MiB; a larger one is refused with 413.",
    ),
    click.option(
        "--journal-entries",
        type=Integer(1, 1_000_000),
        default=1000,
        show_default=True,
        help="The maximum number of requests that each world's journal keeps; all are counted.",
    ),
    click.option(
        "--journal-world-mib",
        type=Integer(1, 100_000),
        default=16,
        show_default=True,
        help="The maximum memory of each world's journal, in MiB.",
    ),
    click.option(
        "--journal-mib",
        type=Integer(1, 100_000),
        default=64,
        show_default=True,
        help="The maximum memory of all journals together: the oldest requests of the largest go first.",
    ),
    click.option(
        "--admin-token",
        default="",
        help="The bearer token of the admin API. Default: none, but only this machine may call it.",
    ),
    click.option(
        "--admin-origin",
        "admin_origins",
        envvar="MOCK_SERVER_ADMIN_ORIGIN",
        type=Origin(),
        multiple=True,
        help="Allow pages of this origin to call the admin API (repeatable).",
    ),
    click.option(
        "--callback-host",
        "callback_hosts",
        envvar="MOCK_SERVER_CALLBACK_HOST",
        type=Host(),
        multiple=True,
        help="Allow callbacks to this host, besides loopback addresses (repeatable).",
    ),
    click.option(
        "--cors/--no-cors",
        default=True,
        show_default=True,
        help="Allow pages of any origin to call the contracts.",
    ),
    click.option(
        "--upstream",
        "upstreams",
        envvar="MOCK_SERVER_UPSTREAM",
        type=UpstreamAddress(),
        multiple=True,
        metavar="[CONTRACT=]URL",
        help="Pass operations on to this real service instead of answering them (repeatable). A path in the "
        "URL takes the place of the contract's own prefix.",
    ),
    click.option(
        "--upstream-operation",
        "upstream_operations",
        envvar="MOCK_SERVER_UPSTREAM_OPERATION",
        multiple=True,
        metavar="NAME",
        help="With --upstream: pass on only this operation, * for any characters (repeatable). Default: all.",
    ),
    click.option(
        "--upstream-timeout",
        type=Integer(1, 600),
        default=30,
        show_default=True,
        help="With --upstream: seconds that a response may take; then the answer is 504.",
    ),
    click.option(
        "--record",
        type=click.Path(path_type=Path, dir_okay=False),
        help="With --upstream: record what is answered, without secrets, as this scenario file.",
    ),
    click.option(
        "--watch", is_flag=True, help="Reload specs, behaviour files and fixtures when they change."
    ),
    click.option(
        "--log",
        type=click.Choice(["auto", "text", "json", "none"]),
        default="auto",
        show_default=True,
        help="Log each request on standard error, a line of text or of JSON. auto: as text on a "
        "terminal, but not while COMMAND runs there.",
    ),
    click.option("--verbose", is_flag=True, help="Log each request, admin calls and console pages included."),
    click.option("--quiet", is_flag=True, help="Print the address alone at start, and log no requests."),
)


SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Options people need first",
        ("port", "contract", "specs", "scenario", "auth", "log", "quiet", "watch", "config"),
    ),
    ("Data and time", ("seed", "start_time", "scale", "scenario_folders")),
    ("Beside a test run", ("target_file", "keep")),
    ("A real service", ("upstreams", "upstream_operations", "upstream_timeout", "record")),
    ("Your own OpenAPI file", ("strict_spec", "ref_root", "remote_refs", "credentials")),
    (
        "Other machines and pages",
        (
            *("host", "tls", "tls_cert", "tls_key", "cors", "admin_token", "admin_origins"),
            *("world_origins", "callback_hosts"),
        ),
    ),
)
"""The sections of the help, with the names of their parameters. Other options follow in a last section."""


class SectionedCommand(click.Command):
    """A command whose help shows its options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        records = {param.name: param.get_help_record(ctx) for param in self.get_params(ctx)}
        for title, names in SECTIONS:
            _write_section(formatter, title, [records.pop(name, None) for name in names])
        _write_section(formatter, "Limits and further options", list(records.values()))

    def format_first_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first section alone."""
        title, names = SECTIONS[0]
        records = {param.name: param.get_help_record(ctx) for param in self.get_params(ctx)}
        _write_section(formatter, title, [records[name] for name in names])


def _write_section(formatter: click.HelpFormatter, title: str, records: list[tuple[str, str] | None]) -> None:
    shown = [record for record in records if record is not None]
    if shown:
        with formatter.section(title):
            formatter.write_dl(shown)


def taking(options: tuple[Option, ...]) -> Option:
    """A decorator that adds options to a command, in their order in the help."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
