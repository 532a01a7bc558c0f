"""YAML files: what is wrong with one is said without repeating it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.errors.startup import StartupError
from mock_server.yaml_file import line_of, read_yaml
from mock_server.yaml_text import write_yaml
from tests import yaml_cases


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "mine.yaml"
    file.write_bytes(text.encode(encoding))
    return file


def test_an_unquoted_secret_that_looks_like_a_tag_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "principals.yaml"
    file.write_text("principals:\n  - name: admin\n    credentials: \n      bearer: !canary\n")
    with pytest.raises(StartupError) as refused:
        read_yaml(file)
    (problem,) = refused.value.problems
    assert problem.startswith(f"{file}:4: ")
    assert "needs quotes" in problem
    assert "canary" not in problem


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("over: default\nseed: 1\nover: empty\n", 3, "'over'"),
        ("records:\n  a:\n    x: 1\n    y: 2\n    x: 3\n", 5, "'x'"),
        ("responses:\n  200: {}\n  '200': {}\n", 3, "'200'"),
        ('{"a": 1,\n "a": 2}', 2, "'a'"),
        ("one: &one {a: 1}\ntwo:\n  <<: *one\n  b: 1\n  b: 2\n", 5, "'b'"),
        ("one: &one {a: 1}\ntwo:\n  <<: *one\n  <<: *one\n", 4, "'<<'"),
    ],
)
def test_a_duplicate_key_is_refused_with_its_line(tmp_path: Path, text: str, line: int, key: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(StartupError) as refused:
        read_yaml(file)
    (problem,) = refused.value.problems
    assert problem.startswith(f"{file}:{line}: duplicate key {key}, first in line ")


@pytest.mark.parametrize("what", yaml_cases.REFUSED)
def test_what_json_cannot_hold_is_refused_with_its_line(tmp_path: Path, what: str) -> None:
    text, line = yaml_cases.REFUSED[what]
    file = written(tmp_path, text)
    with pytest.raises(StartupError) as refused:
        read_yaml(file)
    assert str(refused.value).startswith(f"{file}:{line}: ")


@pytest.mark.parametrize("kind", yaml_cases.BOMBS)
def test_aliases_that_multiply_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(StartupError, match=r"aliases .* repeat more than 1,000,000 values"):
        read_yaml(written(tmp_path, yaml_cases.BOMBS[kind]))


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="nested too deeply"):
        read_yaml(written(tmp_path, yaml_cases.DEEP))


def test_bytes_of_another_encoding_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"a: \xff")
    with pytest.raises(StartupError, match="is not UTF-8 at byte 3"):
        read_yaml(file)


def test_what_is_written_is_read_as_the_same_value(tmp_path: Path) -> None:
    texts = [text for text, _ in yaml_cases.SCALARS]
    value = {"texts": texts, **dict.fromkeys(texts, 1), "<<": "é😀\n#"}
    assert read_yaml(written(tmp_path, write_yaml(value))) == value


def test_a_place_has_its_line_in_any_encoding(tmp_path: Path) -> None:
    text = '{"info":\n {"title": "\\ud83d\\ude00",\n  "tags": [1,\n   2]}}'
    file = written(tmp_path, text, "utf-16")
    assert [line_of(file, place) for place in (["info"], ["info", "tags", 1], ["info", "none"])] == [1, 4, 1]


def test_the_line_of_a_place_in_json_with_characters_that_yaml_refuses(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"note": "\x80 \x7f \x85 \u2028",\n "paths": {"/a": 1}}\n', encoding="utf-8")
    assert read_yaml(path)["paths"] == {"/a": 1}
    assert line_of(path, ["paths", "/a"]) == 2
