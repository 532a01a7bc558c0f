"""An update does not set a member to a value that the creation of the same thing refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus

from contract_tests.checks.lib.records import READING, in_short, is_servers_own, reread, same
from contract_tests.checks.lifecycle import made
from contract_tests.checks.lifecycle_update import update_body
from contract_tests.evidence.citations import Citations
from contract_tests.generation.invalid import InvalidInput, invalid_inputs
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped

_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """A requirement per type or set of values of a member that both a creation and an update take.

    Only for updates whose members are all optional: of others `validation.body` demands a refusal.
    """
    build = RequirementBuilder(contract, citations, Family.VALIDATION)
    for resource in resources_of(contract).all:
        update, create = resource.update, resource.create
        if update is None or create is None or (resource.read is None and resource.list is None):
            continue
        if update.body is None or update.body.schema.flat.get("required"):
            continue
        for rule in invalid_inputs(update, body=dict.fromkeys(update.body.schema.properties)):
            if _is_shared(rule, create) and not build.is_open(update, rule.rule.replace(".letters", "")):
                name = str(rule.steps[0])
                member = update.body.schema.properties[name]
                yield build(
                    update,
                    f"as-creation.{rule.rule.removeprefix('body.')}",
                    title=f"{update.id} does not set a {name} that {create.id} refuses",
                    cites=rule.cites,
                    besides=READING if is_servers_own(update, name, member, resource) else (),
                    check=partial(sets_nothing_refused, resource=resource, rule=rule),
                )


def _is_shared(rule: InvalidInput, create: Operation) -> bool:
    """Whether a rule is on the type or the values of a member of the body, and breaks the creation's too.
    Not where it is broken by null, which may clear a member.
    """
    if rule.place != "body" or len(rule.steps) != 1 or create.body is None or rule.value is None:
        return False
    member = create.body.schema.properties.get(str(rule.steps[0]))
    is_of_value = rule.rule.endswith((".type", ".enum"))
    return is_of_value and member is not None and not member.accepts(rule.value)


def sets_nothing_refused(session: Session, resource: Resource, rule: InvalidInput) -> None:
    """A value that a creation refuses is refused by an update, or left out: the thing is as it was.

    Raises Skipped where a creation takes the value.
    """
    create, update = resource.create, resource.update
    assert create is not None and update is not None  # noqa: S101, PT018 - only such kinds come here
    name = str(rule.steps[0])
    sent, created = made(session, resource)
    body = {**session.valid.body(create), name: rule.value}
    if session.call(create.id, path=session.subject(create.id), body=body).status not in _REFUSED:
        raise Skipped(f"{create.id} does not refuse {name} {in_short(rule.value)}")
    before = reread(session, created)[1]
    change = update_body(session, created, sent, {name: rule.value})
    if not session.call(update.id, path=created.path, body=change).ok:
        return
    seen, after = reread(session, created)
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    if name in before and not same(after.get(name), before[name]):
        # A number that is stored as its digits, or the reverse, is a mild reading of the type.
        is_converted = after.get(name) != rule.value and same(after.get(name), rule.value)
        session.broken(
            expected=f"{name} {in_short(before[name])} as before, since {create.id} refuses "
            f"{in_short(rule.value)}",
            received=in_short(after.get(name)),
            exchange=seen,
            readings=READING if is_converted else (),
        )
