"""HydraCore: a grant lets one instance fetch one connection's credentials, with the capabilities granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.checks.records import hold, in_short
from contract_tests.citations import Citations
from contract_tests.contract import Contract
from contract_tests.exchange import Exchange
from contract_tests.making import Maker
from contract_tests.outcomes import Skipped
from contract_tests.requirements import Check, Family, Requirement
from contract_tests.session import Created, Session

FETCH, LIST = "fetchConnectionCredentials", "listConnections"
CREATE, DELETE = "createConnection", "deleteConnection"
GRANT, REVOKE = "createGrant", "deleteGrant"
CAPABILITIES = ["send_mail", "read_mail"]
UNTOUCHED = ("id", "customer_id", "provider", "name", "auth_type", "created_at")
"""Members of a connection that no fetch changes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: whose operation it is about, what it is called, what it promises and on whose word."""

    family: Family
    operation: str
    what: str
    title: str
    cites: str
    check: Check
    others: tuple[str, ...] = ()


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What the fetch owes to grants, and grants to connections."""
    for row in ROWS:
        make = Maker(contract, citations, row.family)
        yield make(
            contract.operations[row.operation],
            row.what,
            title=row.title,
            cites=row.cites.split(),
            check=row.check,
            others=row.others,
        )


class Scene:
    """A fresh connection, and what fetches from it. The session cleans up what is made here."""

    def __init__(self, session: Session, **members: Any) -> None:
        self.session = session
        prepared = session.valid.body(session.contract.operation(CREATE)) or {}
        self.body: dict[str, Any] = {**prepared, "name": session.unique(), **members}
        self.connection = session.create(CREATE, **self.body)

    def grant(self, instance: Any = None, capabilities: list[str] | None = None) -> Created:
        """Grant the connection, by default to the known instance with CAPABILITIES."""
        session = self.session
        return session.create(
            GRANT,
            under=self.connection,
            instance_id=session.known("instance_id") if instance is None else instance,
            capabilities=CAPABILITIES if capabilities is None else capabilities,
        )

    def fetch(self, instance: Any = None, **query: Any) -> Exchange:
        """Fetch by provider and name, as the known instance unless another is named; None leaves one out."""
        chosen = self.session.known("instance_id") if instance is None else instance
        asked = {"provider": self.body["provider"], "name": self.body["name"], **query}
        left_out = [name for name, value in asked.items() if value is None]
        return self.session.call(FETCH, path={"instance_id": chosen}, query=asked, without=left_out)

    def hands_out(self, exchange: Exchange, capabilities: list[str]) -> None:
        """Expect this connection's credentials and these capabilities."""
        session = self.session
        shown = session.expect(exchange, 200, what="for a granted connection").parsed
        held = shown if isinstance(shown, Mapping) else {}
        if held.get("credentials") != self.body["credentials"]:
            session.broken(
                expected="the credentials that were stored",
                received="other ones" if "credentials" in held else "no member credentials",
                exchange=exchange,
            )
        found = held.get("capabilities")
        if not isinstance(found, list) or sorted(map(str, found)) != sorted(capabilities):
            session.broken(
                expected=f"the capabilities {', '.join(capabilities) or '(none)'}",
                received=in_short(found),
                exchange=exchange,
            )


def fetches(session: Session) -> None:
    """Credentials equal as JSON, nested parts and letters included; capabilities equal as a set."""
    stored = {
        "access_token": session.canary(),
        "certificate": f"-----BEGIN-----\n{'contract' * 100}\n-----END-----\n",
        "clientId": "Zoë 😀",
        "größe": {"list": [1, 2, {"on": True}], "none": None},
    }
    scene = Scene(session, credentials=stored)
    scene.grant()
    before = session.read(scene.connection)
    scene.hands_out(scene.fetch(), CAPABILITIES)
    after = session.read(scene.connection)
    hold(session, before, (session.exchanges[-1], after), UNTOUCHED, what="as before the fetch")
    empty = Scene(session)
    empty.grant(capabilities=[])
    empty.hands_out(empty.fetch(), [])


def each_capability(session: Session) -> None:
    """With the capability named, the fetch answers as without."""
    scene = Scene(session)
    scene.grant()
    for capability in CAPABILITIES:
        scene.hands_out(scene.fetch(capability=capability), CAPABILITIES)


def ungranted_capability(session: Session) -> None:
    """The same fetch succeeds without the capability and with a granted one."""
    scene = Scene(session)
    scene.grant(capabilities=CAPABILITIES[:1])
    session.control(scene.fetch(capability=CAPABILITIES[0]))
    for capability in (CAPABILITIES[1], CAPABILITIES[0][:-1], CAPABILITIES[0].upper()):
        session.expect(
            scene.fetch(capability=capability),
            "ungranted_capability",
            what=f"for {capability}, which is not granted",
        )


def no_grant(session: Session) -> None:
    """An equal connection with a grant is the positive control."""
    granted = Scene(session)
    granted.grant()
    session.control(granted.fetch())
    session.expect(Scene(session).fetch(), "ungranted", what="for a connection without a grant")


def revoked(session: Session) -> None:
    """Fetched before, refused after."""
    scene = Scene(session)
    grant = scene.grant()
    session.control(scene.fetch())
    session.expect(session.call(REVOKE, path=grant.path), "delete")
    session.expect(scene.fetch(), "ungranted", what="after the grant was revoked")


def deleted(session: Session) -> None:
    """Fetched before, refused after."""
    scene = Scene(session)
    scene.grant()
    session.control(scene.fetch())
    session.expect(session.call(DELETE, path=scene.connection.path), "delete")
    session.expect(scene.fetch(), "ungranted", what="after the connection was deleted")


def other_instance(session: Session) -> None:
    """A second instance, with a key of its own that works, is refused."""
    other = session.neighbour("instance_id")
    scene, second = Scene(session), Scene(session)
    scene.grant()
    second.grant(instance=other)
    session.control(scene.fetch())
    session.control(second.fetch(instance=other))
    session.expect(scene.fetch(instance=other), "ungranted", what="for an instance without a grant")


def own_capabilities(session: Session) -> None:
    """One connection, two instances, two sets of capabilities."""
    other = session.neighbour("instance_id")
    scene = Scene(session)
    scene.grant(capabilities=CAPABILITIES[:1])
    scene.grant(instance=other, capabilities=CAPABILITIES[1:])
    scene.hands_out(scene.fetch(), CAPABILITIES[:1])
    scene.hands_out(scene.fetch(instance=other), CAPABILITIES[1:])
    session.expect(
        scene.fetch(capability=CAPABILITIES[1]),
        "ungranted_capability",
        what="for the other instance's capability",
    )


def by_name(session: Session) -> None:
    """Two connections of one provider, each fetched by its name."""
    scenes = [Scene(session) for _ in range(2)]
    for scene in scenes:
        scene.grant()
    for scene in scenes:
        scene.hands_out(scene.fetch(), CAPABILITIES)


def by_provider(session: Session) -> None:
    """Two connections of one name, each fetched by its provider, alone where it has no other."""
    first = Scene(session)
    second = Scene(session, name=first.body["name"], provider=session.unique())
    for scene in (first, second):
        scene.grant()
    for scene in (first, second):
        scene.hands_out(scene.fetch(), CAPABILITIES)
    second.hands_out(second.fetch(name=None), CAPABILITIES)
    session.expect(
        first.fetch(provider="ct-no-such-provider"), "ungranted", what="for a provider without a connection"
    )


def grants_shown(session: Session) -> None:
    """Some entry of `grants` names the grant or its instance, until it is revoked."""
    scene = Scene(session)
    grant = scene.grant()
    exchange, shown = _grants(session, scene)
    if not any(str(name) in str(one) for one in shown for name in (grant.id, session.known("instance_id"))):
        session.broken(
            expected="the new grant among the connection's grants",
            received=in_short(shown),
            exchange=exchange,
        )
    session.expect(session.call(REVOKE, path=grant.path), "delete")
    exchange, shown = _grants(session, scene)
    if any(str(grant.id) in str(one) for one in shown):
        session.broken(
            expected="no revoked grant among the connection's grants",
            received=in_short(shown),
            exchange=exchange,
        )


def named(session: Session) -> None:
    """connection_id as in the path, instance_id and capabilities as sent."""
    scene = Scene(session)
    grant = scene.grant(capabilities=["read_events", *CAPABILITIES])
    record = grant.record if isinstance(grant.record, Mapping) else {}
    wanted = {"connection_id": scene.connection.id, "instance_id": session.known("instance_id")}
    for name, value in wanted.items():
        if str(record.get(name)) != str(value):
            session.broken(
                expected=f"{name} {value}", received=in_short(record.get(name)), exchange=grant.exchange
            )
    if sorted(map(str, record.get("capabilities") or [])) != sorted(["read_events", *CAPABILITIES]):
        session.broken(
            expected="the capabilities that were sent",
            received=in_short(record.get("capabilities")),
            exchange=grant.exchange,
        )


def own_key_only(session: Session) -> None:
    """Every token good for management is refused, for a fetch that the instance's own key is granted."""
    scene = Scene(session)
    scene.grant()
    session.control(scene.fetch())
    labels = [label for label, held in session.target.valid_credentials().items() if held.scheme == "bearer"]
    if not labels:
        raise Skipped("the target has no bearer token for management")
    asked = {"provider": scene.body["provider"], "name": scene.body["name"]}
    for label in labels:
        exchange = session.call(FETCH, query=asked, credential=label)
        session.expect(exchange, "bad_credential", what=f"for the management token {label}")


def own_connection(session: Session) -> None:
    """The path of another connection does not reach the grant, which goes on serving."""
    scene, other = Scene(session), Scene(session)
    grant = scene.grant()
    refused = session.call(REVOKE, path={**grant.path, "connection_id": other.connection.id})
    session.expect(refused, "unknown_id", what="for a grant under another connection")
    scene.hands_out(scene.fetch(), CAPABILITIES)


def leaves_other_grants(session: Session) -> None:
    """Two instances; one grant is revoked; the other still serves."""
    other = session.neighbour("instance_id")
    scene = Scene(session)
    mine, _ = scene.grant(), scene.grant(instance=other)
    session.control(scene.fetch(instance=other))
    session.control(session.call(REVOKE, path=mine.path))
    scene.hands_out(scene.fetch(instance=other), CAPABILITIES)


def kinds(session: Session) -> None:
    """oauth2, api_key and basic."""
    session.positive(CREATE)
    prepared = session.valid.body(session.contract.operation(CREATE)) or {}
    for kind in ("oauth2", "api_key", "basic"):
        body = {**prepared, "name": session.unique(), "auth_type": kind}
        session.expect(session.call(CREATE, body=body), "create", what=f"for the auth_type {kind}")
        scene = Scene(session, auth_type=kind)
        for where, record in (("answer", scene.connection.record), ("list", session.read(scene.connection))):
            if not isinstance(record, Mapping) or record.get("auth_type") != kind:
                session.broken(
                    expected=f"auth_type {kind} in the {where}",
                    received=in_short(record),
                    exchange=scene.connection.exchange,
                )


def _grants(session: Session, scene: Scene) -> tuple[Exchange, list[Any]]:
    record = session.read(scene.connection)
    shown = record.get("grants") if isinstance(record, Mapping) else None
    return session.exchanges[-1], shown if isinstance(shown, list) else []


ROWS = (
    Row(
        Family.LIFECYCLE,
        FETCH,
        "granted",
        "a granted fetch answers the credentials that were stored and the capabilities that were granted",
        "003-05 003-08 H22",
        fetches,
        (GRANT,),
    ),
    Row(
        Family.AUTHORIZATION,
        FETCH,
        "each-capability",
        "each granted capability may be asked for",
        "003-06 003-12",
        each_capability,
        (GRANT,),
    ),
    Row(
        Family.AUTHENTICATION,
        FETCH,
        "own-key-only",
        "a management token does not fetch credentials",
        "003-03 003-04 H20",
        own_key_only,
    ),
    Row(
        Family.AUTHORIZATION,
        FETCH,
        "ungranted-capability",
        "a capability outside the grant is answered 403",
        "003-07 H17",
        ungranted_capability,
        (GRANT,),
    ),
    Row(
        Family.AUTHORIZATION,
        FETCH,
        "no-grant",
        "a connection without a grant is not handed out",
        "003-05 H16",
        no_grant,
    ),
    Row(
        Family.AUTHORIZATION,
        REVOKE,
        "revoked",
        "a revoked grant no longer serves a fetch",
        "003-45 003-05 H16",
        revoked,
        (FETCH,),
    ),
    Row(
        Family.AUTHORIZATION,
        DELETE,
        "deleted",
        "the credentials of a deleted connection cannot be fetched",
        "003-38 003-05 H15",
        deleted,
        (FETCH,),
    ),
    Row(
        Family.ISOLATION,
        FETCH,
        "other-instance",
        "a grant serves its own instance and no other",
        "003-04 003-05 H16 H20",
        other_instance,
        (GRANT,),
    ),
    Row(
        Family.ISOLATION,
        FETCH,
        "own-capabilities",
        "each instance gets the capabilities of its own grant",
        "003-05 003-06 H22",
        own_capabilities,
        (GRANT,),
    ),
    Row(
        Family.ISOLATION,
        FETCH,
        "by-name",
        "the name chooses among connections of one provider",
        "003-11 H19 H22",
        by_name,
        (GRANT,),
    ),
    Row(
        Family.ISOLATION,
        FETCH,
        "by-provider",
        "the provider chooses among equal names",
        "003-10 H22",
        by_provider,
        (GRANT,),
    ),
    Row(
        Family.LIFECYCLE,
        GRANT,
        "shown",
        "the list shows a connection's grant while it exists",
        "003-20 003-23 H28",
        grants_shown,
        (LIST, REVOKE),
    ),
    Row(
        Family.LIFECYCLE,
        GRANT,
        "names",
        "a grant names its connection, its instance and its capabilities",
        "003-44",
        named,
    ),
    Row(
        Family.ISOLATION,
        REVOKE,
        "own-connection",
        "a grant is not reached through another connection",
        "003-45 003-46",
        own_connection,
        (FETCH,),
    ),
    Row(
        Family.ISOLATION,
        REVOKE,
        "other-grants",
        "revoking one grant leaves the connection's other one in force",
        "003-45 003-05",
        leaves_other_grants,
        (FETCH,),
    ),
    Row(
        Family.LIFECYCLE,
        CREATE,
        "kinds",
        "each documented auth_type is taken and shown",
        "003-33 003-36 H6",
        kinds,
        (LIST,),
    ),
)
