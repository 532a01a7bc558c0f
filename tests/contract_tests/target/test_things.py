"""The tables of existing records: by path, or by the name of a path parameter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.target.target_file import Target, TargetError
from contract_tests.target.template import target_text
from tests.contract_tests.strangers.stores import document, operation

PATHS = {
    "/pets/{id}": {"get": operation("readPet", 200, path="id")},
    "/groups/{id}": {"get": operation("readGroup", 200, path="id")},
    "/groups/{id}/members/{member}": {"get": operation("readMember", 200, path="id member")},
}


def load(folder: Path, *lines: str) -> Target:
    (folder / "spec.json").write_text(json.dumps(document(PATHS)), encoding="utf-8")
    file = folder / "target.toml"
    head = ("[contracts.x]", 'base_url = "http://127.0.0.1:1"', 'spec = "spec.json"')
    file.write_text("\n".join((*head, *lines)), encoding="utf-8")
    return Target.load(file)


def test_a_value_is_looked_up_by_path_then_by_name(tmp_path: Path) -> None:
    target = load(
        tmp_path,
        "[contracts.x.known]",
        'member = "m"',
        '"/pets/{id}" = {id = "p"}',
        '"/groups/{id}" = {id = "g"}',
        '"/groups/{id}/members/{member}" = {id = "full"}',
    ).contracts["x"]
    assert target.named("known", "id", "/pets/{id}") == "p"
    assert target.named("known", "id", "/groups/{group_id}/rules") is None
    assert target.named("known", "group_id", "/groups/{group_id}/rules") == "g"
    assert target.named("known", "id", "/groups/{id}/members/{member}") == "full"
    assert target.named("known", "member", "/groups/{id}/members/{member}") == "m"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'id = "x"',
            'known.id: names things of several paths; write one of the tables contracts.x.known."/pets',
        ),
        ('"/nets/{id}" = {id = "x"}', 'known."/nets/{id}": not the path of a thing; those are /pets/{id}'),
        ('"/pets/{id}" = {name = "x"}', 'known."/pets/{id}".name: not one of id'),
        ('"/pets/{id}" = "x"', 'known."/pets/{id}": write a table with id'),
    ],
)
def test_an_ambiguous_or_unknown_thing_is_refused(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as refused:
        load(tmp_path, "[contracts.x.known]", line)
    assert said in str(refused.value)


def test_a_new_target_file_names_things_in_the_right_form() -> None:
    text = target_text([(Contract("x", Path("spec.json"), document(PATHS)), "spec.json")])
    assert '# "/pets/{id}" = {id = "…"}' in text
    assert '# "/groups/{id}" = {id = "…"}' in text
    assert '# member = "…"' in text
    assert "# id =" not in text
