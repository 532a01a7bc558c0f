"""Start an independent server: read its choices and command line, announce its address when it listens."""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn
import yaml
from starlette.applications import Starlette

Choices = Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """A point on which the documents leave an implementer free."""

    name: str
    values: tuple[str, ...]
    default: str
    permitted_by: str


def read_choices(folder: Path) -> list[Choice]:
    """Read `choices.yaml` of a server's folder; raise ValueError if a default is not among its values."""
    choices = [
        Choice(
            name=entry["name"],
            values=tuple(str(value) for value in entry["values"]),
            default=str(entry["default"]),
            permitted_by=entry["permitted_by"],
        )
        for entry in yaml.safe_load((folder / "choices.yaml").read_text("utf-8"))
    ]
    for choice in choices:
        if choice.default not in choice.values:
            raise ValueError(f"{choice.name}: the default {choice.default!r} is not one of {choice.values}")
    return choices


def choose(choices: list[Choice], given: list[str]) -> dict[str, str]:
    """Return the value of every choice: the default, or what a `name=value` of `given` sets.

    Raises ValueError for an unknown name or value; the message lists the valid ones.
    """
    by_name = {choice.name: choice for choice in choices}
    chosen = {choice.name: choice.default for choice in choices}
    for assignment in given:
        name, _, value = assignment.partition("=")
        if name not in by_name:
            raise ValueError(f"unknown choice {name!r}; valid: {', '.join(by_name)}")
        if value not in by_name[name].values:
            raise ValueError(f"{name} cannot be {value!r}; valid: {', '.join(by_name[name].values)}")
        chosen[name] = value
    return chosen


class AnnouncingServer(uvicorn.Server):
    """A uvicorn server that prints its address once it accepts connections."""

    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.should_exit:
            port = self.servers[0].sockets[0].getsockname()[1]
            sys.stdout.write(f"listening on http://127.0.0.1:{port}\n")
            sys.stdout.flush()


def run(folder: Path, create_app: Callable[[Choices], Starlette]) -> None:
    """Serve the application of `folder` on 127.0.0.1 until the process is stopped."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.independent.python.{folder.name}")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one")
    parser.add_argument(
        "--choice", action="append", default=[], metavar="NAME=VALUE", help="see choices.yaml"
    )
    arguments = parser.parse_args()
    try:
        choices = choose(read_choices(folder), arguments.choice)
    except ValueError as error:
        parser.error(str(error))
    config = uvicorn.Config(
        create_app(choices), host="127.0.0.1", port=arguments.port, log_level="warning", access_log=False
    )
    AnnouncingServer(config).run()
