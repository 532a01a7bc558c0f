"""YAML files: JSON's types, the line of every part, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.openapi.yaml_file import UnreadableError, YamlFile
from tests import yaml_cases


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", yaml_cases.BOMBS)
def test_aliases_that_multiply_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnreadableError, match=r"aliases .* repeat more than 1,000,000 values"):
        YamlFile.read(written(tmp_path, yaml_cases.BOMBS[kind]))


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="nested too deeply"):
        YamlFile.read(written(tmp_path, yaml_cases.DEEP))


def test_a_merged_part_has_the_line_where_it_is_written(tmp_path: Path) -> None:
    file = YamlFile.read(written(tmp_path, "a: &a {x: 1}\nb: &b\n  y: 2\nc:\n  <<: [*a, *b]\n"))
    assert [file.line(f"/c/{name}") for name in "xy"] == [1, 3]


def test_a_pointer_finds_its_line(tmp_path: Path) -> None:
    file = YamlFile.read(
        written(tmp_path, "paths:\n  /a/b:\n    get:\n      tags:\n        - one\n        - two\n")
    )
    assert [file.line(at) for at in ("", "/paths", "/paths/~1a~1b", "/paths/~1a~1b/get/tags/1")] == [
        1,
        1,
        2,
        6,
    ]


def test_a_pointer_without_a_target_has_the_line_of_its_parent(tmp_path: Path) -> None:
    file = YamlFile.read(written(tmp_path, "info:\n  title: x\n"))
    assert file.line("/info/title/deeper") == 2
    assert file.line("/info/version") == 1


def test_a_key_given_twice_is_known_with_its_line(tmp_path: Path) -> None:
    file = YamlFile.read(written(tmp_path, "a:\n  b: 1\n  c: 2\n  b: 3\n"))
    assert file.duplicate_keys == (("/a/b", 4, 3),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\nb: }\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("", 1),
        ("a: &a\n  b: *a\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        *yaml_cases.REFUSED.values(),
    ],
)
def test_anything_but_a_single_yaml_document_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(UnreadableError) as caught:
        YamlFile.read(written(tmp_path, text))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{tmp_path / 'some.yaml'}:{line}: ")


def test_bytes_that_cannot_be_decoded_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_bytes(b"a: \xff\xfe\x00")
    with pytest.raises(UnreadableError):
        YamlFile.read(tmp_path / "some.yaml")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"absent\.yaml:1: No such file"):
        YamlFile.read(tmp_path / "absent.yaml")
