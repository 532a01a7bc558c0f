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
