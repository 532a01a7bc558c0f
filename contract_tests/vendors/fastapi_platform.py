"""The FastAPI platform's telling of connector providers: document 002 promises 200 and little else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.builder import RequirementSpec, RequirementTable, build_requirements
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.vendors.lib.providers import GET, LIST, RESET, SETUP, in_turn


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Setting up and resetting succeed in turn, and the provider stays readable all the way."""
    return build_requirements(contract, citations, PROMISES)


PROMISES: dict[Family, RequirementTable] = {
    Family.LIFECYCLE: {
        f"{SETUP} succeeds after {RESET}, and the provider can still be read and listed": RequirementSpec(
            SETUP,
            "in-turn",
            "002-03 002-07 A10 F4 002-11 F1 002-06 002-05",
            partial(in_turn, operation=SETUP),
            (GET, LIST),
        ),
        f"{RESET} succeeds after {SETUP}, and the provider can still be read and listed": RequirementSpec(
            RESET,
            "in-turn",
            "002-04 002-09 A10 F4 002-11 F1 002-06 002-05",
            partial(in_turn, operation=RESET),
            (GET, LIST),
        ),
    },
}
