"""The requirements that are judged over every response of a run, whichever check caused it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.model import Requirement
from contract_tests.response_checks.rules import RULES, ResponseRule
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken


@dataclass
class ResponseMonitor:
    """Judges exchanges. judged: the ids of requirements that at least one exchange was held against."""

    context: RunContext
    judged: set[str] = field(default_factory=set)

    def judge(self, exchanges: Iterable[Exchange]) -> dict[str, Broken]:
        """The requirements these exchanges break, by id, each with the first exchange that breaks it."""
        found: dict[str, Broken] = {}
        for exchange in exchanges:
            operation = self.context.contract.operation(exchange.sent.operation)
            for rule in RULES:
                if not rule.applies(operation):
                    continue
                name = _id(self.context.contract, operation, rule)
                try:
                    if rule.judge(self.context, operation, exchange):
                        self.judged.add(name)
                except Broken as broken:
                    self.judged.add(name)
                    found.setdefault(name, broken)
        return found


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """The requirements of a contract that every response is held against."""
    for operation in contract.operations.values():
        for rule in RULES:
            if rule.applies(operation):
                general = [fact for fact in rule.general if fact in citations]
                build = RequirementBuilder(contract, citations, rule.family)
                title = rule.title.format(operation.id)
                yield build(operation, rule.what, title=title, cites=[*operation.cites, *general], check=None)


def _id(contract: Contract, operation: Operation, rule: ResponseRule) -> str:
    return f"{contract.name}.{operation.id}.{rule.family}.{rule.what}"
