"""`spec check` finds each planted fault, on its line, and nothing in the documents without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.spec_check.checker import check
from tests.spec_check_faults.planted import BASES, DOCUMENTS, PLANTED, Planted


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_without_a_fault_has_no_problem(document: str) -> None:
    assert check([BASES / DOCUMENTS[document]]) == []


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_fault_is_found_on_its_line(planted: Planted, tmp_path: Path) -> None:
    found = check([planted.write(tmp_path)])
    changed = (tmp_path / planted.place).resolve()
    said = [(problem.rule, problem.line) for problem in found if problem.file.resolve() == changed]
    assert (planted.rule, planted.line) in said, "\n".join(map(str, found))


def test_the_faults_have_different_names() -> None:
    assert len({planted.name for planted in PLANTED}) == len(PLANTED) == 67
