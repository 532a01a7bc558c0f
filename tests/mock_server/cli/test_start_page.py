"""The start page: the same facts for a terminal and for a pipe."""

from __future__ import annotations

import io
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from mock_server.app import build_engine
from mock_server.messages import Request
from mock_server.settings import Settings
from mock_server.start_page import curl_lines, show, show_credentials
from mock_server.target_file import target_toml

BASE = "http://127.0.0.1:4010"


def plain_text(line: str) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_every_base_url_is_shown_with_a_request_and_where_credentials_are(
    shipped: Flask, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    engine = shipped.extensions["mock_server"]
    show(engine, BASE, stream, credentials_command="mock-server credentials --scenario=empty")
    page = plain_text(stream.getvalue())
    for mounted in engine.context.contracts.values():
        assert f"{mounted.contract.title} at {BASE}{mounted.contract.prefix}\n" in page
    assert page.count("curl -s ") == len(engine.context.contracts)
    assert "Credentials by role: mock-server credentials --scenario=empty\n" in page


def test_the_page_fits_a_terminal_of_80_columns_and_24_lines(
    shipped: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    show(shipped.extensions["mock_server"], BASE, stream)
    lines = plain_text(stream.getvalue()).splitlines()
    assert sum(max(1, -(-len(line) // 80)) for line in lines) < 24


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_every_credential_is_listed_whole(
    shipped: Flask, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    engine = shipped.extensions["mock_server"]
    show_credentials(engine, stream)
    page = stream.getvalue()
    for mounted in engine.context.contracts.values():
        for principal in mounted.principals.known:
            assert all(credential in page for credential in principal.credentials.values())


@pytest.mark.parametrize(
    ("stream", "place"), [(io.StringIO(), 0), (Terminal(), -2)], ids=["pipe", "terminal"]
)
def test_the_addresses_of_server_and_console_stay_in_sight(
    shipped: Flask, stream: io.StringIO, place: int
) -> None:
    show(shipped.extensions["mock_server"], BASE, stream)
    lines = stream.getvalue().splitlines()
    server, console = lines[place], lines[place + 1]
    assert f"mock-server is ready at {BASE}" in plain_text(server)
    assert plain_text(console) == f"The console is at {BASE}/__admin/"


def test_a_request_too_long_for_the_terminal_is_folded_where_a_shell_allows_it(
    shipped: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    stream = Terminal()
    show(shipped.extensions["mock_server"], BASE, stream)
    lines = stream.getvalue().splitlines()
    folded = [line for line, after in pairwise(lines) if after.startswith("  -H ")]
    assert folded
    assert all(line.startswith("curl ") and line.endswith(" \\") for line in folded)


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_a_server_that_lets_everybody_in_says_so(stream: io.StringIO) -> None:
    show(build_engine(Settings(contracts=("hydracore",), auth="any")), BASE, stream)
    assert "Every request is allowed" in stream.getvalue()


@pytest.mark.parametrize("name", ["aimable", "fastapi_platform", "hydracore", "patchworks"])
def test_one_contract_alone_has_lines_to_paste(name: str) -> None:
    lines = curl_lines(build_engine(Settings(contracts=(name,))), BASE)
    assert lines
    assert all(line.startswith(("curl -s http", "curl -s 'http")) for line in lines)


def test_the_people_of_the_scenario_are_those_shown(tmp_path: Path) -> None:
    people = "{name: visitor, credentials: {bearer: mock-visitor}, roles: [read]}"
    scenario = tmp_path / "guests.yaml"
    scenario.write_text(f"scenario: guests\nabout: x\nover: default\nprincipals: {{aimable: [{people}]}}\n")
    stream = io.StringIO()
    show_credentials(build_engine(Settings(contracts=("aimable",), scenario=str(scenario))), stream)
    assert "visitor: bearer mock-visitor" in stream.getvalue()


SCHEMES = """
openapi: 3.1.0
info: {title: Keys, version: '1'}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    bearer: {type: http, scheme: bearer}
    header: {type: apiKey, in: header, name: api_key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: session}
paths:
  /a: {get: {security: [{%s: []}], responses: {'200': {description: ok}}}}
"""


@pytest.mark.parametrize(
    ("scheme", "sent"),
    [
        ("basic", "/a -u any-user:any-password"),
        ("bearer", "/a -H 'Authorization: Bearer any-token'"),
        ("header", "/a -H 'api_key: any-token'"),
        ("query", "'http://127.0.0.1:4010/a?key=any-token'"),
        ("cookie", "/a -b session=any-token"),
    ],
)
def test_every_kind_of_credential_has_a_line_that_works(tmp_path: Path, scheme: str, sent: str) -> None:
    spec = tmp_path / "keys.yaml"
    spec.write_text(SCHEMES % scheme)
    engine = build_engine(Settings(contracts=(), specs=(spec,)))
    (line,) = curl_lines(engine, BASE)
    assert line.endswith(sent)
    assert [world.name for world in engine.worlds.known()] == ["default"]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_an_api_without_security_needs_no_credentials(tmp_path: Path, stream: io.StringIO) -> None:
    spec = tmp_path / "open.yaml"
    spec.write_text(
        "openapi: 3.1.0\ninfo: {title: Open, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n"
    )
    engine = build_engine(Settings(contracts=(), specs=(spec,)))
    show(engine, BASE, stream)
    show_credentials(engine, stream)
    assert plain_text(stream.getvalue()).count("No credentials are needed.") == 2


def test_a_target_file_for_a_spec_names_records_that_exist(tmp_path: Path) -> None:
    spec = Path(__file__).parents[1] / "inference" / "specs" / "library.yaml"
    settings = Settings(contracts=(), specs=(spec,))
    engine = build_engine(settings)
    target = tomllib.loads(target_toml(settings, BASE, engine))["contracts"]["library"]
    assert target["spec"] == str(spec)
    assert target["base_url"] == BASE + engine.context.contracts["library"].contract.prefix
    assert target["credentials"]
    author = target["known"]["/authors/{author_id}"]["author_id"]
    path = f"{target['base_url'].removeprefix(BASE)}/authors/{author}"
    assert engine.handle(Request("GET", path, query="api_key=k")).status == 200


SCOPED = """
openapi: 3.1.0
info: {title: Metrics, version: '1'}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
paths:
  /metrics/{service}:
    parameters: [{name: service, in: path, required: true, schema: {type: string, format: uuid}}]
    get: {security: [{token: [reader]}], responses: {'200': {description: ok}}}
"""


def test_a_target_file_for_a_spec_holds_what_a_run_needs_to_examine_everything(tmp_path: Path) -> None:
    spec = tmp_path / "metrics.yaml"
    spec.write_text(SCOPED)
    settings = Settings(contracts=(), specs=(spec,), placeholders_only=True)
    engine = build_engine(settings)
    target = tomllib.loads(target_toml(settings, BASE, engine))["contracts"]["metrics"]
    assert (target["may_change"], target["allow"]) == (["*"], ["*"])
    path = "/metrics/" + target["known"]["/metrics/{service}"]["service"]
    statuses = {}
    for label, held in target["credentials"].items():
        headers = {"authorization": f"Bearer {held['value']}"}
        statuses[label] = engine.handle(Request("GET", path, headers=headers)).status
    assert statuses == {"token": 200, "token_without_roles": 403, "token_refused": 401}
    assert not target["credentials"]["token_refused"]["valid"]


def test_with_a_target_file_a_spec_accepts_its_credentials_alone() -> None:
    spec = Path(__file__).parents[1] / "inference" / "specs" / "library.yaml"
    engine = build_engine(Settings(contracts=(), specs=(spec,), placeholders_only=True))
    prefix = engine.context.contracts["library"].contract.prefix
    assert engine.handle(Request("GET", f"{prefix}/authors", query="api_key=any-token")).status == 200
    assert engine.handle(Request("GET", f"{prefix}/authors", query="api_key=another")).status == 401
