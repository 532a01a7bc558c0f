"""The order of requirements: what catches most defects per second comes first."""

from __future__ import annotations

from contract_tests.engine.selection import Selection
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import NAMES, Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.requirements.order import check_of, measured_checks, most_catching_first
from tests.proof.order import ordered


def test_the_order_names_checks_that_exist() -> None:
    citations = Citations.load(openapi_dir())
    everything = Selection(profile="thorough")
    existing = {
        check_of(requirement.id)
        for name in NAMES
        for requirement in everything.of(Contract.load(name), citations)
    }

    assert set(measured_checks()) <= existing
    assert len(set(measured_checks())) == len(measured_checks())


def test_requirements_follow_the_order_and_those_without_a_place_come_last() -> None:
    citations = Citations.load(openapi_dir())
    listed = Selection(profile="thorough").of(Contract.load("hydracore"), citations)

    checks = list(dict.fromkeys(check_of(requirement.id) for requirement in most_catching_first(listed)))

    places = [measured_checks().index(check) for check in checks if check in measured_checks()]
    assert places == sorted(places)
    assert not set(checks[len(places) :]) & set(measured_checks())


def test_the_next_check_is_the_one_that_catches_most_further_defects_per_second() -> None:
    catches = {"slow": {"a", "b", "c"}, "quick": {"a", "b"}, "repeating": {"a"}, "silent": set()}
    seconds = {"slow": 3.0, "quick": 1.0, "repeating": 0.1, "silent": 0.1}

    rows = ordered(catches, seconds)

    assert [(row["check"], row["further"]) for row in rows] == [("repeating", 1), ("quick", 1), ("slow", 1)]
