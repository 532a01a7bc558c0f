"""Why a reply was what it was, in sentences for people and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from mock_server.behaviours.keys import parents_storage
from mock_server.handlers.dispatch import idempotency_storage
from mock_server.journal.near_misses import near_misses

if TYPE_CHECKING:
    from mock_server.behaviours.declared import ContractWithBehaviours, OperationBehaviour
    from mock_server.contract.operation import Operation
    from mock_server.handlers.registry import Registry
    from mock_server.journal.citations import Citations
    from mock_server.journal.entry import Auth, Entry


class Served(Protocol):
    """What the server answered by; a ServerContext is one."""

    @property
    def contracts(self) -> Mapping[str, ContractWithBehaviours]:
        """The contracts of the server, by name."""

    @property
    def registry(self) -> Registry:
        """The handlers of operations that have their own."""


def explain(entry: Entry, served: Served, citations: Citations) -> dict[str, Any]:
    """The explanation of an exchange, as JSON.

    matched: the operation and how the path was read, or what the request may have meant. allowed: who sent it
    and why that was enough. valid: broken rules. interfered: faults and overrides. answered: the rule that
    made the body, where it is declared, and the records it looked at. changed: records it wrote. rests_on:
    documented facts, and decisions where the documents are silent. Each part has a `sentence`.
    """
    declared = served.contracts.get(entry.contract)
    operation = declared.contract.operations.get(entry.operation) if declared else None
    exchange: dict[str, Any] = {
        "id": entry.id,
        "world": entry.world,
        "at": entry.at,
        "request": {"method": entry.method, "path": entry.path},
        "status": entry.status,
    }
    if declared is None or operation is None:
        return {**exchange, "matched": _unmatched(entry, served), "interfered": _interfered(entry)}
    return {
        **exchange,
        "matched": _matched(entry, operation),
        "allowed": _allowed(entry.auth),
        "valid": _valid(entry),
        "interfered": _interfered(entry),
        "answered": _answered(entry, declared, served.registry),
        "changed": _changed(entry),
        "rests_on": _rests_on(entry, citations),
    }


def reason(entry: Entry) -> str:
    """Why a request was answered otherwise than its operation does when all is well, in a few words; empty
    where it was not."""
    interventions = [f"fault {fault.get('kind')}" for fault in entry.faults]
    if entry.override:
        interventions.append(_override_words(entry.override))
    if entry.upstream:
        interventions += _outside_contract(entry.upstream)
    if entry.status >= 400 and entry.answered_by == "platform":
        interventions.append(_refusal_reason(entry))
    return ", ".join(interventions)


def _outside_contract(upstream: Mapping[str, Any]) -> Iterator[str]:
    """What the contract does not allow of an exchange with a real service."""
    if not upstream["reached"]:
        yield f"{upstream['url']} could not be asked"
    if upstream["request"]:
        yield f"request outside the contract: {'; '.join(upstream['request'])}"
    if upstream["response"]:
        yield f"response outside the contract: {upstream['response']}"


def _refusal_reason(entry: Entry) -> str:
    auth = entry.auth
    if auth.decision == "lacks_role":
        return f"{auth.principal} lacks {', '.join(auth.lacking)}"
    if auth.decision in {"unauthenticated", "out_of_reach"}:
        return auth.reason or f"out of reach of {auth.principal}"
    if entry.violations:
        return "; ".join(_violation_words(entry))
    return entry.error.replace("_", " ")


def _violation_words(entry: Entry) -> list[str]:
    return [
        f"{violation.where} {violation.place or 'as a whole'} breaks {violation.rule}"
        + (f" ({violation.limit})" if violation.limit else "")
        for violation in entry.violations
    ]


def _matched(entry: Entry, operation: Operation) -> dict[str, Any]:
    parameters = ", ".join(f"{name} = {text}" for name, text in entry.bound.items())
    ending = f", with {parameters}." if parameters else "."
    return {
        "sentence": f"{entry.method} {entry.path} is {operation.id} of {operation.contract}{ending}",
        "contract": operation.contract,
        "operation": operation.id,
        "method": operation.method,
        "template": operation.path,
        "path": dict(entry.bound),
    }


def _unmatched(entry: Entry, served: Served) -> dict[str, Any]:
    if entry.answered_by == "authorization":
        sentence = f"{entry.method} {entry.path} is of the authorization server."
        return {"sentence": sentence, "contract": None, "operation": None, "near": []}
    contracts = [declared.contract for declared in served.contracts.values()]
    near = near_misses(entry.method, entry.path, contracts)
    methods = [miss.method for miss in near if [missed.rule for missed in miss.missed] == ["method"]]
    hint = f" Nearest is {near[0].method} {near[0].path} ({near[0].operation})." if near else ""
    if methods:
        hint = f" The path takes {' and '.join(methods)}."
    return {
        "sentence": f"{entry.method} {entry.path} is no operation of any contract.{hint}",
        "contract": None,
        "operation": None,
        "near": [asdict(miss) for miss in near],
    }


def _allowed(auth: Auth) -> dict[str, Any]:
    return {"sentence": _auth_sentence(auth), **asdict(auth)}


def _auth_sentence(auth: Auth) -> str:
    identified = f"Identified by {' and '.join(auth.schemes) or 'its credential'} as {auth.principal}"
    required = ", ".join(auth.roles) or "none"
    sentences = {
        "open": "The operation needs no credential.",
        "anybody": "The server does not check credentials.",
        "allowed": f"{identified}, who has the required roles ({required}).",
        "unauthenticated": f"The sender could not be identified: {auth.reason}.",
        "lacks_role": f"{identified}, who lacks {', '.join(auth.lacking)} (required: {required}).",
        "out_of_reach": f"{identified}, who may not use this{f': {auth.reason}' if auth.reason else ''}.",
        "not_asked": "The request was answered before credentials were checked.",
    }
    return sentences[auth.decision]


def _valid(entry: Entry) -> dict[str, Any]:
    broken = _violation_words(entry)
    return {
        "sentence": f"{_capitalized('; '.join(broken))}." if broken else "No rule was broken.",
        "violations": [asdict(violation) for violation in entry.violations],
    }


def _interfered(entry: Entry) -> dict[str, Any]:
    interventions = [f"fault {fault.get('rule')} ({fault.get('kind')})" for fault in entry.faults]
    if entry.override:
        interventions.append(_override_words(entry.override))
    if entry.delivery:
        interventions.append(entry.delivery)
    sentence = f"{_capitalized('; '.join(interventions))}." if interventions else "Nothing interfered."
    return {
        "sentence": sentence,
        "faults": [dict(fault) for fault in entry.faults],
        "override": entry.override,
        "delivery": entry.delivery,
    }


def _override_words(override: Mapping[str, Any]) -> str:
    outside = override.get("outside_contract")
    mark = f", which is outside the contract: {outside}" if outside else ""
    name = override.get("override")
    if "reply" in override:
        return f"override {name} gave a reply of its own with status {override['reply']}{mark}"
    asked = {key: value for key, value in override.items() if key not in {"override", "outside_contract"}}
    preferences = ", ".join(f"{key}={value}" for key, value in asked.items()) or "the usual reply"
    source = f"override {name}" if name else "the Prefer header"
    return f"{source} asked for {preferences}{mark}"


def _answered(entry: Entry, declared: ContractWithBehaviours, registry: Registry) -> dict[str, Any]:
    behaviour = declared.behaviours.operation(entry.operation)
    handler = registry.get(entry.contract, entry.operation)
    collection = declared.behaviours.collections.get(behaviour.collection or "")
    rule = f"{handler.__module__}.{handler.__qualname__}" if handler else behaviour.action
    return {
        "sentence": _answer_sentence(entry, behaviour, rule, is_handler=handler is not None),
        "who": entry.answered_by,
        "by": "handler" if handler else "action",
        "rule": rule,
        "collection": behaviour.collection,
        "storage": collection.storage if collection else None,
        "declared": f"{entry.contract}.behaviour.yaml: operations.{entry.operation}",
        "error": entry.error or None,
        "without_effect": [] if handler else _without_effect(entry, behaviour),
        "rows": [{"collection": storage, "key": key} for storage, key in _records_read(entry)],
    }


def _override_sentence(override: Mapping[str, Any] | None) -> str:
    if not override:
        return "The preference could not be fulfilled; the reply lists those that can."
    whose = (
        "the one that the override gives" if "reply" in override else "the documented one that was asked for"
    )
    return f"The operation was not called: the reply is {whose}."


def _answer_sentence(entry: Entry, behaviour: OperationBehaviour, rule: str, *, is_handler: bool) -> str:
    """rule: name of the handler or of the declared action."""
    if entry.answered_by == "override":
        return _override_sentence(entry.override)
    if entry.upstream:
        reached = "answered" if entry.upstream["reached"] else "could not be asked"
        return f"The operation was passed on: {entry.upstream['url']} {reached}."
    if entry.answered_by == "fault":
        return "A fault answered in the operation's place."
    count = len(_records_read(entry))
    records = f", having looked at {count} record{'s' * (count != 1)}" if count else ""
    if entry.error:
        is_key_taken = entry.error == "conflict" and _is_repeated(entry)
        reason = ": its idempotency key belongs to another request" if is_key_taken else records
        return f"The request was refused as {entry.error.replace('_', ' ')}{reason}."
    if _is_repeated(entry):
        return "The first answer under the same idempotency key was given again; nothing was done."
    unused = [] if is_handler else _without_effect(entry, behaviour)
    without = f" Nothing says what {', '.join(unused)} in the query restricts it to." if unused else ""
    what = f"The handler {rule}" if is_handler else f"The declared action {rule}"
    source = f" from {behaviour.collection}" if behaviour.collection else ""
    return f"{what} answered{source}{records}.{without}"


def _without_effect(entry: Entry, behaviour: OperationBehaviour) -> list[str]:
    """The query parameters of a list by which it is neither filtered nor sorted, paged or completed."""
    if behaviour.action != "list":
        return []
    page, sort, include = behaviour.page, behaviour.sort, behaviour.include
    known = {*behaviour.filters, *behaviour.tolerates, behaviour.fields}
    known |= {page.size, page.at, page.before, page.skip} if page is not None else set()
    known |= {sort.parameter, sort.direction} if sort is not None else set()
    known |= {include.parameter} if include is not None else set()
    outer = {str(name).partition("[")[0] for name in known}
    sent = dict.fromkeys(name for name, _value in entry.query)
    return [name for name in sent if name not in known and name.partition("[")[0] not in outer]


def _is_repeated(entry: Entry) -> bool:
    """Whether the last thing that was read is the answer kept under the idempotency key."""
    last = entry.reads[-1][0] if entry.reads else ""
    return last == idempotency_storage(entry.contract) and not entry.changes


def _records_read(entry: Entry) -> list[tuple[str, str]]:
    """Storage and key of the records looked at, without what the mock keeps beside records."""
    others = {idempotency_storage(entry.contract), parents_storage(entry.contract)}
    return [(storage, key) for storage, key in entry.reads if storage not in others]


def _changed(entry: Entry) -> dict[str, Any]:
    changes = [f"{altered.kind} {altered.collection} {altered.key}" for altered in entry.changes]
    return {
        "sentence": f"It {', '.join(changes)}." if changes else "No record changed.",
        "records": [asdict(altered) for altered in entry.changes],
    }


def _rests_on(entry: Entry, citations: Citations) -> dict[str, Any]:
    grounds = citations.of(entry.contract, entry.operation, entry.status)
    decisions = ", ".join(decision.id for decision in grounds.decisions)
    count = len(grounds.facts)
    facts = f"{count} documented fact{'s' * (count != 1)}" if count else "no documented fact"
    undocumented = f", and where the documents are silent or disagree on the decisions {decisions}"
    return {
        "sentence": f"It rests on {facts}{undocumented if decisions else ''}.",
        "facts": list(grounds.facts),
        "decisions": [asdict(decision) for decision in grounds.decisions],
    }


def _capitalized(sentence: str) -> str:
    """With its first letter in upper case, the others as they are."""
    return sentence[:1].upper() + sentence[1:]
