"""Invalid input is reported with file, line or field, without a traceback or a secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.cli import main

SPEC = "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n"
OURS = '[contracts.hydracore]\nbase_url = "http://localhost"\n'
OWN = '[contracts.mine]\nbase_url = "http://localhost"\nspec = "mine.yaml"\n'
SECRET = "a-very-secret-token"

Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Runs a command in an empty directory; what it says on its way out with exit code 2."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        said = "".join(capsys.readouterr())
        assert exited.value.code == 2, said
        assert "Traceback" not in said
        assert SECRET not in said
        return said

    return run


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contracts = = 5", ["line 1"]),
        ("contracts = 5", ["contracts"]),
        ("[contracts.nope]\nbase_url = 'http://x'", ["contracts.nope", "aimable"]),
        (f"{OURS}prot = 1", ["contracts.hydracore.prot", "base_url", "known"]),
        (f"{OURS}timeout = 'soon'", ["contracts.hydracore.timeout"]),
        (f"[contracts.hydracore]\nbase_url = 'user:{SECRET}@host'", ["base_url", "https://"]),
        (f"{OURS}credentials = {{a = '{SECRET}'}}", ["contracts.hydracore.credentials.a"]),
        (f"{OURS}credentials.a = {{scheme = 'bearer', value = ['{SECRET}']}}", ["credentials.a.value"]),
        (f"{OURS}credentials.a = {{scheme = 'no', value = '{SECRET}'}}", ["credentials.a.scheme", "bearer"]),
        (f"{OURS}credentials.a = {{scheme = 'bearer', value = '{SECRET}', env = 'A'}}", ["exactly one of"]),
        ("[contracts.hydracore]\nwsgi = 'nowhere'", ["contracts.hydracore.wsgi", "module:callable"]),
        ("[contracts.hydracore]\nwsgi = 'no.where:app'", ["contracts.hydracore.wsgi", "No module named"]),
        ("[contracts.hydracore]\nwsgi = 'os:sep'", ["contracts.hydracore.wsgi", "must be callable"]),
    ],
)
def test_an_invalid_target_is_reported_with_file_and_field(
    refused: Refused, text: str, told: list[str]
) -> None:
    Path("target.toml").write_text(text, encoding="utf-8")
    said = refused("run")
    assert all(word in said for word in ["target.toml", *told]), said


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("", "mine.yaml:1: the file is empty"),
        ("a: ]", "mine.yaml:1: not YAML"),
        (SPEC.replace("/a:", "/a: 5").partition("    get")[0], "it has no operations"),
        (f"{SPEC}      parameters: 5\n", "mine.yaml:7:"),
    ],
)
def test_an_invalid_spec_is_reported_with_file_and_line(refused: Refused, spec: str, told: str) -> None:
    Path("mine.yaml").write_text(spec, encoding="utf-8")
    Path("target.toml").write_text(OWN, encoding="utf-8")
    said = refused("run")
    assert "target.toml: contracts.mine.spec: " in said
    assert told in said


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("responses: {'200': {$ref: '#/components/responses/Nope'}}", "Nope names nothing in this file"),
        ("requestBody: {content: {application/json: {schema: {type: no}}}}", "'no' is not a type"),
    ],
)
def test_a_small_fault_of_a_spec_is_a_warning_with_its_line(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    part: str,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(f"{SPEC}      {part}\n", encoding="utf-8")
    Path("target.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(SystemExit) as exited:
        main(["list", "--target", "target.toml"])
    assert exited.value.code == 0
    said = capsys.readouterr().err
    assert "warning: mine.yaml:7:" in said
    assert told in said


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("html", "FORMAT=PATH"),
        ("pdf=report.pdf", "junit, json, html"),
        ("html=.", "is a directory"),
        ("html=/proc/version/report.html", "/proc/version"),
        ("html=/proc/report.html", "/proc/report.html"),
    ],
)
def test_an_unwritable_report_is_reported_before_the_run(refused: Refused, report: str, told: str) -> None:
    Path("target.toml").write_text(OURS, encoding="utf-8")
    assert told in refused("run", "--report", report)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--target", "nowhere.toml"], "nowhere.toml"),
        (["list", "--contract", "nope"], "known are aimable"),
        (["list", "--target", "nowhere.toml"], "nowhere.toml"),
        (["explain", "nope"], "the nearest are"),
        (["init", "--contract", "nope"], "known are aimable"),
        (["init", "--spec", "nowhere.yaml"], "nowhere.yaml"),
        (["init", "/proc/target.toml"], "/proc/target.toml"),
        (["catalogue", "/proc/page.md"], "/proc/page.md"),
        (["spec", "check", "nowhere.yaml"], "nowhere.yaml"),
        (["spec", "check", "."], "no YAML or JSON file"),
        (["spec", "decisions", "."], "no folder decisions"),
    ],
    ids=" ".join,
)
def test_an_invalid_argument_is_reported(refused: Refused, arguments: list[str], told: str) -> None:
    assert told in refused(*arguments)
