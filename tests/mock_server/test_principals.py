"""Principals are read with their credentials, and what is wrong with the file is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.operation import Contract, SecurityScheme
from mock_server.errors.startup import StartupError
from mock_server.principals import load_principals

SCHEMES = {"bearer": SecurityScheme("bearer", "bearer", "Authorization")}
CONTRACT = Contract(name="c", title="C", prefix="", operations={}, schemes=SCHEMES, schemas={})


def read(tmp_path: Path, *entries: Any) -> Any:
    path = tmp_path / "principals.yaml"
    path.write_text(json.dumps({"principals": list(entries)}))
    return load_principals(path, CONTRACT)


def test_a_contract_without_the_file_has_no_principals(tmp_path: Path) -> None:
    assert load_principals(tmp_path / "principals.yaml", CONTRACT).known == ()


def test_a_principal_is_found_by_scheme_and_credential(tmp_path: Path) -> None:
    entry = {"name": "a", "credentials": {"bearer": "t"}, "roles": ["read"], "scope": {"space": ["1", 2]}}
    principals = read(tmp_path, entry)
    found = principals.find("bearer", "t")
    assert (found.has("read"), found.has("write")) == (True, False)
    assert (found.may_use("space", "2"), found.may_use("space", "3"), found.may_use("other", "3")) == (
        True,
        False,
        True,
    )
    assert principals.find("bearer", "x") is None
    assert principals.find("apiKey", "t") is None


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"credentials": {}}], ["principals[0]", "name"]),
        (["admin"], ["principals[0]", "mapping"]),
        ([{"name": "a", "role": ["x"]}], ["role", "roles"]),
        ([{"name": "a", "credentials": {"key": "x"}}], ["key", "bearer"]),
        ([{"name": "a", "credentials": {"bearer": 5}}], ["bearer", "string"]),
        ([{"name": "a", "expires_at": "soon"}], ["soon", "2026-01-01T00:00:00Z"]),
        (
            [{"name": "a", "credentials": {"bearer": "t"}}, {"name": "b", "credentials": {"bearer": "t"}}],
            ["b", "a"],
        ),
    ],
    ids=range(7),
)
def test_an_invalid_entry_is_reported_with_file_and_allowed_values(
    tmp_path: Path, entries: list[Any], words: list[str]
) -> None:
    with pytest.raises(StartupError) as refused:
        read(tmp_path, *entries)
    assert all(word in str(refused.value) for word in ["principals.yaml", *words])
