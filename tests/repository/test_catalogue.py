"""Every operation has requirements with sources, and the generated page of requirements is up to date."""

from __future__ import annotations

import pytest

from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import described
from contract_tests.openapi.contract import NAMES, Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.requirements.catalogue import catalogue
from contract_tests.requirements.explanation import PAGE, catalogue_page
from mock_server.app import build_engine
from mock_server.settings import CONTRACTS, Settings
from tests.repository.tree import ROOT

CITATIONS = Citations.load(openapi_dir())


def test_both_packages_find_the_same_contracts() -> None:
    assert NAMES == CONTRACTS
    assert len(NAMES) == 4


def test_the_page_of_requirements_is_what_the_command_writes() -> None:
    page = catalogue_page([Contract.load(name) for name in NAMES], CITATIONS)
    written = (ROOT / "contract_tests" / PAGE).read_text(encoding="utf-8")
    assert page == written, f"run `contract-tests catalogue contract_tests/{PAGE}`"


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_is_examined_by_the_quick_profile(name: str) -> None:
    contract = Contract.load(name)
    quick = [one for one in catalogue(contract, CITATIONS) if one.profile == "quick" and one.check]
    assert {one.operations[0] for one in quick} == set(contract.operations)


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_cites_known_sources(name: str) -> None:
    contract = Contract.load(name)
    for requirement in catalogue(contract, CITATIONS):
        assert all(described(cite, CITATIONS, contract) for cite in requirement.cites), requirement.id


def test_every_fixture_is_valid() -> None:
    engine = build_engine(Settings())
    assert list(engine.context.contracts) == list(CONTRACTS)
