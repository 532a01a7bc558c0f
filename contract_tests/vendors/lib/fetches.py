"""Fetches of credentials: what is handed out, with which capability, to whom and under which name."""

from __future__ import annotations

from typing import Any

from contract_tests.checks.lib.records import hold
from contract_tests.session.session import Session
from contract_tests.vendors.lib.granted import CAPABILITIES, FETCH, Scene
from contract_tests.verdicts import Inconclusive, Skipped

UNGRANTED = 403
"""The documented status of a fetch with a capability that the grant does not include."""

OTHER_KINDS = ("api_key", "basic")
"""The values of auth_type besides the default."""

UNTOUCHED = ("id", "customer_id", "provider", "name", "auth_type", "created_at")
"""Members of a connection that no fetch changes."""


def fetches(session: Session) -> None:
    """Credentials equal as JSON, nested parts and letters included; capabilities equal as a set."""
    stored = {
        "access_token": session.canary(),
        "certificate": f"-----BEGIN-----\n{'contract' * 100}\n-----END-----\n",
        "clientId": "Zoë 😀",
        "größe": {"list": [1, 2, {"on": True}], "none": None},
        "expires_in": 3600,
        "is_test": False,
    }
    scene = Scene(session, credentials=stored)
    scene.grant()
    before = session.read(scene.connection)
    scene.hands_out(scene.fetch(), CAPABILITIES)
    after = session.read(scene.connection)
    hold(session, before, (session.exchanges[-1], after), UNTOUCHED, what="as before the fetch")
    _fetches_without_capabilities(session)
    _fetches_of_other_kinds(session)


def _fetches_without_capabilities(session: Session) -> None:
    """A grant of no capabilities hands out none, where there can be one at all."""
    scene = _granted_nothing(session)
    if scene is not None:
        scene.hands_out(scene.fetch(), [])


def _granted_nothing(session: Session) -> Scene | None:
    """A connection with a grant of no capabilities; None where such a grant is refused."""
    scene = Scene(session)
    try:
        scene.grant(capabilities=[])
    except Inconclusive:
        return None
    return scene


def _fetches_of_other_kinds(session: Session) -> None:
    """What a connection of another auth_type stores is handed out too, where it takes these credentials."""
    for kind in OTHER_KINDS:
        try:
            scene = Scene(session, auth_type=kind)
            scene.grant()
        except Inconclusive:
            continue
        scene.hands_out(scene.fetch(), CAPABILITIES)


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
    for capability in (CAPABILITIES[1], CAPABILITIES[0][:-1], f"{CAPABILITIES[0]}_all"):
        session.expect(
            scene.fetch(capability=capability),
            UNGRANTED,
            what=f"for {capability}, which is not granted",
            because=["003-07"],
        )
    upper = CAPABILITIES[0].upper()
    session.expect(
        scene.fetch(capability=upper),
        UNGRANTED,
        what=f"for {upper}, while {CAPABILITIES[0]} is granted",
        because=["003-07", "X14"],  # no document says whether the letters' case counts
    )
    _without_a_name(session)
    _with_no_capability(session)


def _without_a_name(session: Session) -> None:
    """The capability is looked at too where the provider alone finds the connection."""
    try:
        scene = Scene(session, provider=session.unique())
    except Inconclusive:  # it takes known providers only, of which there may be other connections
        return
    scene.grant(capabilities=CAPABILITIES[:1])
    session.control(scene.fetch(name=None))
    session.expect(
        scene.fetch(name=None, capability=CAPABILITIES[1]),
        UNGRANTED,
        what=f"for {CAPABILITIES[1]}, which is not granted, without a name",
        because=["003-07"],
    )


def _with_no_capability(session: Session) -> None:
    """A grant of no capabilities includes none, where there can be one at all."""
    scene = _granted_nothing(session)
    if scene is None:
        return
    session.control(scene.fetch())
    session.expect(
        scene.fetch(capability=CAPABILITIES[0]),
        UNGRANTED,
        what=f"for {CAPABILITIES[0]}, which a grant of no capabilities does not include",
        because=["003-07"],
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


def other_instance(session: Session) -> None:
    """A second instance, with a key of its own that works, is refused."""
    other = session.fixtures.neighbour("instance_id")
    scene, second = Scene(session), Scene(session)
    scene.grant()
    second.grant(instance=other)
    session.control(scene.fetch())
    session.control(second.fetch(instance=other))
    session.expect(scene.fetch(instance=other), "ungranted", what="for an instance without a grant")
    for granted in (scene, second):
        _with_key_of(session, granted, other)


def _with_key_of(session: Session, scene: Scene, instance: Any) -> None:
    """The key of another instance opens nothing under the path of the known one: neither what is granted to
    the known instance nor what is granted to that other one.
    """
    path = {"instance_id": session.fixtures.known("instance_id")}
    for label, held in session.target.valid_credentials().items():
        is_of_other = held.admits({"instance_id": instance}) and not held.admits(path)
        if held.scheme == "proxyKey" and is_of_other:
            asked = {"provider": scene.body["provider"], "name": scene.body["name"]}
            exchange = session.call(FETCH, path=path, query=asked, credential=label)
            what = f"for the key {label} of another instance"
            session.expect(exchange, "wrong_scope_credential", what=what)


def own_capabilities(session: Session) -> None:
    """Two connections of one instance, and one connection of two instances, with other capabilities each."""
    scenes = [Scene(session) for _ in CAPABILITIES]
    for each, capability in zip(scenes, CAPABILITIES, strict=True):
        each.grant(capabilities=[capability])
    for each, capability in zip(scenes, CAPABILITIES, strict=True):
        each.hands_out(each.fetch(), [capability])
    other = session.fixtures.neighbour("instance_id")
    scene = Scene(session)
    scene.grant(capabilities=CAPABILITIES[:1])
    scene.grant(instance=other, capabilities=CAPABILITIES[1:])
    scene.hands_out(scene.fetch(), CAPABILITIES[:1])
    scene.hands_out(scene.fetch(instance=other), CAPABILITIES[1:])
    session.expect(
        scene.fetch(capability=CAPABILITIES[1]),
        UNGRANTED,
        what="for the other instance's capability",
        because=["003-07"],
    )


def by_name(session: Session) -> None:
    """Two connections of one provider, each fetched by its name, with which that of the other begins."""
    first = Scene(session)
    scenes = [first, Scene(session, name=f"{first.body['name']}-2")]
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
