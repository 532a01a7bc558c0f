"""The findings as a test file that examines each of them again: `pytest findings.py`."""

from __future__ import annotations

from pathlib import Path

from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.places import shown

_TEXT = '''\
"""What a run of contract-tests found; each test examines one requirement again.

pytest {name}
"""

import os

import pytest

from contract_tests.cli import main

TARGET = os.environ.get("CONTRACT_TARGET", {target!r})


@pytest.mark.parametrize(
    "requirement",
    [
{ids}    ],
)
def test_requirement(requirement, capsys):
    how = ["--profile", {profile!r}, "--seed", {seed!r}]
    with pytest.raises(SystemExit) as ended:
        main(["run", "--target", TARGET, *how, "--requirement", requirement])
    assert ended.value.code == 0, capsys.readouterr().out
'''


def write(result: MaskedResult, path: Path) -> None:
    """Write the file. Raises OSError."""
    path.write_text(source(result, path.name), encoding="utf-8", errors="backslashreplace")


def source(result: MaskedResult, name: str = "findings.py") -> str:
    """The file's text."""
    ids = "".join(f"        {outcome.requirement.id!r},\n" for outcome in shown(result))
    return _TEXT.format(
        name=name, target=result.target, ids=ids, profile=result.profile, seed=str(result.seed)
    )
