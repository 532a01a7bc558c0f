"""A target file for the contract-test harness: the URL of this mock, credentials and existing records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mock_server.contract.loading import load
from mock_server.data import fixture_path, spec_path
from mock_server.errors.startup import StartupError
from mock_server.principals import Principal, load_principals
from mock_server.settings import Settings
from mock_server.yaml_file import read_yaml

_TABLES = ("known", "neighbour", "foreign", "empty", "bodies", "queries", "values")


def target_toml(settings: Settings, base_url: str) -> str:
    """The TOML text of a target file. Raises StartupError for invalid files of a contract."""
    lines = [
        "# The mock server as a target of contract tests. It holds what the mock's fixtures hold:",
        "# change base_url, credentials and the named things to judge another implementation.",
    ]
    for name in settings.contracts:
        lines += _contract(settings, name, base_url.rstrip("/"))
    return "\n".join(lines) + "\n"


def _contract(settings: Settings, name: str, base_url: str) -> Iterator[str]:
    contract = load(spec_path(settings.openapi, name), name=name)
    principals = load_principals(fixture_path(settings.fixtures, f"{name}/principals"), contract).known
    prepared = _prepared(fixture_path(settings.fixtures, f"{name}/target"), principals)
    order = prepared.get("order", [principal.name for principal in principals])
    yield from ("", f"[contracts.{_key(name)}]", f"base_url = {_value(base_url + contract.prefix)}")
    yield "any_text = true"
    if prepared.get("may_change"):
        yield f"may_change = {_value(prepared['may_change'])}"
    for principal in sorted(principals, key=lambda principal: order.index(principal.name)):
        for number, (scheme, credential) in enumerate(principal.credentials.items()):
            label = principal.name if number == 0 else f"{principal.name}_{scheme}"
            yield from ("", f"[contracts.{_key(name)}.credentials.{_key(label)}]")
            yield from _credential(principal, scheme, credential)
    for table in _TABLES:
        if prepared.get(table):
            yield from ("", f"[contracts.{_key(name)}.{table}]")
            yield from (f"{_key(key)} = {_value(value)}" for key, value in prepared[table].items())


def _credential(principal: Principal, scheme: str, credential: str) -> Iterator[str]:
    yield f"scheme = {_value(scheme)}"
    yield f"value = {_value(credential)}"
    if principal.roles:
        yield f"roles = {_value(sorted(principal.roles))}"
    if principal.scope:
        yield f"scope = {_value({name: sorted(values) for name, values in principal.scope.items()})}"
    if principal.expires_at:
        yield "valid = false"


def _prepared(path: Path, principals: tuple[Principal, ...]) -> dict[str, Any]:
    """The tables of a contract's target.yaml; empty if it does not exist. Raises StartupError."""
    if not path.exists():
        return {}
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise StartupError(f"{path}: the top level must be a mapping")
    allowed = ("order", "may_change", *_TABLES)
    problems = [
        f"{path}: unknown table {key!r} (allowed: {', '.join(allowed)})"
        for key in document
        if key not in allowed
    ]
    names = [principal.name for principal in principals]
    if sorted(document.get("order", names)) != sorted(names):
        problems.append(f"{path}: order must name every principal once: {', '.join(names)}")
    if problems:
        raise StartupError(*problems)
    return document


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(value: Any) -> str:
    """A value as TOML on one line. A JSON string is also a TOML string."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
