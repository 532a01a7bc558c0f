"""YAML files: what is wrong with one is said without repeating it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.errors.start import StartError
from mock_server.yaml_file import read_yaml


def test_an_unquoted_secret_that_looks_like_a_tag_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "principals.yaml"
    file.write_text("principals:\n  - name: admin\n    credentials: \n      bearer: !canary\n")
    with pytest.raises(StartError) as refused:
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
        ("responses:\n  200: {}\n  200: {}\n", 3, "200"),
        ('{"a": 1,\n "a": 2}', 2, "'a'"),
        ("one: &one {a: 1}\ntwo:\n  <<: *one\n  b: 1\n  b: 2\n", 5, "'b'"),
        ("one: &one {a: 1}\ntwo:\n  <<: *one\n  <<: *one\n", 4, "'<<'"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(StartError) as refused:
        read_yaml(file)
    (problem,) = refused.value.problems
    assert problem.startswith(f"{file}:{line}: the key {key} is there already, in line ")


def test_a_merged_mapping_gives_way_to_the_entries_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "low: &low {a: 1, b: 1}\n"
        "outer: {inner: &mid {<<: *low, b: 2, c: 2}}\n"
        "top: {<<: *mid, c: 3}\n"
        "both: {c: 4, <<: [*mid, *low]}\n"
    )
    assert read_yaml(file) == {
        "low": {"a": 1, "b": 1},
        "outer": {"inner": {"a": 1, "b": 2, "c": 2}},
        "top": {"a": 1, "b": 2, "c": 3},
        "both": {"a": 1, "b": 2, "c": 4},
    }


def test_a_key_that_is_a_list_is_refused_beside_a_merge_too(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("one: &one {a: 1}\ntwo:\n  <<: *one\n  [x]: 1\n")
    with pytest.raises(StartError, match=":4: found unhashable key"):
        read_yaml(file)
