"""The catalogue covers every class and operation, and cites existing facts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import jsonschema

from mock_server.data import openapi_dir
from mock_server.yaml_file import read_yaml
from tests.defects.catalogue import HERE, Defect
from tests.defects.kinds import KINDS
from tests.defects.planting import RULE, healthy

CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")
SCHEMA = json.loads((HERE / "catalogue.schema.json").read_text(encoding="utf-8"))


def test_the_catalogue_fits_its_schema() -> None:
    problems = jsonschema.Draft202012Validator(SCHEMA).iter_errors(read_yaml(HERE / "catalogue.yaml"))

    assert [f"{error.json_path}: {error.message}" for error in problems] == []


def test_defect_ids_are_unique() -> None:
    ids = Counter(entry["id"] for entry in read_yaml(HERE / "catalogue.yaml")["defects"])

    assert [name for name, times in ids.items() if times > 1] == []


def test_every_class_has_defects(defects: Mapping[str, Defect]) -> None:
    classes = SCHEMA["$defs"]["defect"]["properties"]["class"]["enum"]

    assert {defect.family for defect in defects.values()} == set(classes)


def test_every_operation_has_defects_and_no_other_is_named(defects: Mapping[str, Defect]) -> None:
    named = {(defect.contract, operation) for defect in defects.values() for operation in _named(defect)}
    known = {
        (contract, operation)
        for contract in CONTRACTS
        for operation in healthy(contract).context.contracts[contract].contract.operations
    }
    at_fault = {(defect.contract, defect.operation) for defect in defects.values()}

    assert named - known == set()
    assert known - at_fault == set()


def test_every_defect_violates_facts_that_exist(defects: Mapping[str, Defect]) -> None:
    facts = {
        fact["id"]
        for source in (openapi_dir() / "sources").glob("*.yaml")
        for fact in read_yaml(source)["facts"]
    }

    assert {cite for defect in defects.values() for cite in defect.cites} - facts == set()


def test_every_kind_is_used_and_every_used_kind_exists(defects: Mapping[str, Defect]) -> None:
    assert {defect.kind for defect in defects.values()} == {*KINDS, RULE}


def _named(defect: Defect) -> tuple[str, ...]:
    return (defect.operation, *defect.shows_at)
