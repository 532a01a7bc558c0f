"""Step: what of an exchange is kept, redacted here and nowhere later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from mock_server.clock import to_rfc3339
from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.errors.api_error import Violation
from mock_server.errors.dialect import ABSENT, UNREADABLE, is_json
from mock_server.journal import headers
from mock_server.journal.credentials import CredentialMasker, forms, of_header
from mock_server.journal.entry import Altered, Answerer, Auth, Broken, Entry, Kind, Message
from mock_server.journal.route import ContractWords, OperationWords, hidden_pair
from mock_server.journal.showing import marked
from mock_server.messages import PROMPT, Delivery, Response
from mock_server.pipeline.context import MountedContract, Route, ServerContext
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.judged import judged
from mock_server.store.protocol import Change
from mock_server.worlds.world import World

LONGEST = 16_384
"""A longer body is kept by its size alone."""

_MASKERS = 64
_ROW = 60
"""What naming a row that was read costs, in characters."""


class Recorder:
    """Makes journal entries of the exchanges of one server. What it needs of an operation it works out at
    its first exchange; safe to use from many threads."""

    def __init__(self, context: ServerContext) -> None:
        self.context = context
        self._contracts: dict[str, ContractWords] = {}
        self._operations: dict[int, OperationWords] = {}
        self._maskers: dict[int, tuple[Any, CredentialMasker]] = {}

    def record(self, exchange: Exchange, response: Response, *, duration: float, started: datetime) -> Entry:
        """What the journal keeps of an exchange that has ended. duration: in seconds of the machine's time.

        Nothing in the entry is a credential of a principal, of this request, or a secret by the contract;
        what no schema describes is not in it either.
        """
        return _Recording(self, exchange, response).entry(duration=duration, started=started)

    def operation(self, route: Route) -> OperationWords:
        """What may be kept of this operation."""
        words = self._operations.get(id(route))
        if words is None:
            words = OperationWords.of(route.plan, self.contract(route.mounted))
            self._operations[id(route)] = words
        return words

    def contract(self, mounted: MountedContract) -> ContractWords:
        """What may be kept of this contract."""
        name = mounted.contract.name
        if name not in self._contracts:
            self._contracts[name] = ContractWords(mounted)
        return self._contracts[name]

    def owner(self, storage: str) -> ContractWords | None:
        """The first contract whose records lie here."""
        for mounted in self.context.contracts.values():
            words = self.contract(mounted)
            if storage in words.collections:
                return words
        return None

    def masker(self, world: World) -> CredentialMasker:
        """The credentials of everybody in a world."""
        scenario = world.scenario
        found = self._maskers.get(id(scenario))
        if found is None or found[0] is not scenario:
            everybody = [mounted.principals for mounted in self.context.contracts.values()]
            found = (
                scenario,
                CredentialMasker([*everybody, *scenario.principals.values()], self.context.credentials),
            )
            if len(self._maskers) >= _MASKERS:
                self._maskers.clear()
            self._maskers[id(scenario)] = found
        return found[1]


class _Recording:
    """One exchange being recorded. The parts of a request are looked at first: what is secret in one of them
    is masked in all."""

    def __init__(self, recorder: Recorder, exchange: Exchange, response: Response) -> None:
        self.recorder = recorder
        self.exchange = exchange
        self.response = response
        self.words = None if exchange.unrouted else recorder.operation(exchange.route)
        self.masker = recorder.masker(exchange.world)
        found: list[str] = []
        self.query = self._query(found)
        self.sent = self._sent(found)
        self._credentials(found)
        self.own = forms(found) if found else ()
        self.clean = self._is_clean()

    def entry(self, *, duration: float, started: datetime) -> Entry:
        exchange, request, response = self.exchange, self.exchange.request, self.response
        now = getattr(exchange, "now", None) or exchange.world.clock.now()
        sent = self._message(request.headers, len(request.body), self.sent)
        replied = self._message(response.headers, len(response.body), self._replied())
        operation = self.words.plan.operation if self.words else None
        path, bound = self._scrubbed(request.path), self._bound()
        changes, changed_size = self._changes(exchange.changes)
        query = tuple((self._scrubbed(name), self._scrubbed(value)) for name, value in self.query)
        return Entry(
            id=exchange.id,
            world=exchange.world.name,
            at=to_rfc3339(now),
            started=to_rfc3339(started),
            duration_ms=round(duration * 1000, 3),
            method=self._scrubbed(request.method[:20]),
            path=path,
            query=query,
            request=sent,
            contract=operation.contract if operation else "",
            operation=operation.id if operation else "",
            bound=bound,
            status=response.status,
            response=replied,
            auth=judged(exchange, self.masker) if operation else Auth("not_asked"),
            error=exchange.error.kind.value if exchange.error else "",
            violations=self._violations(exchange.error.violations if exchange.error else ()),
            faults=tuple(one.to_json() for one in exchange.faults),
            override=exchange.override.to_json() if exchange.override else None,
            answered_by=self._answered_by(),
            delivery=_told(response.delivery),
            changes=changes,
            events=tuple({"id": event.id, "type": event.type} for event in exchange.events),
            reads=exchange.reads
            if self.clean
            else tuple((place, self._scrubbed(key)) for place, key in exchange.reads),
            size=len(path) * 2
            + len(exchange.reads) * _ROW
            + sum(len(name) + len(value) for name, value in query)
            + _size(sent)
            + _size(replied)
            + changed_size,
        )

    def _is_clean(self) -> bool:
        """Whether no credential stands in anything short that is kept: looked for once in all of it."""
        request, exchange = self.exchange.request, self.exchange
        pieces = [request.method, request.path, *(text for pair in self.query for text in pair)]
        pieces += (key for _, key in exchange.reads)
        pieces += (change.key for change in exchange.changes)
        text = "\n".join(pieces)
        return self._always(text) == text

    def _scrubbed(self, text: str) -> str:
        return text if self.clean else self.masker.scrub(text, self.own)

    def _always(self, text: str) -> str:
        return self.masker.scrub(text, self.own)

    def _query(self, found: list[str]) -> tuple[tuple[str, str], ...]:
        pairs = self.exchange.sent_query
        if not pairs:
            return ()
        if self.words is None:
            return tuple(hidden_pair(name, value, found) for name, value in pairs)
        return self.words.pairs(pairs, found)

    def _sent(self, found: list[str]) -> Any:
        """The body's value as it may be kept, ABSENT where there is none to keep."""
        request, words = self.exchange.request, self.words
        if not request.body or words is None:
            return ABSENT
        show = words.body(self.exchange.media_type)
        if show is None or len(request.body) > LONGEST:
            return ABSENT
        value = getattr(self.exchange, "sent_body", ...)
        if value is ...:
            value = _parsed(request.headers.get("content-type", ""), request.body)
        return ABSENT if value is ABSENT or value is UNREADABLE else show(value, found)

    def _replied(self) -> Any:
        response, words = self.response, self.words
        if not response.body or words is None or len(response.body) > LONGEST:
            return ABSENT
        show = words.reply(response.status)
        if show is None:
            return ABSENT
        value = _read(response.headers.get("Content-Type", ""), response.body)
        return ABSENT if value is ABSENT else show(value, None)

    def _credentials(self, found: list[str]) -> None:
        """Note what the request's headers carry, unless it is a principal's and so known already."""
        words = self.words
        carriers = words.words.carriers if words else frozenset()
        declared = words.headers if words else frozenset()
        host = self.exchange.request.headers.get("host", "")
        if host and not headers.harmless("host", host):
            found.append(f"//{host}")  # links in replies begin with what we were called
        for name, value in self.exchange.request.headers.items():
            if name in declared or not (headers.suspect(name) or ("header", name) in carriers):
                continue
            if value.rpartition(" ")[2] not in self.masker:
                found += of_header(value)

    def _message(self, sent: Mapping[str, str], size: int, value: Any) -> Message:
        shown = headers.shown(sent, world=self.exchange.world.name)
        if self.own:
            shown = {self._always(name): self._always(text) for name, text in shown.items()}
        elif "location" in shown:
            shown["location"] = self._always(shown["location"])
        body = None if value is ABSENT else self.masker.scrub_json(value, self.own)
        return Message(shown, headers.media_type(shown), size, body)

    def _bound(self) -> dict[str, str]:
        if self.words is None:
            return {}
        return {name: self._scrubbed(text) for name, text in self.exchange.path_texts.items()}

    def _violations(self, violations: Iterable[Violation]) -> tuple[Broken, ...]:
        words = self.words
        if words is None:
            return ()
        return tuple(
            Broken(
                where=one.where,
                place=words.place(one.path, lacking=one.keyword == "required"),
                rule=one.keyword,
                limit="" if one.limit is None else self._always(str(one.limit)[:200]),
            )
            for one in violations
        )

    def _answered_by(self) -> Answerer:
        exchange = self.exchange
        if any(fault.answers for fault in exchange.faults):
            return "fault"
        if self.words is None:
            return "router"
        platform = exchange.error is not None or hasattr(exchange, "reply")
        return "platform" if platform else "override"

    def _changes(self, changes: Iterable[Change]) -> tuple[tuple[Altered, ...], int]:
        size = 0
        kept: list[Altered] = []
        for change in changes:
            fields = self.masker.scrub_json(self._fields(change), self.own)
            size += len(fields)
            kind: Kind = (
                "created" if change.before is None else "deleted" if change.after is None else "changed"
            )
            kept.append(Altered(change.collection, self._scrubbed(change.key), kind, loads(fields.encode())))
        return tuple(kept), size

    def _fields(self, change: Change) -> dict[str, list[Any]]:
        words = self.recorder.owner(change.collection)
        if words is None:
            return {}
        before, after = change.before or {}, change.after or {}
        names = [name for name in {**before, **after} if before.get(name, ABSENT) != after.get(name, ABSENT)]
        shown = []
        for record in (before, after):
            masked = words.secrets.mask_record(change.collection, record)
            part = {name: masked[name] for name in names if name in masked}
            fields = words.collections[change.collection].fields(part)
            shown.append({name: marked(value, record[name]) for name, value in fields.items()})
        return {name: [shown[0].get(name), shown[1].get(name)] for name in names}


def _parsed(content_type: str, body: bytes) -> Any:
    """A JSON body's value; ABSENT for any other."""
    if not is_json(content_type):
        return ABSENT
    try:
        return loads(body)
    except (MalformedError, UndecodableError):
        return ABSENT


def _read(content_type: str, body: bytes) -> Any:
    """The same of a body we wrote ourselves: faster, and numbers beyond 64 bits are rounded."""
    try:
        return orjson.loads(body) if is_json(content_type) else ABSENT
    except orjson.JSONDecodeError:
        return ABSENT


def _told(delivery: Delivery) -> str:
    if delivery == PROMPT:
        return ""
    return ", ".join(
        [
            *([f"waited {delivery.wait:.3g} s"] if delivery.wait else []),
            *([f"{delivery.pace:g} bytes a second"] if delivery.pace is not None else []),
            *([f"cut after {delivery.cut} bytes"] if delivery.cut is not None else []),
            *(["connection reset"] if delivery.reset else []),
        ]
    )


def _size(message: Message) -> int:
    named = sum(len(name) + len(value) for name, value in message.headers.items())
    return named + len(message.body or "")
