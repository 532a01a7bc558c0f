"""A caller who is known and may not do something is refused, and nothing happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.authentication import UNKNOWN
from contract_tests.checks.lib.given import foreign_things, limited_credential
from contract_tests.checks.lib.records import READING, listed_ids, stated, stating_facts
from contract_tests.checks.lib.side_effects import assert_untouched, is_visible, subject_of, trace
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import carrying, stating
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, Parameter, SecurityScheme
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.context import Allowed
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped

_FOREIGN = ("foreign_object", "wrong_scope_credential")
"""The situations of a call on what belongs to another owner: hidden, forbidden, or the credential unknown."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Refusals for want of a role, outside a credential's scope, and of what belongs to another owner."""
    build = RequirementBuilder(contract, citations, Family.AUTHORIZATION)
    for operation in contract.operations.values():
        if any(_may_lack_roles(operation, scheme, contract) for scheme in contract.schemes):
            yield from _of_roles(build, operation)
        if operation.path_parameters and not operation.is_open:
            yield from _of_scopes(build, operation)


def _may_lack_roles(operation: Operation, scheme: str, contract: Contract) -> bool:
    """Whether a credential of a scheme may be without a role that an operation requires of it."""
    requires_roles = any(alternative.get(scheme) for alternative in operation.security)
    return requires_roles and not _suffices_as_another(operation, scheme, frozenset(), contract)


def _of_roles(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    cites = _cites(build, operation, "wrong_role")
    yield build(
        operation,
        "lacking-role",
        title=f"{operation.id} refuses a credential without the role it needs",
        cites=cites,
        check=partial(lacking_role, operation=operation),
    )
    if not operation.is_safe and is_visible(build.contract, operation):
        yield build(
            operation,
            "lacking-role-no-trace",
            title=f"{operation.id} does nothing for a caller without the role",
            cites=cites,
            check=partial(lacking_role_no_trace, operation=operation),
            compares=True,
        )


def _of_scopes(build: RequirementBuilder, operation: Operation) -> Iterator[Requirement]:
    limited = limited_credential(build, operation)
    yield build(
        operation,
        "outside-scope",
        title=f"{operation.id} refuses a credential that is good for other things only",
        cites=_cites(build, operation, "wrong_scope_credential"),
        check=partial(outside_scope, operation=operation),
        given=limited,
    )
    if not all(map(_has_closed_values, operation.of("path"))):
        yield build(
            operation,
            "foreign",
            title=f"{operation.id} refuses what belongs to another owner",
            cites=_cites(build, operation, "foreign_object"),
            check=partial(foreign, operation=operation),
            also=_acts_below_its_parent(build, operation),
            given=foreign_things(build, operation, operation.path, operation.path_parameters),
        )
    if not operation.is_safe and is_visible(build.contract, operation):
        yield build(
            operation,
            "outside-scope-no-trace",
            title=f"{operation.id} does nothing for a caller out of scope",
            cites=_cites(build, operation, "wrong_scope_credential"),
            check=partial(outside_scope_no_trace, operation=operation),
            compares=True,
            given=limited,
        )


def _has_closed_values(parameter: Parameter) -> bool:
    """Whether the document lists the values of a path parameter, or bounds them: such values say which of a
    fixed set is meant, as the row of a board, and none of them belongs to an owner alone."""
    flat = parameter.schema.flat
    is_bounded = "integer" in parameter.schema.types and "minimum" in flat and "maximum" in flat
    return is_bounded or "enum" in flat or "const" in flat


def _acts_below_its_parent(build: RequirementBuilder, operation: Operation) -> list[Assertion]:
    """That an operation finds what its path names below its parent alone, where facts say what it does."""
    facts = stating(operation.cites, build.citations, build.contract)
    if len(operation.path_parameters) < 2 or not facts:
        return []
    needs = carrying(facts, build.citations, build.contract)
    return [Assertion(f"{operation.id} reaches nothing below another parent", needs)]


def _cites(build: RequirementBuilder, operation: Operation, situation: str) -> tuple[str, ...]:
    response = operation.response(403) or operation.response(404)
    said = response.cites if response else operation.cites
    return tuple(dict.fromkeys(said or build.decided(situation, operation)))


def lacking_role(session: Session, operation: Operation) -> None:
    """Every credential without the role is refused on things for which one with it succeeds."""
    labels = lacking(session, operation)
    session.positive(operation.id)
    path = subject_of(session, operation)
    for label in labels:
        exchange = session.call(operation.id, path=path, credential=label)
        allowed = _refusals(session, operation, label, "wrong_role")
        session.expect(
            exchange,
            allowed,
            what=f"for {label}, which lacks the role",
            stated=stated(session, operation, 403),
        )
        for scheme in _other_keys(session, operation, label):
            exchange = session.call(
                operation.id, path=path, credential=label, headers={scheme.name.lower(): UNKNOWN}
            )
            refusals = _refusals(session, operation, label, "wrong_role", "bad_credential")
            what = f"for {label}, which lacks the role, beside an unknown {scheme.name}"
            session.expect(exchange, refusals, what=what)


def _other_keys(session: Session, operation: Operation, label: str) -> list[SecurityScheme]:
    """The keys in headers that the operation takes beside or instead of a credential."""
    held = session.target.credentials[label].scheme
    taken = dict.fromkeys(name for alternative in operation.security for name in alternative if name != held)
    found = [session.contract.schemes[name] for name in taken]
    return [scheme for scheme in found if scheme.type == "apiKey" and scheme.place == "header"]


def lacking_role_no_trace(session: Session, operation: Operation) -> None:
    """What a caller without the role asked for has not happened."""
    _no_trace(session, operation, lacking(session, operation), who="a caller without the role")


def outside_scope(session: Session, operation: Operation) -> None:
    """Every credential with the role and another scope is refused."""
    labels = outside(session, operation)
    session.positive(operation.id)
    path = subject_of(session, operation)
    for label in labels:
        exchange = session.call(operation.id, path=path, credential=label)
        allowed = _refusals(session, operation, label, *_FOREIGN)
        session.expect(exchange, allowed, what=f"for {label}, which is good for others only")


def outside_scope_no_trace(session: Session, operation: Operation) -> None:
    """What a caller out of scope asked for has not happened."""
    _no_trace(session, operation, outside(session, operation), who="a caller out of scope")


def foreign(session: Session, operation: Operation) -> None:
    """A credential that may use the known things is refused on another owner's."""
    named = [
        name for name in operation.path_parameters if session.fixtures.has("foreign", name, operation.path)
    ]
    if not named:
        raise Skipped(f"the target names nothing foreign among {', '.join(operation.path_parameters)}")
    session.positive(operation.id)
    path = subject_of(session, operation)
    label = session.requests.default_credential(operation, path)
    for each in dict.fromkeys([label, *_admitted(session, operation, path)]):
        for name, value in _closed_to(session, each, path):
            exchange = session.call(operation.id, path={**path, name: value}, credential=each)
            allowed = _refusals(session, operation, each, *_FOREIGN)
            session.expect(exchange, allowed, what=f"for a {name} outside the scope of {each}")
    belongs_to_others = _foreign_things(session, operation, label)
    for others in (named, *([name] for name in named if len(named) > 1)):
        mixed = {**path, **{name: belongs_to_others[name] for name in others}}
        exchange = session.call(operation.id, path=mixed, credential=label)
        if exchange.ok and others == named[-1:] and len(operation.path_parameters) > 1:
            _not_below_another(session, operation, exchange, {**path, **belongs_to_others})
        allowed = _refusals(session, operation, label, *_FOREIGN)
        what = f"for a foreign {' and '.join(others)}"
        session.expect(exchange, allowed, what=what, besides=() if _is_limited(session, label) else READING)


def _admitted(session: Session, operation: Operation, path: Mapping[str, Any]) -> list[str]:
    """The labels of credentials with a scope that may call an operation on the things of a path."""
    return [
        label
        for label, held in session.target.valid_credentials().items()
        if held.scope and held.suffices(operation) and held.admits(path)
    ]


def _closed_to(session: Session, label: str | None, path: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Values of the path that another credential may use in it, and this one may not: such as another
    collection of the same space.
    """
    held = session.target.credentials.get(label or "")
    if held is None:
        return
    closed: set[tuple[str, str]] = set()
    for other in session.target.valid_credentials().values():
        own = [(name, value) for name in path for value in other.scope.get(name, ())]
        closed.update(
            (name, value)
            for name, value in own
            if other.admits({**path, name: value}) and not held.admits({name: value})
        )
    yield from sorted(closed)


def _not_below_another(
    session: Session, operation: Operation, exchange: Exchange, owned: Mapping[str, Any]
) -> None:
    """A thing was not reached below a parent that is not its own: that breaks the path as documented,
    whatever each caller may do. A success for what does not exist may be a repeated deletion.

    exchange: the success that was answered below the other parent. owned: the path of the thing itself.
    """
    resource = session.resources.of(operation)
    facts = stating_facts(session, operation)
    unknown = session.context.allowed(operation, "unknown_id", "unknown_parent")
    if resource is None or not facts:
        return
    if unknown is not None and exchange.status in unknown.statuses:
        is_deletion = operation is resource.delete and resource.list is not None
        if not is_deletion or str(owned[resource.key]) in listed_ids(session, resource, owned):
            return
    session.broken(
        expected=f"nothing of another parent's {operation.path_parameters[-1]}",
        received=str(exchange.status),
        exchange=exchange,
        because=facts,
    )


def _foreign_things(session: Session, operation: Operation, label: str | None) -> dict[str, Any]:
    """The foreign things an operation is tried on: those the target names; where the operation could change
    them, new ones that the run makes with their owner's credential.

    label: the credential to which they are foreign. Raises Skipped when it is limited to nothing while others
    are, or when no credential may make them.
    """
    named = session.fixtures.foreign_values(operation)
    any_scope = any(held.scope for held in session.target.valid_credentials().values())
    # Where the target gives no credential a scope, what it calls foreign is so to all of them.
    if not _is_limited(session, label) and (any_scope or not session.resources.reads(operation)):
        raise Skipped(f"the credential {label} has no scope, so nothing is foreign to it")
    if session.resources.reads(operation):
        return named
    owner = session.context.permissions.other_credential(operation)
    if owner is None:
        raise Skipped(f"the target has no second credential that may call {operation.id} on foreign things")
    values: dict[str, Any] = {}
    for name, place in operation.places.items():
        resource = session.resources.at(place)
        is_made = resource is not None and resource.create is not None and resource.create is not operation
        if is_made and resource is not None and name in named:
            values[name] = session.create(resource, under=values, credential=owner).id
        elif name in named:
            values[name] = named[name]
    return values


def _is_limited(session: Session, label: str | None) -> bool:
    """Whether a credential has a scope, or is none of the target's."""
    held = session.target.credentials.get(label or "")
    return held is None or bool(held.scope)


def _refusals(session: Session, operation: Operation, label: str | None, *situations: str) -> Allowed | None:
    """What may answer a credential in these situations.

    One of a scheme that may not be enough by itself may be refused as no credential at all.
    """
    held = session.target.credentials.get(label or "")
    alone = held is None or not session.context.is_open(operation, f"security.{held.scheme}.alone")
    return session.context.allowed(operation, *(() if alone else ("bad_credential",)), *situations)


def _no_trace(session: Session, operation: Operation, labels: list[str], *, who: str) -> None:
    session.positive(operation.id)
    path = subject_of(session, operation)
    before = trace(session, operation, path)
    refused: Exchange | None = None
    for label in labels:
        exchange = session.call(operation.id, path=path, credential=label)
        if exchange.ok:
            return
        refused = exchange
    assert refused is not None  # noqa: S101 - there is at least one label
    assert_untouched(session, operation, path, before, refused, who=who)


def lacking(session: Session, operation: Operation) -> list[str]:
    """The labels of good credentials without the role an operation needs. Raises Skipped without any."""
    known = _known(session, operation)
    found = [
        label
        for label, held in session.target.valid_credentials().items()
        if any(held.scheme in alternative for alternative in operation.security)
        and not held.suffices(operation)
        and held.admits(known)
        and not _suffices_as_another(operation, held.scheme, frozenset(held.roles), session.contract)
    ]
    if not found:
        raise Skipped(f"the target has no credential without the role that {operation.id} needs")
    return found


def _suffices_as_another(
    operation: Operation, scheme: str, roles: frozenset[str], contract: Contract
) -> bool:
    """Whether an operation takes another scheme in the same place, of which it requires no further role: a
    server need not tell the credentials of the two apart.

    scheme, roles: those of the credential.
    """
    own = contract.schemes[scheme]
    for alternative in operation.security:
        for name, required in alternative.items():
            other = contract.schemes[name]
            is_same = (other.type, other.place, other.name) == (own.type, own.place, own.name)
            if len(alternative) == 1 and name != scheme and is_same and set(required) <= roles:
                return True
    return False


def outside(session: Session, operation: Operation) -> list[str]:
    """The labels of good credentials that are good for other things only. Raises Skipped without any."""
    known = _known(session, operation)
    found = [
        label
        for label, held in session.target.valid_credentials().items()
        if held.suffices(operation) and not held.admits(known)
    ]
    if not found:
        raise Skipped(f"the target has no credential that is good for other things only ({operation.id})")
    return found


def _known(session: Session, operation: Operation) -> dict[str, Any]:
    return session.fixtures.known_values(operation)
