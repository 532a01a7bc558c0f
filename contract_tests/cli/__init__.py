"""The command line: `contract-tests run`, `list`, `explain`, `init`, `catalogue`, `prove`, `spec …`.

`entry` has the group of all commands and turns errors into exit codes; the other modules have the commands.
"""

from contract_tests.cli.entry import cli, main

__all__ = ["cli", "main"]
