"""The check and the mock server, which share no code, agree about each document.

What the mock refuses to serve is a fault; what it warns of is a fault or a warning of the same object. The
check sees more: the mock overlooks what has no effect on it. It refuses Swagger 2.0, which the mock converts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.openapi.pointers import escape
from contract_tests.spec_check.checker import check
from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.rules import Severity, severities
from mock_server.contract.loading import read
from mock_server.contract.problems import Problem
from mock_server.errors.startup import StartupError
from tests.spec_check_faults.planted import BASES, DOCUMENTS, PLANTED, Planted

CASES = Path(__file__).parents[1] / "cases"
CORPUS = os.environ.get("OPENAPI_CORPUS")


def _documents(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".json"):
            start = path.read_bytes()[:4000].replace(b"\0", b"")
            if re.search(rb"^\W*(openapi|swagger)\b", start, re.MULTILINE):
                yield path


def _assert_agreement(path: Path) -> None:
    usual = severities()
    found = [problem for problem in check([path]) if usual[problem.rule] is not Severity.STYLE]
    try:
        warned = read(path).problems
    except StartupError:
        assert any(usual[problem.rule] is Severity.FAULT for problem in found)
        return
    for warning in warned:
        assert any(_is_same(problem, warning) for problem in found), f"{warning}\nfound: {found}"


def _is_same(ours: SpecProblem, theirs: Problem) -> bool:
    """Whether both are about one object, or about a member of it."""
    pointer = "".join(f"/{escape(part)}" for part in theirs.place)
    is_inside = f"{ours.pointer}/".startswith(f"{pointer}/") or f"{pointer}/".startswith(f"{ours.pointer}/")
    return is_inside and ours.file.resolve() == theirs.source


def _is_of_swagger(path: Path) -> bool:
    return re.search(r"^\W*swagger\b", path.read_text("utf-8-sig", "replace"), re.MULTILINE) is not None


@pytest.mark.parametrize(
    "path", [path for path in _documents(CASES) if not _is_of_swagger(path)], ids=lambda path: path.name
)
def test_they_agree_about_small_cases(path: Path) -> None:
    _assert_agreement(path)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_they_agree_about_clean_documents(name: str) -> None:
    _assert_agreement(BASES / DOCUMENTS[name])


FOLLOWED = [planted for planted in PLANTED if planted.name != "unknown-scheme-type"]
"""Of a scheme that it does not know, the mock also warns where operations require it."""


@pytest.mark.parametrize("planted", FOLLOWED, ids=lambda planted: planted.name)
def test_they_agree_about_planted_faults(planted: Planted, tmp_path: Path) -> None:
    _assert_agreement(planted.write(tmp_path))


@pytest.mark.slow
@pytest.mark.skipif(CORPUS is None, reason="OPENAPI_CORPUS names no folder of public documents")
def test_they_agree_about_public_documents() -> None:
    for path in _documents(Path(CORPUS or "")):
        _assert_agreement(path)
