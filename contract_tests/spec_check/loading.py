"""Reads the contract of a user's file; when something is wrong with it, `spec check` says where and why."""

from __future__ import annotations

from pathlib import Path

from contract_tests.openapi.contract import Contract, MalformedSpecError, SpecError

_SHOWN = 5
"""Problems of a file that an error or a warning names."""


def load_contract(name: str, path: Path | None) -> Contract:
    """`Contract.load`, with an error that names line and rule.

    Raises SpecError, or UnreadableError for a file that is not YAML.
    """
    try:
        return Contract.load(name, path)
    except MalformedSpecError as error:
        problems = _faults(error.path)
        if not problems:
            raise
        raise SpecError("\n".join(problems[:_SHOWN])) from error


def warnings_about(contract: Contract) -> list[str]:
    """What is wrong with a document that was read all the same, a line each: parts that do not count."""
    own = [*contract.problems, *contract.broken_schemas()]
    if not own:
        return []
    faults = _faults(contract.path) or [f"{contract.path}: {problem}" for problem in own]
    hint = f"{len(faults) - _SHOWN} more; `contract-tests spec check {contract.path}` names all"
    return [*faults[:_SHOWN], *([hint] if len(faults) > _SHOWN else [])]


def _faults(path: Path) -> list[str]:
    from contract_tests.spec_check.checker import check
    from contract_tests.spec_check.rules import Severity, severities

    usual = severities()
    return [str(problem) for problem in check([path]) if usual[problem.rule] is Severity.FAULT]
