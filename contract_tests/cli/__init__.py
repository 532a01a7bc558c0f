"""The command line: `contract-tests run` and the other commands.

`entry` has the group of all commands and turns errors into exit codes; the other modules have the commands.
"""

from contract_tests.cli.entry import cli, main

__all__ = ["cli", "main"]
