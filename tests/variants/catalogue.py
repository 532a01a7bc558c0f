"""The catalogue of faithful variants, and how each is brought to life as a target of the harness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from contract_tests.target.target_file import ContractTarget, Target
from mock_server.app import create_app
from mock_server.settings import Settings
from mock_server.target_file import target_toml
from tests.defects.planting import healthy, settings_for
from tests.variants import fastapi_app, laravelish_app
from tests.variants.families import transformation
from tests.variants.families.identifiers import aimed
from tests.variants.families.transport import trickled
from tests.variants.seam import Wsgi, transformed
from tests.variants.serving import asgi_server, wsgi_server
from tests.variants.witnesses import Witness, seen, witness

OPAQUE = "identifiers.opaque"
ENTRIES = Path(__file__).with_name("entries")
"""Where the variants are written, a file for each contract or framework."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One faithful variant.

    says: what is different. allowed_by: the decisions and facts that leave room for it. implementation: mock,
    fastapi or laravelish. transformations: what changes its requests and answers, outermost first, by
    contract where they differ. over: `trickling-http` for real HTTP, empty for inside this process or however
    the implementation is served. witnesses: one for each reading it takes otherwise than the mock. target:
    what its target file says otherwise. not_accepted: a pattern of the mock's credentials that its target
    file does not name.
    """

    id: str
    says: str
    allowed_by: tuple[str, ...]
    contracts: tuple[str, ...]
    implementation: str = "mock"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    transformations: Any = ()
    over: str = ""
    witnesses: tuple[Witness, ...] = ()
    target: Mapping[str, Any] = field(default_factory=dict)
    not_accepted: str = ""

    def transformations_of(self, contract: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each transformation of a contract with its arguments, the outermost first."""
        declared = self.transformations
        for entry in declared[contract] if isinstance(declared, Mapping) else declared:
            yield from entry.items()


@cache
def variants() -> tuple[Variant, ...]:
    """Every variant, in the file's order. Raises TypeError for a member nobody knows."""
    return tuple(
        _variant(entry)
        for path in sorted(ENTRIES.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["variants"]
    )


def _variant(entry: Mapping[str, Any]) -> Variant:
    witnesses = tuple(witness(each, entry["contracts"]) for each in entry.get("witnesses", ()))
    readings = tuple(each.reading for each in witnesses)
    allowed_by = tuple(dict.fromkeys((*entry.get("allowed_by", ()), *readings)))
    contracts = tuple(entry["contracts"])
    return Variant(**{**entry, "allowed_by": allowed_by, "contracts": contracts, "witnesses": witnesses})


@cache
def without_variant() -> Mapping[str, str]:
    """The readings no variant takes otherwise, each with its reason."""
    document = yaml.safe_load((ENTRIES.parent / "without_variant.yaml").read_text(encoding="utf-8"))
    reasons: Mapping[str, str] = document["reasons"]
    return reasons


@contextmanager
def target(variant: Variant, contract: str) -> Iterator[Target]:
    """A fresh one of this variant, playing one contract, for as long as the context lasts."""
    prepared = _prepared().contracts[contract]
    with ExitStack() as stack:
        where: dict[str, Any]
        if variant.implementation == "fastapi":
            base = stack.enter_context(asgi_server(fastapi_app.create_app()))
            where = {"base_url": base + fastapi_app.PREFIXES[contract], "any_text": False}
        elif variant.over:
            base = stack.enter_context(
                wsgi_server(trickled(_application(variant, contract), pieces=3, seconds=0.002))
            )
            where = {"base_url": (prepared.base_url or "").replace(BASE, base)}
        else:
            where = {"wsgi": _application(variant, contract)}
        differs = where | _names(variant, contract, prepared) | dict(variant.target)
        accepted = {
            label: credential
            for label, credential in prepared.credentials.items()
            if not (variant.not_accepted and re.search(variant.not_accepted, label))
        }
        yield Target(
            contracts={contract: ContractTarget(**{**dict(prepared), "credentials": accepted, **differs})}
        )


def shown_by(variant: Variant, witness: Witness) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the mock and the variant show, by place the witness looks at."""
    contract = witness.contract
    prepared = _prepared().contracts[contract]
    base = Variant("mock", "", (), (contract,))
    shown = [seen(_application(each, contract), witness, prepared) for each in (base, variant)]
    return shown[0], shown[1]


BASE = "http://variant.test"


@cache
def _prepared() -> Target:
    """What the mock says of itself as a target: the variants hold the same, under the same credentials."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "target.toml"
        path.write_text(target_toml(Settings(), BASE), encoding="utf-8")
        return Target.load(path)


def _application(variant: Variant, contract: str) -> Wsgi:
    app: Any
    if variant.implementation == "laravelish":
        app = laravelish_app.create_app(**variant.arguments)
    else:
        app = create_app(settings_for(contract), engine=healthy(contract))
    for name, arguments in reversed(list(variant.transformations_of(contract))):
        app = transformed(app, transformation(name, contract, arguments), contract=contract)
    wsgi: Wsgi = app
    return wsgi


def _names(variant: Variant, contract: str, prepared: ContractTarget) -> dict[str, Any]:
    if OPAQUE not in dict(variant.transformations_of(contract)):
        return {}
    return {"known": aimed(prepared.known), "foreign": aimed(prepared.foreign)}
