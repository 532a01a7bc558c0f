"""Spec files: printing what is inferred, behaviour files beside them, and errors in broken ones."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_server.app import build_engine
from mock_server.cli import cli, main
from mock_server.contract.loading import load
from mock_server.data import openapi_dir
from mock_server.errors.startup import StartupError
from mock_server.inference.infer import document
from mock_server.messages import Request
from mock_server.settings import CONTRACTS, Settings
from mock_server.yaml_file import read_yaml

SPECS = Path(__file__).parent / "specs"

START = "info: {title: x, version: '1'}\npaths:\n  /a:\n    get:\n      responses: "
DANGLING = f"openapi: 3.0.0\n{START}{{'200': {{$ref: '#/components/responses/None'}}}}\n"
BROKEN_SCHEMA = (
    f"openapi: 3.1.0\n{START}{{'200': {{description: ok, content: "
    "{application/json: {schema: {type: strin}}}}}\n"
)


class Words(dict[str, str]):
    """A value for every parameter of a path."""

    def __missing__(self, key: str) -> str:
        return "word"


def test_routes_prints_what_was_inferred():
    result = CliRunner().invoke(cli, ["routes", "--spec", str(SPECS / "library.yaml")])
    line = next(line for line in result.output.splitlines() if "/live/authors/{author_id}/books" in line)
    assert line.split()[2:4] == ["list", "books"]


def test_the_printed_behaviour_file_gives_the_reason_of_each_action(tmp_path):
    printed = CliRunner().invoke(cli, ["routes", "--yaml", "--spec", str(SPECS / "ticketing.yaml")]).output
    file = tmp_path / "printed.yaml"
    file.write_text(printed)
    assert read_yaml(file) == document(load(SPECS / "ticketing.yaml"))
    lines = printed.splitlines()
    actions = [number for number, line in enumerate(lines) if line.startswith("    action: ")]
    assert len(actions) == len(read_yaml(file)["operations"])
    assert all(lines[number - 1].startswith("    # ") for number in actions)
    assert "    # usual names of parameters: perPage, page" in lines


def test_a_behaviour_file_beside_the_spec_is_used(play, tmp_path):
    spec = shutil.copy(SPECS / "library.yaml", tmp_path / "library.yaml")
    printed = CliRunner().invoke(cli, ["routes", "--yaml", "--spec", str(spec)]).output
    corrected = printed.replace("called: Author\n", "called: Writer\n")
    (tmp_path / "library.behaviour.yaml").write_text(corrected)
    assert play(spec).ask("GET", "/authors/99", query="api_key=k")[1]["detail"] == "Writer 99 not found"


a_broken_spec = pytest.mark.parametrize(
    ("text", "line"),
    [
        ("openapi: 3.0.0\ninfo: {title: x\npaths: {}\n", 3),
        (DANGLING, 6),
        (BROKEN_SCHEMA, 6),
    ],
    ids=["no YAML", "a dangling reference", "a broken schema"],
)


@a_broken_spec
def test_with_strict_spec_what_is_wrong_is_fatal_with_file_and_line(play, tmp_path, text, line):
    spec = tmp_path / "broken.yaml"
    spec.write_text(text)
    with pytest.raises(StartupError) as refused:
        play(spec, strict_spec=True)
    assert refused.value.problems[0].startswith(f"{spec}:{line}:")


@pytest.mark.parametrize("text", [DANGLING, BROKEN_SCHEMA])
def test_what_is_wrong_is_a_warning_with_file_and_line(play, tmp_path, caplog, text):
    spec = tmp_path / "broken.yaml"
    spec.write_text(text)
    assert play(spec).ask("GET", "/a")[0].status == 200
    assert f"{spec}:6:" in caplog.text


@a_broken_spec
def test_no_behaviour_file_is_printed_for_a_broken_spec(tmp_path, monkeypatch, capsys, text, line):
    spec = tmp_path / "broken.yaml"
    spec.write_text(text)
    words = ["mock-server", "routes", "--yaml", "--strict-spec", "--spec", str(spec)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert printed.err.startswith(f"mock-server: {spec}:{line}:")


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_spec_of_a_built_in_contract_can_be_inferred(play, name, caplog):
    spec = openapi_dir() / f"{name}.yaml"
    client = play(spec)
    mounted = client.engine.context.contracts[name]
    assert mounted.dialect.name == "declared"
    for operation in mounted.contract.operations.values():
        asked = Request(operation.method, operation.path.format_map(Words()), headers=client.headers)
        assert client.engine.handle(asked).status < 500
    assert f"{name}.behaviour.yaml is for the dialect" in caplog.text


def test_the_spec_of_a_built_in_contract_that_is_played_is_refused():
    spec = openapi_dir() / "hydracore.yaml"
    with pytest.raises(StartupError, match="exists already; rename the file"):
        build_engine(Settings(contracts=("hydracore",), specs=(spec,)))


def test_unsupported_parts_are_reported_at_start(play, tmp_path, caplog):
    spec = tmp_path / "hooks.yaml"
    spec.write_text(
        f"openapi: 3.1.0\n{START}{{'204': {{description: x}}}}\n"
        "webhooks: {ping: {post: {responses: {'200': {description: ok}}}}}\n"
    )
    play(spec)
    assert "webhook ping" in caplog.text
