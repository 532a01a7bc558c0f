"""YAML files: JSON's types, the line of every part, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.openapi.yaml_file import UnreadableError, YamlFile, read_yaml


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-10-01T12:00:00Z", "2023-10-01T12:00:00Z"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("010", 10),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("'5'", "5"),
        ("{200: ok}", {"200": "ok"}),
        ("{a: &a {x: 1}, b: {<<: *a, y: 2}}", {"a": {"x": 1}, "b": {"x": 1, "y": 2}}),
        ("[{<<: [{a: 1}, {b: 2}]}]", [{"a": 1, "b": 2}]),
    ],
)
def test_values_have_the_types_of_json(tmp_path: Path, text: str, value: object) -> None:
    assert read_yaml(written(tmp_path, text)) == value


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


def test_a_pointer_to_nothing_has_the_line_of_the_part_above(tmp_path: Path) -> None:
    file = YamlFile.read(written(tmp_path, "info:\n  title: x\n"))
    assert file.line("/info/title/deeper") == 2
    assert file.line("/info/version") == 1


def test_a_key_given_twice_is_known_with_its_line(tmp_path: Path) -> None:
    file = YamlFile.read(written(tmp_path, "a:\n  b: 1\n  c: 2\n  b: 3\n"))
    assert file.duplicate_keys == (("/a/b", 4),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\nb: }\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("", 1),
        ("a: &a\n  b: *a\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
    ],
)
def test_what_is_not_one_yaml_document_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        YamlFile.read(written(tmp_path, text))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{tmp_path / 'some.yaml'}:{line}: ")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_bytes(b"a: \xff\xfe\x00")
    with pytest.raises(UnreadableError):
        YamlFile.read(tmp_path / "some.yaml")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"absent\.yaml:1: No such file"):
        YamlFile.read(tmp_path / "absent.yaml")
