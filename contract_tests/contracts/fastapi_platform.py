"""The FastAPI platform's telling of connector providers: document 002 promises 200 and little else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract_tests.citations import Citations
from contract_tests.contract import Contract
from contract_tests.making import Maker
from contract_tests.requirements import Family, Requirement
from contract_tests.session import Session

READS = ("getConnectorProvider", "listConnectorProviders")
SETUP, RESET = "setupConnectorProvider", "resetConnectorProvider"


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Setting up and resetting succeed in turn, and the provider stays readable all the way."""
    make = Maker(contract, citations, Family.LIFECYCLE)
    success = tuple(
        dict.fromkeys(
            cite
            for name in (SETUP, RESET, *READS)
            for cite in contract.operations[name].responses["200"].cites
        )
    )
    for name, other in ((SETUP, RESET), (RESET, SETUP)):
        yield make(
            contract.operations[name],
            "in-turn",
            title=f"{name} succeeds after {other}, and the provider can still be read and listed",
            cites=(*contract.operations[name].cites, *success),
            check=partial(in_turn, operation=name, other=other),
            others=READS,
        )


def in_turn(session: Session, operation: str, other: str) -> None:
    """The other one first, then this one, then both reads, each answered 200."""
    session.control(session.call(other))
    session.expect(session.call(operation), 200, what=f"after {other}")
    for read in READS:
        session.expect(session.call(read), 200, what=f"after {operation}")
