"""One exchange as the journal shows it. Everything in an entry may be shown: it is redacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

AuthDecision = Literal[
    "open", "anybody", "allowed", "unauthenticated", "lacks_role", "out_of_reach", "not_asked"
]
"""How access was decided.

open: the operation needs no credential. anybody: the server does not check credentials. allowed: a principal
with the required roles. unauthenticated: no valid credential. lacks_role: a principal without a required
role. out_of_reach: the roles suffice, but the records or rights lie outside what the principal has.
not_asked: the request was answered before access was decided.
"""

ChangeType = Literal["created", "changed", "deleted"]
"""What happened to a record."""

Answerer = Literal["platform", "override", "fault", "router", "upstream", "authorization"]
"""What made the reply. override: also where a preference was refused. router: no operation was found.
upstream: a real service, or the mock because it could not be reached. authorization: the server where clients
sign in."""


@dataclass(frozen=True, slots=True)
class Message:
    """The headers and body of a request or reply.

    headers: by lower-case name, values masked unless harmless. media_type: without parameters, empty when
    none was named. size: bytes of the body. body: what may be shown of it as JSON text, None where it was
    empty, unreadable or of no declared schema.
    """

    headers: Mapping[str, str]
    media_type: str
    size: int
    body: str | None


@dataclass(frozen=True, slots=True)
class Auth:
    """Who sent the request and whether that was enough.

    schemes: the security schemes whose credentials the request carried. roles: required ones. lacking: those
    of them that the principal does not have. reason: why, for a refusal.
    """

    decision: AuthDecision
    principal: str | None = None
    schemes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that the request broke; never the value that broke it.

    where: "path", "query", "header", "cookie" or "body". place: the place inside it. rule: in JSON Schema's
    words. limit: the rule's bound.
    """

    where: str
    place: str
    rule: str
    limit: str


@dataclass(frozen=True, slots=True)
class Altered:
    """A record that the exchange wrote. fields: member → [before, after] of those that differ, secrets
    masked."""

    collection: str
    key: str
    kind: ChangeType
    fields: Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exchange.

    id: <world>.<n>. at: the world's time, RFC 3339. started: the machine's time, RFC 3339. query: the pairs
    of the query string; values of undeclared or credential parameters are masked. contract, operation: empty
    where no operation was found. bound: path parameter → its text. error: code of the refusal, empty for
    none. faults: rule, kind and call of each that had an effect. override: the preference that was applied.
    upstream: the real service that was asked, and what the contract does not allow of the exchange with it.
    delivery: how the reply travelled, where a fault changed that. reads: collection and key of the records
    that were looked at. events: id and type of the callbacks it caused.
    """

    id: str
    world: str
    at: str
    started: str
    duration_ms: float
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    request: Message
    contract: str
    operation: str
    bound: Mapping[str, str]
    status: int
    response: Message
    auth: Auth
    error: str
    violations: tuple[Broken, ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()
    override: Mapping[str, Any] | None = None
    upstream: Mapping[str, Any] | None = None
    answered_by: Answerer = "platform"
    delivery: str = ""
    changes: tuple[Altered, ...] = ()
    reads: tuple[tuple[str, str], ...] = ()
    events: tuple[Mapping[str, str], ...] = ()


def as_json(entry: Entry) -> dict[str, Any]:
    """The entry as a JSON object, its members in the order of the class."""
    return asdict(entry)
