"""`contract-tests spec`: exit codes and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract_tests.openapi.files import openapi_dir
from contract_tests.spec_check.command import spec
from contract_tests.spec_check.decisions_page import PAGE, decisions_page
from contract_tests.spec_check.rules import RULES


def test_a_clean_file_exits_with_0(folder: Path) -> None:
    result = CliRunner().invoke(spec, ["check", str(folder / "shelves.yaml")])
    assert (result.exit_code, result.stdout) == (0, "no problems\n")


def test_problems_exit_with_1_and_are_printed_one_per_line(folder: Path) -> None:
    path = folder / "shelves.yaml"
    path.write_text(
        path.read_text().replace("              schema: {type: integer}", "              schema: {type: int}")
    )
    result = CliRunner().invoke(spec, ["check", str(path)])
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{path}:31:24: fault: 'int' is not a type; ")
    assert result.stderr == "1 fault in 1 file\n"


def test_a_warning_fails_the_check_only_where_it_shall(folder: Path) -> None:
    path = folder / "shelves.yaml"
    path.write_text(path.read_text().replace("default: abc", "default: ABC"))
    assert CliRunner().invoke(spec, ["check", str(path)]).exit_code == 0
    result = CliRunner().invoke(spec, ["check", str(path), "--fail-on", "warning"])
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{path}:71:51: warning: ")


def test_a_file_that_is_missing_exits_with_2(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    result = CliRunner().invoke(spec, ["check", str(path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{path}:1: ")


@pytest.mark.parametrize("text", ["a: [1,\nb: }\n", ""])
def test_a_file_that_is_not_yaml_is_a_fault_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text)
    result = CliRunner().invoke(spec, ["check", str(path)])
    assert result.exit_code == 1
    line, column, _ = result.stdout.removeprefix(f"{path}:").split(":", 2)
    assert line.isdigit()
    assert column.isdigit()
    assert "[unreadable]" in result.stdout


def test_a_file_changes_severities(folder: Path) -> None:
    rules, path = folder / "rules.txt", folder / "shelves.yaml"
    path.write_text(path.read_text().replace("default: abc", "default: ABC"))
    rules.write_text("default: fault\nsummary: style\n")
    result = CliRunner().invoke(spec, ["check", str(path), "--rules", str(rules), "--format", "json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["counts"] == {"fault": 1, "warning": 0, "style": 0}
    rules.write_text("default: off\n")
    assert CliRunner().invoke(spec, ["check", str(path), "--rules", str(rules)]).stdout == "no problems\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("defualt: fault\n", "unknown rule 'defualt'; the nearest are default"),
        ("a: 1\nexample: bad\n", "unknown rule 'a'"),
        ("\nexample: bad\n", ":2: example must be one of fault, warning, style, off"),
        ("- example\n", "must be an object"),
    ],
)
def test_a_file_of_severities_that_says_something_else_exits_with_2(
    folder: Path, text: str, said: str
) -> None:
    (folder / "rules.txt").write_text(text)
    arguments = ["check", str(folder / "shelves.yaml"), "--rules", str(folder / "rules.txt")]
    result = CliRunner().invoke(spec, arguments)
    assert result.exit_code == 2
    assert said in result.stderr


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


def test_every_rule_is_documented_with_its_severity() -> None:
    page = (Path(__file__).parents[3] / "docs" / "own-api.md").read_text(encoding="utf-8")
    for rule, (severity, promise) in RULES.items():
        assert (
            f"| `{rule}` | {severity} | {promise} |" in page
            or f"`{rule}`" in page.partition("other rules")[2]
        )
