"""A table of promises becomes requirements."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.requirements.builder import RequirementBuilder, RequirementSpec
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement


def holds(session: Any) -> None:
    """A check that finds nothing."""


@pytest.fixture
def make() -> RequirementBuilder:
    return RequirementBuilder(Contract.load("patchworks"), Citations.load(openapi_dir()), Family.LISTING)


def of(
    make: RequirementBuilder, row: RequirementSpec, promise: str = "it holds", **options: Any
) -> Requirement:
    """The requirement of a table of one row, in which operations are called by roles."""
    operations = {"list": make.contract.operation("listConnectors")}
    operations["show"] = make.contract.operation("showConnector")
    (made,) = make.table({promise: row}, operations, **options)
    return made


def test_a_promise_and_its_row_name_operations_by_the_names_of_the_table(make: RequirementBuilder) -> None:
    made = of(
        make, RequirementSpec("list", "agrees", "004-02", holds, ("show",)), "{list} agrees with {show}"
    )

    assert made.id == "patchworks.listConnectors.listing.agrees"
    assert made.title == "listConnectors agrees with showConnector"
    assert made.operations == ("listConnectors", "showConnector")


def test_a_word_among_the_citations_stands_for_what_is_behind_it(make: RequirementBuilder) -> None:
    made = of(
        make, RequirementSpec("list", "agrees", "page 004-02", holds), behind={"page": ["004-51", "P9"]}
    )
    assert made.cites == ("004-51", "P9", "004-02")


def test_what_was_decided_for_a_situation_is_cited_too(make: RequirementBuilder) -> None:
    decided = make.decided("unknown_id", make.contract.operation("showConnector"))
    made = of(make, RequirementSpec("show", "unknown", "004-02", holds, decided="unknown_id"))

    assert decided
    assert made.cites == ("004-02", *decided)


def test_a_check_is_handed_what_the_table_is_given(make: RequirementBuilder) -> None:
    handed: list[Any] = []

    def notes(session: Any, kind: str) -> None:
        handed.extend((session, kind))

    made = of(make, RequirementSpec("list", "agrees", "004-02", notes), kind="connectors")
    session: Any = object()

    assert made.check is not None
    made.check(session)

    assert handed == [session, "connectors"]


def test_an_operation_the_table_was_not_given_is_reported(make: RequirementBuilder) -> None:
    with pytest.raises(KeyError, match="update"):
        of(make, RequirementSpec("update", "agrees", "004-02", holds))
