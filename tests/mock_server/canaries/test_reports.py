"""What is written about a server that was told secrets shows none: its reports on broken files, those of
contract tests, what a failed test is told. And a leak that is planted is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mock_server.redaction import MASKED
from mock_server.settings import Settings
from mock_server.target_file import target_toml
from tests.mock_server.canaries import fields, files
from tests.mock_server.canaries.birds import Canaries
from tests.mock_server.canaries.places import Places
from tests.mock_server.canaries.server import Server
from tests.mock_server.canaries.telling import Telling

pytestmark = pytest.mark.slow

LEAKS = """
import mock_server.redaction.bodies, mock_server.redaction.redactor, mock_server.web.request_log
from mock_server.redaction import Secrets
mock_server.redaction.redactor.suggests_secret = lambda name, is_carrier=False: False
mock_server.redaction.bodies.BodyRedaction._secret = lambda self, value: value
mock_server.web.request_log._path = lambda request, entry, engine: request.path
Secrets.mask_record = lambda self, collection, record: dict(record)
Secrets.mask_for_export = Secrets.mask_record
"""


def test_a_report_on_broken_files_shows_no_secret_of_theirs(tmp_path: Path) -> None:
    canaries = Canaries(fields.fixture_secrets())
    people = files.people(canaries)
    own, team = tmp_path / "own.json", tmp_path / "team.json"
    own.write_text(files.spec())
    document = files.scenario(people, canaries)
    team.write_text(json.dumps(document))
    words = ["--contract=hydracore", f"--scenario={team}", f"--spec={own}", "--strict-spec"]
    server = Server(words, token=canaries.fresh("the admin token"), folder=tmp_path / "streams")
    try:
        telling = Telling(server, canaries, people)
        telling.by_file(own, files.broken_specs(own.read_text(), canaries))
        telling.by_file(team, files.broken_scenarios(document, canaries))
    finally:
        server.end()
    assert telling.repeated == {}
    assert "have errors" in server.errors
    assert canaries.found(server.errors) == set()


def test_reports_of_contract_tests_show_no_secret(tmp_path: Path) -> None:
    """The credentials are the environment's; replies break the contract, so that reports tell exchanges."""
    canaries = Canaries(fields.fixture_secrets())
    people = files.people(canaries)
    team, target, folder = tmp_path / "team.json", tmp_path / "target.toml", tmp_path / "reports"
    team.write_text(json.dumps(files.scenario(people, canaries)))
    words = ["--contract=hydracore", f"--scenario={team}"]
    server = Server(words, token=canaries.fresh("the admin token"), folder=tmp_path / "streams")
    try:
        server.admin("POST", "/worlds", {"name": "judged"})
        server.admin("POST", "/worlds/judged/faults", {"kind": "wrong_type", "when": {"every": 4}})
        text = target_toml(Settings(contracts=("hydracore",)), f"{server.url}/~judged")
        text, environment = in_environment(text, people["hydracore"])
        target.write_text(text)
        command = [sys.executable, "-m", "contract_tests", "run", "--target", str(target)]
        command += ["--operation=createConnection", "--operation=listConnections"]
        command += [f"--report={kind}={folder / kind}" for kind in ("json", "junit", "html")]
        run = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
        )
    finally:
        server.end()
    assert run.returncode == 1, run.stdout + run.stderr
    written = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()}
    told = {"terminal": run.stdout + run.stderr, **written, "log": server.errors}
    assert {name: canaries.found(text) for name, text in told.items()} == {name: set() for name in told}
    # Curl lines name the variables that the target file takes credentials from.
    assert "$CANARY_0" in written["json"]


def in_environment(target: str, people: list[dict[str, Any]]) -> tuple[str, Mapping[str, str]]:
    """A target file whose credentials are those of these people, and the environment it takes them from."""
    environment: dict[str, str] = {}
    for published, ours in zip(fields.principals("hydracore"), people, strict=True):
        for scheme, credential in published["credentials"].items():
            variable = f"CANARY_{len(environment)}"
            environment[variable] = ours["credentials"][scheme]
            target = target.replace(f'value = "{credential}"\n', f'env = "{variable}"\n')
    return target, environment


def test_what_a_failed_test_reports_shows_no_secret(tmp_path: Path) -> None:
    canaries = Canaries(fields.fixture_secrets())
    (tmp_path / "test_asking.py").write_text(
        """
import os

import pytest


def test_fails(mock_world):
    secret, admin = os.environ["CANARY"], os.environ["ADMIN"]
    setup = "/api-proxy/v1/admin/connector-providers/google-workspace/setup"
    ask = mock_world.client.request
    ask("GET", f"/nowhere/{secret}", params={"token": secret}, headers={"X-Api-Key": secret})
    ask("GET", "/api/v1/connectors", headers={"Authorization": f"Bearer {secret}"})
    headers = {"Authorization": f"Bearer {admin}"}
    assert ask("POST", setup, json={"client_id": "a", "client_secret": secret}, headers=headers).is_success
    ask("POST", setup, json={"client_id": [secret], "client_secret": 5}, headers=headers)
    ask("GET", f"/api/v1/connectors/{admin}")
    pytest.fail("on purpose")
"""
    )
    quiet = ("no:schemathesis", "no:cacheprovider", "no:xdist")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *(f"-p{one}" for one in quiet), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "CANARY": canaries.fresh("a secret"), "ADMIN": "mock-aimable-admin"},
        check=False,
    )
    assert "on purpose" in run.stdout, run.stdout + run.stderr
    assert "mock world test-fails" in run.stdout
    assert f"GET /nowhere/{MASKED}" in run.stdout
    assert canaries.found(run.stdout + run.stderr) == set()


def test_a_leak_is_found_where_it_is_planted(tmp_path: Path) -> None:
    canaries = Canaries(fields.fixture_secrets())
    token = canaries.fresh("the admin token")
    server = Server(["--contract=hydracore"], token=token, folder=tmp_path, planted=LEAKS)
    try:
        telling = Telling(server, canaries, files.people(None))
        telling.as_clients(["hydracore"])
        places = Places(server, telling.worlds)
        shown = {where: canaries.found(text) for where, text in places.everything()}
    finally:
        server.end()
    sent, stored = "hydracore.listConnections: ", "credentials of a record of hydracore/connections"
    journal = "/worlds/hydracore/requests?limit=1000"
    assert f"{sent}the header X-Auth-Token" in shown[journal]
    assert "hydracore.createConnection: credentials" in shown[journal]
    assert f"{sent}the header X-Auth-Token" in shown["/worlds/hydracore/requests/har"]
    assert stored in shown["/snapshots/hydracore/file"]
    assert stored in shown["/__admin/ui/worlds/untouched/state/hydracore/connections"]
    assert "the bearer of hydracore's admin" in shown["the access log and whatever else is on standard error"]
