"""Where a contract takes or keeps credentials, read from the specs and the behaviour files themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from mock_server.data import contract_names, fixtures_dir, openapi_dir
from mock_server.yaml_file import read_yaml

Place = tuple[str, ...]
"""The way to a member; "*" is an entry of a list."""

OPEN_BODIES = frozenset({"setupConnectorProvider"})
"""Operations whose body is configuration throughout: whatever it is called, it is secret."""

_METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. path: with the contract's prefix. example: a body that is valid, None without one.
    secrets: the members of the body that are credentials. keyed: whether it asks for an Idempotency-Key."""

    contract: str
    id: str
    method: str
    path: str
    query: Mapping[str, str]
    example: Any
    secrets: tuple[Place, ...]
    keyed: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A member of a collection's records that is secret. when: the member beside it that makes it so, empty
    for always."""

    contract: str
    collection: str
    storage: str
    member: str
    when: str


def operations(contract: str, prefix: str) -> list[Operation]:
    """Every operation of a contract, those that delete last."""
    spec, target = _read(openapi_dir() / f"{contract}.yaml"), _target(contract)
    behaviour = _read(openapi_dir() / f"{contract}.behaviour.yaml")
    masked = {one.member for one in kept() if one.contract == contract}
    found = []
    for path, methods in spec["paths"].items():
        for method in _METHODS:
            if (one := methods.get(method)) is None:
                continue
            content = one.get("requestBody", {}).get("content", {}).get("application/json")
            secrets = set(_secrets(content["schema"], spec, masked)) if content else set()
            if one["operationId"] in OPEN_BODIES:
                secrets.add(("anything_else",))
            query = target.get("queries", {}).get(one["operationId"], {})
            example = target.get("bodies", {}).get(one["operationId"], {}) if content else None
            found.append(
                Operation(
                    contract,
                    one["operationId"],
                    method.upper(),
                    prefix + path,
                    query,
                    example,
                    tuple(sorted(secrets)),
                    keyed="idempotency" in behaviour["operations"][one["operationId"]],
                )
            )
    return sorted(found, key=lambda one: one.method == "DELETE")


@cache
def kept() -> tuple[Kept, ...]:
    """Every secret member of every collection, as the behaviour files say it."""
    return tuple(_kept())


def _kept() -> Iterator[Kept]:
    for contract in contract_names():
        behaviour = _read(openapi_dir() / f"{contract}.behaviour.yaml")
        for name, one in behaviour["collections"].items():
            storage = one.get("fixture", f"{contract}/{name}")
            for member in one.get("secret", ()):
                yield Kept(contract, name, storage, member, "")
            for member, rule in one.get("masks", {}).items():
                yield Kept(contract, name, storage, member, rule.get("when", ""))


def schemes(contract: str) -> Mapping[str, Mapping[str, Any]]:
    """The security schemes of a contract."""
    found: Mapping[str, Mapping[str, Any]] = _read(openapi_dir() / f"{contract}.yaml")["components"][
        "securitySchemes"
    ]
    return found


def known(contract: str) -> Mapping[str, str]:
    """Values of path parameters that lead somewhere."""
    return {name: str(value) for name, value in _target(contract)["known"].items()}


def principals(contract: str) -> list[dict[str, Any]]:
    """The principals of a contract as its fixtures have them."""
    found: list[dict[str, Any]] = _read(fixtures_dir() / contract / "principals.yaml")["principals"]
    return found


def fixture_secrets() -> Mapping[str, str]:
    """The credentials the fixtures come with. All of them begin with `mock-`, so that nobody takes one for a
    real one, and no other text does."""
    found: dict[str, str] = {}
    for contract in contract_names():
        for principal in principals(contract):
            for scheme, text in principal["credentials"].items():
                found[text] = f"the {scheme} of {contract}'s {principal['name']}"
    for one in kept():
        for record in _read(fixtures_dir() / f"{one.storage}.yaml")["records"]:
            if not one.when or record.get(one.when):
                for text in texts(record.get(one.member)):
                    if text.startswith("mock-"):
                        found.setdefault(text, f"{one.member} of a record of {one.storage}")
    return found


def planted(body: Any, place: Place, value: Any) -> Any:
    """A body with this value at a place, what is missing on the way made up."""
    body = deepcopy(body)
    at = body
    for name, after in pairwise(place):
        if after == "*":
            entries = at.setdefault(name, [{"key": "canary", "label": "canary"}])
            at = entries[0]
        elif name != "*":
            at = at.setdefault(name, {})
    at[place[-1]] = value
    if place[-1] == "value":  # a variable, which is secret when it says so
        at["secret"] = True
    return body


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def _secrets(schema: Any, spec: Any, masked: set[str], way: Place = ()) -> Iterator[Place]:
    """The members below a schema that it marks itself, or that are masked where records keep them."""
    if "$ref" in schema:
        found = spec
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        yield from _secrets(found, spec, masked, way)
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _secrets(part, spec, masked, way)
    for name, member in schema.get("properties", {}).items():
        if member.get("writeOnly") or member.get("format") == "password" or name in masked:
            yield (*way, name)
        else:
            yield from _secrets(member, spec, masked, (*way, name))
    if isinstance(schema.get("items"), dict):
        yield from _secrets(schema["items"], spec, masked, (*way, "*"))


def _target(contract: str) -> dict[str, Any]:
    found: dict[str, Any] = _read(fixtures_dir() / contract / "target.yaml")
    return found


@cache
def _read(path: Path) -> Any:
    return read_yaml(path)
