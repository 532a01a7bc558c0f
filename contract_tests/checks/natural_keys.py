"""A value that the document calls taken once one thing has it is refused to a second thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from contract_tests.checks.lifecycle import made
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.operation import DocumentedResponse
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session, described, in_words
from contract_tests.verdicts import Skipped

_TAKEN: Final = re.compile(r"\b(already|another|duplicate|unique|taken|in use)\b", re.IGNORECASE)
"""What the description of a refusal says of a value that another thing has."""

_REFUSALS: Final = ("400", "409", "422")
"""Statuses that refuse a value because another thing has it."""

_OTHERWISE: Final = re.compile(r"\bnot\b|n't\b|\bunless\b|\brequest|idempot", re.IGNORECASE)
"""What it says where it may mean something else: a key of a request, or a thing that does not exist."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """For each creation with a refusal whose description names members of the body as taken."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        if resource.create is None or resource.create.body is None:
            continue
        for refusal in resource.create.responses.values():
            members = _taken_members(resource.create, refusal)
            if members:
                yield build(
                    resource.create,
                    f"taken.{'+'.join(members)}",
                    title=f"{resource.create.id} refuses the {' and '.join(members)} of another thing",
                    cites=refusal.cites,
                    check=partial(refuses_taken, resource=resource, members=members),
                )
                break


def _taken_members(create: Operation, refusal: DocumentedResponse) -> tuple[str, ...]:
    """The members of a body that a refusal says to be taken, none where it may say something else."""
    says_so = _TAKEN.search(refusal.description) and not _OTHERWISE.search(refusal.description)
    if create.body is None or not says_so or refusal.status not in _REFUSALS:
        return ()
    said = f" {_words(refusal.description)} "
    return tuple(
        name
        for name, schema in create.body.schema.properties.items()
        if f" {_words(name)} " in said and schema.types <= {"string", "integer"} and not schema.is_given
    )


def _words(text: str) -> str:
    """The words of a text in small letters, separated by single blanks: an e-mail is an email."""
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", text.replace("e-mail", "email").replace("E-mail", "email"))
    return " ".join(re.findall(r"[a-z0-9]+", parted.lower()))


def refuses_taken(session: Session, resource: Resource, members: tuple[str, ...]) -> None:
    """A second thing with these members of the first, and all others of its own, is refused."""
    create = resource.create
    assert create is not None  # noqa: S101 - only such kinds come here
    sent, first = made(session, resource)
    path = {name: first.path[name] for name in resource.created_below}
    body = session.valid.body(create)
    if not isinstance(sent, Mapping) or not isinstance(body, Mapping) or not sent.keys() >= set(members):
        raise Skipped(f"the body of {create.id} has no {' or '.join(members)}")
    exchange = session.call(create.id, path=path, body={**body, **{name: sent[name] for name in members}})
    if exchange.ok and str(resource.new_id(exchange.parsed)) != str(first.id):
        refusals = [int(status) for status in create.responses if status in _REFUSALS]
        session.broken(
            expected=f"{in_words(refusals, create)} for the {' and '.join(members)} of another thing",
            received=described(exchange),
            exchange=exchange,
        )
