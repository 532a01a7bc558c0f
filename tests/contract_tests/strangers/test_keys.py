"""What else tells the things of a collection apart is made up for a new one, so that none is overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT = {"type": "string"}
LIMIT = {"type": "object", "properties": {"id": TEXT, "tag": TEXT}}
BODY = {"type": "object", "required": ["tag"], "properties": {"tag": TEXT}}
PATHS = {
    "/limits": {"post": operation("make", 201, 422, answer=LIMIT, body=BODY)},
    "/limits/{id}": {
        "get": operation("read", 200, 404, answer=LIMIT, path="id"),
        "delete": operation("delete", 204, 404, path="id"),
    },
    "/limits/tag/{tag}": {"get": operation("readByTag", 200, 404, answer=LIMIT, path="tag")},
}


class Limits:
    """Limits by tag: a second one of a tag takes the place of the first, under its id."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {"1": {"id": "1", "tag": "theirs"}}

    def __call__(self, call: Call) -> Answer:
        if call.method == "POST":
            tag = call.json.get("tag") if isinstance(call.json, dict) else None
            if not isinstance(tag, str):
                return 422, {"detail": "no tag"}
            same = (key for key, each in self.held.items() if each["tag"] == tag)
            key = next(same, str(len(self.held) + 1))
            self.held[key] = {"id": key, "tag": tag, "written": True}
            return 201, self.held[key]
        by_tag = [each for each in self.held.values() if each["tag"] == call.parts[-1]]
        found = next(iter(by_tag), None) if "tag" in call.parts else self.held.get(call.parts[-1])
        if found is None:
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            del self.held[found["id"]]
            return 204, None
        return 200, found


def test_a_new_thing_never_takes_the_known_key_of_another(tmp_path: Path) -> None:
    limits = Limits()
    judged(tmp_path, document(PATHS), Server(limits), known={"tag": "theirs"})
    assert limits.held["1"] == {"id": "1", "tag": "theirs"}


MEMBER = {
    "type": "object",
    "required": ["login"],
    "properties": {"login": TEXT},
    "example": {"login": "ada"},
}
TEAMS = {
    "/teams/{id}/members": {"post": operation("join", 201, 409, answer=MEMBER, body=MEMBER, path="id")},
    "/teams/{id}/members/{login}": {"get": operation("readMember", 200, 404, answer=MEMBER, path="id login")},
    "/teams/{id}/members/{login}/badges": {
        "post": operation("award", 201, 404, answer=LIMIT, body=BODY, path="id login")
    },
    "/teams/{id}/members/{login}/badges/{badge}": {
        "get": operation("readBadge", 200, 404, answer=LIMIT, path="id login badge")
    },
}


def test_a_key_that_the_body_gives_is_made_up_for_the_parent_of_a_new_thing(tmp_path: Path) -> None:
    members, badges = {"ada"}, set[str]()

    def answer(call: Call) -> Answer:
        if call.method == "POST" and len(call.parts) == 3:
            login = call.json["login"]
            if login in members:
                return 409, {"detail": "taken"}
            members.add(login)
            return 201, {"login": login}
        if call.parts[3] not in members or (len(call.parts) > 5 and call.parts[5] not in badges):
            return 404, {"detail": "none"}
        if call.method == "POST":
            badges.add(f"b{len(badges)}")
            return 201, {"id": f"b{len(badges) - 1}", "tag": call.json["tag"]}
        return 200, {"login": call.parts[3], "id": call.parts[-1], "tag": "a"}

    outcomes = judged(
        tmp_path, document(TEAMS), Server(answer), only="award.examples.*", known={"id": "known"}
    )
    assert outcomes["award.examples.success"].verdict is Verdict.PASSED


NOTE = {"type": "object", "properties": {"text": TEXT}}
NOTES = {
    "/files/{file}/notes/{note}": {
        "post": operation("attach", 201, 404, answer=NOTE, body=NOTE, path="file note"),
        "get": operation("readNote", 200, 404, answer=NOTE, path="file note"),
        "delete": operation("detach", 204, 404, path="file note"),
    },
}


def test_a_post_on_the_path_of_a_thing_makes_it_under_any_key(tmp_path: Path) -> None:
    held: dict[tuple[str, str], Any] = {}

    def answer(call: Call) -> Answer:
        _, file, _, note = call.parts
        if file != "1":
            return 404, {"detail": "no such file"}
        if call.method == "POST":
            if not isinstance(call.json, dict):
                return 422, {"detail": "no note"}
            held[file, note] = call.json
            return 201, call.json
        if (file, note) not in held:
            return 404, {"detail": "no such note"}
        if call.method == "DELETE":
            del held[file, note]
            return 204, None
        return 200, held[file, note]

    outcomes = judged(tmp_path, document(NOTES), Server(answer), known={"file": "1"})
    assert outcomes["readNote.examples.success"].verdict is Verdict.PASSED
    assert "attach.errors.unknown.note" not in outcomes
    assert outcomes["attach.errors.unknown.file"].verdict is Verdict.PASSED
