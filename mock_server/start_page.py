"""The output of the server at start: URLs and an example request for each contract."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TextIO
from urllib.parse import quote, unquote, urlencode

from mock_server.contract.operation import Operation
from mock_server.engine import Engine
from mock_server.known_records import filled_path, path_values
from mock_server.messages import Request
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.pipeline.routing import CONSOLE
from mock_server.principals import Principal

_EXAMPLES = 3
_TRIES = 12
_SHOWN = 4
"""So many contracts are shown with a request, which fits a terminal of 24 lines; the others are counted."""
_LOOKED_AT = 200
"""So many requests are tried at most, of so many operations."""
_TRIAL = "start-page"
"""The world in which example requests are tried; it is removed again."""
_NO_AUTH = "Every request is allowed; credentials are not checked."
_NONE_NEEDED = "No credentials are needed."


def show(
    engine: Engine,
    base_url: str,
    stream: TextIO,
    *,
    ca: Path | None = None,
    credentials_command: str = "mock-server credentials",
) -> None:
    """Write the page: coloured and folded to a terminal of 80 columns and 24 lines, else as plain lines.

    ca: file with the authority of the server's certificate, for one that was made at start.
    credentials_command: prints the credentials of this server.

    In a terminal the URLs of server and console come last, where they stay visible.
    """
    if ca is not None:
        stream.write(f"{_authority(ca)}\n")
    if stream.isatty():
        _rich(engine, base_url, stream, ca, credentials_command)
    else:
        stream.write("\n".join(plain(engine, base_url, ca, credentials_command)) + "\n")
    stream.flush()


def show_address(base_url: str, stream: TextIO) -> None:
    """Write the address alone, for programs that start the server on a free port."""
    stream.write(f"mock-server is ready at {base_url}\n")
    stream.flush()


def show_credentials(engine: Engine, stream: TextIO) -> None:
    """Write the credentials of new worlds by contract and role: as tables to a terminal, else as lines."""
    if engine.context.auth == "any":
        stream.write(f"{_NO_AUTH}\n")
    if stream.isatty():
        _credential_tables(engine, stream)
    else:
        stream.writelines(f"{line}\n" for line in _credential_lines(engine))


def _authority(ca: Path) -> str:
    return (
        f"Clients must trust this certificate, which is also in {ca} until the server ends\n"
        f"(SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, curl --cacert):\n{ca.read_text(encoding='ascii')}"
    )


def plain(engine: Engine, base_url: str, ca: Path | None, credentials_command: str) -> Iterator[str]:
    """The page as plain lines. ca, credentials_command: as in show."""
    yield f"mock-server is ready at {base_url}"
    yield f"The console is at {base_url}{CONSOLE}"
    contracts = list(_mounted_contracts(engine))
    for mounted in contracts[:_SHOWN]:
        yield f"{mounted.contract.title} at {base_url}{mounted.contract.prefix}"
        yield from (f"  {line}" for line in _curl_line(mounted, engine, base_url, ca))
    yield from _further(contracts)
    yield _where_credentials_are(engine, credentials_command)
    yield "Stop with Ctrl-C."


def _rich(engine: Engine, base_url: str, stream: TextIO, ca: Path | None, credentials_command: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    contracts = list(_mounted_contracts(engine))
    for mounted in contracts[:_SHOWN]:
        place = f"{base_url}{mounted.contract.prefix}"
        console.print(
            Text.assemble((mounted.contract.title, "bold"), " at ", (place, "cyan")), soft_wrap=True
        )
        for command in _curl_line(mounted, engine, base_url, ca):
            console.print(Text(_folded(command, console.width)), soft_wrap=True)
    for line in _further(contracts):
        console.print(line, style="dim")
    console.print()
    console.print(_where_credentials_are(engine, credentials_command), soft_wrap=True)
    ready = Text.assemble("mock-server is ready at ", (base_url, "bold green"))
    console.print(ready.append(". Stop with Ctrl-C.", "dim"))
    console.print(Text.assemble("The console is at ", (f"{base_url}{CONSOLE}", "bold")))


def _further(contracts: Sequence[MountedContract]) -> Iterator[str]:
    if len(contracts) > _SHOWN:
        yield f"{len(contracts) - _SHOWN} further contracts: mock-server routes lists their operations."


def _where_credentials_are(engine: Engine, credentials_command: str) -> str:
    if engine.context.auth == "any":
        return _NO_AUTH
    if not any(mounted.principals.known for mounted in _mounted_contracts(engine)):
        return _NONE_NEEDED
    return f"Credentials by role: {credentials_command}"


def _credential_lines(engine: Engine) -> Iterator[str]:
    for mounted in _mounted_contracts(engine):
        yield f"{mounted.contract.title}"
        if not mounted.principals.known:
            yield f"  {_NONE_NEEDED}"
        for principal in mounted.principals.known:
            purpose = f"  ({principal.purpose})" if principal.purpose else ""
            yield f"  {principal.name}: {_credentials(principal)}{purpose}"


def _credential_tables(engine: Engine, stream: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for mounted in _mounted_contracts(engine):
        table = Table(
            title=Text(mounted.contract.title, "bold"),
            title_justify="left",
            box=None,
            padding=(0, 2, 0, 0),
            show_header=False,
        )
        table.add_column(style="cyan")
        table.add_column(no_wrap=True)
        table.add_column(style="dim")
        if not mounted.principals.known:
            table.add_row(f"  {_NONE_NEEDED}")
        for principal in mounted.principals.known:
            table.add_row(f"  {principal.name}", _credentials(principal, "\n"), principal.purpose)
        console.print(table)
        console.print()


def _folded(line: str, width: int) -> str:
    """The command with its header on a second line, if it is longer than the terminal is wide."""
    return line if len(line) <= width else line.replace(" -H ", " \\\n  -H ", 1)


def _mounted_contracts(engine: Engine) -> Iterator[MountedContract]:
    """The contracts, with the principals of the scenario of new worlds."""
    others = engine.world().scenario.principals
    for name, mounted in engine.context.contracts.items():
        yield replace(mounted, principals=others.get(name, mounted.principals))


@dataclass(frozen=True, slots=True)
class _Example:
    """A GET request. path: percent-encoded. query, cookies: names and values. user: user:password, or
    empty."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    user: str = ""

    def curl(self, base_url: str) -> str:
        """The request as a command."""
        # Variables, which stand for the user's own credentials, are left for the shell to expand.
        query = "&".join(f"{name}={_encoded(value)}" for name, value in self.query)
        url = base_url + self.path + (f"?{query}" if query else "")
        words = ["curl -s", _quoted(url)]
        words += [f"-H {_quoted(f'{name}: {value}')}" for name, value in self.headers]
        words += [f"-b {_quoted(f'{name}={value}')}" for name, value in self.cookies]
        words += [f"-u {_quoted(self.user)}"] if self.user else []
        return " ".join(words)

    def request(self, world: str) -> Request:
        """The request as the engine takes it."""
        headers = {name.lower(): value for name, value in self.headers}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies)
        if self.user:
            headers["authorization"] = f"Basic {base64.b64encode(self.user.encode()).decode()}"
        return Request("GET", unquote(self.path), urlencode(self.query), headers, world=world)


def curl_lines(engine: Engine, base_url: str, ca: Path | None = None) -> list[str]:
    """An example request with curl from each contract that has some. ca: as in show."""
    return [
        line for mounted in _mounted_contracts(engine) for line in _curl_line(mounted, engine, base_url, ca)
    ]


def _curl_line(mounted: MountedContract, engine: Engine, base_url: str, ca: Path | None) -> Iterator[str]:
    """The shortest example request of a contract; none where it has none."""
    lines = [example.curl(base_url) for example in _examples(mounted, engine)]
    if not lines:
        return
    line = min(lines, key=len)
    if ca is not None:
        line = f"curl -s --cacert {shlex.quote(str(ca))} {line.removeprefix('curl -s ')}"
    yield line


def _examples(mounted: MountedContract, engine: Engine) -> list[_Example]:
    """Requests that read something, those of a contract without fixtures as far as they succeed."""
    filled: Iterable[tuple[Operation, str | None]]
    if mounted.dialect.render_declared is None:
        filled = ((operation, _example_path(operation)) for operation in _readable(mounted))
    else:
        filled = _known_paths(mounted, engine)
    examples = list(islice(_with_credentials(mounted, filled), _TRIES))
    # A credential of the user's own is not known here, and nothing is checked without one.
    if mounted.dialect.render_declared is None or any("$" in text for text in map(str, examples)):
        return examples[:_EXAMPLES]
    succeeding = (each for each in examples if engine.handle(each.request(_TRIAL)).status < 400)
    chosen = list(islice(succeeding, _EXAMPLES))
    if examples:
        engine.worlds.remove(_TRIAL)
    return chosen


def _readable(mounted: MountedContract) -> Iterator[Operation]:
    return (operation for operation in mounted.contract.operations.values() if operation.method == "GET")


def _with_credentials(
    mounted: MountedContract, filled: Iterable[tuple[Operation, str | None]]
) -> Iterator[_Example]:
    for operation, path in filled:
        query = _required_query(operation)
        if path is None or query is None:
            continue
        example = _authorized(mounted, operation, _Example(path, query))
        if example is not None:
            yield example


def _known_paths(mounted: MountedContract, engine: Engine) -> Iterator[tuple[Operation, str | None]]:
    """GET operations with the path of something that exists."""
    with engine.world().store.transaction() as state:
        for operation in islice(_readable(mounted), _LOOKED_AT):
            values = path_values(operation, mounted.behaviours, state)
            yield operation, None if values is None else filled_path(operation, values)


def _example_path(operation: Operation) -> str | None:
    """The path with the examples of its parameters; None if an example is missing."""
    path = operation.path
    for parameter in operation.parameters:
        if parameter.location == "path":
            if parameter.example is None:
                return None
            path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.example), safe=""))
    return path


def _required_query(operation: Operation) -> tuple[tuple[str, str], ...] | None:
    """The required query parameters with their examples; None if an example, or a header, is missing."""
    query: list[tuple[str, str]] = []
    for parameter in operation.parameters:
        if not parameter.required or parameter.location == "path":
            continue
        if parameter.example is None or parameter.location != "query":
            return None
        query.append((parameter.name, str(parameter.example)))
    return tuple(query)


def _authorized(mounted: MountedContract, operation: Operation, example: _Example) -> _Example | None:
    """The request with the credentials of the first suitable principal; unchanged if no credential is
    required, None if no principal is suitable."""
    if not operation.security or {} in operation.security:
        return example
    for principal in mounted.principals.known:
        for requirement in operation.security:
            roles = [role for required in requirement.values() for role in required]
            if requirement.keys() - principal.credentials.keys() or not all(map(principal.has, roles)):
                continue
            if principal.expires_at is None:
                return _with_schemes(mounted, tuple(requirement), principal, example)
    return None


def _with_schemes(
    mounted: MountedContract, schemes: tuple[str, ...], principal: Principal, example: _Example
) -> _Example:
    for scheme_id in schemes:
        scheme, credential = mounted.contract.schemes[scheme_id], principal.credentials[scheme_id]
        if scheme.carrier == "basic":
            example = replace(example, user=credential)
        elif scheme.carrier == "query":
            example = replace(example, query=(*example.query, (scheme.name, credential)))
        elif scheme.carrier == "cookie":
            example = replace(example, cookies=(*example.cookies, (scheme.name, credential)))
        else:
            value = f"Bearer {credential}" if scheme.carrier == "bearer" else credential
            example = replace(example, headers=(*example.headers, (scheme.name, value)))
    return example


def _encoded(value: str) -> str:
    return value if value.startswith("$") else quote(value, safe="")


def _quoted(text: str) -> str:
    """Quoted for a shell. A variable, which stands for the user's own credential, is expanded."""
    return f'"{text}"' if "$" in text else shlex.quote(text)


def _credentials(principal: Principal, between: str = ", ") -> str:
    return between.join(f"{scheme} {credential}" for scheme, credential in principal.credentials.items())
