"""One request and its reply on their way through the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mock_server.errors.api_error import ApiError
from mock_server.handlers.registry import Call, Reply
from mock_server.messages import Request
from mock_server.pipeline.context import Route, ServerContext
from mock_server.principals import Principal, Principals
from mock_server.store.protocol import Transaction

if TYPE_CHECKING:
    from mock_server.faults.rules import FaultHit
    from mock_server.pipeline.match import Unrouted
    from mock_server.pipeline.override import AppliedOverride
    from mock_server.store.protocol import Change
    from mock_server.webhooks.events import Event
    from mock_server.worlds.world import World


@dataclass(slots=True)
class Exchange:
    """What is known of a request so far. A step's result is unset before the step, and there after it.

    id: of the reply's X-Mock-Request-Id. unrouted: of match, where no operation is asked; else route and
    path_texts. principal, roles: of authenticate (roles: what the operation asks of the credential's kind).
    media_type, sent_body: of read_body (media_type: the declared one a body has, where several are). path,
    query, headers, body: of bind_path and validate, coerced. state, now: of the transaction. reply: of
    answer. changes, reads: what the transaction wrote and looked at. events: what callbacks were told of it.
    error: the refusal that ended the steps. faults: of inject, after spoil those that had an effect.
    override: of the step of that name, a wish that was granted.
    """

    request: Request
    context: ServerContext
    world: World
    id: str
    unrouted: Unrouted | None = None
    route: Route = field(init=False)
    path_texts: Mapping[str, str] = field(init=False)
    principal: Principal | None = None
    roles: tuple[str, ...] = ()
    media_type: str = ""
    sent_body: Any = field(init=False)
    path: Mapping[str, Any] = field(init=False)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    state: Transaction = field(init=False)
    now: datetime = field(init=False)
    reply: Reply = field(init=False)
    changes: tuple[Change, ...] = ()
    reads: tuple[tuple[str, str], ...] = ()
    events: tuple[Event, ...] = ()
    error: ApiError | None = None
    faults: tuple[FaultHit, ...] = ()
    override: AppliedOverride | None = None
    _sent_query: tuple[tuple[str, str], ...] | None = None

    @property
    def sent_query(self) -> tuple[tuple[str, str], ...]:
        """Every pair of the query string, decoded, in its order."""
        if self._sent_query is None:
            query = self.request.query
            self._sent_query = tuple(parse_qsl(query, keep_blank_values=True)) if query else ()
        return self._sent_query

    @property
    def principals(self) -> Principals:
        """Who may ask this contract in this world."""
        mounted = self.route.mounted
        return self.world.scenario.principals.get(mounted.contract.name, mounted.principals)

    def call(self) -> Call:
        """What a handler is given, as far as it is known."""
        return Call(
            operation=self.route.plan.operation,
            behaviour=self.route.behaviour,
            behaviours=self.route.mounted.behaviours,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=self.body,
            principal=self.principal,
            state=self.state,
            now=self.now,
            rng=self.world.rng,
            url=self.request.base_url + self.request.path,
            sent_query=self.sent_query,
            policies=self.world.policies,
        )
