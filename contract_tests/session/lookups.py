"""What a check may ask for: things the target names, credentials that fit or must not, fresh values."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.generation.valid import Valid
from contract_tests.openapi.contract import Operation
from contract_tests.requirements.results import Skipped
from contract_tests.session.cleanup import Ledger
from contract_tests.session.context import Bench


class Lookups:
    """The part of a session that looks things up."""

    def __init__(self, bench: Bench, *, name: str = "session") -> None:
        self.bench = bench
        self.contract = bench.contract
        self.target = bench.target
        self.citations = bench.citations
        self.resources = bench.resources
        self.random = random.Random(f"{bench.seed}:{name}")  # noqa: S311 - repeatable on purpose
        self.exchanges: list[Exchange] = []
        self.ledger = Ledger(sleep=bench.sleep)
        self._cleaning = False
        self.valid = Valid(bench.target, bench.canaries, self.random, self.unique)

    def known(self, name: str) -> Any:
        """A thing that exists, by parameter name. Raises Skipped when the target names none."""
        return self._told("known", name)

    def neighbour(self, name: str) -> Any:
        """One like the known one, beside it. Raises Skipped."""
        return self._told("neighbour", name)

    def foreign(self, name: str) -> Any:
        """One that belongs to somebody else. Raises Skipped."""
        return self._told("foreign", name)

    def empty(self, name: str) -> Any:
        """One with nothing below it. Raises Skipped."""
        return self._told("empty", name)

    def default_credential(self, operation: Operation, path: Mapping[str, Any]) -> str | None:
        """The first valid credential that may make this call; None where anybody may and none fits.

        Raises Skipped when the operation needs one and the target has none.
        """
        for label, held in self.target.valid_credentials().items():
            if held.suffices(operation) and held.admits(path):
                return label
        if operation.is_open:
            return None
        needs = " or ".join(" ".join([*each, *sum(each.values(), ())]) for each in operation.security)
        raise Skipped(f"the target has no credential that may call {operation.id} ({needs})")

    def unique(self, prefix: str = "ct") -> str:
        """A text nobody used before: letters, digits and hyphens."""
        return self.bench.unique(prefix)

    def canary(self, *members: str) -> str:
        """A secret of which no answer may show a trace, but those of operations that document that they show
        one.

        members: the names on the way to it in the body.
        """
        return self.bench.canaries.make(members)

    def _told(self, table: str, name: str) -> Any:
        values: Mapping[str, Any] = getattr(self.target, table)
        if name not in values:
            raise Skipped(f"the target names no {table}.{name}")
        return values[name]
