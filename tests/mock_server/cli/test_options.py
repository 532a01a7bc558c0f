"""What the command line accepts, and how it says what it does not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_server.cli import cli, serve
from mock_server.errors.startup import StartupError


def run(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and everything printed."""
    done = CliRunner().invoke(cli, arguments, env=env, prog_name="mock-server")
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--contract", "nope"], ["--contract", "nope", "aimable", "patchworks"]),
        (["--start-time", "yesterday"], ["--start-time", "yesterday", "2026-11-20T09:00:00Z"]),
        (["--start-time", "2026-11-20T09:00:00"], ["--start-time", "offset"]),
        (["--port", "70000"], ["--port", "0", "65535"]),
        (["--port", "http"], ["--port", "http", "65535"]),
        (["--scale", "-1"], ["--scale", "1000000"]),
        (["--auth", "none"], ["--auth", "roles", "any"]),
        (["--config", "/no/such/file.toml"], ["--config", "/no/such/file.toml", "No such file"]),
        (["--admin-origin", "app.example"], ["--admin-origin", "app.example", "http://"]),
        (["--world-origin", "*.example"], ["--world-origin", "*.example", "* for all"]),
        (["--callback-host", "http://a"], ["--callback-host", "http://a", "host name"]),
        (["--credentials", "mine"], ["--credentials", "--spec"]),
        (["--strict-spec"], ["--strict-spec", "--spec"]),
        (["--record", "a.yaml"], ["--record", "--upstream"]),
        (["frobnicate"], ["frobnicate"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_a_wrong_option_is_reported_with_its_flag_and_the_allowed_values(
    arguments: list[str], told: list[str]
) -> None:
    code, output = run(*arguments)
    assert code == 2
    assert all(word in output for word in told), output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 4011\nprot = 3", ["prot", "port", "start-time"]),
        ('port = "x"', ["port", "x", "65535"]),
        ('contract = ["nope"]', ["contract", "nope", "aimable"]),
        ("port = = 3", ["line 1"]),
        ("port = [1]", ["port"]),
        ('contract = "aimable"', ["contract"]),
        ("contract = 5", ["contract"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_setting_in_a_file_is_reported_with_file_and_field(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    file = tmp_path / "mock.toml"
    file.write_text(text)
    code, output = run("routes", "--config", str(file))
    assert code == 2
    assert all(word in output for word in [str(file), *told]), output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("openapi: 2.0\n", ["mine.yaml:1:", "openapi"]),
        (
            "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {/a: {get: {parameters: 5}}}\n",
            ["mine.yaml:3:"],
        ),
        ("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: 5\n", ["mine.yaml:3:", "paths"]),
        ("openapi: 3.1.0\n  paths: [", ["mine.yaml:2:"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_spec_that_is_none_is_reported_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(text)
    with pytest.raises(StartupError) as refused:
        CliRunner().invoke(cli, ["routes", "--strict-spec", "--spec", "mine.yaml"], catch_exceptions=False)
    assert all(word in str(refused.value) for word in told), refused.value


@pytest.mark.parametrize("given", ["", "localhost:4010", "ftp://localhost", 'http://a"b', "http://"])
def test_an_address_that_is_none_is_refused_before_it_stands_in_a_file(given: str) -> None:
    code, output = run("target", "--base-url", given)
    assert code == 2
    assert "--base-url" in output
    assert "http://127.0.0.1:4010" in output


@pytest.mark.parametrize("key", ["spec", "specs"])
def test_an_option_has_its_own_name_in_a_file(tmp_path: Path, key: str) -> None:
    file = tmp_path / "mock.toml"
    file.write_text(f'{key} = ["no-such-file.yaml"]')
    with pytest.raises(StartupError, match=r"no-such-file\.yaml"):
        CliRunner().invoke(cli, ["routes", "--config", str(file)], catch_exceptions=False)


def test_every_option_has_its_own_name_in_the_environment() -> None:
    for option in serve.params:
        flag = option.opts[0]
        if flag.startswith("--") and option.name != "config":
            variables = {f"MOCK_SERVER_{str(option.name).upper()}", option.envvar}
            assert f"MOCK_SERVER_{flag.strip('-').replace('-', '_').upper()}" in variables


def test_a_flag_beats_the_environment_and_the_environment_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mock.toml"
    file.write_text('contract = ["aimable"]\nstart-time = 2026-01-01T00:00:00Z\nport = 5000\n')

    def played(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
        code, output = run("routes", "--config", str(file), *arguments, env=env)
        assert code == 0, output
        return {line.split()[2].partition(".")[0] for line in output.splitlines()}

    assert played() == {"aimable"}
    assert played(env={"MOCK_SERVER_CONTRACT": "hydracore"}) == {"hydracore"}
    assert played("--contract", "patchworks", env={"MOCK_SERVER_CONTRACT": "hydracore"}) == {"patchworks"}


def test_routes_lists_every_operation_of_every_contract() -> None:
    code, output = run("routes")
    assert (code, len(output.splitlines())) == (0, 30)
    assert "/api-proxy/v1/admin/connector-providers  aimable.listConnectorProviders" in output


def test_target_describes_the_mock_to_the_contract_tests() -> None:
    code, output = run("target", "--base-url", "http://localhost:5000/", "--contract", "aimable")
    described = tomllib.loads(output)["contracts"]
    assert (code, list(described)) == (0, ["aimable"])
    aimable = described["aimable"]
    assert aimable["base_url"] == "http://localhost:5000/api-proxy"
    assert aimable["credentials"]["expired"]["valid"] is False
    assert aimable["credentials"]["member"]["scope"] == {"space_id": [aimable["known"]["space_id"]]}
    assert aimable["foreign"]["space_id"] != aimable["known"]["space_id"]
