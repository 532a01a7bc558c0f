"""What applications do beside creating, reading, changing and deleting: things in a state, and files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, broken, document, judged, operation

TEXT = {"type": "string"}
NAMED = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
SHOWN = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}


def test_a_file_that_a_job_has_not_made_yet_is_not_called_broken(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.parts[-1] == "file":
            return 409, {"message": "the export is queued"}
        return (201 if call.method == "POST" else 200), {"id": "1", "name": "a"}

    paths = {
        "/exports": {"post": operation("make", 201, answer=SHOWN, body=NAMED)},
        "/exports/{id}": {"get": operation("read", 200, 404, path="id", answer=SHOWN)},
        "/exports/{id}/file": {"get": operation("download", 200, 404, 409, path="id")},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="download.*")
    assert outcomes["download.examples.success"].verdict is Verdict.INCONCLUSIVE
    assert broken(outcomes) == []


def test_an_action_for_another_state_is_not_called_broken(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.parts[-1] == "restore":
            return 409, {"message": "the page is not archived"}
        return (201 if call.method == "POST" else 200), {"id": "1", "name": "a"}

    paths = {
        "/pages": {"post": operation("make", 201, answer=SHOWN, body=NAMED)},
        "/pages/{id}": {"get": operation("read", 200, 404, path="id", answer=SHOWN)},
        "/pages/{id}/restore": {"post": operation("restore", 200, 404, 409, path="id", answer=SHOWN)},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="restore.examples.success")
    assert outcomes["restore.examples.success"].verdict is Verdict.INCONCLUSIVE


def test_a_missing_precondition_has_a_refusal_of_its_own(tmp_path: Path) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        lacks = environ["REQUEST_METHOD"] == "PUT" and "HTTP_IF_MATCH" not in environ
        status = "428 Precondition Required" if lacks else "200 OK"
        start_response(status, [("Content-Type", "application/json"), ("ETag", '"1"')])
        return [b'{"id": "1", "name": "a"}']

    tag = {"name": "If-Match", "in": "header", "required": True, "schema": TEXT}
    change = operation("change", 200, 404, path="id", answer=SHOWN, body=NAMED, parameters=[tag])
    paths = {
        "/pages/{id}": {"get": operation("read", 200, 404, path="id", answer=SHOWN), "put": change},
    }
    rule = "change.validation.header.If-Match.required"
    known = {"known": {"id": "1"}, "may_change": ("pages",)}
    outcomes = judged(tmp_path, document(paths), application, only=rule, **known)
    assert outcomes[rule].verdict is Verdict.PASSED


STATUS = {"type": "string", "enum": ["pending", "closed", "reviewing"]}
TICKET = {"type": "object", "properties": {"id": TEXT, "name": TEXT, "status": STATUS, "note": TEXT}}
KEPT, EFFECT = "close.lifecycle.kept", "close.lifecycle.takes-effect"


class Tickets:
    """Tickets that are closed. answered: what the answer shows otherwise; stored: what reads then show."""

    def __init__(self, answered: dict[str, Any], stored: dict[str, Any]) -> None:
        self._answered, self._stored = answered, stored
        self._tickets: dict[str, dict[str, Any]] = {}

    def __call__(self, call: Call) -> Answer:
        if call.path == "/tickets":
            key = str(len(self._tickets) + 1)
            self._tickets[key] = {**call.json, "id": key, "status": "pending", "note": ""}
            return 201, self._tickets[key]
        ticket = self._tickets.get(call.parts[1])
        if ticket is None or call.method == "GET":
            return (404, {"message": "none"}) if ticket is None else (200, ticket)
        answer = {**ticket, **self._answered}
        ticket.update(self._stored)
        return 200, answer


def tickets() -> dict[str, Any]:
    return {
        "/tickets": {"post": operation("make", 201, answer=TICKET, body=NAMED)},
        "/tickets/{id}": {"get": operation("read", 200, 404, path="id", answer=TICKET)},
        "/tickets/{id}/close": {"post": operation("close", 200, 404, path="id", answer=TICKET)},
    }


@pytest.mark.parametrize(
    ("answered", "stored", "verdicts"),
    [
        ({"status": "closed"}, {"status": "closed"}, (Verdict.PASSED, Verdict.PASSED)),
        ({"status": "closed"}, {}, (Verdict.FAILED, Verdict.WARNING)),
        ({}, {}, (Verdict.SKIPPED, Verdict.WARNING)),
        ({"note": "a preview"}, {"status": "closed"}, (Verdict.WARNING, Verdict.PASSED)),
        ({"status": "reviewing"}, {}, (Verdict.WARNING, Verdict.WARNING)),
        ({"id": "another", "status": "closed"}, {"status": "closed"}, (Verdict.SKIPPED, Verdict.PASSED)),
    ],
)
def test_what_an_action_answers_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answered: dict[str, Any],
    stored: dict[str, Any],
    verdicts: tuple[Verdict, Verdict],
) -> None:
    monkeypatch.setattr("contract_tests.checks.actions.GRACE", 0.0)
    outcomes = judged(
        tmp_path, document(tickets()), Server(Tickets(answered, stored)), only="close.lifecycle.*"
    )
    assert (outcomes[KEPT].verdict, outcomes[EFFECT].verdict) == verdicts


def test_a_delete_is_not_held_to_what_its_path_is_called(tmp_path: Path) -> None:
    reopen = {"delete": operation("reopen", 200, 404, path="id", answer=TICKET)}
    paths = tickets() | {"/tickets/{id}/close": reopen}
    outcomes = judged(tmp_path, document(paths), Server(Tickets({}, {})), only="reopen.*")
    assert "reopen.lifecycle.takes-effect" not in outcomes
    assert "reopen.lifecycle.kept" in outcomes
