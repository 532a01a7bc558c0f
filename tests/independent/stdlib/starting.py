"""Start an independent server of the standard library from its command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tests.independent.python.serving import choose, read_choices
from tests.independent.stdlib.http_server import Application, Choices, serve

HABITS = Path(__file__).parent / "habits"


def run(folder: Path, create_app: Callable[[Choices], Application]) -> None:
    """Serve the application of `folder`; its choices are those of the folder and the habits of HTTP."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.independent.stdlib.{folder.name}")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one")
    parser.add_argument(
        "--choice", action="append", default=[], metavar="NAME=VALUE", help="see choices.yaml"
    )
    arguments = parser.parse_args()
    try:
        choices = choose([*read_choices(folder), *read_choices(HABITS)], arguments.choice)
    except ValueError as error:
        parser.error(str(error))
    serve(create_app(choices), arguments.port)
