"""Which files count, and which changes are noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.reloading.sources import Sources, roots
from mock_server.settings import Settings

from .conftest import write


@pytest.mark.parametrize(
    "text",
    [
        "a: {$ref: parts/pet.yaml}",
        "a:\n  $ref: parts/pet.yaml#/Pet\n",
        "a: {$ref: './parts/pet.yaml#/Pet'}",
        'a: {"$ref": "parts/pet.yaml"}',
        '{"a":{"$ref":"parts\\/pet.yaml#\\/Pet"}}',
        "a: {$ref: parts/pet.yaml} }} broken [",
    ],
)
def test_a_reference_is_followed_however_it_is_written(tmp_path: Path, text: str) -> None:
    write(tmp_path / "spec.yaml", text)
    assert tmp_path / "parts" / "pet.yaml" in Sources([tmp_path / "spec.yaml"]).look()


def test_a_file_name_with_spaces_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "spec.yaml", "a: {$ref: 'my%20parts.yaml#/A'}\nb: {$ref: 'your parts.yaml'}")
    watched = Sources([tmp_path / "spec.yaml"]).look()
    assert {tmp_path / "my parts.yaml", tmp_path / "your parts.yaml"} <= set(watched)


def test_references_are_followed_from_file_to_file_and_round_in_circles(tmp_path: Path) -> None:
    write(tmp_path / "one.yaml", "$ref: two.yaml")
    write(tmp_path / "two.yaml", "$ref: deep/three.yaml")
    write(tmp_path / "deep" / "three.yaml", "$ref: ../one.yaml")
    watched = set(Sources([tmp_path / "one.yaml"]).look())
    assert watched == {tmp_path / "one.yaml", tmp_path / "two.yaml", tmp_path / "deep" / "three.yaml"}


def test_what_is_on_another_machine_or_in_the_file_itself_is_no_file(tmp_path: Path) -> None:
    write(tmp_path / "spec.yaml", "a: {$ref: 'https://example.test/a.yaml'}\nb: {$ref: '#/a'}")
    assert set(Sources([tmp_path / "spec.yaml"]).look()) == {tmp_path / "spec.yaml"}


def test_a_folder_counts_with_its_documents_at_any_depth(tmp_path: Path) -> None:
    for name in ("a.yaml", "deep/b.yml", "deep/c.json", "deep/notes.txt", ".a.yaml.swp"):
        write(tmp_path / "data" / name, "{}")
    watched = Sources([tmp_path / "data"]).look()
    assert {path.name for path in watched} == {"a.yaml", "b.yml", "c.json"}


def change(path: Path) -> None:
    write(path, "changed: true")


def append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n# more\n")


@pytest.mark.parametrize("act", [change, append, Path.unlink])
@pytest.mark.parametrize("name", ["spec.yaml", "parts/pet.yaml", "data/deep/a.yaml"])
def test_every_change_of_a_file_shows(tmp_path: Path, name: str, act: Callable[[Path], None]) -> None:
    write(tmp_path / "spec.yaml", "$ref: parts/pet.yaml")
    write(tmp_path / "parts" / "pet.yaml", "{}")
    write(tmp_path / "data" / "deep" / "a.yaml", "{}")
    sources = Sources([tmp_path / "spec.yaml", tmp_path / "data"])
    before = sources.look()
    assert sources.look() == before
    act(tmp_path / name)
    assert sources.look() != before


@pytest.mark.parametrize("name", ["parts/pet.yaml", "data/new/a.yaml", "spec.behaviour.yaml"])
def test_a_file_that_comes_shows(tmp_path: Path, name: str) -> None:
    write(tmp_path / "spec.yaml", "$ref: parts/pet.yaml")
    write(tmp_path / "data" / "a.yaml", "{}")
    sources = Sources([tmp_path / "spec.yaml", tmp_path / "spec.behaviour.yaml", tmp_path / "data"])
    before = sources.look()
    write(tmp_path / name, "{}")
    assert sources.look() != before


def test_a_file_beside_them_does_not_show(tmp_path: Path) -> None:
    write(tmp_path / "spec.yaml", "{}")
    sources = Sources([tmp_path / "spec.yaml"])
    before = sources.look()
    write(tmp_path / "other.yaml", "{}")
    assert sources.look() == before


def test_a_new_reference_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "spec.yaml", "{}")
    sources = Sources([tmp_path / "spec.yaml"])
    assert len(sources.look()) == 1
    write(tmp_path / "spec.yaml", "$ref: other.yaml")
    assert tmp_path / "other.yaml" in sources.look()


def test_folders_are_those_of_the_files_and_all_there_are_below_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "specs" / "spec.yaml", "$ref: ../gone/away/pet.yaml")
    (tmp_path / "data" / "empty").mkdir(parents=True)
    sources = Sources([tmp_path / "specs" / "spec.yaml", tmp_path / "data"])
    watched = sources.folders(sources.look())
    assert watched == {tmp_path / "specs", tmp_path, tmp_path / "data", tmp_path / "data" / "empty"}


def test_a_server_is_built_from_its_specs_what_stands_beside_them_its_fixtures_and_scenarios(
    tmp_path: Path,
) -> None:
    settings = Settings(
        contracts=("aimable",),
        openapi=tmp_path / "openapi",
        fixtures=tmp_path / "fixtures",
        specs=(tmp_path / "own.yaml",),
        scenario=str(tmp_path / "slow.yaml"),
        scenario_folders=(tmp_path / "scenarios",),
    )
    assert set(roots(settings)) == {
        tmp_path / "openapi" / "aimable.yaml",
        tmp_path / "openapi" / "aimable.behaviour.yaml",
        tmp_path / "own.yaml",
        tmp_path / "own.behaviour.yaml",
        tmp_path / "fixtures",
        tmp_path / "scenarios",
        tmp_path / "slow.yaml",
    }


def test_a_scenario_that_is_named_is_no_file_of_its_own(tmp_path: Path) -> None:
    settings = Settings(contracts=(), fixtures=tmp_path, scenario="large")
    assert roots(settings) == (tmp_path,)


def test_pipes_and_devices_are_watched_but_never_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    write(tmp_path / "spec.yaml", "a: {$ref: /dev/zero}\nb: {$ref: pipe.yaml}")
    watched = Sources([tmp_path / "spec.yaml", tmp_path]).look()
    assert {Path("/dev/zero"), pipe} <= watched.keys()
