"""Grants: what serves no fetch any more or none yet, and what connections and grants show of each other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from contract_tests.checks.lib.records import in_short, same
from contract_tests.checks.lifecycle_together import ROUNDS, at_once
from contract_tests.exchange import Exchange
from contract_tests.session.session import Session
from contract_tests.vendors.lib.granted import CAPABILITIES, CREATE, DELETE, GRANT, REVOKE, Scene
from contract_tests.verdicts import Inconclusive


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
    """Fetched before, refused after, and for a new connection of the same name, which once granted hands out
    credentials of its own."""
    scene = Scene(session)
    scene.grant()
    session.control(scene.fetch())
    session.expect(session.call(DELETE, path=scene.connection.path), "delete")
    session.expect(scene.fetch(), "ungranted", what="after the connection was deleted")
    again = Scene(session, name=scene.body["name"])
    session.expect(again.fetch(), "ungranted", what="for a new connection of that name, without a grant")
    again.grant()
    again.hands_out(again.fetch(), CAPABILITIES)


def grants_shown(session: Session) -> None:
    """`grants` is not empty, and some entry of it names the grant or its instance, until it is revoked.

    The document shows `grants` empty only: that it lists them, and in which form, is a reading (H28).
    """
    scene = Scene(session)
    grant = scene.grant()
    exchange, shown = _grants(session, scene)
    if not any(
        str(name) in str(connection)
        for connection in shown
        for name in (grant.id, session.fixtures.known("instance_id"))
    ):
        session.broken(
            expected="the new grant among the connection's grants",
            received=in_short(shown),
            exchange=exchange,
        )
    session.expect(session.call(REVOKE, path=grant.path), "delete")
    exchange, shown = _grants(session, scene)
    if any(str(grant.id) in str(connection) for connection in shown):
        session.broken(
            expected="no revoked grant among the connection's grants",
            received=in_short(shown),
            exchange=exchange,
        )


def own_grants(session: Session) -> None:
    """Of two connections with a grant each, neither shows that of the other."""
    scenes = [Scene(session) for _ in range(2)]
    ids = [str(scene.grant().id) for scene in scenes]
    for scene, other in zip(scenes, reversed(ids), strict=True):
        exchange, shown = _grants(session, scene)
        for one in shown:
            owner = one.get("connection_id") if isinstance(one, Mapping) else None
            is_foreign = owner is not None and not same(owner, scene.connection.id)
            if is_foreign or other in str(one):
                session.broken(
                    expected=f"grants of the connection {scene.connection.id} alone",
                    received=in_short(one),
                    exchange=exchange,
                )


def granted_at_once(session: Session) -> None:
    """Two instances that are granted one connection at the same time may both fetch it: ROUNDS times, since a
    grant that another one overwrites does not show each time."""
    instances = [session.fixtures.known("instance_id"), session.fixtures.neighbour("instance_id")]
    for _ in range(ROUNDS):
        scene = Scene(session)
        calls = [
            partial(session.call, GRANT, path=scene.connection.path, body=_granting(instance))
            for instance in instances
        ]
        refused = [exchange for exchange in at_once(calls) if not exchange.ok]
        if refused:
            raise Inconclusive(f"{GRANT} answers {refused[0].status} to one of two at once")
        for instance in instances:
            scene.hands_out(scene.fetch(instance=instance), CAPABILITIES)


def _granting(instance: Any) -> dict[str, Any]:
    return {"instance_id": instance, "capabilities": CAPABILITIES}


def deletes_silently(session: Session, operation: str) -> None:
    """The answer to a deletion has no content, or null."""
    scene = Scene(session)
    path = scene.grant().path if operation == REVOKE else scene.connection.path
    exchange = session.control(session.call(operation, path=path))
    if exchange.content.strip() not in (b"", b"null"):
        session.broken(expected="an empty answer", received=in_short(exchange.parsed), exchange=exchange)


def listed_once(session: Session) -> None:
    """A connection that two instances are granted is in the list once."""
    other = session.fixtures.neighbour("instance_id")
    scene = Scene(session)
    for instance in (session.fixtures.known("instance_id"), other):
        scene.grant(instance=instance)
    found = session.find_all(scene.connection)
    if len(found) > 1:
        session.broken(
            expected=f"the connection {scene.connection.id} once in the list, after two grants",
            received=f"it {len(found)} times",
            exchange=session.exchanges[-1],
        )


def named(session: Session) -> None:
    """connection_id as in the path, instance_id and capabilities as sent."""
    scene = Scene(session)
    grant = scene.grant(capabilities=["read_events", *CAPABILITIES])
    record = grant.record if isinstance(grant.record, Mapping) else {}
    wanted = {"connection_id": scene.connection.id, "instance_id": session.fixtures.known("instance_id")}
    for name, value in wanted.items():
        if not same(record.get(name), value):
            session.broken(
                expected=f"{name} {value}", received=in_short(record.get(name)), exchange=grant.exchange
            )
    if sorted(map(str, record.get("capabilities") or [])) != sorted(["read_events", *CAPABILITIES]):
        session.broken(
            expected="the capabilities that were sent",
            received=in_short(record.get("capabilities")),
            exchange=grant.exchange,
        )


def own_connection(session: Session) -> None:
    """The path of another connection does not reach the grant, which goes on serving."""
    scene, other = Scene(session), Scene(session)
    grant = scene.grant()
    refused = session.call(REVOKE, path={**grant.path, "connection_id": other.connection.id})
    session.expect(refused, "unknown_id", what="for a grant under another connection")
    scene.hands_out(scene.fetch(), CAPABILITIES)


def leaves_other_grants(session: Session) -> None:
    """Two connections of one instance, then two instances of one connection: one grant is revoked, the older
    or the newer, and the other still serves."""
    for lost, kept in ((0, 1), (1, 0)):
        scenes = [Scene(session) for _ in range(2)]
        paths = [scene.grant().path for scene in scenes]
        session.control(session.call(REVOKE, path=paths[lost]))
        scenes[kept].hands_out(scenes[kept].fetch(), CAPABILITIES)
    known, other = session.fixtures.known("instance_id"), session.fixtures.neighbour("instance_id")
    for instances in ((known, other), (other, known)):
        scene = Scene(session)
        grants = {instance: scene.grant(instance=instance) for instance in instances}
        session.control(scene.fetch(instance=other))
        session.control(session.call(REVOKE, path=grants[known].path))
        scene.hands_out(scene.fetch(instance=other), CAPABILITIES)


def kinds(session: Session) -> None:
    """oauth2, api_key and basic."""
    session.positive(CREATE)
    prepared = session.valid.body(session.contract.operation(CREATE)) or {}
    for resource in ("oauth2", "api_key", "basic"):
        body = {**prepared, "name": session.unique(), "auth_type": resource}
        session.expect(session.call(CREATE, body=body), "create", what=f"for the auth_type {resource}")
        scene = Scene(session, auth_type=resource)
        for where, record in (("answer", scene.connection.record), ("list", session.read(scene.connection))):
            if not isinstance(record, Mapping) or record.get("auth_type") != resource:
                session.broken(
                    expected=f"auth_type {resource} in the {where}",
                    received=in_short(record),
                    exchange=scene.connection.exchange,
                )


def _grants(session: Session, scene: Scene) -> tuple[Exchange, list[Any]]:
    record = session.read(scene.connection)
    shown = record.get("grants") if isinstance(record, Mapping) else None
    return session.exchanges[-1], shown if isinstance(shown, list) else []
