"""The options of the command line, and the kinds of values they take."""

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
    """A moment in RFC 3339 form."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment. Fails with an example when the text names none."""
        try:
            return from_rfc3339(value.isoformat() if isinstance(value, datetime) else str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no RFC 3339 time with an offset, such as 2026-11-20T09:00:00Z", param, ctx
            )


class Whole(click.IntRange):
    """A whole number within bounds, both included."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Fails naming the bounds."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no whole number from {self.min} to {self.max}", param, ctx)


class Address(click.ParamType[str]):
    """The address of a server: http:// or https:// with a host, a path perhaps."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address. Fails with an example when the text is none."""
        if not re.fullmatch(r"https?://[^\s/?#\"]+(/[^\s?#\"]*)?", str(value)):
            self.fail(f"{value!r} is no address such as http://127.0.0.1:4010", param, ctx)
        return str(value)


PLAYING: tuple[Option, ...] = (
    click.option(
        "--spec",
        "specs",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        help="Play this OpenAPI file by inferred behaviour, in place of the built-in contracts (repeatable).",
    ),
    click.option(
        "--credentials",
        multiple=True,
        help="With --spec: accept only this token, key or user:password (repeatable); any when not given.",
    ),
    click.option(
        "--contract",
        type=click.Choice(CONTRACTS),
        multiple=True,
        help="Play only this contract (repeatable).",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Where generated values start."),
    click.option(
        "--start-time",
        type=Instant(),
        help="Start the clock here and move it one second per request, so that equal runs give equal bytes.",
    ),
    click.option(
        "--scale",
        type=Whole(0, 1_000_000),
        default=0,
        show_default=True,
        help="Generated records per larger collection, beyond the fixtures.",
    ),
    click.option(
        "--scenario",
        default="default",
        show_default=True,
        help="What worlds begin with: the name of a scenario, or a scenario file of one's own.",
    ),
    click.option(
        "--scenarios",
        "scenario_folders",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        multiple=True,
        help="A folder with further scenario files (repeatable).",
    ),
    click.option(
        "--auth",
        type=click.Choice(["roles", "any"]),
        default="roles",
        show_default=True,
        help="Check credentials and roles, or let everybody do everything.",
    ),
)

SERVING: tuple[Option, ...] = (
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
    click.option(
        "--port",
        type=Whole(0, 65535),
        default=4010,
        show_default=True,
        help="The port to listen on; 0 takes any free one and prints it.",
    ),
    click.option(
        "--max-worlds",
        type=Whole(1, 100_000),
        default=1000,
        show_default=True,
        help="How many worlds there may be at once.",
    ),
    click.option(
        "--world-idle",
        type=Whole(1, 10_000_000),
        default=3600,
        show_default=True,
        help="Seconds after which a world nobody asks is forgotten; the default world never is.",
    ),
    click.option(
        "--admin-token",
        default="",
        help="What callers of the admin API must send as a bearer token; without it only this machine may.",
    ),
    click.option(
        "--admin-origin",
        "admin_origins",
        multiple=True,
        help="Let pages of this origin call the admin API (repeatable).",
    ),
    click.option(
        "--callback-host",
        "callback_hosts",
        multiple=True,
        help="Allow callbacks to this host, beside those of this machine (repeatable).",
    ),
    click.option("--cors/--no-cors", default=True, show_default=True, help="Let pages of any origin call."),
    click.option(
        "--watch", is_flag=True, help="Read specs, behaviour files and fixtures again when they change."
    ),
    click.option("--verbose", is_flag=True, help="One line per request on standard error."),
)


def taking(options: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
