"""Values of files that are kept for later starts."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import yaml_file, yaml_text
from mock_server.yaml_file import read_yaml
from mock_server.yaml_text import write_yaml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for caches of one test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "connector-contracts" / "documents"


def refuse_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the parser fail for the rest of a test."""

    def parse(text: str, path: Path | str) -> Any:
        raise AssertionError(f"{path} was parsed")

    monkeypatch.setattr(yaml_text, "parse_yaml", parse)


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same to the last digit, sign and type, with members in the same order."""
    return json.dumps(left) == json.dumps(right)


def test_the_second_reading_needs_no_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("b: [1, 2.5, no, 08]\na: {x: null}\n")
    first = read_yaml(file)
    refuse_parsing(monkeypatch)
    assert same(read_yaml(file), first)


@given(value=VALUES)
def test_a_kept_value_is_the_parsed_one(value: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(write_yaml(value), encoding="utf-8", errors="surrogatepass")
    try:
        parsed = yaml_text.parse_yaml(yaml_file.read_text(file), file)
    except Exception:  # e.g. half a surrogate pair: nothing to keep
        return
    assert same(read_yaml(file), parsed)
    assert same(read_yaml(file), parsed)


def test_a_change_of_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("version: 1\n")
    before = file.stat()
    assert read_yaml(file) == {"version": 1}
    file.write_text("version: 2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read_yaml(file) == {"version": 2}


def test_another_parser_parses_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("version: 1\n")
    read_yaml(file)
    monkeypatch.setattr(yaml_file, "_parser", lambda: b"of the next release")
    refuse_parsing(monkeypatch)
    with pytest.raises(AssertionError, match="was parsed"):
        read_yaml(file)


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"{}"])
def test_a_damaged_file_of_the_cache_is_not_used(tmp_path: Path, cache: Path, damage: bytes) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("version: 1\n")
    read_yaml(file)
    (kept,) = cache.iterdir()
    kept.write_bytes(damage)
    assert read_yaml(file) == {"version": 1}


def test_values_that_json_cannot_repeat_exactly_are_not_kept(tmp_path: Path, cache: Path) -> None:
    for number, text in enumerate(["large: 123456789012345678901234567890\n", f"{'[' * 400}{']' * 400}\n"]):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        assert same(read_yaml(file), read_yaml(file))
    assert not cache.exists()


def test_aliases_are_not_written_out(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(f"one: &one {{text: {'x' * 200}}}\nmany: [{', '.join(['*one'] * 50)}]\n")
    value = read_yaml(file)
    assert value["many"][0] is value["one"]
    assert not cache.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a folder that is a file for everybody")
def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder would be")
    file = tmp_path / "spec.yaml"
    file.write_text("version: 1\n")
    assert read_yaml(file) == read_yaml(file) == {"version": 1}


def test_the_oldest_values_are_removed(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "_MOST_KEPT", 3)
    for number in range(6):
        file = tmp_path / "spec.yaml"
        file.write_text(f"version: {number}\n")
        read_yaml(file)
    assert len(list(cache.iterdir())) == 3
