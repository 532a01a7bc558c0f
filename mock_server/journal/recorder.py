"""What the journal keeps of an exchange, and the entry that is made of it when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from mock_server.clock import to_rfc3339
from mock_server.contract.json_text import dumps, is_json, loads
from mock_server.errors.api_error import ErrorCode
from mock_server.errors.dialect import ABSENT, UNREADABLE
from mock_server.journal.entry import Altered, Answerer, Auth, Broken, ChangeType, Entry, Message
from mock_server.messages import PROMPT, Transmission, cookies, header_value, query_pairs
from mock_server.principals import ANYBODY
from mock_server.redaction import (
    LONGEST_BODY,
    MASKED,
    UNPARSED,
    CredentialMasker,
    ExchangeRedaction,
    Redactor,
    SecretMemory,
    recognizable,
)

if TYPE_CHECKING:
    from mock_server.contract.operation import Contract, SecurityRequirement, SecurityScheme
    from mock_server.contract.plan import OperationPlan
    from mock_server.errors.api_error import Violation
    from mock_server.messages import Request, Response
    from mock_server.principals import Principal, Principals
    from mock_server.store.protocol import Change

_OWN_SIZE = 5000
"""Bytes that an exchange takes in memory beside its texts and bodies."""

_HEADER_SIZE = 150
"""Bytes that a header of the request takes beside its value."""

_VIOLATION_SIZE = 400

_CHANGE_SIZE = 1000
"""Bytes that a change takes beside the record it replaced."""

_OBJECT_FACTOR = 5
"""How many times more bytes a record takes in memory than its JSON text."""

MOST_CHANGES: Final = 100
"""Changes of one exchange that the journal keeps."""

MOST_VIOLATIONS: Final = 100
"""Broken rules of one exchange that the journal keeps."""

_OUT_OF_REACH = frozenset({ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.UNAUTHENTICATED})
"""How a platform refuses what lies outside a principal's scope."""

BrokenRule = tuple[str, tuple[str | int, ...], str, Any]
"""A broken rule as a RecordedExchange keeps it: the first four members of its Violation."""

_LONGEST_METHOD = 20
_LONGEST_LIMIT = 200


@dataclass(slots=True, eq=False)
class RecordedExchange:
    """One exchange as the journal keeps it: references to what it was, secrets included.

    Nothing here changes later, but the size of a response that is streamed: bodies are bytes, records are the
    versions of their time. A body too long to be shown is not kept.

    id: <world>.<n>. at: the world's time. started: the machine's time. duration: seconds of the machine's
    time. request_size, response_size: bytes of the bodies. contract, plan: None where no operation was found.
    path_texts: path parameter → its text. media_type: the declared one the body was read as. sent_body:
    UNPARSED, ABSENT or UNREADABLE, or the JSON text of a body that was sent in another form. changes: the
    first MOST_CHANGES. principals: those of the world's scenario, by contract. size: bytes it
    takes in memory, about.
    """

    id: str
    world: str
    at: datetime
    started: datetime
    duration: float
    request: Request
    request_size: int
    response: Response
    response_size: int
    contract: Contract | None
    plan: OperationPlan | None
    path_texts: Mapping[str, str]
    media_type: str
    sent_body: Any
    principal: Principal | None
    roles: tuple[str, ...]
    answered_by: Answerer
    error: ErrorCode | None
    violations: Sequence[BrokenRule]
    faults: tuple[Mapping[str, Any], ...]
    override: Mapping[str, Any] | None
    upstream: Mapping[str, Any] | None
    changes: Sequence[Change]
    reads: Sequence[tuple[str, str]]
    events: tuple[Mapping[str, str], ...]
    principals: Mapping[str, Principals]
    redactor: Redactor
    size: int = field(init=False)

    def __post_init__(self) -> None:
        request, response = self.request, self.response
        size = _OWN_SIZE + len(request.path) + len(request.query) + len(request.body) + len(response.body)
        size += len("".join(request.headers.values())) + len(request.headers) * _HEADER_SIZE
        size += len(self.violations) * _VIOLATION_SIZE
        if self.changes:
            size += sum(map(_size_of_change, self.changes))
        self.size = size

    @property
    def count_key(self) -> tuple[str, str, str, int]:
        """Under which the exchange is counted: contract, operation, method and status."""
        if self.plan is None:
            return "", "", self.request.method, self.response.status
        operation = self.plan.operation
        return operation.contract, operation.id, self.request.method, self.response.status

    @property
    def path(self) -> str:
        """Path of the request, as it was sent."""
        return self.request.path

    @property
    def is_plain(self) -> bool:
        """Whether the operation answered as it does when all is well, and nothing in the path can be a
        secret: then method, path, operation and principal may be shown as they are."""
        return (
            self.plan is not None
            and self.response.status < 400
            and self.answered_by == "platform"
            and not (self.faults or self.override)
            and not recognizable(self.path_texts.values())
        )

    @property
    def masker(self) -> CredentialMasker:
        """What masks the credentials that were valid in the world."""
        return self.redactor.masker(self.principals)

    @property
    def sent_query(self) -> tuple[tuple[str, str], ...]:
        """Every pair of the query string, decoded, in its order."""
        return query_pairs(self.request.query)

    def secrets(self) -> set[str]:
        """What stands at the secret places of the exchange and is long enough to be recognized elsewhere."""
        return self._redaction().secrets

    def entry(self, memory: SecretMemory) -> Entry:
        """The entry for users, without secrets. memory: the secrets of the world's other exchanges."""
        redaction = self._redaction()
        redaction.recall(memory)
        return _entry(self, redaction)

    def _redaction(self) -> ExchangeRedaction:
        return self.redactor.exchange(
            self.request,
            self.response,
            query=self.sent_query,
            plan=self.plan,
            media_type=self.media_type,
            sent_body=loads(self.sent_body) if isinstance(self.sent_body, bytes) else self.sent_body,
            changes=self.changes,
            masker=self.masker,
        )


def _size_of_change(change: Change) -> int:
    # A record that was created is in the store as well, or was replaced by a later exchange.
    before = 0 if change.before is None else len(dumps(change.before))
    return _CHANGE_SIZE + before * _OBJECT_FACTOR


def kept_body(content_type: str, sent_body: Any) -> Any:
    """What a RecordedExchange keeps of the value of a request body.

    Handlers may change the value, so JSON is parsed again when it is read, and other forms are copied.
    """
    if sent_body is UNPARSED or sent_body is ABSENT or sent_body is UNREADABLE:
        return sent_body
    if isinstance(sent_body, str):  # a text that nothing has read: shown only where it is JSON
        return UNPARSED
    is_json_text = content_type == "application/json" or not content_type or is_json(content_type)
    return UNPARSED if is_json_text else dumps(sent_body)


def _entry(recorded: RecordedExchange, redaction: ExchangeRedaction) -> Entry:
    request, response, plan = recorded.request, recorded.response, recorded.plan
    contract, operation, method, status = recorded.count_key
    sent = _message(redaction.request_headers(), recorded.request_size, redaction.request_body())
    replied = _message(redaction.response_headers(), recorded.response_size, redaction.reply_body())
    read_keys = redaction.texts([key for _, key in recorded.reads])
    return Entry(
        id=recorded.id,
        world=recorded.world,
        at=to_rfc3339(recorded.at),
        started=to_rfc3339(recorded.started),
        duration_ms=round(recorded.duration * 1000, 3),
        method=redaction.text(method[:_LONGEST_METHOD]),
        path=redaction.text(request.path),
        query=redaction.query(),
        request=sent,
        contract=contract,
        operation=operation,
        bound={name: redaction.text(text) for name, text in recorded.path_texts.items()},
        status=status,
        response=replied,
        auth=_auth_decision(recorded),
        error=recorded.error.value if recorded.error else "",
        violations=tuple(_redacted_rule(rule, redaction) for rule in recorded.violations if plan),
        faults=recorded.faults,
        override=recorded.override,
        upstream=_upstream(recorded.upstream, redaction),
        answered_by=recorded.answered_by,
        delivery=_delivery(response.delivery),
        changes=tuple(_changes(recorded.changes, redaction)),
        reads=tuple((storage, key) for (storage, _), key in zip(recorded.reads, read_keys, strict=True)),
        events=recorded.events,
    )


def _upstream(upstream: Mapping[str, Any] | None, redaction: ExchangeRedaction) -> Mapping[str, Any] | None:
    if upstream is None:
        return None
    broken = [redaction.text(problem) for problem in upstream["request"]]
    return {**upstream, "request": broken, "response": redaction.text(upstream["response"])}


def _message(headers: Mapping[str, str], size: int, body: str | None) -> Message:
    content_type = headers.get("content-type", "")
    media_type = "" if content_type == MASKED else content_type.partition(";")[0].strip()
    return Message(headers, media_type, size, body)


def kept_violations(violations: Sequence[Violation], size: int) -> Sequence[BrokenRule]:
    """What a RecordedExchange keeps of broken rules: the first MOST_VIOLATIONS, without what was sent.

    size: bytes of the request.
    """
    kept = [violation[:4] for violation in violations[:MOST_VIOLATIONS]]
    if size <= LONGEST_BODY:
        return kept
    # Names and limits may be texts of clients, as long as the request.
    return [(where, _place_words(path), rule, _limit_words(limit)) for where, path, rule, limit in kept]


def _place_words(path: Iterable[str | int]) -> tuple[str, ...]:
    return tuple([str(name)[:_LONGEST_LIMIT] for name in path])


def _limit_words(limit: Any) -> str:
    if limit is None:
        return ""
    # A list may hold names that a client made up, of any number and length.
    shown = (
        [str(item)[:_LONGEST_LIMIT] for item in limit[:_LONGEST_LIMIT]] if isinstance(limit, list) else limit
    )
    return str(shown)[:_LONGEST_LIMIT]


def _redacted_rule(broken: BrokenRule, redaction: ExchangeRedaction) -> Broken:
    where, path, rule, limit = broken
    place = redaction.text("/".join(_place_words(path)))
    return Broken(where, place, rule, redaction.text(_limit_words(limit)))


def _changes(changes: Sequence[Change], redaction: ExchangeRedaction) -> Iterator[Altered]:
    keys = redaction.texts([change.key for change in changes])
    for change, key, members in zip(changes, keys, redaction.changed_members(), strict=True):
        yield Altered(change.collection, key, _change_type(change), loads(members.encode()))


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


def _auth_decision(exchange: RecordedExchange) -> Auth:
    """How access was decided."""
    if exchange.plan is None:
        return Auth("not_asked")
    principal = exchange.principal
    if principal is None:
        return _without_principal(exchange)
    if principal is ANYBODY:
        return Auth("anybody", principal.name)
    schemes, roles = _deciding_schemes(exchange, principal), exchange.roles
    code = exchange.error
    if code in _OUT_OF_REACH:
        lacking = tuple(role for role in roles if not principal.has(role))
        if lacking and code is ErrorCode.FORBIDDEN:
            return Auth("lacks_role", principal.name, schemes, roles, lacking)
        outside = [name for name, text in exchange.path_texts.items() if not principal.may_use(name, text)]
        if outside or code is not ErrorCode.NOT_FOUND:
            reason = f"{', '.join(outside)} outside what {principal.name} may use" if outside else ""
            return Auth("out_of_reach", principal.name, schemes, roles, reason=reason)
    return Auth("allowed", principal.name, schemes, roles)


def _without_principal(exchange: RecordedExchange) -> Auth:
    """No principal: the operation needs none, access was not decided, or no credential was valid."""
    security = _security(exchange)
    schemes = dict.fromkeys(scheme for requirement in security for scheme in requirement)
    present = tuple(scheme for scheme in schemes if _is_carried(exchange, scheme))
    if exchange.error is ErrorCode.UNAUTHENTICATED:
        return Auth("unauthenticated", None, present, reason=_why_unauthenticated(exchange, present))
    return Auth("open" if exchange.plan and exchange.plan.operation.is_open else "not_asked", None, present)


def _why_unauthenticated(exchange: RecordedExchange, present: tuple[str, ...]) -> str:
    if not present:
        return "no credential was sent"
    request, masker = exchange.request, exchange.masker
    for text in (*request.headers.values(), *(value for _, value in exchange.sent_query)):
        owner = masker.owner(text)
        if owner is not None and owner.expires_at and owner.expires_at <= exchange.at:
            expiry = to_rfc3339(owner.expires_at)
            return f"the credential of {owner.name} expired at {expiry} by the clock of this world"
        if owner is not None:
            return f"the credential of {owner.name} does not belong to this contract and scheme"
    return "the credential is unknown"


def _deciding_schemes(exchange: RecordedExchange, principal: Principal) -> tuple[str, ...]:
    """The schemes of the first alternative by which this principal can be identified."""
    for requirement in _security(exchange):
        if requirement and all(
            scheme in principal.credentials and _is_carried(exchange, scheme) for scheme in requirement
        ):
            return tuple(requirement)
    return ()


def _is_carried(exchange: RecordedExchange, scheme_id: str) -> bool:
    """Whether the request has the header, cookie or parameter of this scheme, whatever its value."""
    scheme = _schemes(exchange)[scheme_id]
    if scheme.carrier == "query":
        return any(name == scheme.name for name, _ in exchange.sent_query)
    if scheme.carrier == "cookie":
        return scheme.name in cookies(exchange.request.headers.get("cookie", ""))
    return header_value(exchange.request.headers, scheme.name) is not None


def _security(exchange: RecordedExchange) -> tuple[SecurityRequirement, ...]:
    return exchange.plan.operation.security if exchange.plan else ()


def _schemes(exchange: RecordedExchange) -> Mapping[str, SecurityScheme]:
    return exchange.contract.schemes if exchange.contract else {}
