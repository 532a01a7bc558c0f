"""`check`: each rule finds its planted problem, with file and line, and a clean folder has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.openapi.yaml_file import UnreadableError
from contract_tests.spec_check.checker import check
from contract_tests.spec_check.problems import SpecProblem
from tests.contract_tests.spec_check.planted import BEHAVIOUR, DECISIONS, PLANTED, SOURCE, SPEC, WORKFLOW

Plant = Callable[[str, str, str], list[SpecProblem]]


def test_a_clean_folder_has_no_problems(folder: Path) -> None:
    assert check([folder]) == []


@pytest.mark.parametrize("name", [SPEC, SOURCE, DECISIONS, BEHAVIOUR, WORKFLOW, "behaviour.schema.json"])
def test_a_clean_file_alone_has_no_problems(folder: Path, name: str) -> None:
    assert check([folder / name]) == []


@pytest.mark.parametrize(("name", "old", "new", "rule", "at"), PLANTED)
def test_a_planted_problem_is_found_on_its_line(
    planted: Plant, folder: Path, *, name: str, old: str, new: str, rule: str, at: str
) -> None:
    found = planted(name, old, new)
    lines = (folder / name).read_text().split("\n")
    said = [
        (problem.rule, lines[problem.line - 1].strip()) for problem in found if problem.file == folder / name
    ]
    assert (rule, at) in said, "\n".join(map(str, found))


def test_a_problem_is_printed_with_path_line_rule_and_message(planted: Plant, folder: Path) -> None:
    (problem,) = planted(SPEC, "default: abc", "default: ABC")
    assert str(problem) == f"{folder / SPEC}:71:51: 'ABC' does not match '^[a-z]+$' [default]"


def test_all_problems_are_collected_in_the_order_of_files_and_lines(planted: Plant, folder: Path) -> None:
    planted(WORKFLOW, "type: goto", "type: jump")
    planted(SPEC, "default: abc", "default: ABC")
    found = planted(SPEC, "example: 3", "example: three")
    assert [(problem.file.name, problem.line) for problem in found] == [
        ("shelves.yaml", 32),
        ("shelves.yaml", 71),
        ("shelves.arazzo.yaml", 54),
    ]


def test_a_user_spec_needs_no_citations(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.mktemp("elsewhere") / "my.yaml"
    own.write_text(
        "\n".join(
            line for line in (folder / SPEC).read_text().split("\n") if not line.strip().startswith("x-cites")
        )
    )
    assert check([own]) == []


def test_a_spec_with_facts_needs_citations_even_if_it_has_none(folder: Path) -> None:
    text = (folder / SPEC).read_text().replace("x-cites", "x-was").replace("x-decision", "x-was")
    (folder / SPEC).write_text(text)
    assert "uncited" in {problem.rule for problem in check([folder / SPEC])}


def test_an_openapi_3_0_spec_is_validated_in_its_own_dialect(tmp_path: Path) -> None:
    own = tmp_path / "my.yaml"
    own.write_text(
        """\
openapi: 3.0.3
info: {title: Old, version: "1"}
paths:
  /a:
    get:
      operationId: a
      responses:
        "200":
          description: An a
          content:
            application/json:
              schema: {type: integer, nullable: true, minimum: 3, exclusiveMinimum: true}
              example: 3
"""
    )
    assert [(problem.rule, problem.line) for problem in check([own])] == [("example", 13)]
    own.write_text(own.read_text().replace("example: 3", "example: null"))
    assert check([own]) == []


ALL_OF = """\
openapi: 3.1.0
info: {title: ServerContext, version: "1"}
paths:
  /a:
    post:
      operationId: a
      requestBody:
        content:
          application/json:
            schema:
              required: [id, name]
              allOf:
                - properties:
                    id: {type: string, readOnly: true, examples: [k1]}
                    name: {type: string}
            example: {name: x}
      responses:
        "200": {description: An a}
"""


def test_a_read_only_member_declared_in_another_branch_may_be_left_out(tmp_path: Path) -> None:
    own = tmp_path / "my.yaml"
    own.write_text(ALL_OF)
    assert check([own]) == []
    own.write_text(ALL_OF.replace("example: {name: x}", "example: {}"))
    assert [problem.message for problem in check([own])] == ["'name' is a required property"]


def test_a_json_file_is_read_like_any_other(tmp_path: Path) -> None:
    own = tmp_path / "my.json"
    own.write_text('{"openapi": "3.1.0",\n "info": {"title": "x"},\n "paths": {}}')
    assert [(problem.rule, problem.line) for problem in check([own])] == [("openapi", 2)]


def test_a_file_that_is_not_yaml_is_a_problem_on_its_line_beside_those_of_the_others(
    planted: Plant, folder: Path
) -> None:
    (folder / "broken.yaml").write_text("a: 1\nb: }\n")
    found = planted(SPEC, "default: abc", "default: ABC")
    assert [(problem.file.name, problem.line, problem.rule) for problem in found] == [
        ("broken.yaml", 2, "unreadable"),
        ("shelves.yaml", 71, "default"),
    ]


def test_a_file_that_does_not_exist_is_refused(folder: Path) -> None:
    with pytest.raises(UnreadableError, match=r"missing\.yaml"):
        check([folder / "missing.yaml"])


def test_a_value_of_the_wrong_type_anywhere_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    for value in ("[]", "7", "text", "null"):
        for member in ("info", "paths", "components", "security", "webhooks"):
            own = tmp_path / "my.yaml"
            own.write_text(f"openapi: 3.1.0\n{member}: {value}\n")
            assert check([own])
