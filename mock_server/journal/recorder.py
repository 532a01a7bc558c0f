"""Makes the journal entry of an exchange that has ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mock_server.clock import to_rfc3339
from mock_server.contract.json_text import loads
from mock_server.journal.entry import Altered, Answerer, Auth, Broken, ChangeType, Entry, Message
from mock_server.messages import PROMPT, Transmission
from mock_server.redaction import MASKED, CredentialMasker, ExchangeRedaction, Redactor

if TYPE_CHECKING:
    from mock_server.contract.plan import OperationPlan
    from mock_server.errors.api_error import ApiError, Violation
    from mock_server.faults.rules import FaultHit
    from mock_server.messages import Request, Response
    from mock_server.store.protocol import Change
    from mock_server.webhooks.events import Event

_READ_SIZE = 60
"""Characters that naming one record costs in the entry."""

_LONGEST_METHOD = 20
_LONGEST_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedExchange:
    """What the journal is given of an exchange: everything as it was, secrets included.

    id: <world>.<n>. at: the world's time. started: the machine's time. duration: seconds of the machine's
    time. query: every pair of the query string, decoded. plan: the operation's, None where none was found.
    path_texts: path parameter → its text. media_type: the declared one the body was read as. sent_body: the
    body's value, or UNPARSED. masker: of the world.
    """

    id: str
    world: str
    at: datetime
    started: datetime
    duration: float
    request: Request
    query: Sequence[tuple[str, str]]
    response: Response
    plan: OperationPlan | None
    path_texts: Mapping[str, str]
    media_type: str
    sent_body: Any
    auth: Auth
    answered_by: Answerer
    error: ApiError | None
    faults: Sequence[FaultHit]
    override: Mapping[str, Any] | None
    changes: Sequence[Change]
    reads: Sequence[tuple[str, str]]
    events: Sequence[Event]
    masker: CredentialMasker


def record(finished: FinishedExchange, redactor: Redactor) -> Entry:
    """The journal entry of an exchange.

    Nothing in it is a credential of a principal or of this request, or secret by the contract; nor is
    anything that no schema describes.
    """
    request, response, error = finished.request, finished.response, finished.error
    redaction = redactor.exchange(
        request,
        query=finished.query,
        plan=finished.plan,
        media_type=finished.media_type,
        sent_body=finished.sent_body,
        masker=finished.masker,
    )
    operation = finished.plan.operation if finished.plan else None
    path, query = redaction.text(request.path), redaction.query()
    sent = _message(redaction.headers(request.headers), len(request.body), redaction.request_body())
    replied = _message(
        redaction.headers(response.headers), len(response.body), redaction.reply_body(response)
    )
    changes = tuple(_changes(finished.changes, redaction))
    read_keys = redaction.texts([key for _, key in finished.reads])
    return Entry(
        id=finished.id,
        world=finished.world,
        at=to_rfc3339(finished.at),
        started=to_rfc3339(finished.started),
        duration_ms=round(finished.duration * 1000, 3),
        method=redaction.text(request.method[:_LONGEST_METHOD]),
        path=path,
        query=query,
        request=sent,
        contract=operation.contract if operation else "",
        operation=operation.id if operation else "",
        bound={name: redaction.text(text) for name, text in finished.path_texts.items()},
        status=response.status,
        response=replied,
        auth=finished.auth,
        error=error.code.value if error else "",
        violations=_broken_rules(error.violations, redaction) if error and operation else (),
        faults=tuple(fault.to_json() for fault in finished.faults),
        override=finished.override,
        answered_by=finished.answered_by,
        delivery=_delivery(response.delivery),
        changes=tuple(altered for altered, _ in changes),
        reads=tuple((storage, key) for (storage, _), key in zip(finished.reads, read_keys, strict=True)),
        events=tuple({"id": event.id, "type": event.type} for event in finished.events),
        size=len(path) * 2
        + len(read_keys) * _READ_SIZE
        + sum(len(name) + len(value) for name, value in query)
        + _size(sent)
        + _size(replied)
        + sum(size for _, size in changes),
    )


def _message(headers: Mapping[str, str], size: int, body: str | None) -> Message:
    content_type = headers.get("content-type", "")
    media_type = "" if content_type == MASKED else content_type.partition(";")[0].strip()
    return Message(headers, media_type, size, body)


def _broken_rules(violations: Iterable[Violation], redaction: ExchangeRedaction) -> tuple[Broken, ...]:
    return tuple(
        Broken(
            where=violation.where,
            place=redaction.place(violation.path, is_lacking=violation.keyword == "required"),
            rule=violation.keyword,
            limit="" if violation.limit is None else redaction.text(str(violation.limit)[:_LONGEST_LIMIT]),
        )
        for violation in violations
    )


def _changes(changes: Sequence[Change], redaction: ExchangeRedaction) -> Iterator[tuple[Altered, int]]:
    """Every record that was written, with the size of its entry in characters."""
    keys = redaction.texts([change.key for change in changes])
    for change, key in zip(changes, keys, strict=True):
        members = redaction.changed_members(change)
        yield Altered(change.collection, key, _change_type(change), loads(members.encode())), len(members)


def _change_type(change: Change) -> ChangeType:
    if change.before is None:
        return "created"
    return "deleted" if change.after is None else "changed"


def _delivery(delivery: Transmission) -> str:
    """How a reply travelled, in words; empty for one that was sent at once and whole."""
    if delivery == PROMPT:
        return ""
    words: list[str] = []
    if delivery.wait:
        words.append(f"waited {delivery.wait:.3g} s")
    if delivery.pace is not None:
        words.append(f"{delivery.pace:g} bytes a second")
    if delivery.cut is not None:
        words.append(f"cut after {delivery.cut} bytes")
    if delivery.reset:
        words.append("connection reset")
    return ", ".join(words)


def _size(message: Message) -> int:
    headers = sum(len(name) + len(value) for name, value in message.headers.items())
    return headers + len(message.body or "")
