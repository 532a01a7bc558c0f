"""One request and its reply on their way through the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mock_server.errors.api_error import ApiError
from mock_server.faults.rules import FaultHit
from mock_server.handlers.registry import Call, Reply
from mock_server.messages import Request, Upload, query_pairs
from mock_server.overrides.preference import ResponsePreference
from mock_server.pipeline.mounted_contracts import Route, ServerContext
from mock_server.principals import Principal, Principals
from mock_server.redaction import UNPARSED
from mock_server.store.protocol import Change, Transaction
from mock_server.worlds.world import World

if TYPE_CHECKING:
    from mock_server.webhooks.events import Event
    from mock_server.when import RequestFacts


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A request that is answered without an operation.

    near: the route whose platform words the answer, None for a server without contracts. error: 404 or 405.
    location: target of a redirect. options: the methods that an OPTIONS request is answered with.
    """

    near: Route | None
    error: ApiError | None = None
    location: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedOverride:
    """A response preference that the operation can fulfil, or a reply that an override gives.

    override: id of the armed override it comes from, None for the request's own Prefer header. reply: the
    status of a reply that the override writes. outside_contract: what the contract does not allow of the
    response, empty if it allows it.
    """

    preference: ResponsePreference
    override: str | None
    reply: int | None = None
    outside_contract: str = ""

    def to_json(self) -> dict[str, Any]:
        """The override as the journal keeps it; members that are None are left out."""
        members = {
            "override": self.override,
            "code": self.preference.code,
            "example": self.preference.example,
            "wait": self.preference.wait,
            "reply": self.reply,
            "outside_contract": self.outside_contract or None,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A request that a real service answered.

    upstream: its base URL. is_reached: whether it did answer. request: what the contract does not allow of
    the request. response: the same of the answer, empty where all of it is allowed.
    """

    upstream: str
    is_reached: bool
    request: tuple[str, ...]
    response: str

    def to_json(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {
            "url": self.upstream,
            "reached": self.is_reached,
            "request": list(self.request),
            "response": self.response,
        }


@dataclass(slots=True)
class Exchange:
    """Everything known of a request so far. A field without a default is unset before its step, and set after
    it.

    id: of the reply's X-Mock-Request-Id header, empty for an admin call.

    Set by match: unrouted, or else route, path_texts (path parameter → its text) and passed_over
    (the methods of a more literal path that lacks this one). Set by override:
    override. facts: what the rules of the world are compared with, made where it has any. Set by inject:
    faults; mutate_response leaves those that had an effect. Set by pass_on: passed_on. answered_early:
    whether one of these steps answered in the operation's place.

    Set by authenticate: principal, and roles, which the operation requires of this kind of credential. Set by
    read_body or read_media: sent_body, media_type, the declared one where the operation takes several, and
    upload, the first file of a multipart form.
    Set by negotiate: accepted, the media type that the answer is to have, empty for the usual one.
    Set by validate: path, query, headers and body, coerced. Set in the transaction: state and now. Set by
    answer: reply.

    error: the refusal that ended the steps. changes, reads: what the transaction wrote and looked at. events:
    what the callbacks of this world were given. may_stream: whether the client can be sent a body of unknown
    length.
    """

    request: Request
    context: ServerContext
    world: World
    id: str
    unrouted: Unrouted | None = None
    route: Route = field(init=False)
    path_texts: Mapping[str, str] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()
    override: AppliedOverride | None = None
    passed_on: PassedOn | None = None
    facts: RequestFacts | None = None
    faults: tuple[FaultHit, ...] = ()
    answered_early: bool = False
    principal: Principal | None = None
    roles: tuple[str, ...] = ()
    media_type: str = ""
    accepted: str = ""
    upload: Upload | None = None
    sent_body: Any = UNPARSED
    path: Mapping[str, Any] = field(init=False)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    state: Transaction = field(init=False)
    now: datetime = field(init=False)
    reply: Reply = field(init=False)
    error: ApiError | None = None
    changes: tuple[Change, ...] = ()
    reads: tuple[tuple[str, str], ...] = ()
    events: tuple[Event, ...] = ()
    may_stream: bool = False
    _sent_query: tuple[tuple[str, str], ...] | None = None
    _call: Call | None = None

    @property
    def sent_query(self) -> tuple[tuple[str, str], ...]:
        """Every pair of the query string, decoded, in its order."""
        if self._sent_query is None:
            query = self.request.query
            self._sent_query = query_pairs(query) if query else ()
        return self._sent_query

    @property
    def principals(self) -> Principals:
        """The principals of the contract in this world."""
        mounted = self.route.mounted
        return self.world.scenario.principals.get(mounted.contract.name, mounted.principals)

    def ended_at(self) -> datetime:
        """The world's time that counts for this exchange: the transaction's, or now where there was none."""
        return self.now if hasattr(self, "now") else self.world.clock.now()

    def take(self, query: Mapping[str, Any], headers: Mapping[str, Any], body: Any) -> None:
        """Set what was validated of the request beside its path, by parameter name."""
        self.query, self.headers, self.body = query, headers, body
        if self._call is not None:
            self._call.query, self._call.headers, self._call.body = query, headers, body

    def call(self) -> Call:
        """What a handler is given: always the same."""
        if self._call is not None:
            return self._call
        # Only inferred contracts take a key in the usual header, for POST, because clients also send it where
        # a document forgets it.
        route, request = self.route, self.request
        mounted = route.mounted
        is_keyed = mounted.builder is not None and request.method == "POST"
        self._call = Call(
            operation=route.operation,
            behaviour=route.behaviour,
            behaviours=mounted.behaviours,
            collection=route.collection,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=self.body,
            principal=self.principal,
            state=self.state,
            now=self.now,
            rng=self.world.rng,
            url=request.base_url + request.path,
            sent_query=self.sent_query,
            kept_replies=self.context.kept_replies,
            policies=self.world.policies,
            builder=mounted.builder,
            idempotency_key=(is_keyed and request.headers.get("idempotency-key")) or None,
            upload=self.upload,
            accepted=self.accepted,
            may_stream=self.may_stream and not (self.accepted or self.faults or self.override),
        )
        return self._call
