"""What a rule for every response is, and what several rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Operation
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion
from contract_tests.session.context import RunContext

Judge = Callable[[RunContext, Operation, Exchange], bool]
"""Returns whether the rule applies to this exchange; raises Broken when the exchange breaks it."""

Asserts = Callable[[Contract, Operation], Iterator[Assertion]]
"""What a rule asserts of an operation, each with what places of the specification cite for it."""


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """One rule; it becomes one requirement per operation it can apply to."""

    what: str
    family: Family
    title: str
    applies: Callable[[Operation], bool]
    asserts: Asserts
    judge: Judge


NOT_DOCUMENTED = ("X14",)
"""What stands behind an assertion on an answer of which a document says nothing."""


def always(operation: Operation) -> bool:
    """A rule applies to every operation."""
    del operation
    return True


def asserting(what: str, *needs: str) -> Asserts:
    """The same assertion for every operation."""

    def asserts(contract: Contract, operation: Operation) -> Iterator[Assertion]:
        del contract, operation
        yield Assertion(what, needs)

    return asserts


def excerpt(exchange: Exchange) -> str:
    """The beginning of an answer's content, in one line."""
    return " ".join(exchange.content[:200].decode("utf-8", "replace").split())[:120]
