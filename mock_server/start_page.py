"""The output of the server at start: URLs, credentials and three example requests."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import TextIO
from urllib.parse import quote

from mock_server.contract.operation import Operation
from mock_server.engine import Engine
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.principals import Principal

_REQUESTS = 3
_CONSOLE = "/__admin/"
_NO_AUTH = "Every request is allowed; credentials are not checked."


def show(engine: Engine, base_url: str, stream: TextIO) -> None:
    """Write the page: with colours and tables to a terminal, else as plain lines.

    In a terminal the URLs of server and console come last, where they stay visible.
    """
    if stream.isatty():
        _rich(engine, base_url, stream)
    else:
        stream.write("\n".join(plain(engine, base_url)) + "\n")
    stream.flush()


def plain(engine: Engine, base_url: str) -> Iterator[str]:
    """The page as plain lines."""
    yield f"mock-server is ready at {base_url}"
    yield f"The console is at {base_url}{_CONSOLE}"
    if engine.context.auth == "any":
        yield _NO_AUTH
    for mounted in _mounted_contracts(engine):
        yield ""
        yield f"{mounted.contract.title} at {base_url}{mounted.contract.prefix}"
        for principal in mounted.principals.known:
            purpose = f"  ({principal.purpose})" if principal.purpose else ""
            yield f"  {principal.name}: {_credentials(principal)}{purpose}"
    yield ""
    yield "Try:"
    yield from (f"  {line}" for line in curl_lines(engine, base_url))
    yield ""
    yield "Stop with Ctrl-C."


def _rich(engine: Engine, base_url: str, stream: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for mounted in _mounted_contracts(engine):
        table = Table(
            title=Text.assemble((mounted.contract.title, "bold"), f" at {base_url}{mounted.contract.prefix}"),
            title_justify="left",
            box=None,
            padding=(0, 2, 0, 0),
            show_header=False,
        )
        table.add_column(style="cyan")
        table.add_column(no_wrap=True)
        table.add_column(style="dim")
        for principal in mounted.principals.known:
            table.add_row(f"  {principal.name}", _credentials(principal, "\n"), principal.purpose)
        console.print()
        console.print(table)
    console.print()
    console.print("Try:", style="bold")
    for line in curl_lines(engine, base_url):
        console.print(Text(_folded(line, console.width)), soft_wrap=True)
    console.print()
    if engine.context.auth == "any":
        console.print(_NO_AUTH, style="yellow")
    ready = Text.assemble("mock-server is ready at ", (base_url, "bold green"))
    console.print(ready.append(". Stop with Ctrl-C.", "dim"))
    console.print(Text.assemble("The console is at ", (f"{base_url}{_CONSOLE}", "bold")))


def _folded(line: str, width: int) -> str:
    """The command with its header on a second line, if it is longer than the terminal is wide."""
    return line if len(line) <= width else line.replace(" -H ", " \\\n  -H ", 1)


def _mounted_contracts(engine: Engine) -> Iterator[MountedContract]:
    """The contracts, with the principals of the scenario of new worlds."""
    others = engine.world().scenario.principals
    for name, mounted in engine.context.contracts.items():
        yield replace(mounted, principals=others.get(name, mounted.principals))


def curl_lines(engine: Engine, base_url: str) -> list[str]:
    """Up to three example requests with curl, from each contract in turn."""
    turns = zip_longest(*(_requests(mounted, base_url) for mounted in _mounted_contracts(engine)))
    return [line for turn in turns for line in turn if line is not None][:_REQUESTS]


def _requests(mounted: MountedContract, base_url: str) -> Iterator[str]:
    for operation in mounted.contract.operations.values():
        path = _filled(operation)
        header = _authorization(mounted, operation)
        if operation.method == "GET" and path is not None and header is not None:
            yield f"curl -s {shlex.quote(base_url + path)}" + (f" -H {_quoted(header)}" if header else "")


def _filled(operation: Operation) -> str | None:
    """The path and required query with the examples of parameters; None if an example is missing."""
    path, query = operation.path, []
    for parameter in operation.parameters:
        if not parameter.required:
            continue
        if parameter.example is None or parameter.location not in {"path", "query"}:
            return None
        value = quote(str(parameter.example), safe="")
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", value)
        else:
            query.append(f"{parameter.name}={value}")
    return f"{path}?{'&'.join(query)}" if query else path


def _authorization(mounted: MountedContract, operation: Operation) -> str | None:
    """A header with the credential of the first suitable principal; empty if no credential is required, None
    if no principal is suitable."""
    if not operation.security or {} in operation.security:
        return ""
    for principal in mounted.principals.known:
        for requirement in operation.security:
            scheme = next(iter(requirement))
            if len(requirement) > 1 or scheme not in principal.credentials:
                continue
            if all(map(principal.has, requirement[scheme])) and principal.expires_at is None:
                return _header(mounted, scheme, principal)
    return None


def _header(mounted: MountedContract, scheme_id: str, principal: Principal) -> str | None:
    scheme, credential = mounted.contract.schemes[scheme_id], principal.credentials[scheme_id]
    if scheme.carrier == "bearer":
        return f"Authorization: Bearer {credential}"
    return f"{scheme.name}: {credential}" if scheme.carrier == "header" else None


def _quoted(header: str) -> str:
    """Quoted for a shell. A variable, which stands for the user's own credential, is expanded."""
    return f'"{header}"' if "$" in header else shlex.quote(header)


def _credentials(principal: Principal, between: str = ", ") -> str:
    return between.join(f"{scheme} {credential}" for scheme, credential in principal.credentials.items())
