"""A target file for the contract-test harness: the URL of this mock, credentials and existing records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mock_server.contract.loading import load
from mock_server.data import fixture_path, spec_path
from mock_server.engine import Engine
from mock_server.errors.startup import StartupError
from mock_server.known_records import PARAMETER, path_values
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.principals import Principal, load_principals
from mock_server.settings import Settings
from mock_server.yaml_file import read_yaml

_TABLES = ("known", "neighbour", "foreign", "empty", "bodies", "queries", "values")


def target_toml(settings: Settings, base_url: str, engine: Engine | None = None) -> str:
    """The TOML text of a target file. Raises StartupError for invalid files of a contract.

    engine: serves the specs of the settings; without it they are left out.
    """
    lines = [
        "# The mock server as a target of contract tests. It holds what the mock's fixtures hold:",
        "# change base_url, credentials and the named things to judge another implementation.",
    ]
    for name in settings.contracts:
        lines += _contract(settings, name, base_url.rstrip("/"))
    if engine is not None:
        for spec in settings.specs:
            lines += _own_contract(engine, spec, base_url.rstrip("/"), settings.credentials)
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


def _own_contract(engine: Engine, spec: Path, base_url: str, credentials: tuple[str, ...]) -> Iterator[str]:
    """The tables of a contract that is served from a specification alone."""
    mounted = engine.context.contracts[spec.resolve().stem]
    table = f"contracts.{_key(mounted.contract.name)}"
    yield from ("", f"[{table}]", f"spec = {_value(str(spec.resolve()))}")
    yield f"base_url = {_value(base_url + mounted.contract.prefix)}"
    yield "any_text = true"
    # The run has a world of its own, so that nothing it changes is missed.
    yield 'may_change = ["*"]'
    yield 'allow = ["*"]'
    for principal in mounted.principals.known:
        for scheme, credential in principal.credentials.items():
            label = scheme if principal.roles is None else f"{scheme}_{principal.name}"
            yield from ("", f"[{table}.credentials.{_key(label)}]")
            yield from _credential(principal, scheme, credentials[0] if credentials else credential)
            roles = _roles(mounted, scheme)
            if roles and principal.roles is None:
                yield f"roles = {_value(roles)}"
    for scheme, declared in mounted.contract.schemes.items():
        yield from ("", f"[{table}.credentials.{_key(f'{scheme}_refused')}]")
        yield f"scheme = {_value(scheme)}"
        yield f"value = {_value('no-user:no-password' if declared.carrier == 'basic' else 'no-token')}"
        yield "valid = false"
    known = _known(mounted, engine)
    if known:
        yield from ("", f"[{table}.known]")
        yield from (f"{json.dumps(place)} = {_value(values)}" for place, values in known.items())


def _roles(mounted: MountedContract, scheme: str) -> list[str]:
    """Every role, or scope, that some operation requires of a scheme."""
    roles = {
        role
        for operation in mounted.contract.operations.values()
        for requirement in operation.security
        for role in requirement.get(scheme, ())
    }
    return sorted(roles)


def _known(mounted: MountedContract, engine: Engine) -> dict[str, dict[str, Any]]:
    """Keys of records that exist: the path of each kind of thing, with a value for each of its parameters."""
    known: dict[str, dict[str, Any]] = {}
    sampler = None if mounted.builder is None else mounted.builder.sampler
    with engine.world().store.transaction() as state:
        for operation in mounted.contract.operations.values():
            template = operation.path.removeprefix(mounted.contract.prefix)
            last = template.rfind("}")
            if last < 0:
                continue
            # A verb after the key, as in /things/{id}:cancel, belongs to the segment.
            end = template.find("/", last)
            place = template if end < 0 else template[:end]
            if place in known:
                continue
            values = path_values(operation, mounted.behaviours, state, sampler=sampler)
            if values is not None:
                known[place] = {name: str(values[name]) for name in PARAMETER.findall(place)}
    return known


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
