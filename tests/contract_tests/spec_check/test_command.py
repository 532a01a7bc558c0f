"""`contract-tests spec`: exit codes and what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from contract_tests.openapi.files import openapi_dir
from contract_tests.spec_check.command import spec
from contract_tests.spec_check.decisions_page import PAGE, decisions_page


def test_a_clean_file_exits_with_0(folder: Path) -> None:
    result = CliRunner().invoke(spec, ["check", str(folder / "shelves.yaml")])
    assert (result.exit_code, result.stdout) == (0, "no problems\n")


def test_problems_exit_with_1_and_are_printed_one_per_line(folder: Path) -> None:
    path = folder / "shelves.yaml"
    path.write_text(path.read_text().replace("default: abc", "default: ABC"))
    result = CliRunner().invoke(spec, ["check", str(path)])
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{path}:71: example: ")
    assert result.stderr == "1 problem in 1 file\n"


@pytest.mark.parametrize("text", [None, "a: [1,\nb: }\n", ""])
def test_a_file_that_cannot_be_read_exits_with_2_and_names_file_and_line(
    tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "my.yaml"
    if text is not None:
        path.write_text(text)
    result = CliRunner().invoke(spec, ["check", str(path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{path}:")
    assert result.stderr.removeprefix(f"{path}:")[0].isdigit()


def test_the_page_of_decisions_lists_question_reading_and_accepted_responses(folder: Path) -> None:
    page = decisions_page(folder)
    for part in (
        "## Shelves (`shelves`)",
        "### S1. Which status answers a created shelf?",
        "We read it so: 201",
        "What would settle it: A call.",
        "- `create` of `createShelf`: 200 or 201",
        "- `query.trace.pattern` is not asserted",
        "It rests on:\n\n- 001-01, Shelves: There are shelves.",
    ):
        assert part in page


def test_the_page_of_decisions_is_written_into_its_folder(folder: Path) -> None:
    result = CliRunner().invoke(spec, ["decisions", str(folder)])
    assert result.exit_code == 0
    assert (folder / PAGE).read_text() == decisions_page(folder)


def test_the_page_of_decisions_that_comes_with_the_project_is_up_to_date() -> None:
    assert (openapi_dir() / PAGE).read_text(encoding="utf-8") == decisions_page(openapi_dir())
