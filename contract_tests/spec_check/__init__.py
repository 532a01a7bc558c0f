"""Checks of the contracts themselves: specs, their citations, behaviour files and workflows.

`checker.check` is the entry. Nothing is imported here: the command line mounts `command.spec` at every start.
"""
