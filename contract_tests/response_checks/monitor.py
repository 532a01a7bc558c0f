"""The requirements that are judged over every response of a run, whichever check caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import strongest_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.model import Requirement
from contract_tests.response_checks.rule import ResponseRule
from contract_tests.response_checks.rules import RULES
from contract_tests.response_checks.statuses import known_status
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken


@dataclass
class ResponseMonitor:
    """Judges exchanges. judged: the ids of requirements that at least one exchange was held against."""

    context: RunContext
    judged: set[str] = field(default_factory=set)
    _rules: dict[str, dict[str, ResponseRule]] = field(default_factory=dict)

    def judge(
        self, exchanges: Iterable[Exchange], *, names_old: Callable[[Exchange], bool] = lambda _: False
    ) -> dict[str, Broken]:
        """The requirements these exchanges break, by id, each with its best documented breach.

        names_old: whether an answer to a creation names an object that was there before. No document says
        with which success.
        """
        found: dict[str, Broken] = {}
        for exchange in exchanges:
            operation = self.context.contract.operation(exchange.sent.operation)
            if operation.id not in self._rules:
                applying = [rule for rule in RULES if rule.applies(operation)]
                self._rules[operation.id] = {
                    _id(self.context.contract, operation, rule): rule for rule in applying
                }
            for name, rule in self._rules[operation.id].items():
                try:
                    if rule.judge(self.context, operation, exchange):
                        self.judged.add(name)
                except Broken as broken:
                    self.judged.add(name)
                    if rule.judge is known_status and exchange.ok and names_old(exchange):
                        broken.readings = (*broken.readings, "X14")
                    found[name] = self.stronger(found.get(name), broken)
        return found

    def stronger(self, earlier: Broken | None, later: Broken) -> Broken:
        """Of two breaches of one rule the better documented, the earlier where they are alike."""
        both = [later] if earlier is None else [earlier, later]
        return strongest_of(both, self.context.citations, self.context.contract)


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """The requirements of a contract that every response is held against."""
    for operation in contract.operations.values():
        for rule in RULES:
            if rule.applies(operation):
                build = RequirementBuilder(contract, citations, rule.family)
                yield build.asserting(
                    operation,
                    rule.what,
                    title=rule.title.format(operation.id),
                    assertions=rule.asserts(contract, operation),
                    background=operation.cites,
                )


def _id(contract: Contract, operation: Operation, rule: ResponseRule) -> str:
    return f"{contract.name}.{operation.id}.{rule.family}.{rule.what}"
