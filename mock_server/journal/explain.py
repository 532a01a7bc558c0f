"""Why a reply was what it was, in sentences for people and as data for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from mock_server.behaviours.idempotency import storage as kept_answers
from mock_server.behaviours.secrets import Played
from mock_server.contract.operation import Operation
from mock_server.journal.near_misses import near_misses

if TYPE_CHECKING:
    from mock_server.behaviours.declared import OperationBehaviour
    from mock_server.handlers.registry import Registry
    from mock_server.journal.citations import Citations
    from mock_server.journal.entry import Auth, Entry


class Setting(Protocol):
    """What was played; the context of a server are one."""

    @property
    def contracts(self) -> Mapping[str, Played]: ...

    @property
    def registry(self) -> Registry: ...


def explain(entry: Entry, context: Setting, citations: Citations) -> dict[str, Any]:
    """The whole story of an exchange, as JSON.

    matched: the operation and how the path was read, or what the request may have meant. allowed: who asked
    and why that was enough. valid: broken rules. interfered: faults and overrides. answered: the rule that
    made the body, where it is declared, and the rows it looked at. changed: records written. rests_on:
    documented facts, and decisions where the documents are silent. Each part has a `sentence`.
    """
    mounted = context.contracts.get(entry.contract)
    operation = mounted.contract.operations.get(entry.operation) if mounted else None
    told: dict[str, Any] = {
        "id": entry.id,
        "world": entry.world,
        "at": entry.at,
        "request": {"method": entry.method, "path": entry.path},
        "status": entry.status,
    }
    if mounted is None or operation is None:
        return {**told, "matched": _unmatched(entry, context), "interfered": _interfered(entry)}
    return {
        **told,
        "matched": _matched(entry, operation),
        "allowed": _allowed(entry.auth),
        "valid": _valid(entry),
        "interfered": _interfered(entry),
        "answered": _answered(entry, mounted, context.registry),
        "changed": _changed(entry),
        "rests_on": _rests_on(entry, citations),
    }


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _matched(entry: Entry, operation: Operation) -> dict[str, Any]:
    bound = ", ".join(f"{name} = {text}" for name, text in entry.bound.items())
    return {
        "sentence": f"{entry.method} {entry.path} is {operation.id} of {operation.contract}"
        + (f", with {bound}." if bound else "."),
        "contract": operation.contract,
        "operation": operation.id,
        "method": operation.method,
        "template": operation.path,
        "path": dict(entry.bound),
    }


def _unmatched(entry: Entry, context: Setting) -> dict[str, Any]:
    contracts = [mounted.contract for mounted in context.contracts.values()]
    near = near_misses(entry.method, entry.path, contracts)
    methods = [one.method for one in near if [missed.rule for missed in one.missed] == ["method"]]
    meant = f" Nearest is {near[0].method} {near[0].path} ({near[0].operation})." if near else ""
    if methods:
        meant = f" The path takes {' and '.join(methods)}."
    return {
        "sentence": f"{entry.method} {entry.path} is no operation of any contract.{meant}",
        "contract": None,
        "operation": None,
        "near": [asdict(one) for one in near],
    }


def _allowed(auth: Auth) -> dict[str, Any]:
    return {"sentence": _auth_sentence(auth), **asdict(auth)}


def _auth_sentence(auth: Auth) -> str:
    who, by = auth.principal, " and ".join(auth.schemes) or "its credential"
    asked = ", ".join(auth.roles) or "none"
    sentences = {
        "open": "The operation asks nobody who they are.",
        "anybody": "The server checks nobody.",
        "allowed": f"Known by {by} as {who}, who has what is asked for (roles: {asked}).",
        "unauthenticated": f"Nobody was recognised: {auth.reason}.",
        "lacks_role": f"Known by {by} as {who}, who lacks {', '.join(auth.lacking)} (asked for: {asked}).",
        "out_of_reach": f"Known by {by} as {who}, who may not reach this"
        + (f": {auth.reason}." if auth.reason else "."),
        "not_asked": "The request was answered before anybody asked who sent it.",
    }
    return sentences[auth.decision]


def _valid(entry: Entry) -> dict[str, Any]:
    broken = [asdict(one) for one in entry.violations]
    told = "; ".join(
        f"{one.where} {one.place or 'as a whole'} breaks {one.rule}{f' ({one.limit})' if one.limit else ''}"
        for one in entry.violations
    )
    return {"sentence": f"{_begun(told)}." if told else "No rule was broken.", "violations": broken}


def _interfered(entry: Entry) -> dict[str, Any]:
    faults = [f"fault {one.get('rule')} ({one.get('kind')})" for one in entry.faults]
    told = [
        *faults,
        *([_wish(entry.override)] if entry.override else []),
        *([entry.delivery] if entry.delivery else []),
    ]
    return {
        "sentence": f"{_begun('; '.join(told))}." if told else "Nothing interfered.",
        "faults": [dict(one) for one in entry.faults],
        "override": entry.override,
        "delivery": entry.delivery,
    }


def _wish(override: Mapping[str, Any]) -> str:
    asked = ", ".join(f"{name}={value}" for name, value in override.items() if name != "override")
    by = override.get("override")
    return f"{f'override {by}' if by else 'the Prefer header'} asked for {asked}"


def _answered(entry: Entry, mounted: Played, registry: Registry) -> dict[str, Any]:
    declared = mounted.behaviours.operation(entry.operation)
    handler = registry.get(entry.contract, entry.operation)
    collection = mounted.behaviours.collections.get(declared.collection or "")
    by = f"{handler.__module__}.{handler.__qualname__}" if handler else declared.action
    return {
        "sentence": _answer_sentence(entry, declared, by, is_handler=handler is not None),
        "who": entry.answered_by,
        "by": "handler" if handler else "action",
        "rule": by,
        "collection": declared.collection,
        "storage": collection.storage if collection else None,
        "declared": f"{entry.contract}.behaviour.yaml: operations.{entry.operation}",
        "error": entry.error or None,
        "rows": [{"collection": storage, "key": key} for storage, key in _rows(entry)],
    }


def _answer_sentence(entry: Entry, declared: OperationBehaviour, by: str, *, is_handler: bool) -> str:
    if entry.answered_by == "override":
        granted = "The operation was not asked: the reply is the one that was wished for."
        return granted if entry.override else "The wish could not be granted; the reply lists those that can."
    if entry.answered_by == "fault":
        return "A fault answered in the operation's place."
    repeated, many = _is_repeat(entry), len(_rows(entry))
    rows = f", having looked at {many} record{'s' * (many != 1)}" if many else ""
    if entry.error:
        used = entry.error == "conflict" and repeated
        why = ": its idempotency key belongs to another request" if used else rows
        return f"The request was refused as {entry.error.replace('_', ' ')}{why}."
    if repeated:
        return "The first answer under the same idempotency key was given again; nothing was done."
    what = f"The handler {by}" if is_handler else f"The declared action {by}"
    return f"{what} answered{f' from {declared.collection}' if declared.collection else ''}{rows}."


def _is_repeat(entry: Entry) -> bool:
    """Whether nothing came after the look for an answer kept under the same idempotency key."""
    last = entry.reads[-1][0] if entry.reads else ""
    return last == kept_answers(entry.contract) and not entry.changes


def _rows(entry: Entry) -> list[tuple[str, str]]:
    """The records looked at; an answer kept under an idempotency key is none."""
    return [row for row in entry.reads if row[0] != kept_answers(entry.contract)]


def _changed(entry: Entry) -> dict[str, Any]:
    told = [f"{one.kind} {one.collection} {one.key}" for one in entry.changes]
    return {
        "sentence": f"It {', '.join(told)}." if told else "No record changed.",
        "records": [asdict(one) for one in entry.changes],
    }


def _rests_on(entry: Entry, citations: Citations) -> dict[str, Any]:
    grounds = citations.of(entry.contract, entry.operation, entry.status)
    decided = ", ".join(one.id for one in grounds.decisions)
    many = len(grounds.facts)
    documented = f"{many} documented fact{'s' * (many != 1)}" if many else "no documented fact"
    return {
        "sentence": f"It rests on {documented}"
        + (
            f", and where the documents are silent or disagree on the decisions {decided}."
            if decided
            else "."
        ),
        "facts": list(grounds.facts),
        "decisions": [asdict(one) for one in grounds.decisions],
    }
