"""The group of all commands, and the way from an error to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from contract_tests.cli.init import init
from contract_tests.cli.looking import catalogue, explain, list_command
from contract_tests.cli.options import CONTEXT
from contract_tests.cli.running import cleanup, replay, run
from contract_tests.decide.command import decide
from contract_tests.engine.exit_codes import Exit
from contract_tests.installation import missing_packages
from contract_tests.proof.command import prove
from contract_tests.reports.commands import accept, compare, merge
from contract_tests.spec_check.command import spec
from contract_tests.spec_diff.command import diff
from contract_tests.twin.command import twin


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="connector-contracts")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks (works after any command).")
def cli() -> None:
    """Judge any implementation of an API against the promises its documents make.

    Exit codes: 0 holds, 1 broken, 2 usage, configuration or spec, 3 target unreachable or credentials not
    accepted, 4 an error of the harness, 5 not enough concluded, 6 something was left behind, 130 and 143
    stopped by Ctrl-C or SIGTERM.
    """


for _command in (
    run,
    replay,
    cleanup,
    list_command,
    explain,
    init,
    catalogue,
    spec,
    prove,
    accept,
    compare,
    merge,
    twin,
    decide,
):
    cli.add_command(_command)
spec.add_command(diff)


_DEEPEST_CALLS = 5000
"""Documents nest a few hundred levels, and reading a level takes several calls."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; a traceback is shown only with --debug."""
    sys.setrecursionlimit(max(_DEEPEST_CALLS, sys.getrecursionlimit()))
    if missing := missing_packages():
        click.echo(f"Error: {missing}", err=True)
        sys.exit(int(Exit.USAGE))
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_guarded([each for each in given if each != "--debug"], debug="--debug" in given))


def _guarded(arguments: Sequence[str], *, debug: bool) -> int:
    try:
        code = cli.main(args=list(arguments), prog_name="contract-tests", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return int(Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return int(Exit.INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        if isinstance(error, _refusals()):
            click.echo(f"Error: {error}", err=True)
            return int(Exit.USAGE)
        first = (str(error).splitlines() or [""])[0]
        text = f"{type(error).__name__}: {first}" if first else type(error).__name__
        click.echo(f"An error of the harness: {text}. Run it again with --debug for the details.", err=True)
        return int(Exit.OURS)
    return code if isinstance(code, int) else 0


def _refusals() -> tuple[type[Exception], ...]:
    """What says that something the user gave cannot be used, in words meant for them."""
    from contract_tests.engine.recovery import RecoveryError
    from contract_tests.engine.selection import SelectionError
    from contract_tests.extensions import ExtensionError
    from contract_tests.openapi.contract import SpecError
    from contract_tests.openapi.yaml_file import UnreadableError
    from contract_tests.proof.figures import ResultsError
    from contract_tests.proof.plan import PlanError
    from contract_tests.reports.joining import JoinError
    from contract_tests.reports.json import UnreadableReportError
    from contract_tests.reports.registry import ReportError
    from contract_tests.requirements.catalogue import CatalogueError
    from contract_tests.target.target_file import TargetError
    from contract_tests.toml_tables import TableError

    return (
        CatalogueError,
        JoinError,
        UnreadableReportError,
        ExtensionError,
        SelectionError,
        RecoveryError,
        PlanError,
        ReportError,
        ResultsError,
        SpecError,
        TableError,
        TargetError,
        UnreadableError,
    )
