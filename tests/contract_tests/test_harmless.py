"""A run harms nothing: what was there stays as it was, and what it created is deleted or reported."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract_tests.engine.runner import run
from contract_tests.requirements.results import RunResult
from contract_tests.target.target_file import ContractTarget, Target
from contract_tests.verdicts import Verdict
from tests.contract_tests.harmless_server import Kind, TrustingServer, document

EXAMPLES = int(os.environ.get("HARMLESS_EXAMPLES", "6"))
"""How many random contracts are run; many more take minutes."""

kinds = st.builds(
    Kind,
    name=st.just("things"),
    parameter=st.sampled_from(["id", "thing_id", "name", "thingName", "key", "uuid"]),
    key=st.sampled_from(["int", "uuid", "name"]),
    create=st.sampled_from(["post", "put", ""]),
    answer=st.sampled_from(["object", "envelope", "array", "location", "nothing"]),
    can_list=st.booleans(),
    can_read=st.booleans(),
    update=st.sampled_from(["patch", "put", ""]),
    can_delete=st.booleans(),
    action=st.sampled_from(["", "reset", "restart", "archive"]),
    bulk=st.booleans(),
    clear=st.booleans(),
    slash=st.booleans(),
    child=st.booleans(),
)


def _renamed(kind: Kind, name: str) -> Kind:
    return Kind(**{each.name: getattr(kind, each.name) for each in fields(Kind)} | {"name": name})


def _run(
    folder: Path, *every: Kind, has_settings: bool = True, seed: int = 0, **options: Any
) -> tuple[TrustingServer, RunResult]:
    server = TrustingServer(every)
    spec = folder / "harmless.json"
    spec.write_text(json.dumps(document(every, settings=has_settings)), encoding="utf-8")
    known = {kind.item.rstrip("/"): {kind.parameter: server.first(kind)} for kind in every}
    target = ContractTarget(wsgi=server, spec=spec, known=known)
    return server, run(Target(contracts={"harmless": target}), seed=seed, **options)


def _assert_harmless(server: TrustingServer, result: RunResult) -> None:
    after = {place: server.store.get(place) for place in server.seeds}
    assert after == server.seeds
    assert not [each.reason for each in result.outcomes if each.verdict is Verdict.ERRORED]
    stays = [place for place in server.store if place not in server.seeds]
    told = [*result.leftovers, *result.undeletable]
    untold = [place for place in stays if not any(f"/{place[0]}" in line for line in told)]
    assert untold == []


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(first=kinds, second=kinds, has_settings=st.booleans())
def test_a_run_changes_nothing_that_it_did_not_create(first: Kind, second: Kind, has_settings: bool) -> None:
    every = [_renamed(first, "things"), _renamed(second, "groups")]
    with tempfile.TemporaryDirectory() as folder:
        server, result = _run(Path(folder), *every, has_settings=has_settings)
    _assert_harmless(server, result)


def test_a_known_thing_without_a_create_is_neither_changed_nor_deleted(tmp_path: Path) -> None:
    kind = Kind("things", create="", can_list=False)
    server, result = _run(tmp_path, kind, has_settings=False)
    _assert_harmless(server, result)
    assert {method for method, path in server.requests if server.first(kind) in path} == {"GET"}
    skipped = [each.reason for each in result.outcomes if each.verdict is Verdict.SKIPPED]
    assert any('may_change = ["things"]' in reason for reason in skipped)


@pytest.mark.parametrize("answer", ["object", "envelope", "array", "location", "nothing"])
@pytest.mark.parametrize("slash", [False, True])
def test_whatever_create_answers_everything_is_deleted(tmp_path: Path, answer: str, slash: bool) -> None:
    server, result = _run(tmp_path, Kind("things", answer=answer, slash=slash), has_settings=False)
    _assert_harmless(server, result)
    assert server.store == server.seeds
    assert result.leftovers == ()


def test_what_cannot_be_deleted_is_reported(tmp_path: Path) -> None:
    server, result = _run(tmp_path, Kind("things", can_delete=False), has_settings=False)
    created = len(server.store) - len(server.seeds)
    assert created
    (line,) = result.undeletable
    assert line.startswith(f"harmless: {created} at /things/")
    assert result.leftovers == ()


def test_read_only_sends_no_writing_request(tmp_path: Path) -> None:
    server, result = _run(tmp_path, Kind("things", bulk=True, action="reset"), read_only=True)
    assert {method for method, _ in server.requests} <= {"GET", "HEAD", "OPTIONS"}
    assert server.store == server.seeds
    assert any(each.verdict is Verdict.PASSED for each in result.outcomes)
