"""Two contracts compared, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Body, Operation, Parameter
from contract_tests.openapi.paths import shape
from contract_tests.openapi.schemas import Schema
from contract_tests.spec_diff.schemas import Effect, changes

UNDOCUMENTED = "operation-undocumented"
"""The kind of an operation that the newer document has besides."""


class Harm(StrEnum):
    """Whom a difference breaks: clients or servers written for the older document, or neither."""

    CLIENTS = "breaks clients"
    SERVERS = "breaks servers"
    BOTH = "breaks both"
    NONE = "harmless"


@dataclass(frozen=True, slots=True)
class Difference:
    """kind: a short name, for allow lists. operation: method and path. where: the part of it."""

    harm: Harm
    kind: str
    operation: str
    where: str
    what: str

    def __str__(self) -> str:
        where = f" {self.where}:" if self.where else ""
        return f"{self.operation}{where} {self.what}"


def differences(old: Contract, new: Contract) -> Iterator[Difference]:
    """What the newer document says otherwise, in the order of the older one; then what it has besides.

    Operations are the same where method and path are, whatever the path parameters are called. The paths of
    servers count where operations are found by them, and not otherwise.
    """
    before, after = _by_key(old, old.base_path), _by_key(new, new.base_path)
    if before.keys().isdisjoint(after):
        before, after = _by_key(old, ""), _by_key(new, "")
    for key, operation in before.items():
        if key in after:
            yield from _operation(old, operation, new, after[key])
        else:
            yield Difference(
                Harm.CLIENTS, "operation-missing", _named(operation), "", "the newer document lacks it"
            )
    for key, operation in after.items():
        if key not in before:
            yield Difference(Harm.NONE, UNDOCUMENTED, _named(operation), "", "the older document lacks it")


def operations_shared(old: Contract, new: Contract) -> bool:
    """Whether the documents have an operation in common, so that they are about the same API."""
    return any(
        not _by_key(old, before).keys().isdisjoint(_by_key(new, after))
        for before, after in ((old.base_path, new.base_path), ("", ""))
    )


def _by_key(contract: Contract, base_path: str) -> dict[tuple[str, str], Operation]:
    return {
        (operation.method, shape(f"{base_path}{operation.path}").rstrip("/")): operation
        for operation in contract.operations.values()
    }


def _named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _operation(old: Contract, before: Operation, new: Contract, after: Operation) -> Iterator[Difference]:
    name = _named(before)
    yield from _parameters(name, before, after)
    yield from _bodies(name, before, after)
    yield from _responses(name, before, after)
    yield from _security(name, old, before, new, after)


def _parameters(name: str, before: Operation, after: Operation) -> Iterator[Difference]:
    first, second = _places(before), _places(after)
    for key, parameter in first.items():
        where = f"{parameter.place} {parameter.name}"
        other = second.get(key)
        if other is None:
            yield Difference(Harm.CLIENTS, "parameter-removed", name, where, "is taken no longer")
            continue
        if other.required != parameter.required:
            harm, words = (
                (Harm.CLIENTS, "is required now") if other.required else (Harm.SERVERS, "is optional now")
            )
            yield Difference(harm, "parameter-required", name, where, words)
        if (parameter.style, parameter.explode) != (other.style, other.explode):
            yield Difference(Harm.BOTH, "parameter-style", name, where, "is written otherwise")
        yield from _schemas("request", name, where, parameter.schema, other.schema)
    for key, parameter in second.items():
        if key not in first:
            where = f"{parameter.place} {parameter.name}"
            harm = Harm.CLIENTS if parameter.required else Harm.NONE
            words = "is required now" if parameter.required else "is new"
            yield Difference(harm, "parameter-added", name, where, words)


def _places(operation: Operation) -> dict[tuple[str, str], Parameter]:
    """Parameters by place and name; those of the path by their position."""
    in_path = {parameter: str(index) for index, parameter in enumerate(operation.path_parameters)}
    return {
        (each.place, in_path.get(each.name, each.name) if each.place == "path" else _folded(each)): each
        for each in operation.parameters
    }


def _folded(parameter: Parameter) -> str:
    return parameter.name.lower() if parameter.place == "header" else parameter.name


def _bodies(name: str, before: Operation, after: Operation) -> Iterator[Difference]:
    first, second = before.content, after.content
    if first is None and second is None:
        return
    if first is None or second is None:
        is_new = first is None
        harm = Harm.CLIENTS if not is_new or (second is not None and second.required) else Harm.NONE
        yield Difference(
            harm, "body-added" if is_new else "body-removed", name, "body", "is new" if is_new else "is gone"
        )
        return
    if first.media_type != second.media_type:
        words = f"is {second.media_type} now, not {first.media_type}"
        yield Difference(Harm.BOTH, "body-media-type", name, "body", words)
    if first.required != second.required:
        harm = Harm.CLIENTS if second.required else Harm.SERVERS
        words = "is required now" if second.required else "is optional now"
        yield Difference(harm, "body-required", name, "body", words)
    yield from _schemas("request", name, "body", first.schema, second.schema)


def _responses(name: str, before: Operation, after: Operation) -> Iterator[Difference]:
    for status, answer in before.responses.items():
        where, is_success = f"answer {status}", status.startswith("2")
        other = after.responses.get(status)
        if other is None:
            harm = Harm.CLIENTS if is_success else Harm.NONE
            yield Difference(harm, "response-removed", name, where, "is documented no longer")
            continue
        for media_type, body in answer.bodies.items():
            yield from _answers(name, where, media_type, body, other.bodies)
        headers = {header.name: header for header in other.headers}
        for header in answer.headers:
            if header.name not in headers:
                harm = Harm.CLIENTS if header.required else Harm.NONE
                words = f"has no header {header.name} any more"
                yield Difference(harm, "header-removed", name, where, words)
    for status in after.responses:
        if status not in before.responses:
            yield Difference(Harm.NONE, "response-added", name, f"answer {status}", "is new")


def _answers(
    name: str, where: str, media_type: str, body: Body, others: Mapping[str, Body]
) -> Iterator[Difference]:
    other = others.get(media_type)
    if other is None:
        yield Difference(
            Harm.CLIENTS, "response-media-type", name, where, f"is given as {media_type} no longer"
        )
        return
    yield from _schemas("response", name, where, body.schema, other.schema)


def _schemas(direction: str, name: str, where: str, old: Schema, new: Schema) -> Iterator[Difference]:
    narrower, wider = (Harm.CLIENTS, Harm.SERVERS) if direction == "request" else (Harm.SERVERS, Harm.CLIENTS)
    harms = {Effect.NARROWER: narrower, Effect.WIDER: wider, Effect.OTHER: Harm.BOTH}
    for change in changes(old, new):
        harm = Harm.CLIENTS if change.is_member_gone else harms[change.effect]
        place = f"{where} {change.where}".rstrip()
        kind = "member-removed" if change.is_member_gone else f"{direction}-{change.effect.value}"
        yield Difference(harm, kind, name, place, change.what)


_Carried = frozenset[tuple[str, str, str, frozenset[str]]]


def _security(
    name: str, old: Contract, before: Operation, new: Contract, after: Operation
) -> Iterator[Difference]:
    """Alternatives are compared by how credentials travel, whatever the schemes are called."""
    first, second = _alternatives(old, before), _alternatives(new, after)
    lost = [each for each in first if not any(other <= each for other in second)]
    won = [each for each in second if not any(other <= each for other in first)]
    if lost:
        words = (
            "no credential suffices no longer" if frozenset() in lost else "a credential suffices no longer"
        )
        yield Difference(Harm.CLIENTS, "security-narrower", name, "security", words)
    if won:
        words = "no credential is needed now" if frozenset() in won else "another credential suffices now"
        yield Difference(Harm.SERVERS, "security-wider", name, "security", words)


def _alternatives(contract: Contract, operation: Operation) -> set[_Carried]:
    if not operation.security:
        return {frozenset()}
    return {
        frozenset(_scheme(contract, label, roles) for label, roles in alternative.items())
        for alternative in operation.security
    }


def _scheme(contract: Contract, label: str, roles: tuple[str, ...]) -> tuple[str, str, str, frozenset[str]]:
    scheme = contract.schemes.get(label)
    if scheme is None:
        return "unknown", "", label, frozenset(roles)
    if scheme.type != "apiKey":
        return scheme.type, "", "", frozenset(roles)
    return scheme.type, scheme.place, scheme.name.lower(), frozenset(roles)
