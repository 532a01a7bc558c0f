"""A spec as it is read to be played: what is broken in it is told with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mock_server.contract.loading import load
from mock_server.contract.operation import Contract
from mock_server.contract.plan import compile_plan
from mock_server.contract.projection import Projector
from mock_server.contract.validation import Judge
from mock_server.errors.problem_json import PROBLEM_JSON
from mock_server.errors.startup import StartupError
from mock_server.inference.problems import located
from mock_server.yaml_file import line_of


@contextmanager
def reading(path: Path) -> Iterator[Contract]:
    """The contract a spec states, every operation of it ready to be played.

    Raises StartupError naming file and line of what is wrong, also where the block trips over a part of
    another kind than OpenAPI gives it; what the spec does not explain is raised as it is.
    """
    try:
        yield _contract(path)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        refused = located(path, StartupError())
        if not refused.problems:
            raise
        raise refused from error


def _contract(path: Path) -> Contract:
    try:
        contract = load(path)
        _compile(contract)
    except StartupError as error:
        raise located(path, error) from None
    if not contract.operations:
        raise StartupError(f"{path}:{line_of(path, ['paths'])}: no operation stands under `paths`")
    return contract


def _compile(contract: Contract) -> None:
    """Compile every operation once, so that a broken schema is told with its line. Raises StartupError."""
    judge, projector = Judge(contract), Projector(contract.schemas)
    for operation in contract.operations.values():
        compile_plan(operation, contract, judge=judge, projector=projector, coercion=PROBLEM_JSON.coercion)
