"""What checks need that a document of an API does not say, so that the target file has to give it.

Facts say it of the contracts that have them: their requirements are made whatever a target file gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from contract_tests.evidence.levels import stating
from contract_tests.openapi.contract import Operation
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.model import Given
from contract_tests.target.target_file import ContractTarget


def foreign_things(
    build: RequirementBuilder, operation: Operation, path: str, names: Iterable[str]
) -> Given | None:
    """That one of some path parameters names something of another owner."""
    wanted = tuple(names)

    def is_in(target: ContractTarget) -> bool:
        return any(target.named("foreign", name, path) is not None for name in wanted)

    return _unless_facts_say(build, operation, Given("foreign thing", is_in))


def limited_credential(build: RequirementBuilder, operation: Operation) -> Given | None:
    """That a credential is good for some of what the operation's path may name."""

    def is_in(target: ContractTarget) -> bool:
        limited = (held.scope.keys() for held in target.valid_credentials().values())
        return any(names & set(operation.path_parameters) for names in limited)

    return _unless_facts_say(build, operation, Given("credential with a scope", is_in))


def body_with(build: RequirementBuilder, operation: Operation, member: str) -> Given | None:
    """That a prepared body of the operation has a member."""

    def is_in(target: ContractTarget) -> bool:
        body = target.bodies.get(operation.id)
        return isinstance(body, dict) and member in body

    return _unless_facts_say(build, operation, Given("body with a member that no example shows", is_in))


def _unless_facts_say(build: RequirementBuilder, operation: Operation, given: Given) -> Given | None:
    return None if stating(operation.cites, build.citations, build.contract) else given
