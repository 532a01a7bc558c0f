"""The command line: `mock-server` serves, its subcommands print.

Option values come from, in rising order: defaults, the file of --config, MOCK_SERVER_* variables, flags.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mock_server.errors.startup import StartupError
from mock_server.options import PLAYING, SERVING, SectionedCommand, Url, taking
from mock_server.settings import CONTRACTS, Settings

if TYPE_CHECKING:
    from mock_server.engine import Engine
    from mock_server.serving.tls import Tls
    from mock_server.web.request_log import RequestLog

_CONTEXT = {"auto_envvar_prefix": "MOCK_SERVER", "help_option_names": ["-h", "--help"]}


class ServedError(SystemExit):
    """Raised at the end of a server, whose process has nothing left to do."""


class ServeByDefault(click.Group):
    """A group in which `serve` is the default command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `serve` before options, except those of the group."""
        if not args or (args[0].startswith("-") and args[0] not in {"-h", "--help", "--version"}):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and the options of `serve` that people need first."""
        self.format_commands(ctx, formatter)
        command = self.commands["serve"]
        if isinstance(command, SectionedCommand):
            command.format_first_options(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text("All options: mock-server serve --help")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The usage: without a command, it serves."""
        return ["[COMMAND]", "[OPTIONS]", "[-- PROGRAM ...]"]


def _configured(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Read the defaults of options from a TOML file. Its keys are the options without their dashes, with - or
    _ inside, or the names of their parameters, some of which are plurals."""
    if value is None:
        return None
    import tomllib

    try:
        document = tomllib.loads(value.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{value}: {error}", ctx, param) from None
    except OSError as error:
        raise click.BadParameter(f"{value}: {error.strerror}", ctx, param) from None
    by_option = {_key(option): option for option in serve.params if option.name != param.name}
    options = by_option | {str(option.name): option for option in by_option.values()}
    defaults: dict[str, Any] = {}
    for key, given in document.items():
        option = options.get(key.replace("-", "_"))
        if option is None:
            allowed = ", ".join(name.replace("_", "-") for name in sorted(by_option))
            raise click.BadParameter(f"{value}: unknown setting {key!r}; allowed: {allowed}", ctx, param)
        try:
            option.type_cast_value(ctx, given)
        except (click.BadParameter, TypeError) as error:
            reason = error.message if isinstance(error, click.BadParameter) else f"{given!r} is not valid"
            raise click.BadParameter(f"{value}: {key}: {reason}", ctx, param) from None
        defaults[str(option.name)] = given
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    return value


def _key(option: click.Parameter) -> str:
    """An option without its dashes, as a name of Python."""
    return option.opts[0].strip("-").replace("-", "_")


_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_configured,
    help="A TOML file with any of these options.",
)


def _settings(contract: tuple[str, ...], **options: Any) -> Settings:
    """The settings from options. Without --contract, all built-in contracts are served, or none with
    --spec."""
    default = () if options["specs"] else CONTRACTS
    settings = Settings(contracts=contract or default, **options)
    _check_options(settings)
    return settings


def settings_of(words: Sequence[str]) -> Settings:
    """The settings of `mock-server` with these arguments. Raises click.ClickException."""
    options = serve.make_context("mock-server", [*words]).params
    for name in ("target_file", "keep", "command", "log", "verbose", "quiet"):
        del options[name]
    return _settings(**options)


@click.group(cls=ServeByDefault, context_settings=_CONTEXT)
@click.version_option(package_name="connector-contracts")
def cli() -> None:
    """A stateful mock server for connector APIs. The default command is serve."""


@cli.command(cls=SectionedCommand, context_settings=_CONTEXT)
@_CONFIG
@taking(PLAYING)
@taking(SERVING)
@click.option(
    "--target-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a target file for `contract-tests run` to this path at start.",
)
@click.option("--keep", is_flag=True, help="Keep serving after COMMAND has ended.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def serve(
    *,
    contract: tuple[str, ...],
    log: str,
    verbose: bool,
    quiet: bool,
    target_file: Path | None,
    keep: bool,
    command: tuple[str, ...],
    **options: Any,
) -> None:
    """Serve the contracts until Ctrl-C, or until the COMMAND after -- has ended.

    COMMAND is started as soon as the server accepts requests, with its URL in MOCK_SERVER_URL. Its exit code
    becomes that of this command.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    settings = _settings(contract, **options)
    # A target's credentials are tried against wrong ones, which would all be accepted otherwise.
    settings = replace(settings, placeholders_only=target_file is not None)
    with _loaded_for_good():
        from mock_server.app import build_engine, create_front
        from mock_server.companion import Companion
        from mock_server.serving import Limits
        from mock_server.serving import serve as listen
        from mock_server.start_page import show, show_address

        engine = build_engine(settings)
        front = create_front(settings, engine=engine)
    tls = _tls(settings)
    ca = tls.ca if tls else None
    request_log = _request_log(
        engine, log, verbose=verbose, quiet=quiet or bool(command and not keep), is_paused=bool(command)
    )
    address = ""

    def ready(base_url: str) -> None:
        nonlocal address
        address = base_url
        if quiet:
            show_address(base_url, sys.stdout)
        else:
            show(engine, base_url, sys.stdout, ca=ca, credentials_command=_credentials_command(settings))
        if target_file is not None:
            _write_target(target_file, settings, base_url, engine)
        companion.start(base_url)

    def serve_on(code: int) -> None:
        _show_that_it_serves_on(command[0], code, address)
        if request_log is not None:
            request_log.resume()

    recording = engine.upstream.recording if engine.upstream else None
    if recording is not None:
        recording.start()
    companion = Companion(command, keep=keep, serve_on=serve_on, ca=ca)
    try:
        listen(
            front,
            host=settings.host,
            port=settings.port,
            ready=ready,
            limits=Limits(body=settings.max_body_mib * 1024 * 1024),
            tls=tls.context if tls else None,
            log=request_log,
        )
    finally:
        code = companion.end()
        if request_log is not None:
            request_log.close()
        if engine.upstream is not None:
            engine.upstream.close()
        if recording is not None:
            click.echo(f"{len(recording)} responses are recorded in {recording.path}.")
    raise ServedError(code)


@contextmanager
def _loaded_for_good() -> Iterator[None]:
    """Keep the garbage collector from what is loaded inside: it lives as long as the server.

    Searching it for garbage would take a quarter of the start, and later delay single answers by half a
    second, where documents are large.
    """
    gc.disable()
    yield
    gc.freeze()
    # Most new objects are records that stay. With Python's own thresholds, looking at them took a tenth of
    # the time of creations, and full collections of 0.1 s came three times as often.
    gc.set_threshold(5_000, 10, 10)
    gc.enable()


@cli.command(context_settings=_CONTEXT)
@_CONFIG
@taking(PLAYING)
@click.option(
    "--yaml",
    "as_yaml",
    is_flag=True,
    help="With --spec: print the inferred behaviour file, as a starting point for your own.",
)
def routes(contract: tuple[str, ...], as_yaml: bool, **options: Any) -> None:
    """Print all routes with contract and operation, and what was inferred from a --spec."""
    from mock_server.app import build_engine, spec_options
    from mock_server.inference import table

    if as_yaml and not options["specs"]:
        raise click.UsageError("--yaml requires --spec; the built-in contracts have behaviour files already")
    if as_yaml:
        how = spec_options(_settings(contract, **options))
        click.echo("---\n".join(table.behaviour_yaml(path, how) for path in options["specs"]), nl=False)
        return
    engine = build_engine(_settings(contract, **options))
    for mounted in engine.context.contracts.values():
        if mounted.dialect.render_declared:
            table.show(mounted.contract, mounted.behaviours, sys.stdout)
            continue
        for operation in mounted.contract.operations.values():
            click.echo(f"{operation.method:<7}{operation.path}  {mounted.contract.name}.{operation.id}")


@cli.command(context_settings=_CONTEXT)
@_CONFIG
@taking(PLAYING)
def credentials(contract: tuple[str, ...], **options: Any) -> None:
    """Print the credentials that the server accepts, by contract and role."""
    from mock_server.app import build_engine
    from mock_server.start_page import show_credentials

    show_credentials(build_engine(_settings(contract, **options)), sys.stdout)


@cli.command(name="import-har", context_settings=_CONTEXT)
@_CONFIG
@taking(PLAYING)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The scenario file to write.",
)
def import_har(contract: tuple[str, ...], file: Path, record: Path, **options: Any) -> None:
    """Make a scenario of the responses in the HAR file FILE, without secrets."""
    from mock_server.app import build_engine
    from mock_server.recorded_har import import_file

    imported = import_file(file, record, build_engine(_settings(contract, **options)))
    for problem in imported.problems:
        click.echo(problem, err=True)
    click.echo(f"{imported.recorded} responses are recorded in {record}.")
    if imported.skipped:
        click.echo(f"{imported.skipped} requests are left out: no contract has an operation for them.")


@cli.command(context_settings=_CONTEXT)
@click.option(
    "--base-url",
    type=Url(),
    default="http://127.0.0.1:4010",
    show_default=True,
    help="The URL of the mock server.",
)
@click.option(
    "--contract", type=click.Choice(CONTRACTS), multiple=True, help="Only this contract (repeatable)."
)
def target(base_url: str, contract: tuple[str, ...]) -> None:
    """Print a target file for `contract-tests run` against this mock server."""
    from mock_server.target_file import target_toml

    click.echo(target_toml(Settings(contracts=contract or CONTRACTS), base_url), nl=False)


def _show_that_it_serves_on(program: str, code: int, address: str) -> None:
    click.echo(f"\n{program} has ended with exit code {code}.")
    click.echo(f"mock-server still serves at {address}, its console at {address}/__admin/")
    click.echo("Stop it with Ctrl-C.")


def _request_log(
    engine: Engine, form: str, *, verbose: bool, quiet: bool, is_paused: bool
) -> RequestLog | None:
    """The log of requests on standard error, None for none.

    form: of --log. is_paused: whether a command uses the terminal, which a log that was not asked for
    leaves to it.
    """
    from mock_server.web.request_log import RequestLog

    is_asked_for = verbose or form != "auto"
    if form == "auto":
        form = "text" if verbose or (sys.stderr.isatty() and not quiet) else "none"
    if form == "none":
        return None
    return RequestLog(
        engine,
        sys.stderr,
        form="json" if form == "json" else "text",
        with_admin=verbose,
        is_paused=is_paused and not is_asked_for,
    )


def _check_options(settings: Settings) -> None:
    """Raises click.UsageError for options that mean nothing without another."""
    for option, value, needed, given in (
        ("--upstream-operation", settings.upstream_operations, "--upstream", settings.upstreams),
        ("--record", settings.record, "--upstream", settings.upstreams),
        ("--strict-spec", settings.strict_spec, "--spec", settings.specs),
        ("--ref-root", settings.ref_root, "--spec", settings.specs),
        ("--remote-refs", settings.remote_refs, "--spec", settings.specs),
        ("--credentials", settings.credentials, "--spec", settings.specs),
    ):
        if value and not given:
            raise click.UsageError(f"{option} requires {needed}")


def _credentials_command(settings: Settings) -> str:
    """What prints the credentials that a server with these settings accepts."""
    words = ["mock-server", "credentials"]
    if settings.contracts != CONTRACTS:
        words += [f"--contract={name}" for name in settings.contracts]
    words += [f"--spec={path}" for path in settings.specs]
    words += [f"--scenarios={path}" for path in settings.scenario_folders]
    if settings.scenario != "default":
        words.append(f"--scenario={settings.scenario}")
    return shlex.join(words)


def _tls(settings: Settings) -> Tls | None:
    """What to encrypt with; None to serve without TLS. Raises StartupError."""
    if settings.tls_key and not settings.tls_cert:
        raise StartupError("--tls-key requires --tls-cert")
    if not (settings.tls or settings.tls_cert):
        return None
    from mock_server.serving.tls import made, own

    if settings.tls_cert:
        return own(settings.tls_cert, settings.tls_key)
    return made(settings.host)


def _write_target(path: Path, settings: Settings, base_url: str, engine: Engine) -> None:
    from mock_server.target_file import target_toml

    try:
        path.write_text(target_toml(settings, f"{base_url}/~{_JUDGED}", engine), encoding="utf-8")
    except OSError as error:
        raise StartupError(f"--target-file {path}: {error.strerror}") from None


_JUDGED = "contract-tests"
"""The world in which the harness judges the mock: the default world stays as it was."""

_DEEPEST_CALLS = 5000
"""Documents nest a few hundred levels, and reading a level takes several calls."""


def main() -> None:
    """Run the command line. A StartupError is printed and the exit code is 2."""
    sys.setrecursionlimit(max(_DEEPEST_CALLS, sys.getrecursionlimit()))
    try:
        cli(prog_name="mock-server")
    except StartupError as error:
        for problem in error.problems:
            click.echo(f"mock-server: {problem}", err=True)
        sys.exit(2)
    except ServedError as served:
        _leave(served.code)


def _leave(code: object) -> NoReturn:
    """End the process as the interpreter would, but without taking apart what is in memory: with thousands of
    connections and records that takes longer than everything else at the end."""
    atexit._run_exitfuncs()  # it has no public name
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader has ended, or the stream is closed
            stream.flush()
    os._exit(code if isinstance(code, int) else 1)
