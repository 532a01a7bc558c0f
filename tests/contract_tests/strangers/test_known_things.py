"""Known things that no request makes again are deleted last, and others then stand for them."""

from __future__ import annotations

from pathlib import Path

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, broken, document, judged, operation

SERVICE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
SERVICES = document(
    {
        "/services": {"get": operation("list", 200, answer={"type": "array", "items": SERVICE})},
        "/services/{id}": {
            "get": operation("read", 200, 404, answer=SERVICE, path="id"),
            "delete": operation("delete", 204, 404, path="id"),
        },
    }
)


def _services(*, listed: bool) -> Server:
    held = {name: {"id": name} for name in ("first", "second", "third", "fourth", "fifth")}

    def answer(call: Call) -> Answer:
        key = call.parts[1] if len(call.parts) > 1 else ""
        if not key:
            return 200, list(held.values()) if listed else []
        if key not in held:
            return 404, {"detail": "none"}
        return (204, held.pop(key) and None) if call.method == "DELETE" else (200, held[key])

    return Server(answer)


def test_what_reads_a_known_thing_is_examined_before_it_is_deleted(tmp_path: Path) -> None:
    outcomes = judged(
        tmp_path, SERVICES, _services(listed=True), known={"id": "second"}, may_change=["services"]
    )
    assert not broken(outcomes)
    assert outcomes["read.examples.success"].verdict is Verdict.PASSED
    assert outcomes["delete.examples.success"].verdict is Verdict.PASSED
    assert outcomes["delete.errors.unknown.id"].verdict is Verdict.PASSED


def test_a_requirement_that_needs_what_the_run_deleted_is_skipped_with_that_reason(tmp_path: Path) -> None:
    outcomes = judged(
        tmp_path, SERVICES, _services(listed=False), known={"id": "second"}, may_change=["services"]
    )
    assert not broken(outcomes)
    reasons = {each.reason for each in outcomes.values() if each.verdict is Verdict.SKIPPED}
    assert "this run has deleted the known id, as may_change permits" in reasons


def test_what_is_to_be_refused_is_examined_before_the_only_known_thing_is_deleted(tmp_path: Path) -> None:
    outcomes = judged(
        tmp_path, SERVICES, _services(listed=False), known={"id": "second"}, may_change=["services"]
    )
    assert outcomes["delete.errors.unknown.id"].verdict is Verdict.PASSED
    assert outcomes["delete.examples.success"].verdict is Verdict.PASSED


def test_a_post_that_takes_a_known_thing_out_of_the_bin_creates_none(tmp_path: Path) -> None:
    item = SERVICES["paths"]["/services/{id}"]
    restore = operation("restore", 201, 404, answer=SERVICE, path="id")
    picture = operation("picture", 200, 404, path="id extension")
    paths = {
        "/services/{id}": {"get": item["get"], "delete": item["delete"], "post": restore},
        "/services/{id}/picture.{extension}": {"get": picture},
    }
    held = {"second": {"id": "second"}}

    def answer(call: Call) -> Answer:
        is_other_form = len(call.parts) > 2 and call.parts[2] != "picture.png"
        if call.parts[1] not in held or is_other_form:
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            del held[call.parts[1]]
            return 204, None
        return (201 if call.method == "POST" else 200), held[call.parts[1]]

    server = Server(answer)
    outcomes = judged(tmp_path, document(paths), server, known={"id": "second", "extension": "png"})
    assert not broken(outcomes)
    assert "second" in held
    assert not server.heard("DELETE", "/services/second")
