"""Reads the contract of a user's file; when that fails, `spec check` says where and why."""

from __future__ import annotations

from pathlib import Path

from contract_tests.openapi.contract import Contract, MalformedSpecError, SpecError

_SHOWN = 5
"""Problems of a file that an error names."""


def load_contract(name: str, path: Path | None, *, prove_schemas: bool = False) -> Contract:
    """`Contract.load`, with an error that names line and rule.

    prove_schemas: compile every schema, too. Raises SpecError, or UnreadableError for a file that is not
    YAML.
    """
    try:
        contract = Contract.load(name, path)
        if prove_schemas:
            contract.prove_schemas()
    except MalformedSpecError as error:
        from contract_tests.spec_check.checker import check
        from contract_tests.spec_check.rules import Severity, severities

        usual = severities()
        order = list(Severity)
        problems = sorted(check([error.path]), key=lambda found: order.index(usual[found.rule]))[:_SHOWN]
        if not problems:
            raise
        raise SpecError("\n".join(map(str, problems))) from error
    return contract
