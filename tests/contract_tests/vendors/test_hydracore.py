"""HydraCore's requirements: the mock passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.vendors import hydracore
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    assert_named,
    not_passed,
    refuses,
    requirements_of,
)

REQUIRED = requirements_of("hydracore", hydracore)
FETCHED: dict[str, Any] = {"credentials": {}, "capabilities": []}


def is_fetch(asked: Asked) -> bool:
    """Whether an instance fetches credentials."""
    return asked.method == "GET" and asked.path.startswith("/internal/")


def fetches(change: Callable[[Any], Any]) -> Defect:
    """What a fetch hands out is changed."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        return answer.with_json(change(answer.json)) if is_fetch(asked) and answer.ok else answer

    return defect


def hands_out_instead_of(status: int) -> Defect:
    """A request that should be rejected with a status gets credentials."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        refused = is_fetch(asked) and answer.status == status
        return replace(answer, status=200).with_json(FETCHED) if refused else answer

    return defect


def remembers_what_it_handed_out() -> Defect:
    """A fetch that once succeeded keeps succeeding."""
    handed: dict[Any, Answer] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not is_fetch(asked):
            return answer
        key = asked.path, tuple(asked.query.items())
        return handed.setdefault(key, answer) if answer.ok else handed.get(key, answer)

    return defect


def first_grant_serves_everybody() -> Defect:
    """Capabilities of the first fetch of a connection are handed to every later instance."""
    first: dict[Any, Any] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not is_fetch(asked) or not answer.ok:
            return answer
        body = answer.json
        kept = first.setdefault(tuple(asked.query.items()), body["capabilities"])
        return answer.with_json({**body, "capabilities": kept})

    return defect


def takes_any_token(asked: Asked, serve: Serve) -> Answer:
    """A token that is not the instance's key is taken for it."""
    answer = serve(asked)
    if not is_fetch(asked) or answer.status != 401:
        return answer
    return serve(replace(asked, environ={**asked.environ, "HTTP_AUTHORIZATION": "Bearer mock-proxy-key-1"}))


def revokes_through_any_connection() -> Defect:
    """The connection in the path is ignored."""
    granted: dict[str, str] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.method == "DELETE" and (grant := asked.path.rpartition("/")[2]) in granted:
            return serve(replace(asked, path=granted[grant]))
        answer = serve(asked)
        if asked.on("POST", "/grants") and answer.ok:
            granted[answer.json["id"]] = f"{asked.path}/{answer.json['id']}"
        return answer

    return defect


def first_of(*chosen_by: str) -> Callable[[], Defect]:
    """The first connection that fits some of the query is handed out, whatever the rest says."""

    def make() -> Defect:
        first: dict[Any, Answer] = {}

        def defect(asked: Asked, serve: Serve) -> Answer:
            answer = serve(asked)
            if not is_fetch(asked) or not answer.ok:
                return answer
            return first.setdefault((asked.path, *(asked.query[name] for name in chosen_by)), answer)

        return defect

    return make


def revokes_every_grant(asked: Asked, serve: Serve) -> Answer:
    """Revoking one grant of a connection revokes all of them."""
    answer = serve(asked)
    if asked.method == "DELETE" and "/grants/" in asked.path and answer.ok:
        above = asked.path.rpartition("/grants/")[0]
        collection = above.rpartition("/")[0]
        listed = serve(replace(asked, method="GET", path=collection, query={}, body=b""))
        mine = next(one for one in listed.json["connections"] if one["id"] == above.rpartition("/")[2])
        for grant in mine["grants"]:
            name = grant["id"] if isinstance(grant, dict) else grant
            serve(replace(asked, path=f"{above}/grants/{name}"))
    return answer


def shows_revoked() -> Defect:
    """The list keeps showing every grant that was made."""
    made: dict[str, Any] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("POST", "/grants") and answer.ok:
            made[answer.json["connection_id"]] = answer.json
        if asked.on("GET", "/connections") and not is_fetch(asked) and answer.ok:
            shown = [
                {**one, "grants": [made[one["id"]]]} if one["id"] in made else one
                for one in answer.json["connections"]
            ]
            return answer.with_json({**answer.json, "connections": shown})
        return answer

    return defect


def numbers_as_texts(credentials: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, int) else value for name, value in credentials.items()}


def keeps_the_last_grant() -> Defect:
    """A grant takes the place of the one made before it on the connection."""
    last: dict[str, str] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("POST", "/grants") and answer.ok:
            if asked.path in last:
                serve(replace(asked, method="DELETE", path=f"{asked.path}/{last[asked.path]}", body=b""))
            last[asked.path] = answer.json["id"]
        return answer

    return defect


def without_grants(body: Any, asked: Asked) -> Any:
    del asked
    return {**body, "connections": [{**one, "grants": []} for one in body.get("connections", [])]}


def with_members(**members: Any) -> Callable[[Any, Asked], Any]:
    """A change of members of the answer."""
    return lambda body, _: {**body, **members}


def asks_for(capability: str) -> Defect:
    """A granted capability is refused."""
    return refuses("GET", "/connections", 403, when=lambda asked: asked.query.get("capability") == capability)


def plain(defect: Defect) -> Callable[[], Defect]:
    """A stateless defect."""
    return lambda: defect


def ignores_the_capability(asked: Asked, serve: Serve) -> Answer:
    """The requested capability is ignored."""
    return serve(asked.with_query(capability=None) if is_fetch(asked) else asked)


def shows_all_grants(body: Any, asked: Asked) -> Any:
    """Every connection shows the grants of all."""
    del asked
    grants = [grant for each in body["connections"] for grant in each["grants"]]
    return {**body, "connections": [{**each, "grants": grants} for each in body["connections"]]}


def joined_with_grants(body: Any, asked: Asked) -> Any:
    """The list is joined with the grants: a connection is there once for each of them."""
    del asked
    return {**body, "connections": [each for each in body["connections"] for _ in each["grants"] or [None]]}


def says_what_it_deleted(asked: Asked, serve: Serve) -> Answer:
    """A deletion answers with a message."""
    answer = serve(asked)
    return Answer(200, answer.headers, b'{"detail": "deleted"}') if asked.method == "DELETE" else answer


PLANTED = [
    (
        "fetchConnectionCredentials.lifecycle.granted",
        plain(fetches(lambda body: {**body, "credentials": {}})),
    ),
    (
        "fetchConnectionCredentials.lifecycle.granted",
        plain(fetches(lambda body: {**body, "credentials": numbers_as_texts(body["credentials"])})),
    ),
    (
        "fetchConnectionCredentials.lifecycle.granted",
        plain(fetches(lambda body: {**body, "capabilities": ["x"]})),
    ),
    ("fetchConnectionCredentials.authorization.each-capability", plain(asks_for("read_mail"))),
    ("fetchConnectionCredentials.authorization.ungranted-capability", plain(ignores_the_capability)),
    ("fetchConnectionCredentials.authorization.no-grant", plain(hands_out_instead_of(404))),
    ("deleteGrant.authorization.revoked", remembers_what_it_handed_out),
    ("deleteConnection.authorization.deleted", remembers_what_it_handed_out),
    ("deleteConnection.authorization.deleted", first_of("provider", "name")),
    ("fetchConnectionCredentials.isolation.other-instance", plain(hands_out_instead_of(404))),
    ("fetchConnectionCredentials.isolation.own-capabilities", first_grant_serves_everybody),
    ("fetchConnectionCredentials.isolation.own-capabilities", plain(ignores_the_capability)),
    ("fetchConnectionCredentials.isolation.by-name", first_of("provider")),
    ("fetchConnectionCredentials.isolation.by-provider", first_of("name")),
    ("fetchConnectionCredentials.isolation.by-provider", plain(hands_out_instead_of(404))),
    ("createGrant.lifecycle.together", keeps_the_last_grant),
    ("createGrant.lifecycle.shown", plain(answers("GET", "/connections", without_grants))),
    ("createGrant.lifecycle.shown", shows_revoked),
    ("createGrant.lifecycle.names", plain(answers("POST", "/grants", with_members(capabilities=[])))),
    ("createGrant.lifecycle.names", plain(answers("POST", "/grants", with_members(instance_id="other")))),
    ("listConnections.lifecycle.own-grants", plain(answers("GET", "/connections", shows_all_grants))),
    ("listConnections.lifecycle.granted-twice", plain(answers("GET", "/connections", joined_with_grants))),
    ("deleteConnection.lifecycle.empty", plain(says_what_it_deleted)),
    ("deleteGrant.lifecycle.empty", plain(says_what_it_deleted)),
    ("deleteGrant.isolation.other-grants", plain(revokes_every_grant)),
    ("fetchConnectionCredentials.authentication.own-key-only", plain(takes_any_token)),
    ("deleteGrant.isolation.own-connection", revokes_through_any_connection),
    (
        "createConnection.lifecycle.kinds",
        plain(answers("POST", "/connections", with_members(auth_type="oauth2"))),
    ),
]


def test_the_mock_passes() -> None:
    assert not not_passed("hydracore", REQUIRED.values())


@pytest.mark.parametrize(("requirement", "make"), PLANTED)
def test_a_planted_defect_is_named(requirement: str, make: Callable[[], Defect]) -> None:
    assert_named("hydracore", REQUIRED[requirement], make())


def test_every_requirement_has_a_defect() -> None:
    assert {name for name, _ in PLANTED} == set(REQUIRED)
