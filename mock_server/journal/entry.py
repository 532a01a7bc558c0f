"""One exchange as the journal keeps it. Whatever is in here may be shown: it was redacted before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Decision = Literal["open", "anybody", "allowed", "unauthenticated", "lacks_role", "out_of_reach", "not_asked"]
"""How it was decided who may ask.

open: nobody needs to say who asks. anybody: the server checks nobody. allowed: a principal with the roles
asked for. unauthenticated: no valid credential. lacks_role: a principal without such a role. out_of_reach: a
role that would do, and records or rights outside what the principal has. not_asked: answered before it came
to that.
"""


Kind = Literal["created", "changed", "deleted"]

Answerer = Literal["platform", "override", "fault", "router"]
"""Who made the reply. override: also one who refused a wish. router: no operation was asked."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request's or reply's headers and body.

    headers: by lower-case name, values masked unless harmless. media_type: without parameters, empty when
    none was named. size: the body's bytes. body: what may be shown of it as JSON text, None where it was
    empty, unreadable or of no declared schema.
    """

    headers: Mapping[str, str]
    media_type: str
    size: int
    body: str | None


@dataclass(frozen=True, slots=True)
class Auth:
    """Who asked and what came of it.

    schemes: the security schemes whose carriers the request had. roles: asked for. lacking: those of them
    that the principal does not have. reason: why, for a refusal.
    """

    decision: Decision
    principal: str | None = None
    schemes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule the request broke: where ("path", "query", "header", "cookie", "body"), the place inside it, the
    rule in JSON Schema's words and its bound. Never the value."""

    where: str
    place: str
    rule: str
    limit: str


@dataclass(frozen=True, slots=True)
class Altered:
    """A record the exchange wrote. fields: member → [before, after] of those that differ, secrets masked."""

    collection: str
    key: str
    kind: Kind
    fields: Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exchange.

    id: <world>.<n>. at: the world's time, RFC 3339. started: the machine's time, RFC 3339. query: the pairs
    of the query string, values of undeclared or credential parameters masked. contract, operation: empty for
    a request that matched nothing. bound: path parameter → its text. error: the kind of refusal, empty for
    none. faults: rule, kind and call of each that struck. override: the wish that was granted. delivery: how
    the reply travelled, where a fault had a say. reads: collection and key of records looked at. events: id
    and type of the callbacks it set off. size: the text kept, in characters.
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
    answered_by: Answerer = "platform"
    delivery: str = ""
    changes: tuple[Altered, ...] = ()
    reads: tuple[tuple[str, str], ...] = ()
    events: tuple[Mapping[str, str], ...] = ()
    size: int = field(default=0, compare=False)


def as_json(entry: Entry) -> dict[str, Any]:
    """The entry as a JSON object, in the order of its members."""
    told = asdict(entry)
    told.pop("size")
    return told
