"""The command line: what it refuses, what it says, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.cli import main
from contract_tests.engine import runner
from contract_tests.target.target_file import Target

SPEC = Path(__file__).parent / "shelf.yaml"
TARGET = f"""
[contracts.shelf]
base_url = "http://shelf.test/api"
wsgi = "shelf_under_test:application"
spec = "{SPEC}"

[contracts.shelf.credentials.writer]
scheme = "bearer"
value = "token-of-the-writer"
roles = ["write"]

[contracts.shelf.known]
shelf = "one"
book_id = "a3d5b6c4-0000-4000-8000-000000000001"
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command line in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        assert isinstance(exited.value.code, int)
        return Said(exited.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def judge(command: Command, shelf_app: Any, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `run` on the shelf application with some defects; few requirements, so that it is quick."""

    def run(*arguments: str, defects: tuple[str, ...] = (), chosen: str = "*.listBooks.*") -> Said:
        module = SimpleNamespace(application=shelf_app(*defects))
        monkeypatch.setitem(sys.modules, "shelf_under_test", module)
        Path("target.toml").write_text(TARGET, encoding="utf-8")
        return command("run", "--requirement", chosen, *arguments)

    return run


def test_conforming_target_exits_with_0_and_writes_its_reports(judge: Command) -> None:
    said = judge("--report", "json=out/r.json", "--report", "html=out/r.html", "--report", "junit=out/r.xml")
    assert said.code == 0, said.out
    assert "The contract holds" in said.out
    report = json.loads(Path("out/r.json").read_text(encoding="utf-8"))
    assert report["exit_code"] == 0
    assert {path.name for path in Path("out").iterdir()} == {"r.json", "r.html", "r.xml"}


def test_broken_contract_exits_with_1_and_shows_the_curl_line(judge: Command) -> None:
    said = judge(defects=("bad-time",))
    assert said.code == 1
    assert '-H "authorization: Bearer $SHELF_WRITER"' in said.out
    assert "token-of-the-writer" not in said.out


def test_an_accepted_fault_is_known_until_it_is_mended(judge: Command, command: Command) -> None:
    assert judge("--report", "json=r.json", defects=("bad-time",)).code == 1
    accepted = command("accept", "r.json", "--reason", "ticket 417", "--expires", "2999-01-31", "--warnings")
    assert accepted.code == 0, accepted.err

    known = judge("--baseline", "known.toml", "--report", "json=now.json", defects=("bad-time",))
    mended = judge("--baseline", "known.toml")

    assert known.code == 0
    assert "known: ticket 417, until 2999-01-31" in known.out
    assert "The contract holds" in known.out
    assert mended.code == 0
    assert "is kept now; remove it from the baseline" in mended.out
    assert command("compare", "r.json", "now.json").out == "no difference\n"


def test_one_finding_is_replayed_alone(judge: Command, command: Command) -> None:
    judge("--report", "json=r.json", defects=("bad-time",))
    report = json.loads(Path("r.json").read_text(encoding="utf-8"))
    name = next(one["requirement"] for one in report["outcomes"] if one["verdict"] == "failed")

    said = command("replay", "r.json", name)

    assert said.code == 1
    assert "1 requirements," in said.out
    assert command("replay", "r.json", f"{name}s").code == 2


def test_shards_are_merged_to_the_verdict_of_the_whole(judge: Command, command: Command) -> None:
    whole = judge(defects=("bad-time",))
    for part in ("1/2", "2/2"):
        judge("--shard", part, "--report", f"json={part[0]}.json", defects=("bad-time",))

    merged = command("merge", "2.json", "1.json", "--report", "junit=all.xml")

    assert merged.code == whole.code == 1
    row = next(line for line in whole.out.splitlines() if line.startswith("shelf "))
    assert row in merged.out.splitlines()
    assert Path("all.xml").exists()
    assert "the report of shard 2 of 2 is missing" in command("merge", "1.json").err
    assert command("run", "--shard", "3/2").code == 2


def test_refused_credential_exits_with_3(judge: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.TARGET", TARGET.replace("token-of-the-writer", "a-stale-token"))
    said = judge()
    assert said.code == 3
    assert "credential writer is not accepted" in said.out
    assert "a-stale-token" not in said.out


def test_requested_but_untested_operation_exits_with_5(judge: Command) -> None:
    asked = ("--operation", "createBook", "--operation", "listBooks")
    success = "shelf.createBook.examples.success"
    said = judge(*asked, chosen=success)
    assert said.code == 5
    assert "Not enough concluded" in said.out
    assert "listBooks was asked for, but no requirement of it passed" in said.out
    assert judge(*asked, "--fail-on", "nothing", chosen=success).code == 0


def test_fail_on_nothing_stands_alone(judge: Command) -> None:
    said = judge("--fail-on", "nothing", "--fail-on", "skipped")
    assert said.code == 2
    assert "--fail-on nothing cannot be combined with others" in said.err


def test_fewer_passed_requirements_than_the_target_wants_exit_with_5(
    judge: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting = TARGET.replace("[contracts.shelf]", "[contracts.shelf]\nmin_passed = 9999")
    monkeypatch.setattr(f"{__name__}.TARGET", wanting)
    said = judge()
    assert said.code == 5
    assert "the target file wants at least 9999 (min_passed)" in said.out.replace("\n", " ")


def test_object_that_could_not_be_deleted_exits_with_6(judge: Command) -> None:
    said = judge(defects=("delete-refused",), chosen="shelf.createBook.examples.success")
    assert said.code == 6
    assert "left behind: shelf: /shelves/one/books/" in said.out
    assert "could not be deleted, the first is shelf: /shelves/one/books/" in said.out


def test_internal_error_exits_with_4_without_a_traceback(
    judge: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(runner, "run", fall)
    said = judge()
    assert said.code == 4
    assert said.err == (
        "An error of the harness: ZeroDivisionError: by nothing. Run it again with --debug for the details.\n"
    )


def test_debug_shows_the_traceback(judge: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(runner, "run", fall)
    with pytest.raises(ZeroDivisionError):
        judge("--debug")


def test_ctrl_c_exits_with_130(judge: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupt)
    assert judge().code == 130


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--contract", "aimble"), "unknown contract 'aimble'; known are shelf"),
        (("--operation", "nope"), "known are listBooks, createBook"),
        (("--tag", "nope"), "known are reading, writing"),
        (("--family", "nope"), "'examples', 'schema'"),
        (("--profile", "nope"), "'quick', 'default', 'thorough'"),
        (("--report", "pdf=x"), "FORMAT is one of junit, json, html"),
        (("--requirement", "shelf.listBook.schema"), "the nearest are shelf."),
        (("--operation", "createBook", "--tag", "reading"), "no requirement of the profile 'quick' fits"),
        (("--bogus",), "No such option"),
    ],
)
def test_unknown_name_is_refused_with_the_known_ones(
    judge: Command, arguments: tuple[str, ...], told: str
) -> None:
    said = judge(*arguments)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err


def test_missing_target_file_says_how_to_get_one(command: Command) -> None:
    said = command("run")
    assert said.code == 2
    assert "target.toml does not exist; `contract-tests init` writes one" in said.err


def test_unknown_field_of_the_target_is_refused_with_file_and_field(command: Command) -> None:
    Path("target.toml").write_text('[contracts.aimable]\nbase_ur = "http://h"\n', encoding="utf-8")
    said = command("run")
    assert said.code == 2
    assert "target.toml: contracts.aimable.base_ur: unknown field" in said.err


def test_init_writes_a_target_that_loads_and_names_every_contract(command: Command) -> None:
    assert command("init").code == 0
    target = Target.load(Path("target.toml"))
    assert list(target.contracts) == ["aimable", "fastapi_platform", "hydracore", "patchworks"]


def test_init_of_a_user_contract_names_its_parameters_and_its_file(command: Command) -> None:
    assert command("init", "my.toml", "--spec", str(SPEC)).code == 0
    assert "# book_id = " in Path("my.toml").read_text(encoding="utf-8")
    assert list(Target.load(Path("my.toml")).contracts) == ["shelf"]


def test_uncommented_template_still_loads(command: Command) -> None:
    command("init", "my.toml", "--spec", str(SPEC))
    lines = Path("my.toml").read_text(encoding="utf-8").splitlines()
    assignments = [
        line.removeprefix("# ") for line in lines if " = " in line or line.lstrip("# ").startswith("[")
    ]
    kept = [line for line in assignments if not line.startswith(("wsgi", "scope"))]
    Path("full.toml").write_text("\n".join(kept), encoding="utf-8")
    assert Target.load(Path("full.toml")).contracts["shelf"].known["book_id"] == "…"


def test_init_overwrites_with_force_only(command: Command) -> None:
    Path("target.toml").write_text("mine", encoding="utf-8")
    assert command("init").code == 2
    assert Path("target.toml").read_text(encoding="utf-8") == "mine"
    assert command("init", "--force").code == 0


def test_list_shows_level_id_and_title(command: Command) -> None:
    said = command("list", "--contract", "hydracore", "--family", "secrets")
    rows = [line.split("\t") for line in said.out.splitlines()]
    assert rows
    assert all(len(row) == 3 and row[1].startswith("hydracore.") for row in rows)


def test_explain_shows_level_operation_and_sources(command: Command) -> None:
    name = command("list", "--contract", "patchworks").out.splitlines()[0].split("\t")[1]
    said = command("explain", name)
    assert said.code == 0
    assert f"id         {name}" in said.out
    assert "document 004, section" in said.out


def test_explain_of_an_unknown_id_suggests_similar_ones(command: Command) -> None:
    said = command("explain", "hydracore.createGrant.schema")
    assert said.code == 2
    assert "the nearest are hydracore.createGrant" in said.err


def test_catalogue_page_lists_every_requirement(command: Command) -> None:
    page = command("catalogue").out
    ids = [line.split("\t")[1] for line in command("list").out.splitlines()]
    assert ids
    assert [name for name in ids if f"`{name}`" not in page] == []


def test_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "contract_tests", "--help"], capture_output=True, text=True, check=True
    )
    assert "Judge any implementation" in done.stdout
