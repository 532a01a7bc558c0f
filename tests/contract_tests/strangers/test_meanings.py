"""What a document leaves to the meaning of a member, a parameter or a credential is no finding."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from contract_tests.target.target_file import Credential
from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import (
    Answer,
    Call,
    Server,
    always,
    broken,
    document,
    judged,
    operation,
)

TEXT = {"type": "string"}
LONG = {"type": "string", "maxLength": 500}
BODY = {"type": "object", "required": ["title"], "properties": {"title": TEXT, "proxy": LONG}}
THING = {"type": "object", "properties": {"id": TEXT, "title": TEXT, "proxy": TEXT}}
STATE = {"name": "paused", "in": "query", "description": "Set pause state", "schema": {"enum": ["on", "off"]}}
PATHS = {
    "/things": {
        "post": operation("make", 201, 422, answer=THING, body=BODY),
        "get": operation("list", 200, answer={"type": "array", "items": THING}),
    },
    "/things/{id}": {
        "get": operation("read", 200, 404, answer=THING, path="id", parameters=[STATE]),
        "delete": operation("delete", 204, 404, path="id"),
    },
    "/things/{id}/picture": {"get": operation("picture", 200, 404, answer=THING, path="id")},
}


class Things:
    """Things in memory. proxies: the values of `proxy` it takes; any of at most so many characters where it
    is a number."""

    def __init__(self, proxies: set[str] | int = 500, *, has_pictures: bool = True) -> None:
        self.proxies, self.has_pictures = proxies, has_pictures
        self.held: dict[str, Any] = {"theirs": {"id": "theirs", "title": "t"}}

    def takes(self, proxy: str | None) -> bool:
        if proxy is None:
            return True
        return len(proxy) <= self.proxies if isinstance(self.proxies, int) else proxy in self.proxies

    def __call__(self, call: Call) -> Answer:
        key = call.parts[1] if len(call.parts) > 1 else ""
        if call.method == "POST":
            body = call.json
            if not isinstance(body, dict) or not self.takes(body.get("proxy")):
                return 422, {"detail": "no such proxy"}
            record = {**body, "id": f"n{len(self.held)}"}
            self.held[record["id"]] = record
            return 201, record
        if not key:
            return 200, [each for each in self.held.values() if each]
        lacks = call.parts[2:] == ["picture"] and not self.has_pictures
        if lacks or self.held.get(key) is None:
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            self.held[key] = None
            return 204, None
        return 200, self.held[key]


@pytest.mark.parametrize(
    ("proxies", "verdict"),
    [({"none"}, Verdict.SKIPPED), (500, Verdict.PASSED), (100, Verdict.FAILED)],
    ids=["names what exists", "any text", "too short"],
)
def test_a_long_text_is_owed_only_where_any_text_is_taken(
    tmp_path: Path, proxies: set[str] | int, verdict: Verdict
) -> None:
    outcomes = judged(tmp_path, document(PATHS), Server(Things(proxies)), only="make.validation.*")
    assert outcomes["make.validation.body.proxy.maxLength.accepted"].verdict is verdict


class Accents(Things):
    """Things whose `proxy` has at most so many bytes, and at most so many letters outside ASCII."""

    def __init__(self, *, size: int, accents: int) -> None:
        super().__init__()
        self.size, self.accents = size, accents

    def takes(self, proxy: str | None) -> bool:
        size = len((proxy or "").encode())
        return size <= self.size and size - len(proxy or "") <= self.accents


@pytest.mark.parametrize(
    ("size", "accents", "verdict"),
    [(1000, 500, Verdict.PASSED), (1000, 0, Verdict.SKIPPED), (500, 500, Verdict.FAILED)],
    ids=["characters", "ASCII alone", "bytes"],
)
def test_a_length_is_one_of_characters_where_any_letter_is_taken(
    tmp_path: Path, size: int, accents: int, verdict: Verdict
) -> None:
    server = Server(Accents(size=size, accents=accents))
    outcomes = judged(tmp_path, document(PATHS), server, only="make.validation.*")
    assert outcomes["make.validation.body.proxy.maxLength.accepted"].verdict is verdict


def test_what_a_thing_may_lack_is_not_demanded(tmp_path: Path) -> None:
    server = Server(Things(has_pictures=False))
    outcomes = judged(tmp_path, document(PATHS), server, known={"id": "theirs"}, only="picture.examples.*")
    assert broken(outcomes) == []


def test_a_read_that_sets_something_is_sent_only_for_own_things(tmp_path: Path) -> None:
    server = Server(Things())
    judged(tmp_path, document(PATHS), server, known={"id": "theirs"}, only="read.*")
    assert [call for call in server.heard("GET", "/things/theirs") if call.query] == []


BASIC = {"type": "http", "scheme": "basic"}
USER, PASSWORD = "them", "secret-of-them"


@pytest.mark.parametrize(
    ("shows", "verdict"),
    [("own things", Verdict.INCONCLUSIVE), ("everything", Verdict.FAILED), ("nothing", Verdict.PASSED)],
)
def test_an_invented_password_may_make_a_new_user(tmp_path: Path, shows: str, verdict: Verdict) -> None:
    good = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def answer(call: Call) -> Answer:
        if not call.authorization or (call.authorization != good and shows == "nothing"):
            return 401, {"detail": "who"}
        is_known = call.authorization == good or shows == "everything"
        return 200, [{"id": "1"}] if is_known else []

    secured = document(
        {"/things": {"get": PATHS["/things"]["get"]}, "/things/{id}": {"get": PATHS["/things/{id}"]["get"]}},
        components={"securitySchemes": {"basic": BASIC}},
        security=[{"basic": []}],
    )
    held = {"them": Credential(scheme="basic", value=f"{USER}:{PASSWORD}")}
    outcomes = judged(
        tmp_path, secured, Server(answer), credentials=held, only="list.authentication.unknown-credential"
    )
    assert outcomes["list.authentication.unknown-credential"].verdict is verdict


RULE = {"type": "object", "required": ["kind"], "properties": {"kind": TEXT, "id": TEXT}}
RULED = {"type": "object", "required": ["rule"], "properties": {"rule": RULE}}
SHOWN = {"type": "object", "properties": {"id": TEXT, "rule": RULE}}


@pytest.mark.parametrize(("changes", "verdict"), [({}, Verdict.PASSED), ({"kind": "other"}, Verdict.FAILED)])
def test_a_server_may_complete_objects_with_members_of_their_own(
    tmp_path: Path, changes: dict[str, str], verdict: Verdict
) -> None:
    def answer(call: Call) -> Answer:
        if call.method == "DELETE":
            return 204, None
        body = call.json if isinstance(call.json, dict) else {"rule": {}}
        rule = body.get("rule")
        return 201, {"id": "1", "rule": {**(rule if isinstance(rule, dict) else {}), "id": "r1", **changes}}

    paths = {
        "/ruled": {"post": operation("rule", 201, 422, answer=SHOWN, body=RULED)},
        "/ruled/{id}": {"delete": operation("unrule", 204, 404, path="id")},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="rule.lifecycle.echo.rule")
    assert outcomes["rule.lifecycle.echo.rule"].verdict is verdict


def test_what_a_document_does_not_ask_for_may_be_asked_for(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.method == "DELETE":
            return 204, None
        is_whole = isinstance(call.json, dict) and isinstance(call.json.get("proxy"), str)
        return (201, {"id": "1", **call.json}) if is_whole else (422, {"detail": "a proxy, please"})

    item = {"delete": PATHS["/things/{id}"]["delete"]}
    paths = {"/things": {"post": PATHS["/things"]["post"]}, "/things/{id}": item}
    outcomes = judged(tmp_path, document(paths), Server(answer), only="make.lifecycle.required-only")
    assert broken(outcomes) == []


def test_json_written_as_a_text_is_no_body(tmp_path: Path) -> None:
    shown = {"properties": BODY["properties"], "example": '{"title": "t"}'}
    paths = {
        "/things": {"post": operation("make", 201, 422, answer=THING, body=shown)},
        "/things/{id}": PATHS["/things/{id}"],
    }
    outcomes = judged(tmp_path, document(paths), Server(Things()), only="make.*")
    assert [each.reason for each in outcomes.values() if each.verdict is Verdict.ERRORED] == []


def test_a_format_that_is_not_enforced_is_a_warning(tmp_path: Path) -> None:
    body = {**BODY, "properties": {**BODY["properties"], "link": {"type": "string", "format": "uri"}}}
    paths = {
        "/things": {"post": operation("make", 201, 422, answer=THING, body=body)},
        "/things/{id}": PATHS["/things/{id}"],
    }
    outcomes = judged(tmp_path, document(paths), Server(Things()), only="make.validation.*")
    assert outcomes["make.validation.body.link.format"].verdict is Verdict.WARNING


def test_a_general_error_does_not_say_which_things_there_are(tmp_path: Path) -> None:
    """Nothing lists, reads or creates accounts: a server may take any."""
    paths = {"/accounts/{account}/balance": {"get": operation("balance", 200, path="account")}}
    paths["/accounts/{account}/balance"]["get"]["responses"]["default"] = {"description": "an error"}
    found = judged(tmp_path, document(paths), Server(always(200, None)), known={"account": "a"})
    assert found["balance.errors.unknown.account"].verdict is Verdict.WARNING
