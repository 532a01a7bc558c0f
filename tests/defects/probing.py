"""Sends a contract's probes to an engine: the same requests in the same order, so that answers compare.

A probe file has `path`, the path values used where a request names none, and `requests`, each with
do: the operation. as: whose credential; a principal's name, `missing`, or `unknown` for a made-up one; admin
where it is not said. path, query: values by name. send: a JSON body. text: a body that is no JSON. key: the
Idempotency-Key. keep: name → place in the answer, to be used later as "{name}". "{255}" is a text that long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from mock_server.engine import Engine, Request, Response
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.yaml_file import read_yaml
from tests.defects.catalogue import HERE
from tests.defects.places import look, value_of

_TEMPLATE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Probed:
    """One probe and its answer."""

    operation: str
    request: Request
    response: Response


def probe(engine: Engine) -> Iterator[Probed]:
    """Every answer of the contract's probes, one after the other."""
    (mounted,) = engine.context.contracts.values()
    probes = read_yaml(HERE / "probes" / f"{mounted.contract.name}.yaml")
    kept: dict[str, str] = {}
    for one in probes["requests"]:
        request = _request(mounted, probes["path"], one, kept)
        response = engine.handle(request)
        value = value_of(response)
        for name, at in one.get("keep", {}).items():
            found = look(value, at)
            kept[name] = str(found) if isinstance(found, str | int) else "nothing-was-kept"
        yield Probed(one["do"], request, response)


def _request(
    mounted: MountedContract, path: Mapping[str, str], one: Mapping[str, Any], kept: Mapping[str, str]
) -> Request:
    operation = mounted.contract.operations[one["do"]]
    values = _filled({**path, **one.get("path", {})}, kept)
    headers = {"accept": "application/json", **_credential(mounted, operation.id, one.get("as", "admin"))}
    if "key" in one:
        headers["idempotency-key"] = one["key"]
    body = one.get("text", "")
    if "text" not in one and "send" in one:
        body = json.dumps(_filled(one["send"], kept))
    if body:
        headers["content-type"] = "application/json"
    return Request(
        method=operation.method,
        path=_TEMPLATE.sub(lambda found: str(values[found[1]]), operation.path),
        query=urlencode(_filled(one.get("query", {}), kept), quote_via=quote),
        headers=headers,
        body=body.encode(),
    )


def _filled(value: Any, kept: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, kept) for one in value]
    found = _TEMPLATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    return "n" * int(found[1]) if found[1].isdigit() else kept[found[1]]


def _credential(mounted: MountedContract, operation: str, name: str) -> dict[str, str]:
    if name == "missing":
        return {}
    schemes = mounted.contract.schemes
    wanted = [scheme for way in mounted.contract.operations[operation].security for scheme in way]
    if name == "unknown":
        return _header(schemes[wanted[0]].carrier, schemes[wanted[0]].name, "nobody-has-this-one")
    credentials = next(each.credentials for each in mounted.principals.known if each.name == name)
    scheme = next((each for each in wanted if each in credentials), next(iter(credentials)))
    return _header(schemes[scheme].carrier, schemes[scheme].name, credentials[scheme])


def _header(kind: str, name: str, credential: str) -> dict[str, str]:
    return {name.lower(): f"Bearer {credential}" if kind == "bearer" else credential}
