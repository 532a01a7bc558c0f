"""Both readers of YAML files, the mock's and the harness's, make the same of the same text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.openapi import yaml_file as of_the_harness
from mock_server import yaml_file as of_the_mock
from tests import yaml_cases

Read = Callable[..., Any]
"""Returns the value of a text, written to a file in an encoding (default: UTF-8)."""


@pytest.fixture(params=[of_the_mock.read_yaml, of_the_harness.read_yaml], ids=["mock", "harness"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Read:
    def read_text(text: str, encoding: str = "utf-8") -> Any:
        path = tmp_path / "some.yaml"
        path.write_bytes(text.encode(encoding))
        return request.param(path)

    return read_text


@pytest.mark.parametrize(("text", "value"), yaml_cases.SCALARS)
def test_scalars_have_the_types_of_yaml_1_2_and_json(read: Read, text: str, value: Any) -> None:
    scalar = read(text)
    assert (scalar, type(scalar)) == (value, type(value))


@pytest.mark.parametrize("rule", yaml_cases.MERGES)
def test_merge_keys_follow_the_definition_of_their_type(read: Read, rule: str) -> None:
    text, value = yaml_cases.MERGES[rule]
    assert read(text) == value


@pytest.mark.parametrize(("text", "value"), yaml_cases.JSON_TEXTS)
def test_json_is_read_as_json(read: Read, text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize("encoding", yaml_cases.ENCODINGS)
def test_the_encoding_is_recognized(read: Read, encoding: str) -> None:
    for text in ("name: Zoë 😀\n", '{"name": "Zoë 😀"}'):
        assert read(text, encoding) == {"name": "Zoë 😀"}
