"""A shop whose files can be changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.declared import Behaviours
from mock_server.behaviours.loading import load_behaviours
from mock_server.behaviours.seeding import base_of, gather
from mock_server.contract.loading import load
from mock_server.contract.operation import Contract
from mock_server.reloading.fitting import Fitting
from mock_server.seeded_random import SeededRandom
from mock_server.store.base import Base

PATIENCE = 20.0
"""Seconds a test waits for what another thread does before it fails."""

SHELF: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
}
BOOK: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "shelf"],
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "shelf": {"$ref": "#/components/schemas/Shelf"},
        "state": {"enum": ["new", "old"]},
    },
}


@dataclass(frozen=True)
class Player:
    """A contract as it is played."""

    contract: Contract
    behaviours: Behaviours


@dataclass(frozen=True)
class Shop:
    """The files of one contract in a folder. Everything is written as JSON, which YAML readers read."""

    folder: Path

    @property
    def spec(self) -> Path:
        return self.folder / "shop.yaml"

    @property
    def behaviour(self) -> Path:
        return self.folder / "shop.behaviour.yaml"

    @property
    def fixtures(self) -> Path:
        return self.folder / "fixtures"

    @property
    def roots(self) -> tuple[Path, ...]:
        return self.spec, self.behaviour, self.fixtures

    def write_spec(self, **schemas: Any) -> None:
        """The spec with these schemas in place of its own."""
        components = {"schemas": {"Shelf": SHELF, "Book": BOOK, **schemas}}
        document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}
        write(self.spec, {**document, "components": components})

    def write_behaviour(self, *without: str, **changed: Mapping[str, Any]) -> None:
        """The behaviour file without some collections, others changed."""
        collections: dict[str, Any] = {
            "shelves": {"fixture": "shop/shelves", "ids": "text"},
            "books": {
                "fixture": "shop/books",
                "ids": "text",
                "parents": {"shelf_id": "shelves"},
                "relations": {"shelf": {"one": "shelves", "by": "shelf_id", "always": True}},
                "private": ["shelf_id"],
            },
            "notes": {"ids": "text", "schema": "Shelf"},
        }
        for name, members in changed.items():
            collections[name] = {**collections[name], **members}
        kept = {name: rows for name, rows in collections.items() if name not in without}
        write(
            self.behaviour, {"contract": "shop", "dialect": "fastapi", "collections": kept, "operations": {}}
        )

    def write_fixture(self, name: str, schema: str, *records: Any) -> None:
        """One collection's records."""
        write(self.fixtures / "shop" / f"{name}.yaml", {"schema": schema, "records": list(records)})

    def mounted_contract(self) -> Player:
        """The contract as the files have it now. Raises StartupError."""
        contract = load(self.spec)
        return Player(contract, load_behaviours(contract, self.behaviour))

    def base(self) -> Base:
        """What the files say a store begins with. Raises StartupError."""
        mounted = self.mounted_contract()
        contracts, behaviours = {"shop": mounted.contract}, {"shop": mounted.behaviours}
        return base_of(
            gather(behaviours, self.fixtures, rng=SeededRandom(0), start=datetime(2026, 11, 16, tzinfo=UTC)),
            contracts,
            behaviours,
        )

    def fitting(self) -> Fitting:
        """A check of records against the files."""
        before = {"shop/shelves", "shop/books", "shop/notes"}
        return Fitting([self.mounted_contract()], self.fixtures, before=before)


def write(path: Path, document: Any) -> None:
    """Write a file as many editors do: another file takes the place of the one that was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    beside.replace(path)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The shop with two shelves and a book."""
    own = Shop(tmp_path / "shop")
    own.write_spec()
    own.write_behaviour()
    own.write_fixture("shelves", "Shelf", {"id": "s1", "name": "First"}, {"id": "s2", "name": "Second"})
    own.write_fixture("books", "Book", {"id": "b1", "title": "One", "shelf_id": "s1"})
    return own
